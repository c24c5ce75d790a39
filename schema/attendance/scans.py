"""What a check-in is, and whom the desk sees, in GraphQL."""

from datetime import datetime

import strawberry
from strawberry.types import Info

from hub.attendance.rules import (
    PROBLEM_WORDS,
    CheckInSource,
    ScanOutcome,
    ScanProblem,
)
from hub.attendance.service.scans import Entry
from hub.enrollment.rules import RegistrationState, SubjectKind
from hub.identity import queries as identity
from hub.records import Record
from schema.attendance.registrations import Occasion, Registrant, occasions, registration_states
from schema.batching import batch_field
from schema.enums import describe_enum
from schema.relay import encode_id

describe_enum(
    CheckInSource,
    description="How somebody was checked in (签到方式).",
    values={
        CheckInSource.ONLINE: "By a code that the hub saw at once (扫码).",
        CheckInSource.OFFLINE: "By a code that a device brought later (离线扫码).",
        CheckInSource.DESK: "By hand, from the list (人工).",
    },
)
describe_enum(
    ScanOutcome,
    description="What became of a scan of a batch.",
    values={
        ScanOutcome.ACCEPTED: "It checked somebody in (签到成功).",
        ScanOutcome.DUPLICATE: "Known already: sent before, or scanned twice by it (重复).",
        ScanOutcome.CONFLICT: "A ticket of the hub's that does not count; see `problem` (冲突).",
        ScanOutcome.INVALID: "Not to be made sense of, or not this keeper's (无效).",
    },
)
describe_enum(
    ScanProblem,
    description="Why a scan did not check anybody in.",
    values={
        problem: f"{english.removesuffix('.')} ({chinese.removesuffix('。')})."
        for problem, (english, chinese) in PROBLEM_WORDS.items()
    },
)


async def _people(parents: list[Record], info: Info) -> list[Record | None]:
    return await identity.people_by_ids([parent.person_id for parent in parents])


def registration_global_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    """The global id of a registration."""
    return strawberry.ID(encode_id("Registration", root.id))


@strawberry.type(
    description="A registration as the desk sees it (签到台): whose it is and for what, nothing of "
    "what was answered."
)
class DeskRegistration:
    """Over a registration row, for those who may check it in."""

    registration_id: strawberry.ID = strawberry.field(
        resolver=registration_global_id, description="Its id."
    )
    state: RegistrationState = batch_field(registration_states, description="Where it stands.")
    subject_kind: SubjectKind = strawberry.field(description="What it is for.")
    party_size: int = strawberry.field(description="How many people it is for (人数).")
    occasion: Occasion | None = batch_field(
        occasions, description="What it is for, with time and place."
    )
    person: Registrant | None = batch_field(_people, description="Who signed up.")


async def _scanners(parents: list[Entry], info: Info) -> list[str | None]:
    people = await identity.people_by_ids([parent.scanner_id for parent in parents])
    return [person.display_name if person is not None else None for person in people]


def _checked_in_at(root: strawberry.Parent[Entry]) -> datetime:
    return root.at


def _is_first(root: strawberry.Parent[Entry]) -> bool:
    return root.first_slot is not None


@strawberry.type(description="One check-in (签到记录).")
class CheckIn:
    """Over an entry of `hub.attendance`."""

    is_first: bool = strawberry.field(
        resolver=_is_first, description="Whether it was the first one of its registration."
    )
    arrivals: int = strawberry.field(
        description="How many people came with it; 0 for a repetition."
    )
    source: CheckInSource = strawberry.field(description="How it came.")
    device_id: str = strawberry.field(description="The device, as it calls itself; may be empty.")
    checked_in_at: datetime = strawberry.field(
        resolver=_checked_in_at, description="When the hub wrote it down."
    )
    occurred_at: datetime = strawberry.field(
        description="When it was by the device's clock; never later than `checkedInAt`."
    )
    by: str | None = batch_field(
        _scanners, description="The name of who scanned; null for a service."
    )
