"""Entries: made with a sign-up, admitted with its seat, withdrawn with its end.

All of it runs inside the transaction of whoever signs somebody up, or makes its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from hub.audit import service as audit
from hub.auth import Viewer
from hub.bulk import insert_rows, update_where
from hub.competitions import queries as competitions
from hub.contests.models import Admission, Entry, Team, TeamMember
from hub.contests.queries.entries import (
    admission_of,
    admissions,
    admissions_of,
    entries,
    entry_by_id,
    entry_by_registration,
    members,
    membership,
    team_by_id,
    teams_by_entry_ids,
    unnumbered_entries,
)
from hub.contests.rules import (
    EntryState,
    admission_number,
    assert_fits_entrant,
    clean_name,
    clean_reason,
    prefix_of,
)
from hub.contests.service.holding import entry_not_found, require_manager
from hub.database import transaction
from hub.enrollment.queries import registration_by_id
from hub.enrollment.rules import OVER, AlreadyRegistered, RegistrationState
from hub.errors import Conflict, NotFound
from hub.identity.queries import person_by_id
from hub.ids import new_id
from hub.records import Record

_ADMITTED = (RegistrationState.CONFIRMED, RegistrationState.ATTENDED)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What somebody says on entering. `name` is the person's own where it is left out."""

    registration_id: UUID
    division_id: UUID
    name: str = ""
    team_name: str | None = None
    is_name_public: bool = False


async def enter(viewer: Viewer, wish: NewEntry) -> UUID:
    """The entry of a registration, with its team and its captain; its id.

    For the transaction of the sign-up. A registration that holds a confirmed seat is admitted at
    once; one that waits, or waits for approval, is admitted by `admit`. Done again it changes
    nothing. Raises NotFound, Invalid for a name or a team that does not fit the division, and
    AlreadyRegistered where the captain is in another team of the division.
    """
    if (there := await entry_by_registration(wish.registration_id)) is not None:
        key: UUID = there.id
        return key
    registration = await registration_by_id(wish.registration_id)
    division = await competitions.division_by_id(wish.division_id)
    if registration is None or division is None:
        raise NotFound(
            "There is no such division.", chinese="没有这个组别。", path=("input", "divisionId")
        )
    assert_fits_entrant(division.entrant, wish.team_name)
    entry_id = await _insert_entry(
        viewer, wish, division=division, person_id=registration.person_id
    )
    await audit.record(
        viewer.actor,
        "contests.entered",
        object=("Entry", entry_id),
        after={"division": division.id, "is_name_public": wish.is_name_public},
    )
    await admit(viewer, wish.registration_id)
    return entry_id


async def _insert_entry(
    viewer: Viewer, wish: NewEntry, *, division: Record, person_id: UUID
) -> UUID:
    entry_id = new_id()
    team_name = None
    if wish.team_name is not None:
        team_name = clean_name(wish.team_name, path=("input", "team", "name"))
    name = team_name or await _name_of(wish, person_id)
    row = {
        "id": entry_id,
        "registration_id": wish.registration_id,
        "competition_id": division.competition_id,
        "division_id": division.id,
        "person_id": person_id,
        "display_name": name,
        "is_name_public": wish.is_name_public,
        "created_at": viewer.now,
        "updated_at": viewer.now,
    }
    await insert_rows(Entry, [row])
    if team_name is not None:
        await _insert_team(viewer, entry_id, division=division, captain=(person_id, team_name))
    return entry_id


async def _name_of(wish: NewEntry, person_id: UUID) -> str:
    person = await person_by_id(person_id)
    given = wish.name or (person.display_name if person is not None else "")
    return clean_name(given, path=("input", "name"))


async def _insert_team(
    viewer: Viewer, entry_id: UUID, *, division: Record, captain: tuple[UUID, str]
) -> None:
    person_id, name = captain
    if await _is_in_a_team(viewer, division.id, person_id):
        raise AlreadyRegistered(
            "You are in a team of this division already.", chinese="您已加入该组别的其他队伍。"
        )
    team_id = new_id()
    team = {"id": team_id, "entry_id": entry_id, "captain_id": person_id, "name": name}
    await insert_rows(Team, [{**team, "created_at": viewer.now}])
    member = {
        "id": new_id(),
        "team_id": team_id,
        "division_id": division.id,
        "person_id": person_id,
        "slot": 1,
        "joined_at": viewer.now,
    }
    await insert_rows(TeamMember, [member])


async def _is_in_a_team(viewer: Viewer, division_id: UUID, person_id: UUID) -> bool:
    """Whether somebody is in a team of a division whose registration counts. One whose offer ran
    out, say, is withdrawn now.
    """
    member = await membership(division_id, person_id)
    if member is None:
        return False
    team = await team_by_id(member.team_id)
    assert team is not None
    return not await _withdraw_if_over(viewer, await _required(team.entry_id))


async def _withdraw_if_over(viewer: Viewer, entry: Record) -> bool:
    registration = await registration_by_id(entry.registration_id)
    is_over = registration is None or registration.state in OVER
    if is_over:
        await _end(viewer, entry, EntryState.WITHDRAWN, reason="")
    return is_over


