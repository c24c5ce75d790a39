"""A file as it is handed out: what it says it is, and how far a browser may trust it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote

FOR_EVER: Final = "public, max-age=31536000, immutable"
"""For what is named by its content: another content has another address."""

ASKING_HEADERS: Final = ("if-none-match", "if-range", "range")
"""What a page of another origin may ask for a part of a file with."""

TELLING_HEADERS: Final = ("accept-ranges", "content-length", "content-range", "etag")
"""What such a page may read of the answer."""

_BY_EXTENSION: Final = {
    "aac": "audio/aac",
    "avif": "image/avif",
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "m3u8": "application/vnd.apple.mpegurl",
    "m4a": "audio/mp4",
    "m4s": "video/iso.segment",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "png": "image/png",
    "ts": "video/mp2t",
    "vtt": "text/vtt; charset=utf-8",
    "webp": "image/webp",
}
_SHOWN: Final = ("image/", "video/", "audio/", "text/vtt", "application/vnd.apple.mpegurl")
_ACTIVE: Final = ("image/svg",)

# No script, no frame, no form, whatever the bytes turn out to be; a browser's own page around a
# picture or a video has a style and shows the file itself.
_POLICY: Final = (
    b"default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
)


@dataclass(frozen=True, slots=True)
class Representation:
    """Bytes of the storage under a name: `key` in the storage, `name` for whoever saves it.

    `etag` is the content's hash where that is known; None: the storage says what tells versions
    apart. `cache_control` says who may keep it and for how long. `is_public` lets pages of any
    origin read it; `is_saved` has a browser save it rather than show it.
    """

    key: str
    media_type: str
    name: str
    cache_control: str
    etag: str | None = None
    is_public: bool = False
    is_saved: bool = False

    @property
    def disposition(self) -> str:
        """`Content-Disposition`: shown in the browser only where nothing in it can act."""
        kind = "inline" if is_shown(self.media_type) and not self.is_saved else "attachment"
        return f"{kind}; filename*=UTF-8''{quote(self.name, safe='')}"

    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Every header that does not depend on the request."""
        return _headers_of(self)


@lru_cache(maxsize=1024)
def _headers_of(file: Representation) -> tuple[tuple[bytes, bytes], ...]:
    """The same for every range of a file, of which players ask for hundreds."""
    found = (
        (b"content-type", file.media_type.encode("ascii")),
        (b"content-disposition", file.disposition.encode("ascii")),
        (b"content-security-policy", _POLICY),
        (b"cache-control", file.cache_control.encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
    )
    if file.is_public:
        return (*found, *_FOR_ANY_ORIGIN)
    return (*found, (b"x-robots-tag", b"noindex"), (b"referrer-policy", b"no-referrer"))


_FOR_ANY_ORIGIN: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", ", ".join(TELLING_HEADERS).encode("ascii")),
    (b"cross-origin-resource-policy", b"cross-origin"),
)


def media_type_of(name: str) -> str:
    """The media type of something the hub has made, by the ending of its name."""
    return _BY_EXTENSION.get(name.rpartition(".")[2], "application/octet-stream")


def is_shown(media_type: str) -> bool:
    """Whether a browser may show it: pictures, sound and video, which cannot act."""
    return media_type.startswith(_SHOWN) and not media_type.startswith(_ACTIVE)
