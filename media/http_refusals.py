"""Refusals in the words of HTTP, for those who send bytes."""

from collections.abc import Mapping
from typing import Any, Final

VERSION: Final = "1.0.0"
"""Of the tus protocol."""


class HttpRefusal(Exception):
    """A refusal with its status; `code` is one of GraphQL's, `data` goes beside it."""

    def __init__(
        self,
        status: int,
        code: str,
        english: str,
        *,
        chinese: str,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(english)
        self.status = status
        self.code = code
        self.words = f"{chinese}{english}"
        self.headers = dict(headers or {})
        self.data = dict(data or {})


def too_long() -> HttpRefusal:
    """More came than was announced."""
    return HttpRefusal(
        413, "BAD_USER_INPUT", "More came than was announced.", chinese="内容超过了声明的长度。"
    )


def gone() -> HttpRefusal:
    """The upload is over, for whatever reason."""
    return HttpRefusal(
        410,
        "NOT_FOUND",
        "This upload is over. Begin a new one.",
        chinese="这次上传已结束，请重新开始。",
    )


def busy() -> HttpRefusal:
    """Somebody sends the same file already."""
    return HttpRefusal(
        423,
        "CONFLICT",
        "Another request is sending this file. Try again in a moment.",
        chinese="另一个请求正在发送这个文件，请稍后再试。",
        headers={"retry-after": "1"},
    )


def full() -> HttpRefusal:
    """The disk has no room."""
    return HttpRefusal(
        507,
        "UNAVAILABLE",
        "There is no room left. What had arrived is kept; try again later.",
        chinese="存储空间已满。已收到的部分会保留，请稍后再试。",
        headers={"retry-after": "60"},
    )


def other_version() -> HttpRefusal:
    """The client speaks another version of tus, or none."""
    return HttpRefusal(
        412,
        "BAD_USER_INPUT",
        f"Send Tus-Resumable: {VERSION}.",
        chinese=f"请求头须为 Tus-Resumable: {VERSION}。",
        headers={"tus-version": VERSION},
    )


def elsewhere(offset: int) -> HttpRefusal:
    """The client is not where the hub is."""
    return HttpRefusal(
        409,
        "CONFLICT",
        f"Go on at byte {offset}.",
        chinese=f"请从第 {offset} 字节继续。",
        headers={"upload-offset": str(offset)},
    )


def silent(offset: int) -> HttpRefusal:
    """The client has stopped to send."""
    return HttpRefusal(
        408,
        "UNAVAILABLE",
        "Nothing more came. What had arrived is kept; go on from there.",
        chinese="连接长时间没有数据。已收到的部分会保留，请继续上传。",
        headers={"upload-offset": str(offset)},
    )
