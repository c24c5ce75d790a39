"""The knobs of sign-in: codes, counters, sessions, messages; part of `hub.settings.Settings`.

The defaults are the numbers the hub was designed with; units are in the names.
"""

from enum import StrEnum

from pydantic import BaseModel, Field


class SmsProviderName(StrEnum):
    """Who carries the messages; `console` writes them into the log and is for development."""

    CONSOLE = "console"
    ALIYUN = "aliyun"
    TENCENT = "tencent"


class SignInSettings(BaseModel):
    """How people prove who they are, and for how long it counts."""

    encryption_keys: dict[str, str] = Field(default_factory=dict)

    sign_in_code_digits: int = Field(default=6, ge=6, le=8)
    sign_in_code_lifetime_seconds: int = Field(default=300, ge=30, le=3600)
    sign_in_code_wrong_tries_max: int = Field(default=5, ge=1, le=10)
    sign_in_sends_per_phone_minute: int = Field(default=1, ge=1)
    sign_in_sends_per_phone_hour: int = Field(default=5, ge=1)
    sign_in_sends_per_phone_day: int = Field(default=10, ge=1)
    sign_in_sends_per_address_minute: int = Field(default=10, ge=1)
    sign_in_sends_per_address_day: int = Field(default=60, ge=1)
    sign_in_wrong_tries_per_phone_hour: int = Field(default=20, ge=1)
    sign_in_pause_seconds: int = Field(default=60, ge=1)
    sign_in_pause_max_seconds: int = Field(default=24 * 3600, ge=1)

    session_access_seconds: int = Field(default=15 * 60, ge=10)
    session_staff_access_seconds: int = Field(default=10 * 60, ge=10)
    session_worker_seconds: int = Field(default=30 * 24 * 3600, ge=60)
    session_merchant_seconds: int = Field(default=7 * 24 * 3600, ge=60)
    session_staff_seconds: int = Field(default=12 * 3600, ge=60)
    session_refresh_grace_seconds: int = Field(default=10, ge=0, le=60)
    sessions_per_person_max: int = Field(default=20, ge=1, le=100)
    session_cache_entries: int = Field(default=20_000, ge=1)
    revocation_poll_seconds: float = Field(default=0.5, gt=0, le=0.9)

    sms_provider: SmsProviderName = SmsProviderName.CONSOLE
    sms_console_allowed: bool = False
    sms_timeout_seconds: float = Field(default=5.0, gt=0, le=8)
    sms_aliyun_endpoint: str = "https://dysmsapi.aliyuncs.com"
    sms_aliyun_access_key_id: str = ""
    sms_aliyun_access_key_secret: str = ""
    sms_aliyun_sign_name: str = ""
    sms_aliyun_template_code: str = ""
    sms_tencent_endpoint: str = "https://sms.tencentcloudapi.com"
    sms_tencent_region: str = "ap-guangzhou"
    sms_tencent_secret_id: str = ""
    sms_tencent_secret_key: str = ""
    sms_tencent_app_id: str = ""
    sms_tencent_sign_name: str = ""
    sms_tencent_template_id: str = ""

    wechat_endpoint: str = "https://api.weixin.qq.com"
    wechat_app_id: str = ""
    wechat_app_secret: str = ""
    wechat_timeout_seconds: float = Field(default=5.0, gt=0, le=8)


_NEEDED_BY_PROVIDER = {
    SmsProviderName.CONSOLE: (),
    SmsProviderName.ALIYUN: (
        "sms_aliyun_access_key_id",
        "sms_aliyun_access_key_secret",
        "sms_aliyun_sign_name",
        "sms_aliyun_template_code",
    ),
    SmsProviderName.TENCENT: (
        "sms_tencent_secret_id",
        "sms_tencent_secret_key",
        "sms_tencent_app_id",
        "sms_tencent_sign_name",
        "sms_tencent_template_id",
    ),
}
_KEY_MIN_CHARS = 32


def sign_in_problem(settings: SignInSettings, *, is_development: bool) -> str | None:
    """What keeps the hub from starting with these settings, naming the one to change; else None."""
    provider = settings.sms_provider
    for name in _NEEDED_BY_PROVIDER[provider]:
        if not getattr(settings, name):
            return f"HUB_{name.upper()}: needed because HUB_SMS_PROVIDER is {provider.value}"
    for key_id, secret in settings.encryption_keys.items():
        if not key_id.isalnum() or key_id == "0" or len(secret) < _KEY_MIN_CHARS:
            return (
                "HUB_ENCRYPTION_KEYS: name each key with letters and digits (not 0), and give it "
                f"at least {_KEY_MIN_CHARS} random characters"
            )
    if is_development or provider is not SmsProviderName.CONSOLE or settings.sms_console_allowed:
        return None
    return (
        "HUB_SMS_PROVIDER: console writes sign-in codes into the log; set aliyun or tencent, "
        "or HUB_SMS_CONSOLE_ALLOWED=true if that is what you want"
    )
