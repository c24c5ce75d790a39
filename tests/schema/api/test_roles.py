"""One rule for every role: role x type x {list, relation, node, name, filter, order, count}.

Roles come from the code, types and ways from the schema. On the public path every role sees what
is published and nothing else: what is being worked on has a path of its own. What only some may
read is told by name below, and a root field that is told nowhere fails.
"""

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from uuid import UUID

import pytest

from hub.auth import ANONYMOUS, DISTRICT, Actor, Grant, Role, Scope, ScopeKind
from hub.catalogue import KINDS
from hub.loading import load_data
from hub.permissions import ROLE_SCOPES, SERVICE_ACTIONS
from hub.records import Select, fetch_records
from hub.settings import Settings
from schema.relay import decode_id, encode_id, type_name_of
from tests.factories.people import actor, service
from tests.schema.acting import ActingClient, acting_client
from tests.schema.api.conftest import NOW, quiet
from tests.schema.api.paths import Way, all_ways, core_schema, node_types, orders, wheres
from tests.schema.api.test_visibility import Hidden
from tests.schema.api.world import make_world

EVERYBODY = frozenset({"anonymous", "service", *(role.value for role in Role)})
PATHS = ("list", "relation", "node", "name", "filter", "order", "count")

SEES: Mapping[str, str] = dict.fromkeys(EVERYBODY, "published")
"""What each role sees on the public path."""

READERS: Mapping[str, frozenset[str]] = {
    "auditLog": frozenset({"administrator", "service"}),
    "roleGrants": frozenset({"administrator"}),
    "apiKeys": frozenset({"administrator"}),
    "merchantApplications": frozenset({"administrator", "reviewer", "service"}),
}
"""Root fields that only some may read; the others get null and UNAUTHENTICATED or FORBIDDEN."""

OPEN = frozenset({"topics", "amenities", "district", "ticketKeys"})
"""Root fields that have no states and that everybody may read."""

ELSEWHERE = frozenset(
    {
        "viewer",
        "certificate",
        "revisions",
        "drafts",
        "placeStaff",
        "registrations",
        "previewLinks",
        "ticketRevocations",
    }
)
"""Root fields about the person who asks, about what is not published, and about one place: they
have own tests.
"""


def role_actor(name: str, scopes: list[Scope]) -> Actor:
    """Somebody with a role for every scope that it can be held for, or a service that may all."""
    if name == "anonymous":
        return ANONYMOUS
    if name == "service":
        return service(*SERVICE_ACTIONS)
    role = Role(name)
    kinds = ROLE_SCOPES[role] or {ScopeKind.DISTRICT}
    return actor(*(Grant(role, each) for each in scopes if each.kind in kinds), at=NOW)


@pytest.fixture
async def world(database: Settings) -> AsyncIterator[tuple[Hidden, ActingClient]]:
    """The world of hidden things, and a client on behalf of whoever a test says."""
    limits = {"limit_cost": 10**9, "limit_aliases": 5_000, "limit_tokens": 50_000}
    generous = {**limits, "document_cache_entries": 5_000}
    settings = quiet(database).model_copy(update=generous)
    made = make_world(NOW)
    async with acting_client(settings, now=NOW) as client:
        await load_data(made.data)
        ids, types = {}, defaultdict(list)
        parts = {part.model for kind in KINDS for part in kind.parts}
        for model in parts | {kind.model for kind in KINDS}:
            for row in await fetch_records(Select(model)):
                if (slug := getattr(row, "slug", None)) in made.states:
                    ids[slug] = encode_id(type_name_of(row), row.id)
                    types[type_name_of(row)].append(ids[slug])
        yield Hidden(client, made.states, ids, types), client


def scopes_of(hidden: Hidden) -> list[Scope]:
    """The district and every town, programme and place of the world, hidden ones too."""
    kinds = {
        "Town": ScopeKind.TOWN,
        "Program": ScopeKind.PROGRAM,
        **dict.fromkeys(("Merchant", "Station", "ServiceCentre"), ScopeKind.PLACE),
    }
    return [DISTRICT] + [
        Scope(kinds[name], _key(text)) for name in kinds for text in hidden.types[name]
    ]


def _key(text: str) -> UUID:
    return decode_id(text, path=()).key


def asked(way: Way, hidden: Hidden) -> Iterator[tuple[str, str]]:
    """Each path of the matrix that a way goes, with its arguments."""
    if way.takes not in {"page", "nothing"}:
        return
    plain = "first: 100" if way.takes == "page" else ""
    yield ("list" if way.parent == "Query" else "relation"), plain
    if way.takes != "page":
        return
    yield "count", plain
    yield from (("order", f"{each}, first: 100") for each in orders(way) if "DESC" not in each)
    first: dict[str, str] = {}
    for where in wheres(way, hidden.types):
        if found := re.match(r"where: \{(\w+):", where):
            first.setdefault(found[1], where)
    yield from (("filter", f"{each}, first: 100") for each in first.values())


