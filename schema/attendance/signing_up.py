"""Signing up, in GraphQL."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import strawberry
from strawberry.types import Info

from hub.attendance.rules import SignUpRequest
from hub.attendance.service import competing, registrations, signing_up
from hub.enrollment.rules import SubjectKind
from hub.errors import Invalid
from hub.forms.rules import Answer
from schema.attendance.registrations import Registration
from schema.filters import is_given
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import decode_key

_NOTHING = UUID(int=0)
"""A key that no row has: what the id of another type is taken for."""

_TYPES = {
    SubjectKind.EVENT: ("Event", "EventOption"),
    SubjectKind.COURSE: ("Course", "CourseSession"),
    SubjectKind.COMPETITION: ("Competition", "Division"),
}


@strawberry.input(description="An answer to one question of a form.")
class AnswerInput:
    """See the fields."""

    question: str = strawberry.field(description="The question's slug.")
    value: str = strawberry.field(
        description="The answer as text: a choice as it is written, a number in digits, a day like "
        "2026-03-01, the id of an upload."
    )


@strawberry.input(description="What every sign-up says.")
class SignUpInput:
    """The fields that the inputs of sign-ups share."""

    idempotency_key: str = strawberry.field(
        description="Made anew for each sign-up and sent again with each try of it: it happens "
        "once. At most 255 characters; remembered for 72 hours."
    )
    party_size: int = strawberry.field(
        default=1, description="How many people come, oneself included; see the pool's maximum."
    )
    companions: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Who comes along; may be left out, or names all of them, each once (同行人).",
    )
    answers: list[AnswerInput] | None = strawberry.field(
        default=strawberry.UNSET, description="The answers to the questions of the pool's form."
    )
    form_version: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The version of the form that was shown; the present one unless said.",
    )
    invitation_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="For seats that are for the invited (邀请码)."
    )


@strawberry.input(description="Which course to enrol in.")
class EnrollInCourseInput(SignUpInput):
    """See the fields."""

    course_id: strawberry.ID = strawberry.field(description="The course.")
    session_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The session; needed where sessions have seats of their own.",
    )


@strawberry.input(description="Which event to register for.")
class RegisterForEventInput(SignUpInput):
    """See the fields."""

    event_id: strawberry.ID = strawberry.field(description="The event.")
    option_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The option; needed where the event has any."
    )


@strawberry.input(description="The team that one enters with and leads (队伍).")
class EnterTeamInput:
    """See the fields."""

    name: str = strawberry.field(description="What the team is called; at most 80 characters.")


@strawberry.input(description="What a sign-up says that may be for a competition.")
class EntrantInput(SignUpInput):
    """The fields that the inputs share by which one enters a competition."""

    name: str = strawberry.field(
        default="", description="What the entrant is called; one's display name unless said."
    )
    team: EnterTeamInput | None = strawberry.field(
        default=strawberry.UNSET, description="The team, for a division of teams and no other."
    )
    is_name_public: bool = strawberry.field(
        default=False,
        description="Whether one agrees to be named with the results and among the honoured; "
        "else only the first character is shown (是否同意公开姓名).",
    )


@strawberry.input(description="Which division of a competition to enter.")
class EnterCompetitionInput(EntrantInput):
    """See the fields."""

    competition_id: strawberry.ID = strawberry.field(description="The competition.")
    division_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The division; needed where there are any."
    )


@strawberry.input(
    description="What to wait for: exactly one event, course or competition; `name`, `team` and "
    "`isNamePublic` are those of a competition's entry, as in `enterCompetition`."
)
class JoinWaitlistInput(EntrantInput):
    """See the fields."""

    event_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The event."
    )
    option_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The option of the event."
    )
    course_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The course."
    )
    session_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The session of the course."
    )
    competition_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The competition."
    )
    division_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The division of the competition."
    )


@strawberry.type(description="The outcome of a step with a registration.")
class RegistrationPayload:
    """See the fields."""

    registration: Registration | None = strawberry.field(
        default=None, description="The registration as it is now; null when refused."
    )
    errors: list[UserError] = errors_field()


def _value(value: Any, default: Any = None) -> Any:
    return value if is_given(value) else default


def sign_up_request(kind: SubjectKind, given: Any) -> SignUpRequest:
    """What an input of one of the sign-ups asks for. Raises BadUserInput for what is no id."""
    noun = kind.value
    thing, part = _TYPES[kind]
    part_name = {"Event": "option", "Course": "session", "Competition": "division"}[thing]
    part_id = getattr(given, f"{part_name}_id")
    return SignUpRequest(
        kind,
        decode_key(str(getattr(given, f"{noun}_id")), types=(thing,), path=("input", f"{noun}Id")),
        given.idempotency_key,
        part_id=_part_key(part_id, part, path=("input", f"{part_name}Id")),
        party_size=given.party_size,
        companions=tuple(_value(given.companions, ())),
        answers=tuple(Answer(each.question, each.value) for each in _value(given.answers, ())),
        form_version=_value(given.form_version),
        invitation_code=_value(given.invitation_code),
    )


def _part_key(text: Any, type_name: str, *, path: tuple[str, ...]) -> UUID | None:
    """None where no part was named; a key that finds nothing for the id of another type."""
    if not is_given(text):
        return None
    return decode_key(str(text), types=(type_name,), path=path) or _NOTHING


async def _enroll(info: Info, given: EnrollInCourseInput) -> dict[str, Any]:
    return await _sign_up(info, sign_up_request(SubjectKind.COURSE, given), "enrollInCourse")


async def _register(info: Info, given: RegisterForEventInput) -> dict[str, Any]:
    return await _sign_up(info, sign_up_request(SubjectKind.EVENT, given), "registerForEvent")


async def _enter(info: Info, given: EnterCompetitionInput) -> dict[str, Any]:
    return await _sign_up(info, _entry_request(given), "enterCompetition")


def _entry_request(given: EntrantInput) -> SignUpRequest:
    team = _value(given.team)
    return replace(
        sign_up_request(SubjectKind.COMPETITION, given),
        entry_name=given.name,
        team_name=None if team is None else team.name,
        is_name_public=given.is_name_public,
    )


async def _join(info: Info, given: JoinWaitlistInput) -> dict[str, Any]:
    kinds = [kind for kind in SubjectKind if is_given(getattr(given, f"{kind.value}_id"))]
    if len(kinds) != 1:
        raise Invalid(
            "Name exactly one event, course or competition.",
            chinese="请指定且仅指定一个活动、课程或比武。",
            path=("input",),
        )
    is_entry = kinds[0] is SubjectKind.COMPETITION
    request = _entry_request(given) if is_entry else sign_up_request(kinds[0], given)
    return await _sign_up(info, request, "joinWaitlist")


async def _sign_up(info: Info, request: SignUpRequest, operation: str) -> dict[str, Any]:
    viewer = info.context.viewer
    if request.kind is SubjectKind.COMPETITION:
        row = await competing.enter_competition(viewer, request, operation=operation)
    else:
        row = await signing_up.sign_up_for(viewer, request, operation=operation)
    return {"registration": row}


@strawberry.input(description="Which offer to accept.")
class AcceptOfferInput:
    """See the fields."""

    registration_id: strawberry.ID = strawberry.field(description="One's registration.")


@strawberry.input(description="Which registration to give up.")
class CancelRegistrationInput:
    """See the fields."""

    registration_id: strawberry.ID = strawberry.field(description="One's registration.")
    reason: str = strawberry.field(
        default="", description="Why, for the organiser; at most 500 characters."
    )


@strawberry.input(description="Which registration to hand over, and to whom.")
class TransferRegistrationInput:
    """See the fields."""

    registration_id: strawberry.ID = strawberry.field(description="One's registration.")
    to_phone: str = strawberry.field(description="The phone that the other person signs in with.")


def registration_key(text: Any) -> UUID | None:
    """The key in a registration's id; None for the id of another type."""
    return decode_key(str(text), types=("Registration",), path=("input", "registrationId"))


