"""Roles and keys over GraphQL: exact codes and paths, and nothing changed after a refusal."""

from dataclasses import replace
from typing import Any

import pytest

from hub.access.models import ApiKey, RoleGrant
from hub.access.queries import service_actor
from hub.audit.models import AuditEntry
from hub.auth import ANONYMOUS, DISTRICT, Action, Grant, Role, Scope, ScopeKind
from hub.identity.service.sign_in import create_person
from hub.ids import new_id
from hub.publishing import StoredState
from hub.records import Record, Select, columns_of, fetch_records
from schema.relay import encode_id
from tests.factories import directory, learning
from tests.factories.people import actor, insert_grant, service
from tests.schema.access.conftest import NOW
from tests.schema.acting import ActingClient

GIVE = """mutation($input: GiveRoleInput!) { giveRole(input: $input) {
  grant { id personId personName role scope { kind id } givenAt expiresAt }
  errors { code path message } } }"""
TAKE = """mutation($input: TakeRoleInput!) { takeRole(input: $input) {
  grant { id role scope { kind id } } errors { code path } } }"""
GRANTS = """query($where: RoleGrantWhere) { roleGrants(where: $where) {
  totalCount nodes { id role personId scope { kind id } } } }"""
CREATE = """mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) {
  token apiKey { id name permissions createdAt expiresAt lastUsedAt endedAt }
  errors { code path } } }"""
END = """mutation($input: EndApiKeyInput!) { endApiKey(input: $input) {
  apiKey { id endedAt } errors { code path } } }"""
KEYS = "{ apiKeys { totalCount nodes { id name endedAt } } }"
PHONE = "13800000099"
IN_A_MONTH = "2026-12-25T02:00:00Z"


@pytest.fixture
async def person(client: ActingClient) -> Record:
    return await create_person(PHONE, display_name="小张", now=NOW)


async def give(client: ActingClient, **given: Any) -> dict[str, Any]:
    data = await client.ask(GIVE, {"input": given})
    payload: dict[str, Any] = data["giveRole"]
    return payload


async def everything() -> list[Any]:
    rows: list[Record] = []
    for model in (RoleGrant, ApiKey, AuditEntry):
        rows += await fetch_records(Select(model))
    return [[getattr(row, name) for name in columns_of(row.model)] for row in rows]


async def test_a_role_by_phone_and_by_id(client: ActingClient, person: Record) -> None:
    key = encode_id("Person", person.id)
    area = await directory.town()
    place = await directory.place(state=StoredState.DRAFT, town_id=area.id)
    program = await learning.program()
    shop = {"kind": "PLACE", "id": encode_id("Merchant", place.id)}
    series = {"kind": "PROGRAM", "id": encode_id("Program", program.id)}
    town = {"kind": "TOWN", "id": encode_id("Town", area.id)}
    district = {"kind": "DISTRICT", "id": None}
    for role, scope in (
        ("MERCHANT", shop),
        ("EDITOR", series),
        ("MANAGER", town),
        ("REVIEWER", district),
    ):
        payload = await give(client, phone=f"+86 {PHONE}", role=role, scope=scope)
        assert payload["errors"] == []
        assert payload["grant"]["scope"] == scope
        assert (payload["grant"]["personId"], payload["grant"]["personName"]) == (key, "小张")
    payload = await give(
        client, personId=key, role="CASE_OFFICER", scope=district, expiresAt=IN_A_MONTH
    )
    assert payload["grant"]["expiresAt"] == IN_A_MONTH
    found = await client.ask(GRANTS, {"where": {"person": key}})
    assert found["roleGrants"]["totalCount"] == 5
    found = await client.ask(GRANTS, {"where": {"scope": shop["id"]}})
    assert [each["role"] for each in found["roleGrants"]["nodes"]] == ["MERCHANT"]
    found = await client.ask(GRANTS, {"where": {"role": {"in": ["EDITOR", "MANAGER"]}}})
    assert found["roleGrants"]["totalCount"] == 2


