"""Editing on a database: who may, who wins, and that nothing stays of what was refused."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hub.audit.models import AuditEntry
from hub.auth import Action, Actor, Role, Viewer
from hub.editing.queries import DRAFTS, REVISIONS, standing_of
from hub.editing.rules import ItemId, RevisionState, Target
from hub.editing.service.drafts import create_item, revert_to_revision, update_item
from hub.editing.service.publication import publish, unpublish
from hub.editing.service.review import approve, reject, submit
from hub.errors import (
    Conflict,
    Forbidden,
    HubError,
    Invalid,
    NotFound,
    ReviewRequired,
    Unauthenticated,
    VersionConflict,
)
from hub.ids import new_id
from hub.listing import ListQuery
from hub.loading import load_data
from hub.pagination import page_request
from hub.records import Ordering, Record, Select, fetch_records
from hub.settings import Settings, install_settings
from tests.factories import directory, learning
from tests.factories.editors import NOW, actor, editor, nobody, of_program, of_town, reviewer
from tests.hub.editing.conftest import NEW, a_course, refused, title_of

pytestmark = pytest.mark.usefixtures("database")


async def test_two_editors_at_once_and_one_wins() -> None:
    for _ in range(5):
        item, _row = await a_course()
        deeds = [
            update_item(editor(), item, expected_version=1, patch={"title": f"第{number}位"})
            for number in range(8)
        ]
        told = await asyncio.gather(*deeds, return_exceptions=True)
        winners = [each for each in told if isinstance(each, Record)]
        assert len(winners) == 1
        losers = [each for each in told if isinstance(each, VersionConflict)]
        assert [each.data["current"] for each in losers] == [2] * 7
        standing = await standing_of(item)
        assert standing is not None
        assert standing.version == 2


async def test_publish_and_update_at_once() -> None:
    """Whichever comes first, the other is told; nothing is published that nobody read."""
    for _ in range(5):
        item, _row = await a_course(title="旧")
        await update_item(editor(), item, expected_version=1, patch={"title": "甲"})
        told = await asyncio.gather(
            publish(editor(), [Target(item, 2)]),
            update_item(editor(), item, expected_version=2, patch={"title": "乙"}),
            return_exceptions=True,
        )
        conflicts = [each for each in told if isinstance(each, VersionConflict)]
        standing = await standing_of(item)
        assert standing is not None
        if isinstance(told[0], VersionConflict):
            assert (await title_of(item), standing.version, len(conflicts)) == ("旧", 3, 1)
        else:
            assert (await title_of(item), standing.version, len(conflicts)) == ("甲", 3, 0)


async def test_a_load_goes_under_a_draft_and_the_draft_is_told() -> None:
    item, _row = await a_course(slug="first-aid", title="旧")
    draft = await update_item(editor(), item, expected_version=1, patch={"title": "草稿"})
    await load_data(
        {
            "courses": [
                {
                    "slug": "first-aid",
                    "title": "装入",
                    **{key: NEW[key] for key in ("level", "delivery")},
                }
            ]
        }
    )
    assert (await title_of(item)) == "装入"
    error = await refused(publish(editor(), [Target(item, draft.number)]), VersionConflict)
    current = error.data["current"]
    assert current > draft.number
    back = await revert_to_revision(editor(), item, number=draft.number, expected_version=current)
    assert [each["path"] for each in back.changes] == [["title"]]
    await publish(editor(), [Target(item, back.number)])
    assert await title_of(item) == "草稿"
    again = await revert_to_revision(editor(), item, number=current, expected_version=back.number)
    await publish(editor(), [Target(item, again.number)])
    assert await title_of(item) == "装入"


def matrix() -> list[tuple[str, Callable[[Any, Any], Viewer], type[HubError] | None]]:
    def of(role: Role, scope: Any = None) -> Callable[[Any, Any], Viewer]:
        return lambda program, town: Viewer(
            actor(role, *([scope(program, town)] if scope else [])), NOW
        )

    def without_factor(program: Any, town: Any) -> Viewer:
        known = actor(Role.EDITOR)
        return Viewer(Actor(person_id=known.person_id, grants=known.grants), NOW)

    def service(*permissions: Action) -> Callable[[Any, Any], Viewer]:
        made = Actor(service_id=new_id(), permissions=frozenset(permissions))
        return lambda program, town: Viewer(made, NOW)

    return [
        ("nobody", lambda program, town: nobody(), Unauthenticated),
        ("worker", of(Role.WORKER), NotFound),
        ("merchant", of(Role.MERCHANT), NotFound),
        ("case officer", of(Role.CASE_OFFICER), NotFound),
        ("manager", of(Role.MANAGER), NotFound),
        ("reviewer", of(Role.REVIEWER), Forbidden),
        ("editor without second factor", without_factor, NotFound),
        ("editor elsewhere", of(Role.EDITOR, lambda p, t: of_program(new_id())), NotFound),
        ("editor of a town", of(Role.EDITOR, lambda p, t: of_town(t)), NotFound),
        ("service without", service(Action.READ_AUDIT), NotFound),
        ("editor", of(Role.EDITOR), None),
        ("administrator", of(Role.ADMINISTRATOR), None),
        ("editor of the programme", of(Role.EDITOR, lambda p, t: of_program(p)), None),
        ("service", service(Action.EDIT_CONTENT), None),
    ]


@pytest.mark.parametrize(("who", "viewer_of", "refusal"), matrix(), ids=lambda each: str(each)[:30])
async def test_who_may_update(
    who: str, viewer_of: Callable[[Any, Any], Viewer], refusal: type[HubError] | None
) -> None:
    program = await learning.program()
    item, _row = await a_course(program_id=program.id)
    viewer = viewer_of(program.id, new_id())
    deed = update_item(viewer, item, expected_version=1, patch={"title": "改"})
    if refusal is None:
        assert (await deed).number == 2
        return
    error = await refused(deed, refusal)
    if refusal is NotFound:  # as for what is not there
        nothing = update_item(
            viewer, ItemId(("courses",), new_id()), expected_version=1, patch={"title": "改"}
        )
        other = await refused(nothing, NotFound)
        assert (other.message, other.path) == (error.message, error.path)


async def test_nothing_is_moved_to_where_one_may_not_edit() -> None:
    mine, theirs = await learning.program(), await learning.program()
    viewer = editor(of_program(mine.id))
    item, _row = await a_course(program_id=mine.id)
    move = {"program": ItemId(("programs",), theirs.id)}
    await refused(update_item(viewer, item, expected_version=1, patch=move), Forbidden)
    await refused(update_item(viewer, item, expected_version=1, patch={"program": None}), Forbidden)
    await refused(create_item(viewer, "courses", values=NEW | move), Forbidden)
    await refused(create_item(viewer, "courses", values=NEW), Forbidden)
    own = await create_item(
        viewer, "courses", values=NEW | {"program": ItemId(("programs",), mine.id)}
    )
    lesson = {"kind": "video", "title": "一", "duration_seconds": 60}
    of_own = {"course": ItemId(("courses",), own.item_id)}
    assert (await create_item(viewer, "lessons", values=lesson | of_own)).number == 1
    foreign = await create_item(
        editor(), "courses", values=NEW | {"program": ItemId(("programs",), theirs.id)}
    )
    hidden = {"course": ItemId(("courses",), foreign.item_id)}
    unknown = {"course": ItemId(("courses",), new_id())}
    told = [
        await refused(create_item(viewer, "lessons", values=lesson | each), Invalid)
        for each in (hidden, unknown)
    ]
    assert told[0].message == told[1].message


async def test_scopes_of_towns() -> None:
    town, other = await directory.town(), await directory.town()
    street = await directory.street(town_id=town.id)
    item = ItemId(("friendly_streets",), street.id)
    patch = {"summary": "新"}
    await refused(
        update_item(editor(of_town(other.id)), item, expected_version=1, patch=patch), NotFound
    )
    done = await update_item(editor(of_town(town.id)), item, expected_version=1, patch=patch)
    assert done.town_id == town.id
    seen = await read(REVISIONS, editor(of_town(other.id)))
    assert seen == []
    assert [row.number for row in await read(REVISIONS, editor(of_town(town.id)))] == [2, 1]


async def read(listing: Any, viewer: Viewer) -> list[Record]:
    page = await listing.page(viewer, ListQuery(page_request(100)))
    return list(page.rows)


async def test_who_sees_what_is_being_worked_on() -> None:
    program = await learning.program()
    item, _row = await a_course(program_id=program.id)
    draft = await update_item(editor(), item, expected_version=1, patch={"title": "改"})
    for viewer in (editor(), reviewer(), editor(of_program(program.id))):
        assert [row.id for row in await read(DRAFTS, viewer)] == [draft.id]
    strangers = [nobody(), editor(of_program(new_id())), editor(of_town(program.id))]
    strangers += [Viewer(actor(role), NOW) for role in (Role.WORKER, Role.MANAGER, Role.MERCHANT)]
    for viewer in strangers:
        assert await read(DRAFTS, viewer) == []
        assert await read(REVISIONS, viewer) == []
        assert await REVISIONS.by_ids(viewer, [draft.id]) == [None]


async def test_review(database: Settings) -> None:
    install_settings(database.model_copy(update={"review_required": True}))
    author, other, judge = editor(), editor(), reviewer()
    item, _row = await a_course(title="旧")
    await update_item(author, item, expected_version=1, patch={"title": "甲"})
    await refused(publish(author, [Target(item, 2)]), ReviewRequired)
    await refused(approve(judge, item, expected_version=2), Conflict)
    await submit(author, item, expected_version=2)
    await refused(submit(author, item, expected_version=2), Conflict)
    await refused(approve(author, item, expected_version=2), Forbidden)
    await refused(reject(judge, item, expected_version=2, reason=" "), Invalid)
    turned = await reject(judge, item, expected_version=2, reason="写清楚")
    assert (turned.state, turned.reason) == (RevisionState.REJECTED, "写清楚")
    await refused(publish(author, [Target(item, 2)]), Conflict)
    both = Viewer(actor(Role.ADMINISTRATOR), NOW)
    await update_item(both, item, expected_version=2, patch={"title": "乙"})
    await update_item(other, item, expected_version=3, patch={"title": "丙"})
    await submit(other, item, expected_version=4)
    await refused(approve(both, item, expected_version=4), ReviewRequired)
    good = await approve(judge, item, expected_version=4)
    assert (good.state, good.decided_by) == (RevisionState.APPROVED, judge.actor.person_id)
    await publish(author, [Target(item, 4)])
    assert await title_of(item) == "丙"
    await update_item(author, item, expected_version=4, patch={"title": "丁"})
    await refused(publish(author, [Target(item, 5)]), ReviewRequired)


async def test_publication_is_all_or_nothing() -> None:
    items = [(await a_course(title="旧"))[0] for _ in range(3)]
    for item in items:
        await update_item(editor(), item, expected_version=1, patch={"title": "新"})
    stale = [Target(items[0], 2), Target(items[1], 2), Target(items[2], 1)]
    await refused(publish(editor(), stale), VersionConflict)
    gone = [Target(items[0], 2), Target(ItemId(("courses",), new_id()), 1)]
    await refused(publish(editor(), gone), NotFound)
    twice = [Target(items[0], 2), Target(items[0], 2)]
    await refused(publish(editor(), twice), Invalid)
    await refused(publish(editor(), []), Invalid)
    alone = await create_item(editor(), "courses", values=NEW)
    lesson = await create_item(
        editor(),
        "lessons",
        values={
            "course": ItemId(("courses",), alone.item_id),
            "kind": "video",
            "title": "一",
            "duration_seconds": 60,
        },
    )
    third = Target(ItemId(("lessons",), lesson.item_id), 1)
    error = await refused(
        publish(editor(), [Target(items[0], 2), Target(items[1], 2), third]), Invalid
    )
    assert error.path == ("input", "ids", 2)
    await publish(editor(), [Target(item, 2) for item in items])
    assert [await title_of(item) for item in items] == ["新"] * 3


async def test_a_caller_who_leaves_changes_all_or_nothing() -> None:
    for milliseconds in range(0, 30, 2):
        items = [(await a_course(title="旧"))[0] for _ in range(2)]
        for item in items:
            await update_item(editor(), item, expected_version=1, patch={"title": "新"})
        deed = asyncio.ensure_future(publish(editor(), [Target(each, 2) for each in items]))
        await asyncio.sleep(milliseconds / 1_000)
        deed.cancel()
        await asyncio.gather(deed, return_exceptions=True)
        while True:
            titles = {await title_of(each) for each in items}
            if len(titles) == 1:
                break
        assert titles in ({"旧"}, {"新"})


async def test_every_write_is_written_down() -> None:
    viewer = editor()
    made = await create_item(viewer, "courses", values=NEW)
    item = ItemId(("courses",), made.item_id)
    await publish(viewer, [Target(item, 1)])
    await update_item(viewer, item, expected_version=1, patch={"title": "改"})
    await unpublish(viewer, [Target(item, 2)])
    entries = await fetch_records(Select(AuditEntry), order=[Ordering("id")])
    assert [(each.action, each.object_kind, each.object_id) for each in entries] == [
        (f"editing.item_{done}", "Course", item.id)
        for done in ("created", "published", "updated", "unpublished")
    ]
    assert {each.person_id for each in entries} == {viewer.actor.person_id}
    assert (entries[2].before["title"], entries[2].after["title"]) == ("新课", "改")
    assert entries[3].before["state"] == "published"
