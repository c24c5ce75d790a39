"""Pure decisions about those who keep places: where a place lies, which version counts."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from hub.auth import Role, Scope, ScopeKind
from hub.directory.rules import PlaceKind
from hub.editing.rules import WORDING_KEYS
from hub.errors import HubError, Invalid, NotFound, VersionConflict

PLACE_KINDS = ("merchants", "stations", "service_centres")
"""The kinds of content that are places, and so have keepers."""

Values = Mapping[str, Any]

INPUT_NAMES: Mapping[str, str] = {"amenities": "amenityCodes", "hours": "openingHours"}
"""Keys of a content folder that keepers know by another name."""


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
