"""Checking people in: one at the door, or what a device scanned without a network."""

from collections.abc import Sequence

from hub.attendance.rules import (
    DEVICE_ID_MAX_CHARS,
    PROBLEM_WORDS,
    SCANS_MAX,
    CheckInSource,
    ScanProblem,
)
from hub.attendance.service.scans import Desk, Scan, ScanResult, work_off
from hub.auth import Viewer
from hub.enrollment.rules import NotOpen
from hub.errors import Conflict, HubError, IdempotencyMismatch, Invalid, NotFound


async def check_in(viewer: Viewer, scan: Scan, *, desk: Desk) -> ScanResult:
    """Let somebody in; a further scan of the same ticket tells of the first one.

    The same nonce gives the same answer and counts once. Raises Unauthenticated; NotFound for what
    is not the viewer's to check in; Invalid for a code that is not ours; NotOpen outside the
    window, by the hub's clock; IdempotencyMismatch for a nonce of another ticket; Conflict.
    """
    _assert_device(desk)
    result = (await work_off(viewer, [scan], desk=desk))[0]
    if result.problem not in (None, ScanProblem.ALREADY_CHECKED_IN):
        raise _refusal(result, by_code=scan.code is not None)
    return result


async def check_in_batch(
    viewer: Viewer, scans: Sequence[Scan], *, device_id: str
) -> list[ScanResult]:
    """What became of each scan of a device, aligned; none stands in another's way.

    What was scanned within the window counts though it has closed since. Sent again it changes
    nothing. Raises Unauthenticated, and Invalid for too many scans or a device without a name.
    """
    if not 1 <= len(scans) <= SCANS_MAX:
        raise Invalid(
            f"A batch has between 1 and {SCANS_MAX} items.",
            chinese=f"每批须为 1 到 {SCANS_MAX} 条。",
            path=("input", "items"),
        )
    desk = Desk(CheckInSource.OFFLINE, device_id)
    _assert_device(desk)
    return await work_off(viewer, scans, desk=desk)


def _assert_device(desk: Desk) -> None:
    is_needed = desk.source is CheckInSource.OFFLINE
    is_missing = is_needed and not desk.device_id.strip()
    if len(desk.device_id) > DEVICE_ID_MAX_CHARS or "\0" in desk.device_id or is_missing:
        raise Invalid(
            f"A device's id has between 1 and {DEVICE_ID_MAX_CHARS} characters.",
            chinese=f"deviceId 须为 1 到 {DEVICE_ID_MAX_CHARS} 个字符。",
            path=("input", "deviceId"),
        )


def _refusal(result: ScanResult, *, by_code: bool) -> HubError:
    problem = result.problem
    assert problem is not None
    english, chinese = PROBLEM_WORDS[problem]
    shown = ("input", "code" if by_code else "registrationId")
    match problem:
        case ScanProblem.NOT_FOUND:
            return NotFound(english, chinese=chinese, path=shown)
        case ScanProblem.FORGED:
            return Invalid(english, chinese=chinese, path=shown)
        case ScanProblem.BAD_NONCE:
            return Invalid(english, chinese=chinese, path=("input", "nonce"))
        case ScanProblem.BAD_ARRIVALS | ScanProblem.TOO_MANY:
            return Invalid(english, chinese=chinese, path=("input", "arrivals"))
        case ScanProblem.NONCE_REUSED:
            return IdempotencyMismatch(english, chinese=chinese, path=("input", "nonce"))
        case ScanProblem.TOO_EARLY | ScanProblem.TOO_LATE:
            return _not_open(result, english, chinese)
        case _:
            return Conflict(english, chinese=chinese, path=shown)


def _not_open(result: ScanResult, english: str, chinese: str) -> NotOpen:
    opens_at, closes_at = result.window.opens_at, result.window.closes_at
    return NotOpen(
        english,
        chinese=chinese,
        opensAt=opens_at.isoformat() if opens_at else None,
        closesAt=closes_at.isoformat() if closes_at else None,
    )
