"""Pure decisions about those who keep places: where a place lies, which version counts, and
how an application to join goes from step to step.
"""

import unicodedata
from collections.abc import Collection, Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from hub.auth import Role, Scope, ScopeKind
from hub.directory.rules import PlaceKind
from hub.editing.rules import WORDING_KEYS
from hub.errors import Conflict, HubError, Invalid, NotFound, ReviewRequired, VersionConflict

PLACE_KINDS = ("merchants", "stations", "service_centres")
"""The kinds of content that are places, and so have keepers."""

Values = Mapping[str, Any]

INPUT_NAMES: Mapping[str, str] = {"amenities": "amenityCodes", "hours": "openingHours"}
"""Keys of a content folder that keepers know by another name."""

APPLICATIONS_OPEN_MAX = 5
"""How many applications one person may have open: a chain has a few shops, a script thousands."""

PROPOSED_OFFERINGS_MAX = 10
REASON_MAX_CHARS = 500
CONTACT_NAME_MAX_CHARS = 40

UNNAMED = "unnamed"
"""The slug of a proposed shop while it is checked: its own it gets when it joins."""


class ApplicationState(StrEnum):
    """How far an application to join the friendly street has come."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OPEN_STATES = frozenset({ApplicationState.SUBMITTED, ApplicationState.RETURNED})
"""In these the applicant may still change or withdraw it; the others are its end."""


class Decision(StrEnum):
    """What a reviewer says to an application."""

    APPROVE = "approve"
    RETURN = "return"
    REFUSE = "refuse"


DECIDED: Mapping[Decision, ApplicationState] = {
    Decision.APPROVE: ApplicationState.APPROVED,
    Decision.RETURN: ApplicationState.RETURNED,
    Decision.REFUSE: ApplicationState.REFUSED,
}


def place_scopes(place_id: UUID, town_id: UUID) -> tuple[Scope, ...]:
    """The scopes in which a role reaches a place, beside the district."""
    return Scope(ScopeKind.PLACE, place_id), Scope(ScopeKind.TOWN, town_id)


def assert_version(expected: int, *, current: int) -> None:
    """Raises VersionConflict unless the caller has read what is live now."""
    if expected != current:
        raise VersionConflict(
            f"It is at version {current} now; read it again.",
            chinese=f"内容已变更，当前版本为 {current}，请重新读取。",
            path=("input", "expectedVersion"),
            current=current,
        )


def in_words_of_keepers(refusal: HubError) -> HubError:
    """The same refusal, its input named as keepers name it."""
    path = refusal.path
    known = INPUT_NAMES.get(str(path[1])) if len(path) > 1 else None
    if known is None:
        return refusal
    old = str(path[1])
    return type(refusal)(
        refusal.message.replace(old, known, 1),
        chinese=refusal.chinese.replace(old, known, 1),
        path=("input", known, *path[2:]),
        **refusal.data,
    )


def facts_of(before: Values, after: Values) -> dict[str, Any]:
    """What of a change is no wording, and live at once: the words of `before`, the rest of `after`.

    Of photos that is which of those that are there stay, and in which order, with the words they
    have; a new one waits with its words.
    """
    facts = {key: value for key, value in after.items() if key not in WORDING_KEYS}
    facts |= {key: value for key, value in before.items() if key in WORDING_KEYS}
    there = {each["url"]: each for each in before.get("photos", [])}
    photos = [there[each["url"]] for each in after.get("photos", []) if each["url"] in there]
    facts.pop("photos", None)
    return facts | ({"photos": photos} if photos else {})


def wording_of(
    before: Values, after: Values, *, waiting: Values, touched: Collection[str]
) -> dict[str, Any]:
    """The wording that waits after a change of the keys `touched`; empty where none does.

    `waiting` is what waited before: a key that is touched again waits as it is now, or no more
    where it says what is live. See `hub.editing.rules.with_wording` for what it is made of.
    """
    wording = {key: value for key, value in waiting.items() if key not in touched}
    for key in WORDING_KEYS.intersection(touched):
        if after.get(key) != before.get(key):
            wording[key] = after.get(key)
    wanted, seen = after.get("photos", []), facts_of(before, after).get("photos", [])
    if "photos" in touched and wanted != seen:
        there = {each["url"] for each in before.get("photos", [])}
        added = [each["url"] for each in wanted if each["url"] not in there]
        wording["photos"] = {"wanted": wanted, "added": added}
    return wording


def assert_role_fits(role: Role, kind: PlaceKind) -> None:
    """Raises Invalid for a role that nobody holds at a place of this kind."""
    fitting = Role.MERCHANT if kind is PlaceKind.MERCHANT else Role.STATION_KEEPER
    if role is not fitting:
        raise Invalid(
            f"Here it has to be {fitting.name}.",
            chinese=f"此处角色须为 {fitting.name}。",
            path=("input", "role"),
        )


def place_not_found(key: str = "id") -> NotFound:
    """What is said of a place that is not there, and of one that is somebody else's."""
    return NotFound("There is no such place.", chinese="没有这个场所。", path=("input", key))


