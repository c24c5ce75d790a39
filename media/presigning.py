"""Signed addresses of objects in a bucket: AWS Signature Version 4 in the query of a GET.

Ours, because the client of the bucket signs no further parameters, and the type and the name of
what is handed out have to be among what is signed. S3 itself documents the steps as
"Authenticating Requests: Using Query Parameters".
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urlsplit

LASTS_MAX: Final = timedelta(days=7)
"""The longest that S3 accepts."""

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Keys:
    """Who signs, and for which region."""

    access_key_id: str
    secret_access_key: str
    region: str


def signed_get(
    url: str, keys: Keys, *, query: Mapping[str, str], at: datetime, lasts: timedelta
) -> str:
    """The address that lets anybody GET `url` from `at` on, answered as `query` asks.

    `url` has its path in the form in which it is sent, and no query.
    """
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{keys.region}/s3/aws4_request"
    asked = {
        **query,
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{keys.access_key_id}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(int(min(lasts, LASTS_MAX).total_seconds())),
        "X-Amz-SignedHeaders": "host",
    }
    text = "&".join(
        f"{quote(name, safe='')}={quote(asked[name], safe='')}" for name in sorted(asked)
    )
    parts = urlsplit(url)
    request = "\n".join(
        ("GET", parts.path, text, f"host:{parts.netloc}\n", "host", "UNSIGNED-PAYLOAD")
    )
    told = "\n".join((_ALGORITHM, stamp, scope, sha256(request.encode()).hexdigest()))
    signature = hmac.new(_key(keys, scope), told.encode(), sha256).hexdigest()
    return f"{url}?{text}&X-Amz-Signature={signature}"


def _key(keys: Keys, scope: str) -> bytes:
    key = f"AWS4{keys.secret_access_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key
