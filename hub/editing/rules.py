"""Vocabulary and pure decisions of editing: states, versions, differences, windows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from hub.errors import Conflict, Invalid
from media.kinds import AssetKind, AssetState

ITEMS_MAX = 20
"""How many items are published, or previewed, as one unit."""

PREVIEW_MINUTES_DEFAULT = 60
PREVIEW_MINUTES_MAX = 7 * 24 * 60

PUBLICATION_KEYS = frozenset({"state", "published_at", "expires_at"})
"""Keys of a content folder that publishing decides; no revision holds them."""

TYPE_NAMES: Mapping[str, str] = {
    "friendly_streets": "FriendlyStreet",
    "merchants": "Merchant",
    "stations": "Station",
    "service_centres": "ServiceCentre",
    "offerings": "Offering",
    "forms": "Form",
    "pools": "Pool",
    "instructors": "Instructor",
    "programs": "Program",
    "courses": "Course",
    "lessons": "Lesson",
    "quizzes": "Quiz",
    "employers": "Employer",
    "events": "Event",
    "competitions": "Competition",
    "honours": "Honour",
    "laureates": "Laureate",
}
"""Every kind that is edited, and the name of its type. What is no content (towns, vocabulary) has
neither state nor version and is changed by the content folder alone."""

KINDS_BY_TYPE: Mapping[str, str] = {name: kind for kind, name in TYPE_NAMES.items()}


class Slot(StrEnum):
    """Where a file goes on an item: the key of its file model."""

    COVER = "cover_url"
    PHOTO = "photo_url"
    LOGO = "logo_url"
    VIDEO = "video_url"
    AUDIO = "audio_url"
    POSTER = "poster_url"
    CAPTIONS = "captions_url"


FITTING_KINDS: Mapping[Slot, AssetKind] = {
    Slot.VIDEO: AssetKind.VIDEO,
    Slot.AUDIO: AssetKind.AUDIO,
    Slot.CAPTIONS: AssetKind.CAPTIONS,
}
"""What a file has to be for a slot; for every other one it is a picture."""


def assert_fits(slot: Slot, *, kind: AssetKind, state: AssetState) -> None:
    """Raises Invalid for a file that is not what the slot shows, or that cannot be played."""
    wanted = FITTING_KINDS.get(slot, AssetKind.IMAGE)
    if kind is not wanted:
        raise Invalid(
            f"{slot.name} takes a file of kind {wanted.name}; this is {kind.name}.",
            chinese=f"{slot.name} 只接受 {wanted.name} 类文件，此文件为 {kind.name}。",
            path=("input", "assetId"),
        )
    if state is AssetState.FAILED:
        raise Invalid(
            "The file cannot be played; see its `failure`.",
            chinese="该文件处理失败，无法播放，请查看 failure。",
            path=("input", "assetId"),
        )


class RevisionState(StrEnum):
    """What became of a revision."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    SCHEDULED = "scheduled"
    FAILED = "failed"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    DISCARDED = "discarded"


OPEN_STATES = frozenset(
    {
        RevisionState.DRAFT,
        RevisionState.SUBMITTED,
        RevisionState.APPROVED,
        RevisionState.REJECTED,
        RevisionState.SCHEDULED,
        RevisionState.FAILED,
    }
)
"""What is being worked on: the next revision, or its publication, ends it."""

STATE_NAMES: Mapping[RevisionState, str] = {
    RevisionState.DRAFT: "草稿",
    RevisionState.SUBMITTED: "待审",
    RevisionState.APPROVED: "已通过",
    RevisionState.REJECTED: "已驳回",
    RevisionState.SCHEDULED: "定时待发布",
    RevisionState.FAILED: "定时发布失败",
    RevisionState.PUBLISHED: "已发布",
    RevisionState.SUPERSEDED: "已被取代",
    RevisionState.DISCARDED: "已丢弃",
}

OVERTAKEN = "内容在到时之前已被另行修改，定时发布未执行。"
"""Why a scheduled revision failed where its item was changed by something else meanwhile."""


@dataclass(frozen=True, slots=True)
class ItemId:
    """An item by its id, of one of `kinds`; in a patch it stands where a slug will stand."""

    kinds: tuple[str, ...]
    id: UUID | None


@dataclass(frozen=True, slots=True)
class Target:
    """An item to act on, and the version that the caller read."""

    item: ItemId
    expected_version: int


@dataclass(frozen=True, slots=True)
class Window:
    """From when to before when an item is public; None: at once, for ever."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A value that differs between two revisions; None where it was or is left out."""

    path: tuple[str, ...]
    before: Any
    after: Any


