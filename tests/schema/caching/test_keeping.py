"""What is kept, for how long, and what a write makes of it."""

import asyncio
from datetime import timedelta

import orjson
import pytest

from hub.bulk import delete_rows, update_rows
from hub.database import transaction
from hub.directory.models import Place
from hub.instants import NextInstants
from hub.learning.models import Course
from hub.publishing import StoredState
from hub.settings import Settings
from schema.relay import encode_id
from tests.factories import directory, learning
from tests.schema.caching.conftest import NOW, keeping, rewrite, told
from tests.schema.client import GraphQLClient, graphql_client

LIST = "{ courses { nodes { title } } }"
PAGE = "query($id: ID!) { course(by: {id: $id}) { title } }"
BY_SLUG = 'query { course(by: {slug: "later"}) { title } }'


def page_of(course: Course) -> dict[str, str]:
    return {"id": encode_id("Course", course.id)}


async def test_the_second_answer_is_the_first_one_without_a_statement(hub: GraphQLClient) -> None:
    await learning.course(title="急救")
    first, second = await hub.send(LIST), await hub.send(LIST)
    assert (told(first), told(second)) == ("MISS", "HIT")
    assert second.statements == ()
    assert second.body["data"] == first.body["data"] == {"courses": {"nodes": [{"title": "急救"}]}}
    assert second.body["extensions"]["cost"] == first.body["extensions"]["cost"]


async def test_the_same_question_is_known_however_it_is_written(hub: GraphQLClient) -> None:
    course = await learning.course()
    await hub.send(PAGE, page_of(course))
    other = {"variables": page_of(course), "query": PAGE, "extensions": {"of": "a client"}}
    answers = [await hub.send_body(orjson.dumps(other, option=orjson.OPT_INDENT_2))] * 2
    assert [told(each) for each in answers] == ["HIT", "HIT"]


async def test_other_variables_and_another_language_are_other_questions(
    hub: GraphQLClient,
) -> None:
    one, other = await learning.course(title="A"), await learning.course(title="B")
    await hub.send(PAGE, page_of(one))
    assert (await hub.ask(PAGE, page_of(other)))["course"]["title"] == "B"
    hub.language = "zh-CN"
    assert told(await hub.send(PAGE, page_of(one))) == "MISS"


async def test_a_write_is_seen_at_once(hub: GraphQLClient) -> None:
    course = await learning.course(title="A")
    for document, variables in ((PAGE, page_of(course)), (LIST, {})):
        assert told(await hub.send(document, variables)) == "MISS"
    await rewrite(course, title="B")
    assert (await hub.ask(PAGE, page_of(course)))["course"]["title"] == "B"
    assert (await hub.ask(LIST))["courses"]["nodes"] == [{"title": "B"}]


async def test_a_write_to_another_course_leaves_the_page_of_this_one(hub: GraphQLClient) -> None:
    course, other = await learning.course(), await learning.course()
    for document, variables in ((PAGE, page_of(course)), (LIST, {})):
        await hub.send(document, variables)
    await rewrite(other, title="B")
    assert told(await hub.send(PAGE, page_of(course))) == "HIT"
    assert told(await hub.send(LIST)) == "MISS"


async def test_what_is_read_below_counts_too(hub: GraphQLClient) -> None:
    teacher = await learning.instructor(name="A")
    course = await learning.course(instructor_id=teacher.id)
    document = "query($id: ID!) { course(by: {id: $id}) { instructor { name } } }"
    await hub.send(document, page_of(course))
    await rewrite(teacher, name="B")
    assert (await hub.ask(document, page_of(course)))["course"]["instructor"] == {"name": "B"}


async def test_what_was_not_there_is_found_when_it_comes(hub: GraphQLClient) -> None:
    course = await learning.course(slug="earlier", title="A")
    assert (await hub.ask(BY_SLUG))["course"] is None
    await rewrite(course, slug="later")
    assert (await hub.ask(BY_SLUG))["course"] == {"title": "A"}


async def test_an_id_that_was_not_there_is_found_when_it_is_inserted(hub: GraphQLClient) -> None:
    course = await learning.course(state=StoredState.DRAFT)
    assert (await hub.ask(PAGE, page_of(course)))["course"] is None
    await rewrite(course, state=StoredState.PUBLISHED)
    assert (await hub.ask(PAGE, page_of(course)))["course"] is not None


async def test_what_is_deleted_with_its_owner_is_gone(hub: GraphQLClient) -> None:
    course = await learning.course()
    lesson = await learning.lesson(course_id=course.id)
    document = "query($id: ID!) { lesson(by: {id: $id}) { title } }"
    variables = {"id": encode_id("Lesson", lesson.id)}
    assert (await hub.ask(document, variables))["lesson"] is not None
    await delete_rows(Course, [course.id])
    assert (await hub.ask(document, variables))["lesson"] is None


async def test_a_write_that_is_rolled_back_spoils_nothing(hub: GraphQLClient) -> None:
    course = await learning.course()
    await hub.send(LIST)

    async def body() -> None:
        await update_rows(Course, [{"id": course.id, "title": "B"}], columns=["title"])
        raise LookupError

    with pytest.raises(LookupError):
        await transaction(body)
    assert told(await hub.send(LIST)) == "HIT"