async def test_refusals_of_giving(client: ActingClient, person: Record) -> None:
    key = encode_id("Person", person.id)
    district = {"kind": "DISTRICT"}
    mine = encode_id("Person", client.actor.person_id or new_id())
    await insert_grant(Role.MANAGER, at=NOW, person_id=person.id)
    nowhere = {"kind": "TOWN", "id": encode_id("Town", new_id())}
    mistyped = {"kind": "TOWN", "id": encode_id("Program", new_id())}
    before = await everything()
    for given, code, path in (
        ({"personId": key, "phone": PHONE, "scope": district}, "INVALID", ["input"]),
        ({"scope": district}, "INVALID", ["input"]),
        ({"phone": "12345", "scope": district}, "INVALID", ["input", "phone"]),
        ({"phone": "13800000098", "scope": district}, "NOT_FOUND", ["input", "personId"]),
        ({"personId": encode_id("Course", person.id), "scope": district}, "NOT_FOUND", None),
        ({"personId": key, "scope": {"kind": "PLACE"}}, "INVALID", ["input", "scope"]),
        ({"personId": key, "scope": {"kind": "TOWN"}}, "INVALID", ["input", "scope"]),
        ({"personId": key, "scope": nowhere}, "NOT_FOUND", ["input", "scope"]),
        ({"personId": key, "scope": mistyped}, "NOT_FOUND", ["input", "scope"]),
        ({"personId": mine, "scope": district}, "CONFLICT", ["input", "personId"]),
        ({"personId": key, "scope": district, "role": "MANAGER"}, "CONFLICT", ["input", "role"]),
        ({"personId": key, "scope": district, "role": "WORKER"}, "INVALID", ["input", "scope"]),
    ):
        payload = await give(client, **{"role": "EDITOR", **given})
        assert payload["grant"] is None
        (error,) = payload["errors"]
        assert error["code"] == code, given
        assert path is None or error["path"] == path, given
    assert await everything() == before


async def test_who_may_not_give(client: ActingClient, person: Record) -> None:
    given = {"personId": encode_id("Person", person.id), "role": "EDITOR"}
    variables = {"input": {**given, "scope": {"kind": "DISTRICT"}}}
    administrator = client.actor
    before = await everything()
    for who, code in (
        (ANONYMOUS, "UNAUTHENTICATED"),
        (service(*Action), "FORBIDDEN"),
        (actor(Grant(Role.EDITOR, DISTRICT), at=NOW), "FORBIDDEN"),
        (replace(administrator, has_second_factor=False), "FORBIDDEN"),
    ):
        client.actor = who
        answer = await client.send(GIVE, variables)
        if who.service_id is not None:
            assert answer.body.get("errors") is None
            continue
        assert answer.error["extensions"]["code"] == code
        assert answer.error["path"] == ["giveRole"]
    client.actor = replace(administrator, stepped_up_at=None)
    payload = await give(client, **variables["input"])
    assert [each["code"] for each in payload["errors"]] == ["STEP_UP_REQUIRED"]
    assert await everything() == before


async def test_a_role_is_taken(client: ActingClient, person: Record) -> None:
    payload = await give(client, phone=PHONE, role="EDITOR", scope={"kind": "DISTRICT"})
    variables = {"input": {"grantId": payload["grant"]["id"]}}
    taken = (await client.ask(TAKE, variables))["takeRole"]
    assert (taken["grant"]["role"], taken["errors"]) == ("EDITOR", [])
    taken = (await client.ask(TAKE, variables))["takeRole"]
    assert taken["errors"] == [{"code": "NOT_FOUND", "path": ["input", "grantId"]}]


