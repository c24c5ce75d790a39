"""Mutations of editing: two for each kind of content, and those that take items of any kind."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.catalogue import KINDS_BY_NAME
from hub.competitions import queries as contests
from hub.directory import queries as directory
from hub.editing.rules import ITEMS_MAX, KINDS_BY_TYPE, Target, Window
from hub.editing.service import drafts, publication, review, schedule
from hub.enrollment import queries as enrollment
from hub.errors import Invalid
from hub.events import queries as calendar
from hub.forms import queries as forms
from hub.honours import queries as awards
from hub.learning import queries as learning
from hub.listing import Listing
from hub.records import Record
from schema.competitions import Competition
from schema.directory.places import Merchant, ServiceCentre, Station
from schema.directory.towns import FriendlyStreet
from schema.editing.inputs import (
    any_item_id,
    create_input,
    given_values,
    item_id,
    note_of,
    update_input,
)
from schema.editing.revisions import Revision
from schema.editing.words import EXPECTED_VERSION, NOTE
from schema.enrollment import Pool
from schema.events import Employer, Event
from schema.filters import is_given
from schema.forms import Form
from schema.honours import Honour, Laureate
from schema.learning import Course, Instructor, Lesson, Program
from schema.mutations import UserError, errors_field, mutation_field
from schema.quizzes import Quiz

EDITED: dict[str, tuple[type, Listing]] = {
    "Program": (Program, learning.PROGRAMS),
    "Course": (Course, learning.COURSES),
    "Lesson": (Lesson, learning.LESSONS),
    "Quiz": (Quiz, learning.QUIZZES),
    "Instructor": (Instructor, learning.INSTRUCTORS),
    "Event": (Event, calendar.EVENTS),
    "Employer": (Employer, calendar.EMPLOYERS),
    "Competition": (Competition, contests.COMPETITIONS),
    "Honour": (Honour, awards.HONOURS),
    "Laureate": (Laureate, awards.LAUREATES),
    "Form": (Form, forms.FORMS),
    "Pool": (Pool, enrollment.POOLS),
    "FriendlyStreet": (FriendlyStreet, directory.STREETS),
    "Merchant": (Merchant, directory.MERCHANTS),
    "Station": (Station, directory.STATIONS),
    "ServiceCentre": (ServiceCentre, directory.SERVICE_CENTRES),
}
"""Every type that editors create, and where what is public of it is read."""

UPDATED_ELSEWHERE = frozenset({"Merchant"})
"""Types whose `updateX` belongs to those who keep the thing: live at once, and without what is for
editors alone, like the town and the street of a shop. Editors write drafts of them by `draftX`."""

_REFUSALS = "NOT_FOUND, VERSION_CONFLICT, INVALID."
REVISION = "The revision that was written or changed; null when refused."


@strawberry.input(description="Items to act on as one unit: all of them or none.")
class ItemsInput:
    """See the fields."""

    ids: list[strawberry.ID] = strawberry.field(
        description=f"The items, of any kinds, 1 to {ITEMS_MAX}."
    )
    expected_versions: list[int] = strawberry.field(
        description="For each item, in the same order, the version that was read: `version`, or "
        "`number` of its newest revision."
    )


@strawberry.input(description="Items to publish as one unit, and from when until when.")
class SchedulePublishInput(ItemsInput):
    """See the fields."""

    publish_at: datetime | None = strawberry.field(
        default=strawberry.UNSET,
        description="From when they are public; null: from now, or since when they are. A change "
        "of what is public comes at this instant, within seconds.",
    )
    expire_at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="From when they are public no more; null: they stay."
    )


@strawberry.input(description="A revision to go back to.")
class RevertToRevisionInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="The item.")
    number: int = strawberry.field(description="The number of the revision to go back to.")
    expected_version: int = strawberry.field(description=EXPECTED_VERSION)
    note: str | None = strawberry.field(default=strawberry.UNSET, description=NOTE)


@strawberry.input(description="The newest revision of an item, to hand to a reviewer.")
class SubmitForReviewInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="The item.")
    expected_version: int = strawberry.field(description=EXPECTED_VERSION)


@strawberry.input(description="An item whose newest revision is to be thrown away.")
class DiscardDraftInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="The item.")
    expected_version: int = strawberry.field(description=EXPECTED_VERSION)


@strawberry.input(description="A decision on the newest revision of an item.")
class ReviewInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="The item.")
    expected_version: int = strawberry.field(description=EXPECTED_VERSION)
    reason: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Why, in at most 500 characters; needed to reject.",
    )


@strawberry.type(description="The outcome of a step with the newest revision of an item.")
class RevisionPayload:
    """See the fields."""

    revision: Revision | None = strawberry.field(default=None, description=REVISION)
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of a step with several items.")
class RevisionsPayload:
    """See the fields."""

    revisions: list[Revision] | None = strawberry.field(
        default=None,
        description="The newest revision of each item, in the order of `ids`; null when refused.",
        metadata={"size": ITEMS_MAX},
    )
    errors: list[UserError] = errors_field()


def _targets(given: ItemsInput) -> list[Target]:
    if len(given.ids) != len(given.expected_versions):
        raise Invalid(
            "expectedVersions needs one version for each id.",
            chinese="expectedVersions 须与 ids 一一对应。",
            path=("input", "expectedVersions"),
        )
    items = [
        any_item_id(str(text), path=("input", "ids", index)) for index, text in enumerate(given.ids)
    ]
    pairs = zip(items, given.expected_versions, strict=True)
    return [Target(item, version) for item, version in pairs]


Step = Callable[..., Awaitable[list[Record]]]


def _items_field(step: Step, *, description: str) -> Any:
    async def act(info: Info, given: ItemsInput) -> dict[str, Any]:
        return {"revisions": await step(info.context.viewer, _targets(given))}

    return mutation_field(
        act, input_type=ItemsInput, payload=RevisionsPayload, description=description
    )


async def _schedule(info: Info, given: SchedulePublishInput) -> dict[str, Any]:
    window = Window(
        given.publish_at if is_given(given.publish_at) else None,
        given.expire_at if is_given(given.expire_at) else None,
    )
    revisions = await schedule.schedule(info.context.viewer, _targets(given), window=window)
    return {"revisions": revisions}


async def _revert(info: Info, given: RevertToRevisionInput) -> dict[str, Any]:
    revision = await drafts.revert_to_revision(
        info.context.viewer,
        any_item_id(str(given.id), path=("input", "id")),
        number=given.number,
        expected_version=given.expected_version,
        note=note_of(given),
    )
    return {"revision": revision}


async def _discard(info: Info, given: DiscardDraftInput) -> dict[str, Any]:
    item = any_item_id(str(given.id), path=("input", "id"))
    viewer, version = info.context.viewer, given.expected_version
    return {"revision": await drafts.discard_draft(viewer, item, expected_version=version)}


async def _submit(info: Info, given: SubmitForReviewInput) -> dict[str, Any]:
    item = any_item_id(str(given.id), path=("input", "id"))
    version = given.expected_version
    return {"revision": await review.submit(info.context.viewer, item, expected_version=version)}


def _decision(decide: Callable[..., Awaitable[Record]]) -> Any:
    async def act(info: Info, given: ReviewInput) -> dict[str, Any]:
        revision = await decide(
            info.context.viewer,
            any_item_id(str(given.id), path=("input", "id")),
            expected_version=given.expected_version,
            reason=(given.reason or "") if is_given(given.reason) else "",
        )
        return {"revision": revision}

    return act


class _Shared:
    """The mutations that take items of any kind."""

    publish: RevisionsPayload = _items_field(
        publication.publish,
        description="Publish the newest revision of each item from now on (发布): all or none. "
        f"{_REFUSALS} REVIEW_REQUIRED where a reviewer has to approve first.",
    )
    unpublish: RevisionsPayload = _items_field(
        publication.unpublish,
        description="Take published items away from the public (撤回): all or none. "
        f"{_REFUSALS} CONFLICT for one that is not published.",
    )
    archive: RevisionsPayload = _items_field(
        publication.archive,
        description="Put items away (归档): all or none. "
        f"{_REFUSALS} CONFLICT for one that was never published.",
    )
    restore: RevisionsPayload = _items_field(
        publication.restore,
        description="Bring archived items back, unpublished (恢复): all or none. "
        f"{_REFUSALS} CONFLICT for one that is not archived.",
    )
    schedule_publish: RevisionsPayload = mutation_field(
        _schedule,
        input_type=SchedulePublishInput,
        payload=RevisionsPayload,
        description="Publish the newest revision of each item for a time (定时发布): all or none. "
        "Where one is public now and `publishAt` is to come, the public sees the old versions "
        "until then; the revisions are SCHEDULED, and until then nothing can be done with them but "
        f"`cancelSchedule`. {_REFUSALS} CONFLICT for an item that has no change.",
    )
    cancel_schedule: RevisionsPayload = _items_field(
        schedule.cancel_schedule,
        description="Let SCHEDULED revisions wait no more (取消定时): all that wait together or "
        f"none. {_REFUSALS} CONFLICT for one that is not scheduled.",
    )
    revert_to_revision: RevisionPayload = mutation_field(
        _revert,
        input_type=RevertToRevisionInput,
        payload=RevisionPayload,
        description="Write a new revision with the values of an earlier one (回退); publish it to "
        f"make it count. {_REFUSALS}",
    )
    discard_draft: RevisionPayload = mutation_field(
        _discard,
        input_type=DiscardDraftInput,
        payload=RevisionPayload,
        description="Throw away the newest revision of an item, which is not published (丢弃草稿): "
        "what is live stays; an item that was never published is gone, and its slug is free. "
        f"{_REFUSALS} CONFLICT where nothing is drafted.",
    )
    submit_for_review: RevisionPayload = mutation_field(
        _submit,
        input_type=SubmitForReviewInput,
        payload=RevisionPayload,
        description=f"Hand the newest revision to a reviewer (提交审核). {_REFUSALS}",
    )
    approve_revision: RevisionPayload = mutation_field(
        _decision(review.approve),
        input_type=ReviewInput,
        payload=RevisionPayload,
        description="Approve a submitted revision (审核通过): for reviewers who have written no "
        f"part of it. {_REFUSALS} REVIEW_REQUIRED for its authors.",
    )
    reject_revision: RevisionPayload = mutation_field(
        _decision(review.reject),
        input_type=ReviewInput,
        payload=RevisionPayload,
        description=f"Reject a submitted revision, with a reason (驳回). {_REFUSALS}",
    )


def _field_name(type_name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in type_name).strip("_")


def _payload(verb: str, type_name: str, shown: type) -> type:
    name, field = f"{verb}{type_name}Payload", _field_name(type_name)
    live = strawberry.field(
        default=None, description="The live item, as the public sees it; null where it does not."
    )
    namespace = {
        "__annotations__": {
            field: shown | None,
            "revision": Revision | None,
            "errors": list[UserError],
        },
        "__doc__": "See the fields.",
        field: live,
        "revision": strawberry.field(default=None, description=REVISION),
        "errors": errors_field(),
    }
    made: type = strawberry.type(
        type(name, (), namespace), description=f"The outcome of `{verb.lower()}{type_name}`."
    )
    return made


def _create_field(type_name: str, shown: type, listing: Listing) -> Any:
    item = KINDS_BY_NAME[KINDS_BY_TYPE[type_name]].item

    async def create(info: Info, given: Any) -> dict[str, Any]:
        revision = await drafts.create_item(
            info.context.viewer,
            KINDS_BY_TYPE[type_name],
            values=given_values(item, given),
            note=note_of(given),
        )
        return {"revision": revision}

    return mutation_field(
        create,
        input_type=create_input(type_name, item=item, shown=shown),
        payload=_payload("Create", type_name, shown),
        description=f"Write a new item of type {type_name} as a draft; `publish` brings it to "
        "the public. FORBIDDEN outside of one's own area; INVALID.",
    )


def _update_field(type_name: str, shown: type, listing: Listing, *, verb: str = "Update") -> Any:
    item = KINDS_BY_NAME[KINDS_BY_TYPE[type_name]].item

    async def update(info: Info, given: Any) -> dict[str, Any]:
        viewer = info.context.viewer
        revision = await drafts.update_item(
            viewer,
            item_id(str(given.id), types=(type_name,), path=("input", "id")),
            expected_version=given.expected_version,
            patch=given_values(item, given),
            note=note_of(given),
        )
        live = (await listing.by_ids(viewer, [revision.item_id]))[0]
        return {"revision": revision, _field_name(type_name): live}

    return mutation_field(
        update,
        input_type=update_input(type_name, item=item, shown=shown, verb=verb),
        payload=_payload(verb, type_name, shown),
        description=f"Write the next revision of an item of type {type_name} as a draft; the live "
        f"one stays as it is until `publish`. {_REFUSALS}",
    )


def _mutation_type() -> type:
    fields = {name: field for name, field in vars(_Shared).items() if not name.startswith("__")}
    for type_name, (shown, listing) in EDITED.items():
        name = _field_name(type_name)
        fields[f"create_{name}"] = _create_field(type_name, shown, listing)
        verb = "Draft" if type_name in UPDATED_ELSEWHERE else "Update"
        update = _update_field(type_name, shown, listing, verb=verb)
        fields[f"{verb.lower()}_{name}"] = update
    made: type = strawberry.type(type("EditingMutations", (), dict(fields)))
    return made


@strawberry.type
class EditingMutation(_mutation_type()):  # type: ignore[misc]
    """The mutations of editing."""
