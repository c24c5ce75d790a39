"""Reads of medals, and of what a competition's results are worth."""

from uuid import UUID

from hub.awarding.models import Medal
from hub.records import Ordering, Record, Select, fetch_records, table_of

_medals = table_of(Medal)


async def medals_of(competition_id: UUID) -> list[Record]:
    """The medals of a competition, by prize."""
    select = Select(Medal, (_medals.competition_id == competition_id,))
    return await fetch_records(select, order=[Ordering("prize_position"), Ordering("id")])
