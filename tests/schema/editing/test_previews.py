"""Previews: what is not published is seen with a good token on its own path, and nowhere else."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from hub.clock import frozen
from hub.database import fetch_all
from hub.settings import Settings, install_settings
from schema import preview
from schema.preview import PREVIEW_PATH, PreviewEndpoint
from schema.relay import encode_id
from schema.root import build_schema
from tests.factories import learning
from tests.factories.editors import NOW
from tests.schema.client import HEADERS
from tests.schema.editing.conftest import COURSE, CREATE, SCHEDULE, UPDATE, Desk, course

LINK = """mutation($input: CreatePreviewLinkInput!) { createPreviewLink(input: $input) {
  token expiresAt linkId errors { code path } } }"""
PROGRAM = (
    """query($id: ID!) { program(by: {id: $id}) { name courses { totalCount nodes { title } } } }"""
)


class Previewer:
    """Somebody who follows a link."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.now = NOW

    async def send(
        self, token: str | None, document: str = COURSE, *, method: str = "POST", **variables: Any
    ) -> httpx.Response:
        headers = HEADERS | ({} if token is None else {"x-preview-token": token})
        body = orjson.dumps({"query": document, "variables": variables})
        with frozen(self.now):
            return await self.http.request(method, PREVIEW_PATH, content=body, headers=headers)

    async def see(self, token: str, document: str = COURSE, **variables: Any) -> Any:
        answer = (await self.send(token, document, **variables)).json()
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))


@pytest.fixture
async def previewer(database: Settings) -> AsyncIterator[Previewer]:
    endpoint = PreviewEndpoint(build_schema(), settings=database)
    transport = httpx.ASGITransport(endpoint)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        yield Previewer(http)


async def link(desk: Desk, *keys: str, **given: Any) -> str:
    token: str = (await desk.done(LINK, ids=list(keys), **given))["token"]
    return token


async def rows() -> list[Any]:
    tables = (
        "course",
        "course_session",
        "course_topic",
        "lesson",
        "revision",
        "preview_link",
        "audit_entry",
    )
    found = []
    for table in tables:
        answer = await fetch_all(f'SELECT * FROM "{table}" ORDER BY id', [])
        found.append([tuple(row) for row in answer])
    return found


async def test_a_draft_is_seen_as_it_will_be(desk: Desk, previewer: Previewer) -> None:
    program = await learning.program()
    key = encode_id("Program", program.id)
    made = await desk.done(CREATE, title="新课", level="BEGINNER", delivery="ONLINE", programId=key)
    item = made["revision"]["itemId"]
    _, live = await course(title="旧名")
    await desk.done(UPDATE, id=live, expectedVersion=1, title="新名")
    token = await link(desk, item, live)
    before = await rows()
    assert (await previewer.see(token, id=item))["title"] == "新课"
    assert (await previewer.see(token, id=live))["title"] == "新名"
    shown = await previewer.see(token, PROGRAM, id=key)
    assert shown["courses"] == {"totalCount": 1, "nodes": [{"title": "新课"}]}
    assert await rows() == before
    assert await desk.public(item) is None
    assert (await desk.public(live))["title"] == "旧名"
    published = (await desk.step("publish", (item, 1), (live, 2)))["errors"]
    assert published == []
    same = {"title", "bodyHtml", "version", "sessions"}
    for each in (item, live):
        told, promised = await desk.public(each), await previewer.see(token, id=each)
        assert {name: told[name] for name in same - {"version"}} == {
            name: promised[name] for name in same - {"version"}
        }


async def test_it_shows_what_was_asked_for_not_what_came_after(
    desk: Desk, previewer: Previewer
) -> None:
    _, key = await course()
    await desk.done(UPDATE, id=key, expectedVersion=1, title="甲")
    token = await link(desk, key)
    await desk.done(UPDATE, id=key, expectedVersion=2, title="乙")
    assert (await previewer.see(token, id=key))["title"] == "甲"


async def test_a_scheduled_item_is_seen_before_its_time(desk: Desk, previewer: Previewer) -> None:
    made = await desk.done(CREATE, title="新课", level="BEGINNER", delivery="ONLINE")
    key = made["revision"]["itemId"]
    later = (NOW + timedelta(days=1)).isoformat()
    await desk.done(SCHEDULE, ids=[key], expectedVersions=[1], publishAt=later)
    assert (await previewer.see(await link(desk, key), id=key))["title"] == "新课"
    assert await desk.public(key) is None


async def test_bad_tokens_are_all_refused_alike(
    desk: Desk, previewer: Previewer, database: Settings
) -> None:
    _, key = await course()
    token = await link(desk, key, expiresInMinutes=5)
    text, _, digest = token.partition(".")
    install_settings(
        database.model_copy(update={"secret_key": "another hub's secret key, as long"})
    )
    foreign = await link(desk, key)
    install_settings(database)
    bad = [None, "", ".", token[:-1], f"{text}x.{digest}", f"{text}.{digest[::-1]}", foreign]
    bad += [text, "x" * 5_000, f"é.{digest}"[1:], f"{text}."]
    told = set()
    for each in bad:
        answer = await previewer.send(each, id=key)
        assert answer.status_code == 401
        told.add(answer.json()["errors"][0]["message"])
    assert (await previewer.send(token, id=key)).status_code == 200
    previewer.now = NOW + timedelta(minutes=5)
    assert (await previewer.send(token, id=key)).status_code == 401
    assert len(told) == 1