def version_of(number: int | None, *, live: int | None, live_known: int | None) -> int:
    """The version of an item, from which the next one counts.

    `number` is that of its newest revision, `live_known` the live version which that revision
    knows of, `live` the version of the live row. Whatever else changes the live row (a load, its
    merchant) raises its version: that counts as one more revision, which nobody has written yet.
    """
    if number is None:
        return live or 0
    if live is None:
        return number
    return max(number, live) if live == live_known else max(number + 1, live)


def is_overtaken(*, live: int | None, live_known: int | None) -> bool:
    """Whether the live row was changed without a revision since the newest one was made."""
    return live is not None and live_known is not None and live != live_known


def differences(before: Any, after: Any, *, path: tuple[str, ...] = ()) -> Iterator[Change]:
    """What differs between two items in plain values, as deep down as it can be said.

    Parts with a slug are compared by it, other parts by their place in the list.
    """
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*after, *before)):
            yield from differences(before.get(key), after.get(key), path=(*path, str(key)))
    elif _are_parts(before) and _are_parts(after) and (before or after):
        yield from _part_differences(before or [], after or [], path)
    else:
        yield Change(path, before, after)


def _are_parts(value: Any) -> bool:
    return value is None or (
        isinstance(value, list) and all(isinstance(each, dict) for each in value)
    )


def _part_differences(
    before: list[Any], after: list[Any], path: tuple[str, ...]
) -> Iterator[Change]:
    old, new = _by_name(before), _by_name(after)
    for name in dict.fromkeys((*new, *old)):
        yield from differences(old.get(name), new.get(name), path=(*path, name))
    stayed = [name for name in old if name in new]
    order = [name for name in new if name in old]
    if stayed != order:
        yield Change((*path, "order"), stayed, order)


def _by_name(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {str(part.get("slug", index)): part for index, part in enumerate(parts)}


def assert_window(window: Window, *, now: datetime) -> None:
    """Raises Invalid when a window is empty, or over before it begins to count."""
    start = window.starts_at or now
    if window.ends_at is not None and window.ends_at <= max(start, now):
        raise Invalid(
            "expireAt has to come after publishAt and after now.",
            chinese="expireAt 须晚于 publishAt，且晚于现在。",
            path=("input", "expireAt"),
        )


WORDING_KEYS = frozenset(
    {
        *("name", "summary", "accessibility_note"),
        *("title", "description", "audience", "schedule_note"),
    }
)
"""Keys of a place or an offering in which its keepers speak to the public; photos beside them."""


def with_wording(values: Mapping[str, Any], wording: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a place or an offering with the wording of its keepers over them.

    None takes a key away. Of photos the wording has `wanted`, all that were asked for, and
    `added`, the addresses of those that nobody has seen yet: what has been taken away since stays
    away, and what has come since stays behind the others.
    """
    said = {**values, **wording}
    if photos := wording.get("photos"):
        there = values.get("photos", [])
        kept = {*photos["added"], *(each["url"] for each in there)}
        wanted = {each["url"] for each in photos["wanted"]}
        said["photos"] = [each for each in photos["wanted"] if each["url"] in kept]
        said["photos"] += [each for each in there if each["url"] not in wanted]
    return {key: value for key, value in said.items() if value is not None and value != []}


def is_wording_open(state: RevisionState, *, place_id: UUID | None) -> bool:
    """Whether a revision is keepers' wording that was not approved, or not yet."""
    return place_id is not None and state in (RevisionState.SUBMITTED, RevisionState.REJECTED)


def assert_unscheduled(state: RevisionState) -> None:
    """Raises Conflict for an item that waits for its instant: its schedule is cancelled first."""
    if state is RevisionState.SCHEDULED:
        raise Conflict(
            "It is scheduled; cancel the schedule first.", chinese="内容已定时发布，请先取消定时。"
        )


def is_approved(state: RevisionState, *, decided_at: datetime | None) -> bool:
    """Whether a reviewer has approved a revision, or did before its schedule failed."""
    if state is RevisionState.FAILED:
        return decided_at is not None
    return state in (RevisionState.APPROVED, RevisionState.PUBLISHED)


def state_after_cancel(decided_at: datetime | None) -> RevisionState:
    """What a scheduled revision is again once its schedule is cancelled."""
    return RevisionState.DRAFT if decided_at is None else RevisionState.APPROVED


def assert_publishable(state: RevisionState) -> None:
    """Raises Conflict for a revision that a reviewer has rejected."""
    if state is RevisionState.REJECTED:
        raise Conflict(
            "The newest revision was rejected; change it first.",
            chinese="最新的修订已被驳回，请先修改。",
        )


def assert_state(state: RevisionState, *, wanted: RevisionState) -> None:
    """Raises Conflict when a revision is not in the state that a step begins from."""
    if state is not wanted:
        raise Conflict(
            f"The newest revision is {state.value}, not {wanted.value}.",
            chinese=f"最新的修订状态为“{STATE_NAMES[state]}”，不是“{STATE_NAMES[wanted]}”。",
        )