def offering_not_found() -> NotFound:
    """What is said of an offering that is not there, and of one that is somebody else's."""
    return NotFound(
        "There is no such offering.", chinese="没有这个服务项目。", path=("input", "id")
    )


def application_not_found() -> NotFound:
    """What is said of an application that is not there, and of one that is not the caller's."""
    return NotFound("There is no such application.", chinese="没有这份申请。", path=("input", "id"))


def shop_taken() -> Conflict:
    """What is said of a shop that somebody has applied for, whoever that is."""
    return Conflict(
        "An application for a shop of this name at this address is open already.",
        chinese="该名称和地址的商铺已有一份申请正在处理。",
        path=("input", "name"),
    )


def assert_changeable(state: ApplicationState) -> None:
    """Raises Conflict for an application that has come to its end."""
    if state not in OPEN_STATES:
        raise _closed(state)


def assert_decidable(state: ApplicationState) -> None:
    """Raises Conflict for an application that does not wait for a reviewer."""
    if state is ApplicationState.RETURNED:
        raise Conflict(
            "It waits for its applicant to correct it.",
            chinese="申请已退回，正等待申请人补正。",
            path=("input", "id"),
        )
    assert_changeable(state)


def _closed(state: ApplicationState) -> Conflict:
    return Conflict(
        f"The application was {state.value} already.",
        chinese=f"申请{_CLOSED[state]}，不能再改动。",
        path=("input", "id"),
    )


_CLOSED: Mapping[ApplicationState, str] = {
    ApplicationState.APPROVED: "已通过",
    ApplicationState.REFUSED: "未获通过",
    ApplicationState.WITHDRAWN: "已撤回",
}


def assert_not_applicant(applicant_id: UUID, decider_id: UUID | None) -> None:
    """Raises ReviewRequired for those who would decide what they applied for themselves."""
    if applicant_id == decider_id:
        raise ReviewRequired(
            "Somebody else than its applicant has to decide.",
            chinese="不能审批自己的申请，须由其他审核员审批。",
            path=("input", "id"),
        )


def assert_room(open_count: int) -> None:
    """Raises Conflict for a person who has as many open applications as there may be."""
    if open_count >= APPLICATIONS_OPEN_MAX:
        raise Conflict(
            f"You have {APPLICATIONS_OPEN_MAX} open applications; wait for a decision, or withdraw "
            "one.",
            chinese=f"您已有 {APPLICATIONS_OPEN_MAX} 份申请待处理，请等待审批或先撤回其中一份。",
            path=("input",),
        )


def assert_reasoned(decision: Decision, reason: str) -> None:
    """Raises Invalid for returning or refusing without saying why, and for saying too much."""
    if decision is not Decision.APPROVE and not reason:
        raise Invalid(
            f"reason is needed to {decision.value} an application.",
            chinese="退回或不予通过须说明理由。",
            path=("input", "reason"),
        )
    if len(reason) > REASON_MAX_CHARS:
        raise Invalid(
            f"reason has more than {REASON_MAX_CHARS} characters.",
            chinese=f"reason 不能超过 {REASON_MAX_CHARS} 个字。",
            path=("input", "reason"),
        )


def assert_street_in_town(street_town_id: UUID | None, town_id: UUID) -> None:
    """Raises Invalid for a street of another town: its reviewers would not be asked."""
    if street_town_id is not None and street_town_id != town_id:
        raise Invalid(
            "The street lies in another town.",
            chinese="该友好街区不在所选镇街。",
            path=("input", "streetId"),
        )


def shop_key(name: str, address: str) -> str:
    """What two applications for the same shop have in common, as 64 hex digits: its name and its
    address, whatever their spaces, widths and letter cases.
    """
    plain = (unicodedata.normalize("NFKC", text).casefold().split() for text in (name, address))
    return sha256("\n".join("".join(words) for words in plain).encode()).hexdigest()