async def test_only_queries_by_post_and_nobody_keeps_them(desk: Desk, previewer: Previewer) -> None:
    _, key = await course()
    token = await link(desk, key)
    before = await rows()
    mutation = "mutation { signOut { errors { code } } }"
    assert (await previewer.send(token, mutation)).status_code == 405
    assert (await previewer.send(token, method="PUT")).status_code == 405
    assert await rows() == before
    for answer in (await previewer.send(token, id=key), await previewer.send("bad", id=key)):
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-robots-tag"] == "noindex"


async def test_the_public_path_knows_no_token(desk: Desk) -> None:
    made = await desk.done(CREATE, title="新课", level="BEGINNER", delivery="ONLINE")
    key = made["revision"]["itemId"]
    token = await link(desk, key)
    headers = HEADERS | {"x-preview-token": token, "cookie": f"x-preview-token={token}"}
    body = orjson.dumps({"query": COURSE, "variables": {"id": key}})
    answer = await desk._http.post("/graphql", content=body, headers=headers)
    assert answer.json()["data"] == {"course": None}


async def test_nobody_else_sees_it_meanwhile(desk: Desk, previewer: Previewer) -> None:
    """The public reads while previews read: by id, through the relation, and in the count."""
    program = await learning.program()
    key = encode_id("Program", program.id)
    made = await desk.done(CREATE, title="新课", level="BEGINNER", delivery="ONLINE", programId=key)
    item = made["revision"]["itemId"]
    token = await link(desk, item)
    seen = []

    async def look() -> None:
        seen.append((await previewer.see(token, PROGRAM, id=key))["courses"]["totalCount"])

    async def read() -> None:
        assert await desk.public(item) is None
        shown = await desk.ask(PROGRAM, {"id": key})
        assert shown["program"]["courses"] == {"totalCount": 0, "nodes": []}

    await asyncio.gather(*(each() for _ in range(10) for each in (look, read, read)))
    assert seen == [1] * 10


async def test_a_preview_that_is_given_up_leaves_nothing(
    desk: Desk, previewer: Previewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await desk.done(CREATE, title="新课", level="BEGINNER", delivery="ONLINE")
    key = made["revision"]["itemId"]
    token = await link(desk, key)
    before = await rows()
    for milliseconds in range(0, 40, 2):
        task = asyncio.ensure_future(previewer.send(token, id=key))
        await asyncio.sleep(milliseconds / 1_000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await rows() == before
    assert await desk.public(key) is None
    assert (await previewer.see(token, id=key))["title"] == "新课"


async def test_a_preview_that_takes_too_long_is_stopped(
    desk: Desk, previewer: Previewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await desk.done(CREATE, title="新课", level="BEGINNER", delivery="ONLINE")
    key = made["revision"]["itemId"]
    token = await link(desk, key)
    before = await rows()
    monkeypatch.setattr(preview, "PREVIEW_SECONDS", 0.0)
    assert (await previewer.send(token, id=key)).status_code == 504
    monkeypatch.undo()
    assert await rows() == before
    assert (await previewer.see(token, id=key))["title"] == "新课"


async def test_what_cannot_be_published_is_said(desk: Desk, previewer: Previewer) -> None:
    """A lesson of a course that is not there yet, without the course."""
    made = await desk.done(CREATE, title="新课", level="BEGINNER", delivery="ONLINE")
    lesson = await desk.done(
        """mutation($input: CreateLessonInput!) { createLesson(input: $input) {
        revision { itemId } errors { code path } } }""",
        courseId=made["revision"]["itemId"],
        kind="VIDEO",
        title="第一课",
        durationSeconds=600,
    )
    key = lesson["revision"]["itemId"]
    query = "query($id: ID!) { lesson(by: {id: $id}) { title } }"
    answer = await previewer.send(await link(desk, key), query, id=key)
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    both = await link(desk, key, made["revision"]["itemId"])
    assert await previewer.see(both, query, id=key) == {"title": "第一课"}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"ids": []}, ["input", "ids"]),
        ({"expiresInMinutes": 0}, ["input", "expiresInMinutes"]),
        ({"expiresInMinutes": 10_081}, ["input", "expiresInMinutes"]),
    ],
)
async def test_bounds(desk: Desk, given: dict[str, Any], path: list[str]) -> None:
    _, key = await course()
    refused = await desk.do(LINK, **{"ids": [key], **given})
    assert refused == {
        "token": None,
        "expiresAt": None,
        "linkId": None,
        "errors": [{"code": "INVALID", "path": path}],
    }
