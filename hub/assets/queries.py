"""Reads of assets and uploads: everybody sees their own, and nobody another's."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from pypika_tortoise.functions import Sum
from pypika_tortoise.queries import Query
from pypika_tortoise.terms import Criterion

from hub.assets.rules import PROCESSED_KINDS
from hub.auth import Viewer
from hub.criteria import never
from hub.database import fetch_all
from hub.listing import Listing
from hub.records import Ordering, Record, Select, count_records, fetch_records_by, render, table_of
from media.addresses import public_path, sha256_in
from media.kinds import AssetKind, AssetState, UploadState
from media.models import Asset, Upload

_asset = table_of(Asset)
_upload = table_of(Upload)


def _own_assets(viewer: Viewer) -> Sequence[Criterion]:
    """The assets of the person who looks."""
    person_id = viewer.actor.person_id
    return (never(),) if person_id is None else (_asset.uploaded_by == person_id,)


def _own_uploads(viewer: Viewer) -> Sequence[Criterion]:
    """The uploads of the person who looks."""
    person_id = viewer.actor.person_id
    return (never(),) if person_id is None else (_upload.uploaded_by == person_id,)


_NEWEST = (Ordering("created_at", descending=True),)

ASSETS = Listing(Asset, _own_assets, default_order=_NEWEST)
UPLOADS = Listing(Upload, _own_uploads, default_order=_NEWEST)


def public_address(asset: Record) -> str | None:
    """Where everybody finds an asset's bytes; None for one that is not public, and for films and
    recordings, of which everybody gets what is made of them.
    """
    if not asset.is_shown or asset.kind in PROCESSED_KINDS:
        return None
    return public_path(asset.sha256, asset.extension)


async def assets_of(ids: Sequence[UUID]) -> list[Record]:
    """The assets with these ids, whoever owns them: for those who have asked already who may.

    Raises Unavailable.
    """
    return await fetch_records_by(Select(Asset), ids, column="id")


async def assets_with(sha256s: Sequence[str]) -> list[Record]:
    """The assets whose bytes these are, whoever owns them. Raises Unavailable."""
    return await fetch_records_by(Select(Asset), sha256s, column="sha256")


async def own_asset_with(person_id: UUID, sha256: str, *, kind: AssetKind) -> Record | None:
    """The person's asset of this kind with these bytes, if there is one. Raises Unavailable."""
    mine = Select(Asset, (_asset.uploaded_by == person_id, _asset.kind == kind))
    rows = await fetch_records_by(mine, [sha256], column="sha256")
    return rows[0] if rows else None


async def used_bytes(person_id: UUID) -> int:
    """How much a person keeps, and has announced. Raises Unavailable."""
    kept = Query.from_(_asset).where(_asset.uploaded_by == person_id)
    coming = Query.from_(_upload).where(
        (_upload.uploaded_by == person_id) & (_upload.state == UploadState.OPEN.value)
    )
    total = 0
    for query, table in ((kept, _asset), (coming, _upload)):
        rows = await fetch_all(*render(query.select(Sum(table.size_bytes))))
        total += int(rows[0][0] or 0)
    return total


async def open_upload_count(person_id: UUID, *, cap: int) -> int:
    """How many uploads of a person are under way, counted up to `cap`. Raises Unavailable."""
    mine = (_upload.uploaded_by == person_id, _upload.state == UploadState.OPEN)
    return await count_records(Select(Upload, mine), cap=cap)


async def shown_assets(addresses: Iterable[str | None]) -> dict[str, Record]:
    """The public assets behind addresses of content, by address, in one statement; those that are
    nobody's, not public or elsewhere are left out.

    Of several assets with the same bytes the one that is furthest is given. Raises Unavailable.
    """
    wanted = {sha256: address for address in addresses if (sha256 := sha256_in(address))}
    if not wanted:
        return {}
    public = Select(Asset, (_asset.is_shown == True,))  # noqa: E712 - a term of SQL
    rows = await fetch_records_by(public, sorted(wanted), column="sha256")
    found: dict[str, Record] = {}
    for row in sorted(rows, key=lambda row: (row.state is AssetState.READY, row.progress, row.id)):
        if (address := wanted[row.sha256]) is not None:
            found[address] = row
    return found
