"""Reads of assets."""

from uuid import UUID

from hub.records import Record, Select, fetch_records_by
from media.models import Asset


async def assets_of(ids: list[UUID]) -> list[Record]:
    """The assets with these ids, whoever owns them: for those who have asked already who may.

    Raises Unavailable.
    """
    return await fetch_records_by(Select(Asset), ids, column="id")


async def assets_with(sha256s: list[str]) -> list[Record]:
    """The assets whose bytes these are. Raises Unavailable."""
    return await fetch_records_by(Select(Asset), sha256s, column="sha256")