def type_of(hidden: Hidden, slug: str) -> str:
    return next(name for name, ids in hidden.types.items() if hidden.ids[slug] in ids)


async def seen(hidden: Hidden) -> dict[tuple[str, str], set[str]]:
    """The states that show, by type and path, for whoever the client acts for."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for way in all_ways():
        for path, arguments in asked(way, hidden):
            for slug in await hidden.reached(way, arguments):
                found[type_of(hidden, slug), path].add(hidden.states[slug])
    for slug, key in hidden.ids.items():
        node = await hidden.client.ask("query($id: ID!) { node(id: $id) { id } }", {"id": key})
        if node["node"] is not None:
            found[type_of(hidden, slug), "node"].add(hidden.states[slug])
    for way in all_ways():
        if way.takes == "by":
            await _add_named(hidden, way, found)
    return found


async def _add_named(hidden: Hidden, way: Way, found: dict[tuple[str, str], set[str]]) -> None:
    slugs = [slug for slug in hidden.ids if type_of(hidden, slug) in way.targets]
    fields = [
        f'f{index}: {way.name}(by: {{slug: "{slug}"}}) {way.selection}'
        for index, slug in enumerate(slugs)
    ]
    data = await hidden.client.ask(f"{{ {' '.join(fields)} }}")
    for index, slug in enumerate(slugs):
        if data[f"f{index}"] is not None:
            found[type_of(hidden, slug), "name"].add(hidden.states[slug])


def expected_cells() -> set[tuple[str, str]]:
    """The cells of the matrix that have to be filled: a type's every path that the schema has."""
    cells = {(name, "node") for name in node_types()}
    for way in all_ways():
        paths = {"page": {"list", "relation", "count"}, "nothing": {"relation"}, "by": {"name"}}
        for path in paths.get(way.takes, set()):
            is_root = way.parent == "Query"
            if (path == "list" and not is_root) or (path == "relation" and is_root):
                continue
            cells |= {(name, path) for name in way.targets}
    return cells


async def test_every_role_sees_what_is_published(world: tuple[Hidden, ActingClient]) -> None:
    """All roles ask one endpoint: its parsed documents are two thirds of what this would cost."""
    hidden, client = world
    expected = expected_cells()
    for name in sorted(EVERYBODY):
        client.actor = role_actor(name, scopes_of(hidden))
        found = await seen(hidden)
        wrong = {cell: states for cell, states in found.items() if states != {SEES[name]}}
        assert (name, wrong) == (name, {})
        assert (name, expected - set(found)) == (name, set())
        assert {path for _, path in found} == set(PATHS)


async def test_every_role_reads_its_own_lists(world: tuple[Hidden, ActingClient]) -> None:
    hidden, client = world
    for name in sorted(EVERYBODY):
        client.actor = role_actor(name, scopes_of(hidden))
        for field, readers in READERS.items():
            answer = await client.send(f"{{ {field} {{ totalCount nodes {{ id }} }} }}")
            if name in readers:
                assert (name, answer.data[field] is not None) == (name, True)
                continue
            assert (name, answer.body["data"]) == (name, {field: None})
            code = "UNAUTHENTICATED" if name == "anonymous" else "FORBIDDEN"
            assert (name, answer.error["extensions"]["code"]) == (name, code)


def test_the_table_knows_every_role_and_every_root_field(engine: str) -> None:
    assert set(SEES) == EVERYBODY
    assert set(ROLE_SCOPES) == set(Role)
    assert {name for readers in READERS.values() for name in readers} <= EVERYBODY
    query = core_schema().query_type
    assert query is not None
    public = {way.name for way in all_ways() if way.parent == "Query"}
    told = public | set(READERS) | OPEN | ELSEWHERE
    assert set(query.fields) - told == set(), "say above who may read it"
    assert public & set(READERS) == set()


async def test_the_matrix_can_be_broken(
    world: tuple[Hidden, ActingClient], without_the_rule: None
) -> None:
    """A rule that lets administrators see more shows in the cells of every type that has states."""
    hidden, client = world
    client.actor = role_actor("administrator", scopes_of(hidden))
    found = await seen(hidden)
    stateless = {"Town"}
    sound = {cell for cell, states in found.items() if states == {"published"}}
    assert {name for name, _ in sound} == stateless
