"""What of the assets decides whether and how a file is handed out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final
from uuid import UUID

from hub.criteria import is_in
from hub.records import Ordering, Record, Select, fetch_records, fetch_records_by, table_of
from hub.touching import by_rows, looked_at
from media.kinds import AssetKind
from media.models import Asset
from media.showing import Picture, public_picture, sha256_in

_KNOWN_SECONDS: Final = 2.0
_KNOWN_MAX: Final = 4_096
_COLUMNS: Final = frozenset(
    {"sha256", "kind", "media_type", "extension", "name", "is_shown", "focal_x", "focal_y"}
)
_PICTURE_COLUMNS: Final = frozenset({"sha256", "is_shown", "width", "height", "focal_x", "focal_y"})


@dataclass(frozen=True, slots=True)
class Holding:
    """Content that may be handed out: what it is, what it is called, and where people put its
    focal point, in hundredths.
    """

    sha256: str
    kind: AssetKind
    media_type: str
    extension: str
    name: str
    focuses: frozenset[tuple[int, int]]


class PublicHoldings:
    """What is public, by its hash; kept for two seconds, for players ask many times a second."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Holding | None]] = {}

    async def find(self, sha256: str) -> Holding | None:
        """The content of that hash, if some public asset has it. Raises Unavailable."""
        asked_at = monotonic()
        until, found = self._known.get(sha256, (0.0, None))
        if asked_at < until:
            return found
        found = _holding(await _public_rows(sha256))
        if len(self._known) >= _KNOWN_MAX:
            self._known.clear()
        if found is not None:
            self._known[sha256] = (asked_at + _KNOWN_SECONDS, found)
        return found


async def public_pictures(addresses: Sequence[str | None]) -> list[Picture | None]:
    """The pictures at addresses that content has, one for each; None where there is no address.

    One statement, and none where no address is of ours. Raises Unavailable.
    """
    hashes = {sha256 for each in addresses if (sha256 := sha256_in(each)) is not None}
    rows = await _rows_with(hashes)
    shown = {row.sha256: row for row in reversed(rows) if row.is_shown}
    return [None if each is None else _picture(each, shown) for each in addresses]


def _picture(address: str, shown: Mapping[str, Record]) -> Picture:
    sha256 = sha256_in(address)
    return Picture(address) if sha256 is None else public_picture(address, shown.get(sha256))


async def _rows_with(hashes: Iterable[str]) -> list[Record]:
    """Every asset with one of these contents, the oldest first.

    A younger one never counts before an older, so an answer that was made of these rows is spoilt
    by nothing but a change of them; unless one of the hashes had no row at all.
    """
    wanted = sorted(hashes)
    if not wanted:
        return []
    select = Select(Asset, (is_in(table_of(Asset).sha256, wanted),)).only(_PICTURE_COLUMNS)
    table = Asset._meta.db_table
    with by_rows(table):
        rows = await fetch_records(select, order=(Ordering("id"),))
    found = {row.sha256 for row in rows}
    looked_at(table, [row.id for row in rows], is_complete=len(found) == len(wanted))
    return rows


async def holding_of(asset_id: UUID) -> Holding | None:
    """The content of an asset, public or not. Raises Unavailable."""
    rows = await fetch_records_by(Select(Asset).only(_COLUMNS), [asset_id], column="id")
    return _holding([row for row in rows if row.sha256 is not None])


async def _public_rows(sha256: str) -> list[Record]:
    select = Select(Asset, (table_of(Asset).sha256 == sha256,)).only(_COLUMNS)
    return [row for row in await fetch_records(select) if row.is_shown]


def _holding(rows: list[Record]) -> Holding | None:
    if not rows:
        return None
    row = rows[0]
    return Holding(
        row.sha256, row.kind, row.media_type, row.extension, row.name, frozenset(_focuses(rows))
    )


def _focuses(rows: Iterable[Record]) -> Iterable[tuple[int, int]]:
    """Where pieces may be cut around: the middle, and what people said."""
    yield 50, 50
    for row in rows:
        if row.focal_x is not None and row.focal_y is not None:
            yield round(row.focal_x * 100), round(row.focal_y * 100)
