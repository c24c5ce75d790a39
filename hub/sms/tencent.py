"""Tencent Cloud's short messages: `SendSms` of sms 2021-01-11, signed by TC3-HMAC-SHA256.

Sources: https://cloud.tencent.com/document/api/382/52071 (signature) and
https://cloud.tencent.com/document/api/382/55981 (SendSms)
"""

import hmac
from datetime import datetime
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

import httpx
import orjson

from hub import clock
from hub.settings import Settings
from hub.sms.outcome import refused, unanswered

ALGORITHM: Final = "TC3-HMAC-SHA256"
_NAME: Final = "tencent"
_SERVICE: Final = "sms"
_ACTION: Final = "SendSms"
_CONTENT_TYPE: Final = "application/json; charset=utf-8"
_SIGNED: Final = "content-type;host;x-tc-action"


class TencentSms:
    """Sends through Tencent Cloud with a template whose one parameter is the code."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def send(self, phone: str, purpose: str, *, code: str) -> None:
        """Send `code` to a mainland phone. Raises SmsRefused or SmsUnanswered."""
        settings = self._settings
        body = orjson.dumps(
            {
                "PhoneNumberSet": [f"+86{phone}"],
                "SmsSdkAppId": settings.sms_tencent_app_id,
                "SignName": settings.sms_tencent_sign_name,
                "TemplateId": settings.sms_tencent_template_id,
                "TemplateParamSet": [code],
            }
        )
        headers = signed_headers(
            body,
            host=urlsplit(settings.sms_tencent_endpoint).netloc,
            secret_id=settings.sms_tencent_secret_id,
            secret_key=settings.sms_tencent_secret_key,
            region=settings.sms_tencent_region,
            now=clock.now(),
        )
        try:
            async with httpx.AsyncClient(timeout=settings.sms_timeout_seconds) as client:
                url = f"{settings.sms_tencent_endpoint.rstrip('/')}/"
                response = await client.post(url, content=body, headers=headers)
                answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise unanswered(_NAME, reason=type(error).__name__) from error
        _check(answer, response.status_code)


def _check(answer: object, status: int) -> None:
    told = answer.get("Response") if isinstance(answer, dict) else None
    if not isinstance(told, dict):
        raise unanswered(_NAME, reason=f"status {status}")
    request_id = str(told.get("RequestId", ""))
    if isinstance(error := told.get("Error"), dict):
        raise refused(_NAME, reason=str(error.get("Code")), request_id=request_id)
    statuses = told.get("SendStatusSet")
    if not isinstance(statuses, list) or len(statuses) != 1 or not isinstance(statuses[0], dict):
        raise unanswered(_NAME, reason=f"status {status}")
    if statuses[0].get("Code") != "Ok":
        raise refused(_NAME, reason=str(statuses[0].get("Code")), request_id=request_id)


def signed_headers(
    body: bytes, *, host: str, secret_id: str, secret_key: str, region: str, now: datetime
) -> dict[str, str]:
    """The headers of a POST of this body, its signature included."""
    timestamp, day = str(int(now.timestamp())), now.strftime("%Y-%m-%d")
    request = canonical_request(body, host=host, action=_ACTION)
    scope = f"{day}/{_SERVICE}/tc3_request"
    to_sign = "\n".join([ALGORITHM, timestamp, scope, sha256(request.encode()).hexdigest()])
    signature = hmac.new(_signing_key(secret_key, day), to_sign.encode(), sha256).hexdigest()
    return {
        "authorization": (
            f"{ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={_SIGNED}, "
            f"Signature={signature}"
        ),
        "content-type": _CONTENT_TYPE,
        "host": host,
        "x-tc-action": _ACTION,
        "x-tc-timestamp": timestamp,
        "x-tc-version": "2021-01-11",
        "x-tc-region": region,
    }


def canonical_request(body: bytes, *, host: str, action: str) -> str:
    """What is signed of a POST: its path, its signed headers, and the hash of its body."""
    lines = f"content-type:{_CONTENT_TYPE}\nhost:{host}\nx-tc-action:{action.lower()}\n"
    return "\n".join(["POST", "/", "", lines, _SIGNED, sha256(body).hexdigest()])


def _signing_key(secret_key: str, day: str) -> bytes:
    key = f"TC3{secret_key}".encode()
    for part in (day, _SERVICE, "tc3_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key
