"""Working off scans: in order, under the locks of their registrations, each nonce once.

One scan at the door and five hundred that a device brings home go the same way, so that both
follow the same rules and a batch that comes twice finds its own nonces.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from hub.attendance.models import CheckIn
from hub.attendance.rules import (
    NONCE_MAX_CHARS,
    CheckInSource,
    Held,
    Occasion,
    ScanFacts,
    ScanOutcome,
    ScanProblem,
    outcome_of,
    problem_of,
)
from hub.attendance.service.areas import occasions_within
from hub.attendance.service.tickets import ticket_in, window_for
from hub.audit import service as audit
from hub.auth import Action, Viewer
from hub.bulk import insert_rows
from hub.database import transaction
from hub.enrollment.queries import OWN_REGISTRATIONS
from hub.enrollment.rules import RegistrationState, Window
from hub.enrollment.service.marking import locked_registrations, mark_attended
from hub.errors import Unauthenticated
from hub.ids import new_id
from hub.records import Record, Select, columns_of, fetch_records, fetch_records_by, table_of
from hub.records import is_in as one_of


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan as it was sent: a code, or by hand a registration, never both.

    `arrivals` is how many of the party came; None: as many as are left.
    """

    nonce: str
    code: str | None = None
    registration_id: UUID | None = None
    occurred_at: datetime | None = None
    arrivals: int | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Where scans come from, and the ids that their tickets have to be for."""

    source: CheckInSource
    device_id: str = ""
    expected: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Entry:
    """A check-in as it is stored."""

    id: UUID
    registration_id: UUID
    scanner_id: UUID
    nonce: str
    source: CheckInSource
    device_id: str
    first_slot: int | None
    arrivals: int
    occurred_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What became of a scan. Without a registration nothing is told but the problem."""

    problem: ScanProblem | None
    outcome: ScanOutcome
    registration: Record | None = None
    entry: Entry | None = None
    first: Entry | None = None
    arrived: int = 0
    window: Window = field(default_factory=Window)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A scan whose code was read."""

    scan: Scan
    registration_id: UUID | None
    serial: int | None
    problem: ScanProblem | None = None


@dataclass(slots=True)
class _Ledger:
    """What is known while scans are worked off, and what is to be written at the end."""

    viewer: Viewer
    desk: Desk
    scanner_id: UUID
    rows: Mapping[UUID, Record]
    occasions: Mapping[UUID, Occasion | None]
    entries: dict[UUID, list[Entry]]
    by_nonce: dict[str, Entry]
    new: list[Entry] = field(default_factory=list)

    @property
    def by(self) -> tuple[UUID, str]:
        return self.scanner_id, self.desk.device_id

    def first(self, registration_id: UUID) -> Entry | None:
        held = self.entries.get(registration_id, [])
        return next((each for each in held if each.first_slot is not None), None)

    def arrived(self, registration_id: UUID) -> int:
        return sum(each.arrivals for each in self.entries.get(registration_id, []))

    def add(self, entry: Entry) -> None:
        self.new.append(entry)
        self.entries.setdefault(entry.registration_id, []).append(entry)
        self.by_nonce[entry.nonce] = entry


async def work_off(viewer: Viewer, scans: Sequence[Scan], *, desk: Desk) -> list[ScanResult]:
    """What becomes of each scan, aligned; what is accepted is written, all in one transaction.

    The number of statements does not grow with the scans. Raises Unauthenticated.
    """
    scanner_id = viewer.actor.person_id or viewer.actor.service_id
    if scanner_id is None:
        raise Unauthenticated("Sign in first.", chinese="请先登录。")
    claims = [_claim(scan) for scan in scans]
    occasions = await _occasions(viewer, claims)

    async def body() -> list[ScanResult]:
        ledger = await _ledger(viewer, desk, scanner_id, claims=claims, occasions=occasions)
        results = [_judge(claim, ledger) for claim in claims]
        await _write(ledger)
        return await _as_they_are_now(results) if ledger.new else results

    try:
        return await transaction(body)
    except IntegrityError:  # the same nonces at the same moment: the other try has used them
        return await transaction(body)


def _claim(scan: Scan) -> _Claim:
    if not 1 <= len(scan.nonce.strip()) <= NONCE_MAX_CHARS or "\0" in scan.nonce:
        return _Claim(scan, None, None, ScanProblem.BAD_NONCE)
    if scan.arrivals is not None and scan.arrivals < 1:
        return _Claim(scan, None, None, ScanProblem.BAD_ARRIVALS)
    if scan.code is None:
        problem = ScanProblem.NOT_FOUND if scan.registration_id is None else None
        return _Claim(scan, scan.registration_id, None, problem)
    ticket = ticket_in(scan.code)
    if ticket is None:
        return _Claim(scan, None, None, ScanProblem.FORGED)
    return _Claim(scan, ticket.registration_id, ticket.serial)


async def _occasions(viewer: Viewer, claims: Sequence[_Claim]) -> dict[UUID, Occasion | None]:
    """What the registrations are for that are the viewer's to check in; the others are missing."""
    ids = [each.registration_id for each in claims if each.registration_id is not None]
    rows = await fetch_records_by(Select(OWN_REGISTRATIONS.model), ids, column="id")
    return await occasions_within(viewer, rows, action=Action.CHECK_IN)


