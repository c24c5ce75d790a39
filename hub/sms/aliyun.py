"""Aliyun's short messages: `SendSms` of dysmsapi 2017-05-25, signed by ACS3-HMAC-SHA256.

Sources: https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature and
https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms
"""

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urlsplit

import httpx
import orjson

from hub import clock
from hub.settings import Settings
from hub.sms.outcome import refused, unanswered

ALGORITHM: Final = "ACS3-HMAC-SHA256"
_NAME: Final = "aliyun"


class AliyunSms:
    """Sends through Aliyun with a template whose one variable is `code`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def send(self, phone: str, purpose: str, *, code: str) -> None:
        """Send `code` to a mainland phone. Raises SmsRefused or SmsUnanswered."""
        settings = self._settings
        query = {
            "PhoneNumbers": phone,
            "SignName": settings.sms_aliyun_sign_name,
            "TemplateCode": settings.sms_aliyun_template_code,
            "TemplateParam": orjson.dumps({"code": code}).decode(),
        }
        host = urlsplit(settings.sms_aliyun_endpoint).netloc
        headers = signed_headers(
            query,
            host=host,
            operation=("SendSms", "2017-05-25"),
            key_id=settings.sms_aliyun_access_key_id,
            key_secret=settings.sms_aliyun_access_key_secret,
            nonce=secrets.token_hex(16),
            now=clock.now(),
        )
        url = f"{settings.sms_aliyun_endpoint.rstrip('/')}/?{canonical_query(query)}"
        try:
            async with httpx.AsyncClient(timeout=settings.sms_timeout_seconds) as client:
                response = await client.post(url, headers=headers)
                answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise unanswered(_NAME, reason=type(error).__name__) from error
        _check(answer, response.status_code)


def _check(answer: object, status: int) -> None:
    if not isinstance(answer, dict) or not isinstance(answer.get("Code"), str):
        raise unanswered(_NAME, reason=f"status {status}")
    if answer["Code"] != "OK":
        raise refused(_NAME, reason=answer["Code"], request_id=str(answer.get("RequestId", "")))


def signed_headers(
    query: Mapping[str, str],
    *,
    host: str,
    operation: tuple[str, str],
    key_id: str,
    key_secret: str,
    nonce: str,
    now: datetime,
) -> dict[str, str]:
    """The headers of a POST with these query parameters and no body, its signature included.

    `operation` is the name and the version of what is called.
    """
    headers = {
        "host": host,
        "x-acs-action": operation[0],
        "x-acs-content-sha256": sha256(b"").hexdigest(),
        "x-acs-date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": operation[1],
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    payload_hash = headers["x-acs-content-sha256"]
    request = "\n".join(["POST", "/", canonical_query(query), lines, names, payload_hash])
    to_sign = f"{ALGORITHM}\n{sha256(request.encode()).hexdigest()}"
    signature = hmac.new(key_secret.encode(), to_sign.encode(), sha256).hexdigest()
    authorization = f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"
    return {**headers, "authorization": authorization, "accept": "application/json"}


def canonical_query(query: Mapping[str, str]) -> str:
    """The parameters by name, percent-encoded as RFC 3986 has it."""
    return "&".join(
        f"{quote(name, safe='-_.~')}={quote(query[name], safe='-_.~')}" for name in sorted(query)
    )