async def test_windows_open_and_close_at_their_instants(hub: GraphQLClient) -> None:
    minute = timedelta(minutes=1)
    await learning.course(title="A", expires_at=NOW + 2 * minute)
    await learning.course(title="B", published_at=NOW + minute)
    told_at = {}
    for at in (NOW, NOW + minute, NOW + 2 * minute):
        for hub.now in (at, at + minute - timedelta(microseconds=1)):
            answer = await hub.send("{ courses { nodes { title } } }")
            titles = "".join(sorted(each["title"] for each in answer.data["courses"]["nodes"]))
            told_at[hub.now - NOW] = (told(answer), titles)
    assert list(told_at.values()) == [
        *[("MISS", "A"), ("HIT", "A")],
        *[("MISS", "AB"), ("HIT", "AB")],
        *[("MISS", "B"), ("HIT", "B")],
    ]


async def test_an_answer_is_not_given_for_an_instant_before_it(hub: GraphQLClient) -> None:
    await learning.course(published_at=NOW)
    assert len((await hub.ask(LIST))["courses"]["nodes"]) == 1
    hub.now = NOW - timedelta(seconds=1)
    assert (await hub.ask(LIST))["courses"]["nodes"] == []


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{ viewer { id } }", "NOT_PUBLIC"),
        ("{ courses { nodes { viewerProgress { course { id } } } } }", "NOT_PUBLIC"),
        ("{ ...Both } fragment Both on Query { courses { nodes { id } } viewer { id } }", None),
        ("{ merchants { nodes { isOpenNow } } }", "NOT_PUBLIC"),
        ("{ merchants(where: {openNow: true}) { nodes { id } } }", "TIME"),
        ("{ __schema { queryType { name } } }", "NOT_PUBLIC"),
        ("{ __typename }", "MISS"),
        ('{ courses(after: "none") { nodes { id } } }', "ERRORS"),
    ],
)
async def test_what_is_not_kept_says_why(
    hub: GraphQLClient, document: str, reason: str | None
) -> None:
    await directory.merchant()
    assert told(await hub.send(document)) == (reason or "NOT_PUBLIC")
    assert told(await hub.send(document)) == {"MISS": "HIT"}.get(
        reason or "", reason or "NOT_PUBLIC"
    )


async def test_places_by_name_are_kept_and_hours_are_not_forgotten(hub: GraphQLClient) -> None:
    place = await directory.merchant(name="A")
    document = "{ merchants { nodes { name openingHours { opens } } } }"
    await hub.send(document)
    assert told(await hub.send(document)) == "HIT"
    await update_rows(Place, [{"id": place.id, "name": "B"}], columns=["name"])
    assert (await hub.ask(document))["merchants"]["nodes"][0]["name"] == "B"


async def test_an_answer_that_is_too_large_is_not_kept(settings: Settings) -> None:
    small = keeping(settings, response_cache_entry_bytes=200)
    async with graphql_client(small, now=NOW) as hub:
        await learning.course(title="课" * 100)
        assert [told(await hub.send(LIST)) for _ in range(2)] == ["TOO_LARGE"] * 2


async def test_what_was_used_least_recently_makes_room(settings: Settings) -> None:
    async with graphql_client(keeping(settings, response_cache_bytes=4_000), now=NOW) as hub:
        documents = [f"{{ courses(first: {number}) {{ nodes {{ id }} }} }}" for number in range(8)]
        for document in documents:
            await hub.send(document)
        assert told(await hub.send(documents[-1])) == "HIT"
        assert told(await hub.send(documents[0])) == "MISS"


async def test_a_reading_that_was_overtaken_by_a_write_is_not_kept(
    hub: GraphQLClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = await learning.course(title="A")
    await hub.send("{ __typename }")  # what others have written is known from here on
    has_read, may_keep = asyncio.Event(), asyncio.Event()
    after = NextInstants.after

    async def held(self: NextInstants, *arguments: object) -> object:
        has_read.set()
        await may_keep.wait()
        return await after(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(NextInstants, "after", held)
    reading = asyncio.ensure_future(hub.send(LIST))
    await has_read.wait()
    await rewrite(course, title="B")
    waiting = asyncio.ensure_future(hub.send(LIST))  # it comes after the write
    await asyncio.sleep(0)
    may_keep.set()
    old, new = await asyncio.gather(reading, waiting)
    assert (told(old), old.data["courses"]["nodes"]) == ("CHANGED", [{"title": "A"}])
    assert new.data["courses"]["nodes"] == [{"title": "B"}]


async def test_many_who_ask_at_once_are_answered_by_one_reading(hub: GraphQLClient) -> None:
    await learning.course()
    answers = await asyncio.gather(*(hub.send(LIST) for _ in range(20)))
    assert sorted(told(each) for each in answers) == ["HIT"] * 19 + ["MISS"]
    assert len({orjson.dumps(each.data) for each in answers}) == 1


async def test_who_waited_for_somebody_that_left_reads_alone(
    hub: GraphQLClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await learning.course()
    has_read, held_once = asyncio.Event(), list[bool]()
    after = NextInstants.after

    async def held(self: NextInstants, *arguments: object) -> object:
        if not held_once:
            held_once.append(True)
            has_read.set()
            await asyncio.Event().wait()
        return await after(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(NextInstants, "after", held)
    leaving = asyncio.ensure_future(hub.send(LIST))
    await has_read.wait()
    waiting = asyncio.ensure_future(hub.send(LIST))
    await asyncio.sleep(0)
    leaving.cancel()
    assert told(await waiting) == "MISS"
