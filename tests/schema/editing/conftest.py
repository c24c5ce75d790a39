"""A client on behalf of an editor, on a database of its own with a little content."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from hub.auth import ANONYMOUS, Actor, Role, Viewer
from hub.learning.models import Course
from hub.settings import Settings
from schema.relay import encode_id
from tests.factories import learning
from tests.factories.editors import NOW, actor
from tests.schema.acting import ActingClient, acting_client

COURSE = """query($id: ID!) { course(by: {id: $id}) {
  id slug title summary bodyHtml bodyMarkdown level delivery version publishedAt updatedAt
  program { name } topics { slug } sessions { slug title startsAt endsAt timezone }
  lessons { nodes { title position } } } }"""
CREATE = """mutation($input: CreateCourseInput!) { createCourse(input: $input) {
  course { id } revision { itemId kind slug title number state changes { path before after }
  note isOwn createdAt publishedAt } errors { __typename code message path } } }"""
UPDATE = """mutation($input: UpdateCourseInput!) { updateCourse(input: $input) {
  course { title version } revision { itemId number state changes { path before after } }
  errors { __typename code path ... on VersionConflict { current } } } }"""
ITEMS = """mutation($input: ItemsInput!) { %s(input: $input) {
  revisions { itemId number state }
  errors { __typename code message path ... on VersionConflict { current } } } }"""
SCHEDULE = """mutation($input: SchedulePublishInput!) { schedulePublish(input: $input) {
  revisions { number state } errors { code message path } } }"""
REVERT = """mutation($input: RevertToRevisionInput!) { revertToRevision(input: $input) {
  revision { number state changes { path before after } } errors { code path } } }"""

DISCARD = """mutation($input: DiscardDraftInput!) { discardDraft(input: $input) {
  revision { number state } errors { code path } } }"""


class Desk(ActingClient):
    """What tests do at an editor's desk."""

    async def do(self, document: str, **given: Any) -> dict[str, Any]:
        """The payload of a mutation."""
        data = await self.ask(document, {"input": given})
        payload: dict[str, Any] = next(iter(data.values()))
        return payload

    async def done(self, document: str, **given: Any) -> dict[str, Any]:
        """The payload of a mutation that has to be done."""
        payload = await self.do(document, **given)
        assert payload["errors"] == []
        return payload

    async def step(self, name: str, *items: tuple[str, int]) -> dict[str, Any]:
        """The payload of a mutation over several items."""
        ids, versions = [each[0] for each in items], [each[1] for each in items]
        return await self.do(ITEMS % name, ids=ids, expectedVersions=versions)

    async def public(self, key: str) -> Any:
        """The course as the public sees it, an instant later."""
        acting, self.actor = self.actor, ANONYMOUS
        self.now += timedelta(milliseconds=1)
        try:
            return (await self.ask(COURSE, {"id": key}))["course"]
        finally:
            self.actor = acting


@pytest.fixture
async def desk(database: Settings) -> AsyncIterator[Desk]:
    """A desk of an editor of the district."""
    async with acting_client(database, now=NOW, client_type=Desk) as client:
        assert isinstance(client, Desk)
        client.actor = editor_actor()
        yield client


def editor_actor() -> Actor:
    """An editor of the district."""
    return actor(Role.EDITOR)


def viewer(desk: Desk) -> Viewer:
    """Who acts, at the desk's instant."""
    return Viewer(desk.actor, desk.now)


async def course(**values: Any) -> tuple[Course, str]:
    """A live course and its global id."""
    row = await learning.course(**values)
    return row, encode_id("Course", row.id)