async def admit(viewer: Viewer, registration_id: UUID) -> str | None:
    """Give the entry of a registration that holds its seat an admission number; that number.

    None where there is no entry, or no confirmed seat yet. A number is given once and is never
    another's. Inside the transaction that confirmed the seat, or in its own.
    """

    async def body() -> str | None:
        entry = await entry_by_registration(registration_id)
        registration = await registration_by_id(registration_id)
        if entry is None or registration is None:
            return None
        if entry.number is None and _is_admitted(entry, registration):
            await _give_number(viewer, entry)
            entry = await entry_by_registration(registration_id)
        assert entry is not None
        number: str | None = entry.admission_number
        return number

    return await transaction(body)


def _is_admitted(entry: Record, registration: Record) -> bool:
    return entry.state is EntryState.ACTIVE and registration.state in _ADMITTED


async def admit_confirmed(viewer: Viewer, competition_id: UUID) -> int:
    """Admit whoever holds a seat by now and was not admitted: after a draw, say; how many.

    Who waited in vain is withdrawn.
    """

    async def body() -> int:
        given = 0
        for row in await unnumbered_entries(competition_id):
            if not await _withdraw_if_over(viewer, row):
                given += await admit(viewer, row.registration_id) is not None
        return given

    return await transaction(body)


async def _give_number(viewer: Viewer, entry: Record) -> None:
    prefix, number = await _next_number(entry)
    shown = admission_number(prefix, number)
    changed = await update_where(
        Entry,
        {"number": number, "admission_number": shown, "updated_at": viewer.now},
        where=[entries.id == entry.id, entries.number.isnull()],
    )
    if not changed:
        return  # another transaction has just done it
    await audit.record(
        viewer.actor, "contests.admitted", object=("Entry", entry.id), after={"number": shown}
    )


async def _next_number(entry: Record) -> tuple[str, int]:
    """The next number of a division, whose counter is locked by taking it."""
    if (taken := await _count_on(entry.division_id)) is not None:
        return taken
    await competitions.locked_competition(entry.competition_id)
    if await admission_of(entry.division_id) is None:
        given = len(await admissions_of(entry.competition_id))
        row = {"id": entry.division_id, "competition_id": entry.competition_id}
        await insert_rows(Admission, [{**row, "prefix": prefix_of(given)}])
    found = await _count_on(entry.division_id)
    assert found is not None, "its counter is there"
    return found


async def _count_on(division_id: UUID) -> tuple[str, int] | None:
    rows = await update_where(
        Admission,
        {"last_number": admissions.last_number + 1},
        where=[admissions.id == division_id],
        returning=("prefix", "last_number"),
    )
    return (str(rows[0][0]), int(rows[0][1])) if rows else None


async def withdraw(viewer: Viewer, registration_id: UUID, *, reason: str = "") -> bool:
    """Take back the entry of a registration that is over; whether there was one to take back.

    Inside the transaction that ended the registration. The people of its team are free for another.
    """
    entry = await entry_by_registration(registration_id)
    if entry is None or entry.state is not EntryState.ACTIVE:
        return False
    await _end(viewer, entry, EntryState.WITHDRAWN, reason=reason)
    return True


async def disqualify(viewer: Viewer, entry_id: UUID | None, *, reason: str) -> Record:
    """Exclude an entry (取消资格); it stays on the list, and keeps its number.

    Raises Unauthenticated, Forbidden, NotFound, Invalid without a reason, and Conflict for an
    entry that is over.
    """
    require_manager(viewer)
    cleaned = clean_reason(reason)

    async def body() -> Record:
        entry = await entry_by_id(entry_id)
        if entry is None:
            raise entry_not_found()
        if entry.state is not EntryState.ACTIVE:
            raise Conflict("The entry is over already.", chinese="该参赛已结束。")
        return await _end(viewer, entry, EntryState.DISQUALIFIED, reason=cleaned)

    return await transaction(body)


async def _end(viewer: Viewer, entry: Record, state: EntryState, *, reason: str) -> Record:
    await update_where(
        Entry,
        {"state": state.value, "reason": reason, "updated_at": viewer.now},
        where=[entries.id == entry.id],
    )
    if state is EntryState.WITHDRAWN:
        found = await teams_by_entry_ids([entry.id])
        await _free_members([row.id for row in found.values()], viewer)
    await audit.record(
        viewer.actor,
        f"contests.{state.value}",
        object=("Entry", entry.id),
        before={"state": entry.state},
        after={"state": state, "reason": reason},
    )
    return await _required(entry.id)


async def _required(entry_id: UUID) -> Record:
    row = await entry_by_id(entry_id)
    assert row is not None, "entries are never deleted"
    return row


async def _free_members(team_ids: Sequence[UUID], viewer: Viewer) -> None:
    for team_id in team_ids:
        await update_where(
            TeamMember,
            {"slot": None, "left_at": viewer.now},
            where=[members.team_id == team_id, members.slot == 1],
        )
