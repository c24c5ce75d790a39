"""What was won becomes an honour: once, in one transaction, by the engine that writes content."""

from dataclasses import dataclass
from uuid import UUID

from hub.auth import Viewer
from hub.awarding.models import Medal
from hub.awarding.queries import medals_of
from hub.awarding.rules import honour_name, laureate_name
from hub.bulk import insert_rows
from hub.competitions import queries as competitions
from hub.contests.queries.entries import entries_by_ids
from hub.contests.queries.scoring import judged_stages, results_of, state_of
from hub.contests.rules import EntryState, ScoringState, prize_of
from hub.contests.service.holding import require_manager
from hub.editing.service.revisions import as_unit
from hub.errors import Conflict, NotFound
from hub.honours.rules import HonourKind, HonourLevel
from hub.ids import new_id
from hub.merchants.queries import row_of
from hub.merchants.service.keeping import publish_new
from hub.records import Record


@dataclass(frozen=True, slots=True)
class _Winner:
    """An entry and the prize it won, by its position from 1."""

    entry: Record
    prize: Record


async def award_medals(viewer: Viewer, competition_id: UUID | None) -> list[Record]:
    """Make honours of a competition's prizes, and laureates of those who won them; the medals.

    In each division the first places of the last stage that is judged get the first prize, as
    many as there are of it, the next ones the second; equals get the same. Who has not agreed to
    be named is told by the first character. Done again it gives the same medals, and new ones only
    to who has none. Raises Unauthenticated, Forbidden, NotFound, and Conflict before the results
    of that stage are final.
    """
    require_manager(viewer)

    async def award() -> list[Record]:
        competition = (
            await competitions.locked_competition(competition_id) if competition_id else None
        )
        if competition is None:
            raise NotFound(
                "There is no such competition.",
                chinese="没有这场比武。",
                path=("input", "competitionId"),
            )
        there = await medals_of(competition.id)
        honours = {row.prize_position: row.honour_id for row in there}
        has_one = {row.entry_id for row in there}
        for winner in await _winners(competition):
            if winner.entry.id not in has_one:
                await _give(viewer, competition, winner, honours=honours)
        return await medals_of(competition.id)

    return await as_unit(award)


async def _winners(competition: Record) -> list[_Winner]:
    stage_ids = await judged_stages(competition.id)
    last = stage_ids[-1] if stage_ids else None
    if last is None or await state_of(last) is not ScoringState.FINAL:
        raise Conflict(
            "Medals are given when the results of the last stage are final.",
            chinese="最后阶段成绩确定后才能颁发奖项。",
        )
    prizes = (await competitions.prizes_by_competition_ids([competition.id]))[0]
    results = await results_of(last)
    entries = await entries_by_ids([row.entry_id for row in results])
    winners = []
    for row in results:
        place = prize_of(row.rank, [prize.quantity for prize in prizes])
        entry = entries[row.entry_id]
        if place is not None and entry.state is EntryState.ACTIVE:
            winners.append(_Winner(entry, prizes[place]))
    return winners


async def _give(
    viewer: Viewer, competition: Record, winner: _Winner, *, honours: dict[int, UUID]
) -> None:
    position = winner.prize.position
    if position not in honours:
        honours[position] = (await _new_honour(viewer, competition, winner.prize)).id
    honour = await row_of("honours", honours[position])
    entry = winner.entry
    values = {
        "honour": honour.slug,
        "name": laureate_name(entry.display_name, is_public=entry.is_name_public),
        "year": competition.year,
    }
    laureate = await publish_new(
        viewer, "laureates", values=values, action="awarding.laureate_named"
    )
    medal = {
        "id": new_id(),
        "competition_id": competition.id,
        "entry_id": entry.id,
        "prize_position": position,
        "honour_id": honour.id,
        "laureate_id": laureate.id,
        "awarded_by": viewer.actor.person_id,
        "awarded_at": viewer.now,
    }
    await insert_rows(Medal, [medal])


async def _new_honour(viewer: Viewer, competition: Record, prize: Record) -> Record:
    values = {
        "name": honour_name(competition.title, prize.name),
        "level": HonourLevel.DISTRICT.value,
        "kind": HonourKind.SKILL.value,
        "issuer": competition.organiser,
        "description": prize.description,
    }
    return await publish_new(viewer, "honours", values=values, action="awarding.honour_created")
