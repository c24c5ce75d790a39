"""An editor's day: written, looked at, scheduled, published, changed, taken back."""

from datetime import timedelta
from typing import Any

import pytest

from hub.ids import new_id
from schema.relay import encode_id
from tests.factories import learning
from tests.factories.editors import NOW
from tests.schema.editing.conftest import CREATE, REVERT, SCHEDULE, UPDATE, Desk, course

SESSION = {
    "slug": "spring",
    "title": "春季班",
    "startsAt": "2026-12-01T09:00:00+08:00",
    "endsAt": "2026-12-01T11:00:00+08:00",
}


async def test_the_whole_way(desk: Desk) -> None:
    topic = await learning.topic(slug="safety")
    program = await learning.program(name="小哥微课堂")
    made = await desk.done(
        CREATE,
        title="电动车安全",
        level="BEGINNER",
        delivery="ON_SITE",
        programId=encode_id("Program", program.id),
        bodyMarkdown="**先看**再骑。",
        topics=[topic.slug],
        sessions=[SESSION],
        note="新课",
    )
    revision = made["revision"]
    key = revision["itemId"]
    assert made["course"] is None
    assert (revision["slug"], revision["kind"]) == ("dian-dong-che-an-quan", "COURSE")
    assert (revision["number"], revision["state"], revision["isOwn"]) == (1, "DRAFT", True)
    assert "sessions.spring" in [each["path"] for each in revision["changes"]]
    assert await desk.public(key) is None

    start, end = NOW + timedelta(hours=1), NOW + timedelta(hours=3)
    scheduled = await desk.done(
        SCHEDULE,
        ids=[key],
        expectedVersions=[1],
        publishAt=start.isoformat(),
        expireAt=end.isoformat(),
    )
    assert scheduled["revisions"] == [{"number": 1, "state": "PUBLISHED"}]
    assert await desk.public(key) is None
    desk.now = start
    before = await desk.public(key)
    assert before["bodyHtml"].strip() == "<p><strong>先看</strong>再骑。</p>"
    assert (before["version"], before["program"]["name"]) == (1, "小哥微课堂")
    assert [each["title"] for each in before["sessions"]] == ["春季班"]

    changed = await desk.done(
        UPDATE,
        id=key,
        expectedVersion=1,
        title="电动车安全（新）",
        bodyMarkdown=None,
        sessions=[{**SESSION, "title": "春季一班"}],
    )
    assert changed["course"] == {"title": "电动车安全", "version": 1}
    assert changed["revision"]["changes"] == [
        {"path": "title", "before": "电动车安全", "after": "电动车安全（新）"},
        {"path": "bodyMarkdown", "before": "**先看**再骑。", "after": None},
        {"path": "sessions.spring.title", "before": "春季班", "after": "春季一班"},
    ]
    assert await desk.public(key) == before

    published = await desk.step("publish", (key, 2))
    assert published["revisions"] == [{"itemId": key, "number": 2, "state": "PUBLISHED"}]
    after = await desk.public(key)
    assert (after["title"], after["bodyMarkdown"], after["version"]) == ("电动车安全（新）", "", 2)
    assert after["publishedAt"] == before["publishedAt"]

    reverted = await desk.done(REVERT, id=key, number=1, expectedVersion=2)
    assert reverted["revision"]["number"] == 3
    await desk.step("publish", (key, 3))
    again = await desk.public(key)
    same = {"title", "bodyHtml", "sessions", "topics", "publishedAt"}
    assert {each: again[each] for each in same} == {each: before[each] for each in same}
    desk.now = end
    assert await desk.public(key) is None


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"title": ""}, ["input", "title"]),
        ({"title": "长" * 161}, ["input", "title"]),
        ({"title": None}, ["input", "title"]),
        ({"level": None}, ["input", "level"]),
        ({"coverUrl": "no address"}, ["input", "coverUrl"]),
        ({"topics": ["nowhere"]}, ["input", "topics", "0"]),
        ({"programId": encode_id("Program", new_id())}, ["input", "programId"]),
        ({"programId": encode_id("Course", new_id())}, ["input", "programId"]),
        ({"sessions": [SESSION, SESSION]}, ["input", "sessions"]),
        (
            {"sessions": [{**SESSION, "endsAt": SESSION["startsAt"]}]},
            ["input", "sessions", "0", "endsAt"],
        ),
        ({"note": "长" * 501}, ["input", "note"]),
    ],
)
async def test_what_does_not_fit_is_named(
    desk: Desk, given: dict[str, Any], path: list[str]
) -> None:
    _, key = await course()
    before = await desk.public(key)
    refused = await desk.do(UPDATE, id=key, expectedVersion=1, **given)
    assert refused["revision"] is None
    assert [(each["code"], each["path"]) for each in refused["errors"]] == [("INVALID", path)]
    assert await desk.public(key) == before
    again = await desk.done(UPDATE, id=key, expectedVersion=1, title="还在第一版")
    assert again["revision"]["number"] == 2


