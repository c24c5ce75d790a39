"""The protocol of those who carry codes to phones, and which one is configured."""

from typing import Protocol

from hub.errors import Unavailable
from hub.settings import Settings
from hub.sign_in_settings import SmsProviderName
from hub.sms.console import ConsoleSms
from hub.sms.outcome import SmsRefused, SmsUnanswered

__all__ = ["SmsProvider", "SmsRefused", "SmsUnanswered", "Unavailable", "sms_provider"]


class SmsProvider(Protocol):
    """Carries a code to a phone."""

    async def send(self, phone: str, purpose: str, *, code: str) -> None:
        """Send `code` to a canonical phone (11 digits).

        Raises SmsRefused when it will not arrive, SmsUnanswered when that is not known.
        """


def sms_provider(settings: Settings) -> SmsProvider:
    """The configured provider."""
    match settings.sms_provider:
        case SmsProviderName.ALIYUN:
            from hub.sms.aliyun import AliyunSms  # brings an HTTP client, as does the next

            return AliyunSms(settings)
        case SmsProviderName.TENCENT:
            from hub.sms.tencent import TencentSms

            return TencentSms(settings)
        case SmsProviderName.CONSOLE:
            return ConsoleSms()
