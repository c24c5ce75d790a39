"""Mutations: one input, one service call, one payload with the expected refusals in `errors`.

A service raises a `HubError`; here, in one place, it becomes an entry of the payload's `errors`
when its code is one that a client is expected to handle. Everything else goes the way of every
other error, to the top level.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.types import Info

from hub.errors import HubError
from schema.negotiation import Locale

if TYPE_CHECKING:
    from schema.attendance.registrations import Registration
    from schema.membership import EligibilityReason

Values = Callable[[Mapping[str, Any], Locale], dict[str, Any]]

_UNIT_COST = 10
"""What a mutation costs beside its payload: it is dearer than a field that is read."""


@strawberry.enum(description="What a mutation refuses, for clients to branch on.")
class UserErrorCode(Enum):
    """See the descriptions."""

    NOT_FOUND = strawberry.enum_value(
        "NOT_FOUND", description="Nothing there, or nothing that you may know of."
    )
    CONFLICT = strawberry.enum_value(
        "CONFLICT", description="The state of the thing forbids the step."
    )
    VERSION_CONFLICT = strawberry.enum_value(
        "VERSION_CONFLICT", description="It has changed since you read it."
    )
    INVALID = strawberry.enum_value("INVALID", description="A value does not fit; see `path`.")
    STEP_UP_REQUIRED = strawberry.enum_value(
        "STEP_UP_REQUIRED", description="Prove who you are once more, then try again."
    )
    CODE_INVALID = strawberry.enum_value(
        "CODE_INVALID", description="The code is wrong, used or too old."
    )
    SECOND_FACTOR_REQUIRED = strawberry.enum_value(
        "SECOND_FACTOR_REQUIRED", description="Sign in again with the second factor."
    )
    PHONE_REQUIRED = strawberry.enum_value(
        "PHONE_REQUIRED", description="WeChat's user is new here: send a phone and its code along."
    )
    SESSION_ENDED = strawberry.enum_value(
        "SESSION_ENDED", description="The session is over; sign in again."
    )
    REVIEW_REQUIRED = strawberry.enum_value(
        "REVIEW_REQUIRED", description="Somebody else has to approve it first."
    )
    IDEMPOTENCY_MISMATCH = strawberry.enum_value(
        "IDEMPOTENCY_MISMATCH", description="The key was used before with another input."
    )
    IN_PROGRESS = strawberry.enum_value(
        "IN_PROGRESS", description="The same request is still running."
    )
    SOLD_OUT = strawberry.enum_value(
        "SOLD_OUT", description="No seat is left, and nobody can wait for one."
    )
    ALREADY_REGISTERED = strawberry.enum_value(
        "ALREADY_REGISTERED", description="You have signed up already."
    )
    NOT_OPEN = strawberry.enum_value("NOT_OPEN", description="One cannot sign up yet, or no more.")
    NOT_ELIGIBLE = strawberry.enum_value("NOT_ELIGIBLE", description="It is for others.")
    DEADLINE_PASSED = strawberry.enum_value(
        "DEADLINE_PASSED", description="It was possible until an instant that has passed."
    )
    OFFER_EXPIRED = strawberry.enum_value(
        "OFFER_EXPIRED", description="The offered seat has gone to the next."
    )


@strawberry.interface(description="Why a mutation was refused.")
class UserError:
    """An expected refusal; see the fields."""

    code: UserErrorCode = strawberry.field(description="What to branch on.")
    message: str = strawberry.field(
        description="A sentence that may be shown: Chinese, or English by Accept-Language."
    )
    path: list[str] = strawberry.field(
        description="The input at fault from the outside in; empty when no single one is."
    )


@strawberry.type(description="A refusal that says no more than its code and its message.")
class Refusal(UserError):
    """See the description."""


@strawberry.type(description="The thing has changed since it was read.")
class VersionConflict(UserError):
    """See the description."""

    current: int = strawberry.field(description="Its version now; read it again and retry.")


@strawberry.type(description="No seat is left, and nobody can wait for one (名额已满).")
class SoldOut(UserError):
    """See the description."""

    waitlist_position: int | None = strawberry.field(
        description="The place on the waiting list; null, for there is none."
    )


@strawberry.type(description="The asking person has signed up already (已报名).")
class AlreadyRegistered(UserError):
    """See the description."""

    registration: (
        Annotated["Registration", strawberry.lazy("schema.attendance.registrations")] | None
    ) = strawberry.field(description="By which registration.")


@strawberry.type(description="It is not the time to sign up (不在报名时间内).")
class NotOpen(UserError):
    """See the description."""

    opens_at: datetime | None = strawberry.field(
        description="From when one can sign up; null: not known, or at any time."
    )
    closes_at: datetime | None = strawberry.field(
        description="From when one can no more; null: not known, or never."
    )


@strawberry.type(description="The asking person is none of those whom it is for (不符合条件).")
class NotEligible(UserError):
    """See the description."""

    reasons: list[Annotated["EligibilityReason", strawberry.lazy("schema.membership")]] = (
        strawberry.field(
            description="Everything that speaks against it; empty where that is another person's.",
            metadata={"size": 3},
        )
    )


@strawberry.type(description="It was possible until an instant that has passed (已过截止时间).")
class DeadlinePassed(UserError):
    """See the description."""

    deadline_at: datetime | None = strawberry.field(description="Until when it was possible.")


def mutation_field(
    resolve: Callable[..., Awaitable[Any]],
    *,
    payload: type,
    description: str,
    input_type: type | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Any:
    """A mutation that calls `resolve(info, input)`, or `resolve(info)` without an input.

    It returns the keyword arguments of `payload` beside `errors`. Expected refusals make a payload
    with `errors` and everything else null.
    """

    async def call(info: Info, **arguments: Any) -> Any:
        try:
            return payload(errors=[], **await resolve(info, *arguments.values()))
        except HubError as refusal:
            error = user_error(refusal, info.context.request.locale)
            if error is None:
                raise
            return payload(errors=[error])

    call.__annotations__ = {"info": Info, "return": payload}
    _give_signature(call, input_type, payload)
    return strawberry.mutation(
        resolver=call, description=description, metadata={"cost": _UNIT_COST, **(metadata or {})}
    )


def _give_signature(call: Any, input_type: type | None, payload: type) -> None:

    parameters = [
        inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)
    ]
    if input_type is not None:
        asked: Any = input_type
        told = Annotated[asked, strawberry.argument(description="What is asked.")]
        call.__annotations__["input"] = told
        parameters.append(
            inspect.Parameter("input", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=told)
        )
    call.__signature__ = inspect.Signature(parameters, return_annotation=payload)


def user_error(refusal: HubError, locale: Locale) -> UserError | None:
    """The payload's entry for a refusal; None for what belongs to the top level."""
    code = UserErrorCode.__members__.get(refusal.code)
    if code is None:
        return None
    message = refusal.chinese if locale == "zh-CN" else refusal.message
    path = [str(part) for part in refusal.path]
    made, values = _WITH_DATA.get(code, (Refusal, _no_data))
    error: UserError = made(code=code, message=message, path=path, **values(refusal.data, locale))
    return error


