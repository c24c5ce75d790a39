"""How sending can fail: for certain, or perhaps. What the provider said goes to the log."""

import structlog

from hub.errors import Unavailable

_log = structlog.get_logger(__name__)


class SmsRefused(Unavailable):
    """The provider says that the message will not be sent."""


class SmsUnanswered(Unavailable):
    """The provider did not answer as it should: the message may arrive or not."""


def refused(provider: str, *, reason: str, request_id: str) -> SmsRefused:
    """A refusal by the provider, logged with its own code and never with the phone."""
    _log.error("sms_refused", provider=provider, reason=reason, provider_request_id=request_id)
    return SmsRefused(
        "The code could not be sent. Try again in a minute.",
        chinese="验证码未能发出，请一分钟后再试。",
    )


def unanswered(provider: str, *, reason: str) -> SmsUnanswered:
    """No usable answer from the provider."""
    _log.error("sms_unanswered", provider=provider, reason=reason)
    return SmsUnanswered(
        "The code may be late. If it does not come, try again in a minute.",
        chinese="验证码可能延迟送达；如未收到，请一分钟后再试。",
    )