async def _accept(info: Info, given: AcceptOfferInput) -> dict[str, Any]:
    key = registration_key(given.registration_id)
    return {"registration": await registrations.accept_offer(info.context.viewer, key)}


async def _cancel(info: Info, given: CancelRegistrationInput) -> dict[str, Any]:
    key = registration_key(given.registration_id)
    row = await registrations.cancel(info.context.viewer, key, reason=given.reason)
    return {"registration": row}


async def _transfer(info: Info, given: TransferRegistrationInput) -> dict[str, Any]:
    wish = registrations.HandOver(registration_key(given.registration_id), given.to_phone)
    return {"registration": await registrations.transfer(info.context.viewer, wish)}


_REFUSALS = (
    "NOT_FOUND; INVALID; CONFLICT where nothing has to be signed up for; NOT_OPEN; NOT_ELIGIBLE; "
    "SOLD_OUT where nobody can wait; ALREADY_REGISTERED; IDEMPOTENCY_MISMATCH."
)


@strawberry.type
class SignUpMutation:
    """The mutations of people who sign up."""

    enroll_in_course: RegistrationPayload = mutation_field(
        _enroll,
        input_type=EnrollInCourseInput,
        payload=RegistrationPayload,
        description=f"Enrol in a course or a session of it (报名课程). {_REFUSALS}",
    )
    register_for_event: RegistrationPayload = mutation_field(
        _register,
        input_type=RegisterForEventInput,
        payload=RegistrationPayload,
        description="Register for an event (报名活动); where it is full, on the waiting list. "
        f"{_REFUSALS}",
    )
    enter_competition: RegistrationPayload = mutation_field(
        _enter,
        input_type=EnterCompetitionInput,
        payload=RegistrationPayload,
        description=f"Enter a division of a competition (报名比武). {_REFUSALS}",
    )
    join_waitlist: RegistrationPayload = mutation_field(
        _join,
        input_type=JoinWaitlistInput,
        payload=RegistrationPayload,
        description="Sign up and say where one stands (加入候补): `waitlistPosition` on the list, "
        f"null with a seat, which one gets at once where one is free. {_REFUSALS}",
    )
    accept_offer: RegistrationPayload = mutation_field(
        _accept,
        input_type=AcceptOfferInput,
        payload=RegistrationPayload,
        description="Take the seat that is offered (确认递补名额). NOT_FOUND for what is not one's "
        "own; OFFER_EXPIRED; CONFLICT where nothing is offered.",
    )
    cancel_registration: RegistrationPayload = mutation_field(
        _cancel,
        input_type=CancelRegistrationInput,
        payload=RegistrationPayload,
        description="Give up a registration (取消报名); its seats go to whoever comes next, and "
        "while one can sign up its invitation code lets somebody else in. "
        "NOT_FOUND for what is not one's own; DEADLINE_PASSED; CONFLICT; INVALID.",
    )
    transfer_registration: RegistrationPayload = mutation_field(
        _transfer,
        input_type=TransferRegistrationInput,
        payload=RegistrationPayload,
        description="Hand a confirmed registration over to somebody who has an account (转让名额), "
        "without answers and companions; gives it as it was. NOT_FOUND; INVALID; NOT_ELIGIBLE; "
        "DEADLINE_PASSED; CONFLICT, also for competitions, and to another town for a seat that is "
        "kept for one.",
    )
