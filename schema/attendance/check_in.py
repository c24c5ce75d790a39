"""Checking in, no-shows and revoked tickets, in GraphQL."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry.types import Info

from hub.attendance.rules import (
    PROBLEM_WORDS,
    SCANS_MAX,
    CheckInSource,
    ScanOutcome,
    ScanProblem,
)
from hub.attendance.service import check_in as desk
from hub.attendance.service.scans import Desk, Scan, ScanResult
from hub.errors import Invalid
from schema.attendance.scans import CheckIn, DeskRegistration
from schema.attendance.signing_up import registration_key
from schema.filters import is_given
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import decode_key


@strawberry.input(description="A ticket to check in: by its code, or by hand its registration.")
class CheckInInput:
    """See the fields."""

    nonce: str = strawberry.field(
        description="Made anew for each scan and sent again with each try of it: it counts once. "
        "At most 64 characters."
    )
    code: str | None = strawberry.field(
        default=strawberry.UNSET, description="What the QR code says; or `registrationId`."
    )
    registration_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="For who has no code with them; or `code`."
    )
    event_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Refuse what is not for this event."
    )
    session_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Refuse what is not for this session of a course."
    )
    place_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Refuse what is not at this place."
    )
    occurred_at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="When it was by the device's clock; only kept."
    )
    arrivals: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="How many of the party are here (到场人数); all that are left unless said. "
        "Said, it counts those who come later, too.",
    )
    device_id: str = strawberry.field(
        default="", description="What the device calls itself; at most 80 characters."
    )


@strawberry.type(description="The outcome of `checkIn`.")
class CheckInPayload:
    """See the fields."""

    registration: DeskRegistration | None = strawberry.field(
        default=None, description="Whom it let in; null when refused."
    )
    is_first: bool | None = strawberry.field(
        default=None,
        description="False: checked in before, see `first`; null when refused.",
    )
    check_in: CheckIn | None = strawberry.field(default=None, description="This check-in.")
    first: CheckIn | None = strawberry.field(
        default=None, description="The first check-in of this registration: when and by whom."
    )
    arrived: int | None = strawberry.field(
        default=None, description="How many of the party have come by now."
    )
    errors: list[UserError] = errors_field()


@strawberry.input(description="One scan that was made without a network.")
class ScanInput:
    """See the fields."""

    code: str = strawberry.field(description="What the QR code says.")
    nonce: str = strawberry.field(description="Made anew for each scan; at most 64 characters.")
    occurred_at: datetime = strawberry.field(description="When it was by the device's clock.")
    arrivals: int | None = strawberry.field(
        default=strawberry.UNSET, description="How many of the party came; all unless said."
    )


@strawberry.input(description="What a device scanned without a network.")
class CheckInBatchInput:
    """See the fields."""

    device_id: str = strawberry.field(
        description="What the device calls itself, always the same; 1 to 80 characters."
    )
    items: list[ScanInput] = strawberry.field(description=f"1 to {SCANS_MAX} scans, oldest first.")


@strawberry.type(description="What became of one scan of a batch.")
class ScanReport:
    """See the fields."""

    nonce: str = strawberry.field(description="Which scan, as it was sent.")
    outcome: ScanOutcome = strawberry.field(description="What became of it.")
    problem: ScanProblem | None = strawberry.field(
        description="Why it did not check anybody in; null where it did."
    )
    message: str = strawberry.field(
        description="A sentence that may be shown: Chinese, or English by Accept-Language."
    )
    registration: DeskRegistration | None = strawberry.field(
        description="Whom it was; null for what is not this keeper's."
    )
    first: CheckIn | None = strawberry.field(
        description="The first check-in of this registration, if there is one."
    )


@strawberry.type(description="The outcome of `checkInBatch`.")
class CheckInBatchPayload:
    """See the fields."""

    results: list[ScanReport] | None = strawberry.field(
        default=None,
        description="What became of each scan, in their order; null when the batch was refused.",
        metadata={"size": SCANS_MAX},
    )
    errors: list[UserError] = errors_field()


async def _check_in(info: Info, given: CheckInInput) -> dict[str, Any]:
    by_code, by_hand = is_given(given.code), is_given(given.registration_id)
    if by_code == by_hand:
        raise Invalid(
            "Give the code, or else the registration.",
            chinese="请提供票码或报名编号，二者选一。",
            path=("input",),
        )
    scan = Scan(
        nonce=given.nonce,
        code=given.code if by_code else None,
        registration_id=registration_key(given.registration_id) if by_hand else None,
        occurred_at=given.occurred_at if is_given(given.occurred_at) else None,
        arrivals=given.arrivals if is_given(given.arrivals) else None,
    )
    source = CheckInSource.ONLINE if by_code else CheckInSource.DESK
    at = Desk(source, given.device_id, _expected(given))
    return _told(await desk.check_in(info.context.viewer, scan, desk=at))


_NOTHING = UUID(int=0)
"""A key that no row has: what the id of another type is taken for."""

_EXPECTED_TYPES = {
    "event_id": ("eventId", ("Event",)),
    "session_id": ("sessionId", ("CourseSession",)),
    "place_id": ("placeId", ("Merchant", "Station", "ServiceCentre")),
}


def _expected(given: CheckInInput) -> frozenset[UUID]:
    return frozenset(
        decode_key(str(getattr(given, name)), types=types, path=("input", shown)) or _NOTHING
        for name, (shown, types) in _EXPECTED_TYPES.items()
        if is_given(getattr(given, name))
    )


def _told(result: ScanResult) -> dict[str, Any]:
    entry = result.entry
    return {
        "registration": result.registration,
        "is_first": entry is not None and entry.first_slot is not None,
        "check_in": entry,
        "first": result.first,
        "arrived": result.arrived,
    }


async def _check_in_batch(info: Info, given: CheckInBatchInput) -> dict[str, Any]:
    scans = [
        Scan(
            nonce=item.nonce,
            code=item.code,
            occurred_at=item.occurred_at,
            arrivals=item.arrivals if is_given(item.arrivals) else None,
        )
        for item in given.items
    ]
    results = await desk.check_in_batch(info.context.viewer, scans, device_id=given.device_id)
    is_chinese = info.context.request.locale == "zh-CN"
    return {
        "results": [
            _report(scan.nonce, result, is_chinese=is_chinese)
            for scan, result in zip(scans, results, strict=True)
        ]
    }


_ACCEPTED_WORDS = ("Checked in.", "签到成功。")
_KNOWN_WORDS = ("Known already.", "该扫码记录已上传过。")


def _report(nonce: str, result: ScanResult, *, is_chinese: bool) -> ScanReport:
    done = _ACCEPTED_WORDS if result.outcome is ScanOutcome.ACCEPTED else _KNOWN_WORDS
    words = PROBLEM_WORDS[result.problem] if result.problem is not None else done
    registration, first = result.registration, result.first
    shown: Any = {"registration": registration, "first": first}
    return ScanReport(
        nonce=nonce,
        outcome=result.outcome,
        problem=result.problem,
        message=words[1] if is_chinese else words[0],
        **shown,
    )


@strawberry.type
class CheckInMutation:
    """The mutations of the desk."""

    check_in: CheckInPayload = mutation_field(
        _check_in,
        input_type=CheckInInput,
        payload=CheckInPayload,
        description="Check somebody in (签到). Needs CHECK_IN where it takes place; NOT_FOUND "
        "elsewhere. A second scan is no error: `isFirst` is false. INVALID for a code that is "
        "none; CONFLICT for another event, a ticket that was handed over, a registration without "
        "a seat; NOT_OPEN too early or too late; IDEMPOTENCY_MISMATCH.",
    )
    check_in_batch: CheckInBatchPayload = mutation_field(
        _check_in_batch,
        input_type=CheckInBatchInput,
        payload=CheckInBatchPayload,
        description="Bring what a device scanned without a network (离线签到上传). Each scan has "
        "an outcome of its own; sent again nothing changes. Scans from within the window count "
        "though it has closed since. INVALID for too many.",
    )