def _no_data(data: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    return {}


def _reasons(data: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    from schema.membership import told_reasons

    return {"reasons": told_reasons(data["reasons"], locale)}


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


_WITH_DATA: Mapping[UserErrorCode, tuple[Callable[..., UserError], Values]] = {
    UserErrorCode.VERSION_CONFLICT: (VersionConflict, lambda data, _: {"current": data["current"]}),
    UserErrorCode.SOLD_OUT: (SoldOut, lambda data, _: {"waitlist_position": None}),
    UserErrorCode.ALREADY_REGISTERED: (
        AlreadyRegistered,
        lambda data, _: {"registration": data.get("registration")},
    ),
    UserErrorCode.NOT_OPEN: (
        NotOpen,
        lambda data, _: {
            "opens_at": _instant(data["opensAt"]),
            "closes_at": _instant(data["closesAt"]),
        },
    ),
    UserErrorCode.NOT_ELIGIBLE: (NotEligible, _reasons),
    UserErrorCode.DEADLINE_PASSED: (
        DeadlinePassed,
        lambda data, _: {"deadline_at": _instant(data["deadline"])},
    ),
}
"""The refusals that carry data: their type, and its fields from the refusal's data."""

ERROR_TYPES: Sequence[type] = (
    *(Refusal, VersionConflict, SoldOut, AlreadyRegistered),
    *(NotOpen, NotEligible, DeadlinePassed),
)
"""Every type of `UserError`."""


def errors_field() -> Any:
    """The `errors` of every payload."""
    return strawberry.field(
        default_factory=list,
        description="Why it was refused; empty when it was done.",
        metadata={"size": 3},
    )