async def test_unknown_fields_are_refused(desk: Desk) -> None:
    _, key = await course()
    answer = await desk.send(UPDATE, {"input": {"id": key, "expectedVersion": 1, "state": "x"}})
    assert answer.error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_stale_versions_are_refused_with_the_current_one(desk: Desk) -> None:
    _, key = await course()
    await desk.done(UPDATE, id=key, expectedVersion=1, title="甲")
    refused = await desk.do(UPDATE, id=key, expectedVersion=1, title="乙")
    conflict = {"__typename": "VersionConflict", "code": "VERSION_CONFLICT", "current": 2}
    assert refused["errors"] == [{**conflict, "path": ["input", "expectedVersion"]}]
    refused = await desk.step("publish", (key, 1))
    assert refused["errors"][0]["path"] == ["input", "expectedVersions", "0"]
    assert (await desk.public(key))["version"] == 1


async def test_several_items_are_one_unit(desk: Desk) -> None:
    """A course and its lesson go together; with a third that is invalid nothing changes."""
    made = await desk.done(CREATE, title="新课", level="BEGINNER", delivery="ONLINE", slug="new")
    key = made["revision"]["itemId"]
    lesson = await desk.done(
        """mutation($input: CreateLessonInput!) { createLesson(input: $input) {
        revision { itemId number } errors { code path } } }""",
        courseId=key,
        kind="VIDEO",
        title="第一课",
        durationSeconds=600,
    )
    second = lesson["revision"]["itemId"]
    _, third = await course(slug="other")
    await desk.done(UPDATE, id=third, expectedVersion=1, title="另一门课")
    refused = await desk.step("publish", (key, 1), (second, 1), (third, 1))
    assert refused["revisions"] is None
    assert [each["code"] for each in refused["errors"]] == ["VERSION_CONFLICT"]
    assert await desk.public(key) is None
    alone = await desk.step("publish", (second, 1))
    assert [(each["code"], each["path"]) for each in alone["errors"]] == [
        ("INVALID", ["input", "ids", "0"])
    ]
    await desk.step("publish", (second, 1), (key, 1), (third, 2))
    shown = await desk.public(key)
    assert shown["lessons"]["nodes"] == [{"title": "第一课", "position": 1}]
    assert (await desk.public(third))["title"] == "另一门课"


async def test_away_and_back(desk: Desk) -> None:
    _, key = await course()
    shown = await desk.public(key)
    gone = await desk.step("unpublish", (key, 1))
    assert gone["errors"] == []
    assert await desk.public(key) is None
    again = await desk.step("unpublish", (key, 2))
    assert [each["code"] for each in again["errors"]] == ["CONFLICT"]
    assert (await desk.step("archive", (key, 2)))["errors"] == []
    assert (await desk.step("restore", (key, 3)))["errors"] == []
    assert await desk.public(key) is None
    assert (await desk.step("publish", (key, 4)))["errors"] == []
    back = await desk.public(key)
    assert back["version"] == 5
    assert back["title"] == shown["title"]
    draft = await desk.done(UPDATE, id=key, expectedVersion=5, title="改")
    assert draft["revision"]["number"] == 6
