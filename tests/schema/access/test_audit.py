"""The audit over GraphQL: narrowed, ordered, paged, and for administrators alone."""

from datetime import timedelta
from typing import Any

import pytest

from hub.audit.service import record
from hub.auth import ANONYMOUS, DISTRICT, Action, Grant, Role, operator
from hub.clock import frozen
from hub.ids import new_id
from schema.relay import encode_id
from tests.factories.people import actor, service
from tests.schema.access.conftest import NOW
from tests.schema.acting import ActingClient

LOG = """query($where: AuditWhere, $order: [AuditEntryOrder!], $after: String) {
  auditLog(where: $where, orderBy: $order, first: 2, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id occurredAt actorId actorLabel action objectKind objectId before after
      requestId addressHash } } }"""
EDITOR = actor(Grant(Role.EDITOR, DISTRICT), at=NOW)
FRONT_END = service(Action.READ_AUDIT)
COURSE, LESSON = new_id(), new_id()


@pytest.fixture(autouse=True)
async def _written(client: ActingClient) -> None:
    deeds: list[tuple[Any, str, Any]] = [
        (EDITOR, "learning.course_updated", ("Course", COURSE)),
        (EDITOR, "learning.lesson_updated", ("Lesson", LESSON)),
        (FRONT_END, "learning.course_updated", ("Course", new_id())),
        (operator("hub load", now=NOW), "content.loaded", None),
        (ANONYMOUS, "identity.sign_in_refused", None),
    ]
    for minutes, (who, action, thing) in enumerate(deeds):
        with frozen(NOW + timedelta(minutes=minutes)):
            await record(who, action, object=thing, after={"minutes": minutes, "phone": "1"})


async def log(client: ActingClient, **variables: Any) -> dict[str, Any]:
    data = await client.ask(LOG, variables)
    found: dict[str, Any] = data["auditLog"]
    return found


async def test_the_newest_comes_first_page_by_page(client: ActingClient) -> None:
    labels: list[str] = []
    after = None
    while True:
        page = await log(client, after=after)
        labels += [node["actorLabel"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert labels == ["anonymous", "hub load", "a service", "somebody", "somebody"]
    oldest = await log(client, order=[{"field": "AT", "direction": "ASC"}])
    assert oldest["nodes"][0]["after"] == {"minutes": 0, "phone": "[left out]"}
    assert oldest["nodes"][0]["objectId"] == encode_id("Course", COURSE)


@pytest.mark.parametrize(
    ("where", "minutes"),
    [
        ({"actor": encode_id("Person", EDITOR.person_id or COURSE)}, {0, 1}),
        ({"actor": encode_id("ApiKey", FRONT_END.service_id or COURSE)}, {2}),
        ({"actor": encode_id("Course", EDITOR.person_id or COURSE)}, set()),
        ({"action": {"eq": "learning.course_updated"}}, {0, 2}),
        ({"objectKind": {"in": ["Lesson", "Course"]}}, {0, 1, 2}),
        ({"object": encode_id("Course", COURSE)}, {0}),
        ({"object": encode_id("Lesson", COURSE)}, set()),
        ({"occurredAt": {"gte": "2026-11-25T02:03:00Z"}}, {3, 4}),
        ({"occurredAt": {"lt": "2026-11-25T02:01:00Z"}}, {0}),
        ({"not": {"objectKind": {"in": ["Lesson", "Course"]}}}, {3, 4}),
        ({"requestId": {"eq": "another"}}, set()),
    ],
)
async def test_what_it_can_be_narrowed_by(
    client: ActingClient, where: dict[str, Any], minutes: set[int]
) -> None:
    found: set[int] = set()
    after = None
    while True:
        page = await log(client, where=where, after=after)
        assert page["totalCount"] == len(minutes)
        found |= {node["after"]["minutes"] for node in page["nodes"]}
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert found == minutes


async def test_a_bad_id_is_refused_with_its_place(client: ActingClient) -> None:
    for name in ("actor", "object"):
        answer = await client.send(LOG, {"where": {name: "nonsense"}})
        assert answer.error["extensions"]["code"] == "BAD_USER_INPUT"
        assert answer.error["extensions"]["inputPath"] == ["where", name]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
async def test_no_other_role_reads_it(client: ActingClient, role: Role) -> None:
    client.actor = actor(Grant(role, DISTRICT), at=NOW)
    answer = await client.send(LOG)
    assert answer.body["data"] == {"auditLog": None}
    assert answer.error["extensions"]["code"] == "FORBIDDEN"


async def test_nobody_reads_it(client: ActingClient) -> None:
    client.actor = ANONYMOUS
    answer = await client.send(LOG)
    assert answer.error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_service_with_the_permission_reads_it(client: ActingClient) -> None:
    client.actor = FRONT_END
    assert (await log(client))["totalCount"] == 5