async def test_the_last_administrator_is_told_so(client: ActingClient) -> None:
    found = await client.ask(GRANTS, {"where": {"role": {"eq": "ADMINISTRATOR"}}})
    (grant,) = found["roleGrants"]["nodes"]
    before = await everything()
    taken = (await client.ask(TAKE, {"input": {"grantId": grant["id"]}}))["takeRole"]
    assert taken == {"grant": None, "errors": [{"code": "CONFLICT", "path": ["input", "grantId"]}]}
    assert await everything() == before


async def test_a_key_is_made_shown_once_and_ended(client: ActingClient) -> None:
    given = {"name": "小程序", "permissions": ["READ_PEOPLE"], "expiresAt": IN_A_MONTH}
    made = (await client.ask(CREATE, {"input": given}))["createApiKey"]
    assert made["errors"] == []
    assert made["apiKey"] == {
        "id": made["apiKey"]["id"],
        **given,
        "createdAt": "2026-11-25T02:00:00Z",
        "lastUsedAt": None,
        "endedAt": None,
    }
    found = await service_actor(made["token"], NOW)
    assert found is not None
    assert found.permissions == {Action.READ_PEOPLE}
    ended = (await client.ask(END, {"input": {"id": made["apiKey"]["id"]}}))["endApiKey"]
    assert ended["apiKey"]["endedAt"] == "2026-11-25T02:00:00Z"
    assert await service_actor(made["token"], NOW) is None
    listed = (await client.ask(KEYS))["apiKeys"]
    assert (listed["totalCount"], listed["nodes"][0]["name"]) == (1, "小程序")


async def test_refusals_of_keys(client: ActingClient) -> None:
    good = {"name": "x", "permissions": [], "expiresAt": IN_A_MONTH}
    before = await everything()
    for change, path in (
        ({"name": ""}, "name"),
        ({"permissions": ["GIVE_ROLES"]}, "permissions"),
        ({"expiresAt": "2030-01-01T00:00:00Z"}, "expiresAt"),
    ):
        made = (await client.ask(CREATE, {"input": {**good, **change}}))["createApiKey"]
        assert made["errors"] == [{"code": "INVALID", "path": ["input", path]}]
        assert (made["apiKey"], made["token"]) == (None, None)
    for key in (encode_id("ApiKey", new_id()), encode_id("Course", new_id())):
        ended = (await client.ask(END, {"input": {"id": key}}))["endApiKey"]
        assert ended["errors"] == [{"code": "NOT_FOUND", "path": ["input", "id"]}]
    client.actor = replace(client.actor, stepped_up_at=None)
    made = (await client.ask(CREATE, {"input": good}))["createApiKey"]
    assert made["errors"] == [{"code": "STEP_UP_REQUIRED", "path": []}]
    assert await everything() == before


async def test_unknown_fields_are_refused(client: ActingClient) -> None:
    given = {"grantId": encode_id("RoleGrant", new_id()), "force": True}
    answer = await client.send(TAKE, {"input": given})
    assert answer.error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_list_of_grants_takes_few_statements(client: ActingClient) -> None:
    for _ in range(3):
        place = await directory.place()
        await insert_grant(Role.MERCHANT, at=NOW, scope=Scope(ScopeKind.PLACE, place.id))
    query = "{ roleGrants { nodes { id personName scope { kind id } } } }"
    answer = await client.send(query)
    assert len(answer.data["roleGrants"]["nodes"]) == 4
    assert len(answer.statements) == 3


async def test_lists_are_for_administrators(client: ActingClient) -> None:
    for who, code in (
        (ANONYMOUS, "UNAUTHENTICATED"),
        (actor(Grant(Role.MANAGER, DISTRICT), at=NOW), "FORBIDDEN"),
    ):
        client.actor = who
        for query, field in ((GRANTS, "roleGrants"), (KEYS, "apiKeys")):
            answer = await client.send(query)
            assert answer.body["data"] == {field: None}
            assert answer.error["extensions"]["code"] == code
            assert answer.error["path"] == [field]
