"""The knobs of the rate limits; part of `hub.settings.Settings`.

What a request weighs is its static cost: one for each `rate_limit_cost_unit` begun.
"""

from ipaddress import IPv4Network, IPv6Network

from pydantic import BaseModel, Field

DEVELOPMENT_FACTOR = 1_000
"""How much wider every limit is in development, where one machine plays everybody."""


class RateLimitSettings(BaseModel):
    """How much one caller may ask for in a minute, and whose word about addresses is taken."""

    rate_limits: bool = True
    rate_limit_cost_unit: int = Field(default=1_000, ge=1)
    rate_limit_address_per_minute: int = Field(default=30_000, ge=1)
    rate_limit_anonymous_per_minute: int = Field(default=600, ge=1)
    rate_limit_person_per_minute: int = Field(default=1_200, ge=1)
    rate_limit_service_per_minute: int = Field(default=30_000, ge=1)
    rate_limit_entries: int = Field(default=100_000, ge=1_000)
    redis_timeout_seconds: float = Field(default=0.25, gt=0, le=5)
    redis_pause_seconds: float = Field(default=1.0, gt=0, le=60)

    trusted_proxies: list[IPv4Network | IPv6Network] = Field(default_factory=list)
