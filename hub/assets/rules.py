"""Who may hand in what, and how much of it."""

from typing import Final

from media.kinds import AssetKind

PUBLIC_KINDS: Final = frozenset(
    {AssetKind.IMAGE, AssetKind.VIDEO, AssetKind.AUDIO, AssetKind.CAPTIONS}
)
"""Kinds that content may show to everybody; documents never are public."""

PROCESSED_KINDS: Final = frozenset({AssetKind.VIDEO, AssetKind.AUDIO})
"""Kinds that a task works on before they are ready."""
