"""Reads of assets."""

from collections.abc import Iterable
from uuid import UUID

from hub.records import Record, Select, fetch_records_by, table_of
from media.addresses import sha256_in
from media.kinds import AssetState
from media.models import Asset


async def assets_of(ids: list[UUID]) -> list[Record]:
    """The assets with these ids, whoever owns them: for those who have asked already who may.

    Raises Unavailable.
    """
    return await fetch_records_by(Select(Asset), ids, column="id")


async def assets_with(sha256s: list[str]) -> list[Record]:
    """The assets whose bytes these are. Raises Unavailable."""
    return await fetch_records_by(Select(Asset), sha256s, column="sha256")


async def shown_assets(addresses: Iterable[str | None]) -> dict[str, Record]:
    """The public assets behind addresses of content, by address, in one statement; those that are
    nobody's, not public or elsewhere are left out.

    Of several assets with the same bytes the one that is furthest is given. Raises Unavailable.
    """
    wanted = {sha256: address for address in addresses if (sha256 := sha256_in(address))}
    if not wanted:
        return {}
    public = Select(Asset, (table_of(Asset).is_public == True,))  # noqa: E712 - a term of SQL
    rows = await fetch_records_by(public, sorted(wanted), column="sha256")
    found: dict[str, Record] = {}
    for row in sorted(rows, key=lambda row: (row.state is AssetState.READY, row.progress, row.id)):
        if (address := wanted[row.sha256]) is not None:
            found[address] = row
    return found
