"""The file `media` of a content folder: what is to be drawn, and how other files refer to it.

`cover_url: media:helmet` means the picture, film or recording called `helmet`, and
`captions_url: media:helmet/captions` what is said in it.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Final, Self
from uuid import UUID, uuid5

from annotated_types import MaxLen
from pydantic import Field, model_validator

from hub.content import FileModel, Line, Slug
from hub.reasons import Misfit
from media.addresses import public_path
from media.kinds import AssetKind

MEDIA: Final = "media"
"""The name of the file."""

DRAWN_BY: Final = 1
"""Which way of drawing this is: what was drawn in another way is drawn anew."""

CAPTIONS: Final = "captions"
TITLE_SECONDS: Final = 3
LINE_SECONDS: Final = 4

_REFERENCE: Final = re.compile(r"media:([a-z0-9-]+)(?:/(captions))?")
_NAMESPACE: Final = UUID("5f0a3c1e-7d52-5b7a-9c55-2b8c6a1d9e40")
_LINES_MAX: Final = 60


class Sort(StrEnum):
    """What is drawn."""

    PICTURE = "picture"
    FILM = "film"
    RECORDING = "recording"


class Palette(StrEnum):
    """In which colours."""

    RED = "red"
    BLUE = "blue"
    GREEN = "green"
    GOLD = "gold"
    VIOLET = "violet"


class Motif(StrEnum):
    """What is to be seen behind the words."""

    ROAD = "road"
    RINGS = "rings"
    WAVES = "waves"
    BLOCKS = "blocks"


class Illustration(FileModel):
    """A picture with a title; a film or a recording that goes on with lines."""

    name: Slug
    kind: Sort
    title: Annotated[Line, MaxLen(40)]
    subtitle: Annotated[Line, MaxLen(60)] | None = None
    palette: Palette = Palette.RED
    motif: Motif = Motif.ROAD
    lines: Annotated[list[Annotated[Line, MaxLen(40)]], Field(max_length=_LINES_MAX)] = Field(
        default_factory=list
    )

    @model_validator(mode="after")
    def _has_lines(self) -> Self:
        if (self.kind is Sort.PICTURE) == bool(self.lines):
            raise Misfit(
                "has `lines` if it is a film or a recording, and only then",
                chinese="仅视频和录音须有 lines",
            )
        return self

    @property
    def seconds(self) -> int:
        """How long it plays."""
        return TITLE_SECONDS + LINE_SECONDS * len(self.lines)


@dataclass(frozen=True, slots=True)
class Piece:
    """One file that comes of an illustration: itself, or its captions."""

    illustration: Illustration
    part: str
    kind: AssetKind
    media_type: str
    extension: str

    @property
    def fingerprint(self) -> str:
        """Tells what is drawn, and how, from everything else."""
        told = f"{DRAWN_BY}\n{self.part}\n{self.illustration.model_dump_json()}"
        return sha256(told.encode()).hexdigest()

    @property
    def asset_id(self) -> UUID:
        """The id of its asset: the same wherever and however often it is drawn."""
        return uuid5(_NAMESPACE, self.fingerprint)

    @property
    def stand_in(self) -> str:
        """An address of its form, until the file is there and its hash is known."""
        return public_path(self.fingerprint, self.extension)


_FORMS: Final[Mapping[Sort, tuple[AssetKind, str, str]]] = {
    Sort.PICTURE: (AssetKind.IMAGE, "image/jpeg", "jpg"),
    Sort.FILM: (AssetKind.VIDEO, "video/mp4", "mp4"),
    Sort.RECORDING: (AssetKind.AUDIO, "audio/mp4", "m4a"),
}


def pieces_of(illustration: Illustration) -> tuple[Piece, ...]:
    """The files that come of an illustration."""
    itself = Piece(illustration, "", *_FORMS[illustration.kind])
    if illustration.kind is Sort.PICTURE:
        return (itself,)
    return itself, Piece(illustration, CAPTIONS, AssetKind.CAPTIONS, "text/vtt", "vtt")


@dataclass(slots=True)
class References:
    """What the files of a folder may refer to, and where they refer to something else."""

    known: dict[tuple[str, str], Piece] = field(default_factory=dict)
    unknown: list[tuple[tuple[str | int, ...], str]] = field(default_factory=list)

    @property
    def illustrations(self) -> list[Illustration]:
        """What is to be drawn, in the order of the file."""
        return [piece.illustration for (_, part), piece in self.known.items() if not part]

    def add(self, illustration: Illustration) -> None:
        """Let others refer to an illustration."""
        for piece in pieces_of(illustration):
            self.known[illustration.name, piece.part] = piece

    def resolved(self, value: Any, *, path: tuple[str | int, ...] = ()) -> Any:
        """The value of a file with a stand-in for every reference; unknown ones are noted."""
        if isinstance(value, dict):
            return {key: self.resolved(each, path=(*path, key)) for key, each in value.items()}
        if isinstance(value, list):
            return [self.resolved(each, path=(*path, at)) for at, each in enumerate(value)]
        found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if found is None or not _is_address(path):
            return value
        piece = self.known.get((found[1], found[2] or ""))
        if piece is None:
            self.unknown.append((path, value))
            return None
        return piece.stand_in


def _is_address(path: Sequence[str | int]) -> bool:
    """Whether a key holds an address, by its name."""
    key = path[-1] if path else None
    return isinstance(key, str) and (key == "url" or key.endswith("_url"))


Illustrate = Callable[..., Awaitable[Mapping[str, str]]]
"""Has illustrations drawn, telling a progress; the address of each piece by its stand-in."""


def placed(row: Mapping[str, Any], addresses: Mapping[str, str | None]) -> dict[str, Any] | None:
    """A row with the addresses of what was drawn; without those of what was not.

    None for a row whose `url` would be missing: a picture that is none.
    """
    made = {
        column: addresses.get(value, value) if isinstance(value, str) else value
        for column, value in row.items()
    }
    return None if "url" in made and made["url"] is None else made