async def _ledger(
    viewer: Viewer,
    desk: Desk,
    scanner_id: UUID,
    *,
    claims: Sequence[_Claim],
    occasions: Mapping[UUID, Occasion | None],
) -> _Ledger:
    rows = await locked_registrations(list(occasions))
    table = table_of(CheckIn)
    nonces = list(dict.fromkeys(each.scan.nonce for each in claims if each.problem is None))
    known = one_of(table.registration_id, list(rows))
    used = (table.scanner_id == scanner_id) & one_of(table.nonce, nonces)
    stored = [_entry(row) for row in await fetch_records(Select(CheckIn, (known | used,)))]
    entries: dict[UUID, list[Entry]] = {}
    for each in sorted(stored, key=lambda entry: entry.id):
        entries.setdefault(each.registration_id, []).append(each)
    by_nonce = {each.nonce: each for each in stored if each.scanner_id == scanner_id}
    return _Ledger(viewer, desk, scanner_id, rows, occasions, entries, by_nonce)


def _entry(row: Record) -> Entry:
    return Entry(**{name: getattr(row, name) for name in columns_of(CheckIn)})


def _judge(claim: _Claim, ledger: _Ledger) -> ScanResult:
    """What becomes of one scan; what it brings is put into the ledger."""
    row = ledger.rows.get(claim.registration_id) if claim.registration_id is not None else None
    if claim.problem is not None or row is None:
        problem = claim.problem or ScanProblem.NOT_FOUND
        return ScanResult(problem, outcome_of(problem, first_by=None, by=ledger.by))
    earlier = ledger.by_nonce.get(claim.scan.nonce)
    if earlier is not None:
        return _again(row, earlier, ledger)
    held = _held(row, ledger)
    scan = _facts(claim, ledger)
    problem_now = problem_of(scan, held, now=ledger.viewer.now)
    entry = None
    if problem_now in (None, ScanProblem.ALREADY_CHECKED_IN):
        entry = _new_entry(claim.scan, held, row=row, ledger=ledger)
        ledger.add(entry)
    outcome = outcome_of(problem_now, first_by=held.first_by, by=ledger.by)
    return _result(row, entry, ledger, problem=problem_now, outcome=outcome)


def _again(row: Record, earlier: Entry, ledger: _Ledger) -> ScanResult:
    """The answer to a nonce that was used before: the one it was given then."""
    if earlier.registration_id != row.id:
        problem = ScanProblem.NONCE_REUSED
        return ScanResult(problem, outcome_of(problem, first_by=None, by=ledger.by))
    if earlier.arrivals:
        return _result(row, earlier, ledger, problem=None, outcome=ScanOutcome.DUPLICATE)
    problem = ScanProblem.ALREADY_CHECKED_IN
    first = ledger.first(row.id)
    first_by = (first.scanner_id, first.device_id) if first is not None else None
    outcome = outcome_of(problem, first_by=first_by, by=ledger.by)
    return _result(row, earlier, ledger, problem=problem, outcome=outcome)


def _held(row: Record, ledger: _Ledger) -> Held:
    occasion = ledger.occasions[row.id]
    place_id = occasion.place_id if occasion is not None else None
    first = ledger.first(row.id)
    return Held(
        state=row.state,
        serial=row.ticket_serial,
        party_size=row.party_size,
        window=window_for(occasion),
        names=frozenset({row.subject_id, row.part_id, place_id} - {None}),
        arrived=ledger.arrived(row.id),
        first_by=(first.scanner_id, first.device_id) if first is not None else None,
    )


def _facts(claim: _Claim, ledger: _Ledger) -> ScanFacts:
    now = ledger.viewer.now
    is_offline = ledger.desk.source is CheckInSource.OFFLINE
    at = claim.scan.occurred_at if is_offline and claim.scan.occurred_at is not None else now
    expected, arrivals = ledger.desk.expected, claim.scan.arrivals
    return ScanFacts(at, ledger.by, claim.serial, expected, arrivals)


def _new_entry(scan: Scan, held: Held, *, row: Record, ledger: _Ledger) -> Entry:
    is_first, now = held.first_by is None, ledger.viewer.now
    left = held.party_size - held.arrived
    return Entry(
        id=new_id(),
        registration_id=row.id,
        scanner_id=ledger.scanner_id,
        nonce=scan.nonce,
        source=ledger.desk.source,
        device_id=ledger.desk.device_id,
        first_slot=1 if is_first else None,
        arrivals=scan.arrivals or (left if is_first else 0),
        occurred_at=min(scan.occurred_at or now, now),
        at=now,
    )


def _result(
    row: Record,
    entry: Entry | None,
    ledger: _Ledger,
    *,
    problem: ScanProblem | None,
    outcome: ScanOutcome,
) -> ScanResult:
    return ScanResult(
        problem=problem,
        outcome=outcome,
        registration=row,
        entry=entry,
        first=ledger.first(row.id),
        arrived=ledger.arrived(row.id),
        window=window_for(ledger.occasions[row.id]),
    )


async def _write(ledger: _Ledger) -> None:
    if not ledger.new:
        return
    await insert_rows(CheckIn, [asdict(each) for each in ledger.new])
    came = list(dict.fromkeys(each.registration_id for each in ledger.new if each.arrivals))
    new_here = [key for key in came if ledger.rows[key].state is not RegistrationState.ATTENDED]
    if new_here:
        await mark_attended(new_here, now=ledger.viewer.now)
    is_one = len(ledger.new) == 1
    await audit.record(
        ledger.viewer.actor,
        "registration.checked_in",
        object=("Registration", ledger.new[0].registration_id) if is_one else None,
        after={
            "source": ledger.desk.source,
            "device": ledger.desk.device_id,
            "arrivals": sum(each.arrivals for each in ledger.new),
            "registrations": came,
        },
    )


async def _as_they_are_now(results: Sequence[ScanResult]) -> list[ScanResult]:
    """The results with the rows after what was written."""
    ids = [each.registration.id for each in results if each.registration is not None]
    rows = await fetch_records_by(Select(OWN_REGISTRATIONS.model), ids, column="id")
    found = {row.id: row for row in rows}
    return [
        replace(each, registration=found[each.registration.id]) if each.registration else each
        for each in results
    ]
