"""Public fields tell everybody the same, and whatever is not public is kept by nobody.

Fields and ways are taken from the schema, so that a new one is held to it without being written
down anywhere.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from hub.auth import ANONYMOUS, DISTRICT, Actor, Grant, Role, Scope, ScopeKind
from hub.loading import load_data
from hub.permissions import ROLE_SCOPES
from hub.settings import Settings
from schema.caching.publicity import Publicity
from tests.factories.people import actor
from tests.schema.acting import ActingClient, acting_client
from tests.schema.api.paths import core_schema
from tests.schema.api.world import make_world
from tests.schema.caching.conftest import NOW, keeping, told

ROLES = (Role.WORKER, Role.EDITOR, Role.ADMINISTRATOR, Role.MERCHANT)
DEPTH = 3
PRIVATE = {
    *(
        "Query.viewer",
        "Query.node",
        "Query.nodes",
        "Course.viewerProgress",
        "Lesson.viewerProgress",
    ),
    *("Course.seats", "Course.pool", "Course.registration", "Course.viewerRegistration"),
    *("Event.seats", "Event.registration", "Merchant.isOpenNow", "Offering.isCurrent"),
    *(
        "Query.auditLog",
        "Query.revisions",
        "Query.drafts",
        "Query.registrations",
        "Mutation.signOut",
    ),
}
"""Some that must never become public."""


def fields_of(name: str) -> dict[str, GraphQLField]:
    kind = core_schema().type_map[name]
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    fields: dict[str, GraphQLField] = kind.fields
    return fields


def composite(field: GraphQLField) -> bool:
    return not is_leaf_type(get_named_type(field.type))


def can_be_asked_plainly(field: GraphQLField) -> bool:
    return not any(is_required_argument(each) for each in field.args.values())


def selection(publicity: Publicity, name: str, depth: int) -> str:
    """Every public field of a type, and of what it leads to."""
    parts = ["__typename"]
    kind = core_schema().type_map[name]
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return "{ __typename }"
    for field_name, field in kind.fields.items():
        if not publicity.is_public(f"{name}.{field_name}") or not can_be_asked_plainly(field):
            continue
        if not composite(field):
            parts.append(field_name)
        elif depth:
            below = selection(publicity, get_named_type(field.type).name, depth - 1)
            paging = "(first: 3)" if "first" in field.args else ""
            parts.append(f"{field_name}{paging} {below}")
    return "{ " + " ".join(parts) + " }"


def documents(publicity: Publicity) -> Iterator[tuple[str, str]]:
    """A document for each public root field that can be asked without arguments."""
    for name, field in fields_of("Query").items():
        if not publicity.is_public(f"Query.{name}") or not can_be_asked_plainly(field):
            continue
        paging = "(first: 100)" if "first" in field.args else ""
        below = ""
        if composite(field):
            below = selection(publicity, get_named_type(field.type).name, DEPTH)
        yield name, f"{{ {name}{paging} {below} }}"


def roles() -> dict[str, Actor]:
    found: dict[str, Actor] = {"nobody": ANONYMOUS}
    for role in ROLES:
        kinds = ROLE_SCOPES[role] or {ScopeKind.DISTRICT}
        scopes = [DISTRICT] if ScopeKind.DISTRICT in kinds else []
        found[role.value] = actor(*(Grant(role, Scope(each.kind)) for each in scopes), at=NOW)
    return found


@pytest.fixture
async def pair(database: Settings) -> AsyncIterator[tuple[ActingClient, ActingClient]]:
    """A client of an endpoint that keeps answers and one of an endpoint that does not."""
    generous = {"limit_cost": 10**9, "limit_tokens": 50_000, "response_cache_bytes": 1 << 26}
    async with AsyncExitStack() as stack:
        keeps = keeping(database, response_cache_entry_bytes=1 << 24, **generous)
        forgets = keeping(database, **generous | {"response_cache_bytes": 0})
        yield (
            await stack.enter_async_context(acting_client(keeps, now=NOW)),
            await stack.enter_async_context(acting_client(forgets, now=NOW)),
        )


async def test_public_fields_tell_everybody_the_same(
    pair: tuple[ActingClient, ActingClient],
) -> None:
    keeps, forgets = pair
    await load_data(make_world(NOW).data)
    asked = list(documents(Publicity(core_schema())))
    assert len(asked) > 10
    for name, document in asked:
        expected = await forgets.send(document)
        assert expected.data, name
        for index, (role, who) in enumerate(roles().items()):
            keeps.actor = forgets.actor = who
            kept, made = await keeps.send(document), await forgets.send(document)
            assert (name, role, told(kept)) == (name, role, "HIT" if index else "MISS")
            assert (name, role, kept.body["data"]) == (name, role, made.body["data"])
            assert made.body["data"] == expected.body["data"]
        keeps.actor = forgets.actor = ANONYMOUS


def test_what_must_be_private_is(engine: str) -> None:
    publicity = Publicity(core_schema())
    assert [name for name in sorted(PRIVATE) if publicity.is_public(name)] == []
    viewers = [
        f"{kind.name}.{name}"
        for kind in core_schema().type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.endswith("Payload")
        for name in kind.fields
        if name.startswith("viewer")
    ]
    assert viewers
    assert [name for name in viewers if publicity.is_public(name)] == []


async def test_one_private_field_anywhere_keeps_the_whole_from_being_kept(
    pair: tuple[ActingClient, ActingClient],
) -> None:
    keeps, _ = pair
    publicity = Publicity(core_schema())
    asked = 0
    for name in ("Course", "Event", "Merchant", "Offering", "Competition", "Lesson"):
        root = {"Offering": "merchants"}.get(name, f"{name[0].lower()}{name[1:]}s")
        for field_name, field in fields_of(name).items():
            if publicity.is_public(f"{name}.{field_name}") or not can_be_asked_plainly(field):
                continue
            below = " { __typename }" if composite(field) else ""
            inner = f"{field_name}{below}"
            if name == "Offering":
                inner = f"offerings(first: 1) {{ nodes {{ {inner} }} }}"
            if name == "Lesson":
                root, inner = "courses", f"lessons(first: 1) {{ nodes {{ {inner} }} }}"
            answer = await keeps.send(f"{{ {root}(first: 1) {{ nodes {{ id {inner} }} }} }}")
            assert (name, field_name, told(answer)) == (name, field_name, "NOT_PUBLIC")
            asked += 1
    assert asked > 15


async def test_what_looks_at_the_person_is_not_kept_whatever_it_says(
    pair: tuple[ActingClient, ActingClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A field that calls itself public by mistake loses the cache and tells nobody a secret."""
    keeps, _ = pair
    monkeypatch.setattr(Publicity, "is_public", lambda _self, _name: True)
    await load_data(make_world(NOW).data)
    documents: dict[str, Any] = {
        "{ courses { nodes { viewerProgress { course { id } } } } }": {"VIEWER", "PRIVATE"},
        "{ merchants { nodes { isOpenNow } } }": {"TIME"},
        "{ courses { nodes { seats { taken } } } }": {"VIEWER", "PRIVATE", "TIME"},
        "{ auditLog { nodes { id } } }": {"ERRORS", "VIEWER"},
    }
    for document, reasons in documents.items():
        for _ in range(2):
            assert told(await keeps.send(document)) in reasons, document
