"""Who may hand in what, and how much of it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from hub.auth import Action, Actor, reach
from hub.errors import Conflict, Forbidden, Invalid
from media.kinds import AssetKind

PUBLIC_KINDS: Final = frozenset(
    {AssetKind.IMAGE, AssetKind.VIDEO, AssetKind.AUDIO, AssetKind.CAPTIONS}
)
"""Kinds that content may show to everybody; documents never are public."""

PROCESSED_KINDS: Final = frozenset({AssetKind.VIDEO, AssetKind.AUDIO})
"""Kinds that a task works on before they are ready."""

UPLOADS_AT_ONCE_MAX: Final = 20
"""How many uploads of one person may be under way."""

_EDITORS: Final = frozenset({Action.EDIT_CONTENT})
_KEEPERS: Final = frozenset({Action.UPDATE_PLACE, Action.MANAGE_OFFERINGS})
_ACTIONS: Final[Mapping[AssetKind, frozenset[Action]]] = {
    AssetKind.IMAGE: _EDITORS | _KEEPERS,
    AssetKind.VIDEO: _EDITORS,
    AssetKind.AUDIO: _EDITORS,
    AssetKind.CAPTIONS: _EDITORS,
    AssetKind.DOCUMENT: frozenset(),
}
"""What one has to be allowed, anywhere, to hand in a kind; nothing for documents."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MIB: Final = 1024 * 1024


def require_kind(actor: Actor, kind: AssetKind, *, now: datetime) -> None:
    """Raises Forbidden for who may not hand in files of this kind."""
    actions = _ACTIONS[kind]
    if actions and not any(reach(actor, action, now=now) for action in actions):
        raise Forbidden("You may not upload files of this kind.", chinese="您无权上传这一类文件。")


def is_editor(actor: Actor, *, now: datetime) -> bool:
    """Whether somebody edits content, and therefore may keep more."""
    return bool(reach(actor, Action.EDIT_CONTENT, now=now))


def checked_size(size_bytes: int, *, most: int) -> int:
    """The size, if a file may have it. Raises Invalid."""
    if size_bytes < 1:
        raise Invalid("The file is empty.", chinese="文件是空的。", path=("input", "sizeBytes"))
    if size_bytes > most:
        raise Invalid(
            f"A file of this kind has at most {shown_size(most)}.",
            chinese=f"这一类文件最大为 {shown_size(most)}。",
            path=("input", "sizeBytes"),
        )
    return size_bytes


def checked_sha256(text: str | None) -> str | None:
    """The hash, if there is one and it is one. Raises Invalid."""
    if text is None or _SHA256.fullmatch(text):
        return text
    raise Invalid(
        "Write the SHA-256 as 64 digits of lower-case hex.",
        chinese="SHA-256 须为 64 位小写十六进制。",
        path=("input", "sha256"),
    )


def refuse_over_quota(used: int, size_bytes: int, *, quota: int) -> None:
    """Raises Conflict when a person's files and this one would be too much."""
    if used + size_bytes > quota:
        left = shown_size(max(0, quota - used))
        raise Conflict(
            f"You may keep {shown_size(quota)}, and {left} of it is left. Delete what you do not "
            "need.",
            chinese=f"您的空间共 {shown_size(quota)}，还剩 {left}，请先删除不需要的文件。",
        )


def refuse_too_many(under_way: int) -> None:
    """Raises Conflict when a person has too many uploads under way."""
    if under_way >= UPLOADS_AT_ONCE_MAX:
        raise Conflict(
            f"{UPLOADS_AT_ONCE_MAX} uploads of yours are under way; finish or end one first.",
            chinese=f"您已有 {UPLOADS_AT_ONCE_MAX} 个上传正在进行，请先完成或取消其中一个。",
        )


def checked_focal(value: float, name: str) -> float:
    """A coordinate of the focal point. Raises Invalid unless it lies in the picture."""
    if 0 <= value <= 1:
        return value
    raise Invalid(
        "The focal point lies in the picture: from 0 to 1.",
        chinese="焦点须在图片内，取 0 到 1。",
        path=("input", "focalPoint", name),
    )


def shown_size(size_bytes: int) -> str:
    """A size as people read it: `1.5 MiB`."""
    if size_bytes < _MIB:
        return f"{size_bytes / 1024:.0f} KiB"
    mebibytes = size_bytes / _MIB
    return f"{mebibytes / 1024:.1f} GiB" if mebibytes >= 1024 else f"{mebibytes:.1f} MiB"
