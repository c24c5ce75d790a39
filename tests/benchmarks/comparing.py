"""The hub, with and without its cache, beside other ways to give the same answers."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from hub.settings import Settings
from tests.benchmarks.constant import body_file
from tests.benchmarks.content import Engine
from tests.benchmarks.goals import COMPARED, Compared, Way
from tests.benchmarks.inprocess import Pair, assert_same, data_of
from tests.benchmarks.load import Run, ask, http_request
from tests.benchmarks.reference import REFERENCES, Variables, graphql_body
from tests.benchmarks.rounds import Plan, run_in_turns
from tests.benchmarks.servers import Server, serving

KEPT_BYTES = 32 * 1024 * 1024
"""The cache that the hub has by default."""

Step = Callable[[str], None]
Sets = dict[str, list[Variables]]

_KINDS = {
    Way.HUB: "hub",
    Way.KEPT: "hub",
    Way.HAND: "hand",
    Way.PLAIN: "plain",
    Way.AGGREGATED: "aggregated",
}


@dataclass(frozen=True, slots=True)
class Field:
    """The servers that are compared, over one database, and the requests they are sent."""

    servers: Mapping[Way, Server]
    sets: Sets

    def requests(self, way: Way, query: str) -> list[bytes]:
        """What a server is sent for a query, one for each set of variables."""
        return [request(way, query, variables) for variables in self.sets[query]]

    async def answer(self, way: Way, query: str) -> dict[str, Any]:
        """What a server answers to the first set of variables."""
        return data_of(await ask(self.servers[way].port, self.requests(way, query)[0]))

    async def assert_equal(self) -> None:
        """Raise AnswersDiffer where servers answer Home differently."""
        hub = partial(self.answer, Way.HUB, "Home")
        for way in self.servers.keys() - {Way.HUB, Way.AGGREGATED, Way.CONSTANT}:
            await assert_same(f"Home, {way}", hub, partial(self.answer, way, "Home"))
        if Way.AGGREGATED in self.servers:  # its ids are the rows' own
            other = partial(self.answer, Way.AGGREGATED, "Home")
            await assert_same("Home", partial(_nameless, hub), partial(_nameless, other))


def request(way: Way, query: str, variables: Variables) -> bytes:
    """A request for a query in the words of a way to answer it."""
    if way in (Way.HUB, Way.KEPT, Way.PLAIN):
        path = "/graphql/" if way is Way.PLAIN else "/graphql"
        return http_request(path, graphql_body(REFERENCES[query].document, variables))
    path = f"/{query}" if way is Way.HAND else "/"
    return http_request(path, orjson.dumps(variables))


def ways_of(query: str, engine: Engine) -> list[Way]:
    """In which ways a query is answered."""
    ways = [Way.HUB, Way.KEPT, Way.HAND]
    if query == "Home":
        ways += [Way.PLAIN, Way.CONSTANT]
        if engine is Engine.POSTGRES:
            ways.append(Way.AGGREGATED)
    return ways


async def variables_of(settings: Settings) -> Sets:
    """Variables from the data, once the answers by hand have been proved to be the hub's."""
    async with Pair(settings) as pair:
        sets = await pair.variables()
        for name in COMPARED:
            await pair.assert_equal(name, sets[name])
    return sets


async def compare(
    settings: Settings, engine: Engine, plan: Plan, *, database: str, amount: str, step: Step
) -> Compared:
    """Measure every query in every way, all servers in turns."""
    concurrency = plan.concurrencies[0]
    runs: dict[tuple[str, Way], list[Run]] = {}
    with ExitStack() as stack:
        field = await _field(stack, settings, engine, core=plan.core)
        await field.assert_equal()
        for query in COMPARED:
            ways = ways_of(query, engine)
            sides = [(field.servers[way], field.requests(way, query)) for way in ways]
            told = partial(_tell, step, query)
            found = await run_in_turns(sides, plan, concurrency=concurrency, step=told)
            runs |= {(query, way): each for way, each in zip(ways, found, strict=True)}
    return Compared(database, amount, concurrency, runs)


async def _field(
    stack: ExitStack, settings: Settings, engine: Engine, *, core: int | None
) -> Field:
    """Start all servers; the constant bytes are those of the cache."""
    sets = await variables_of(settings)
    servers: dict[Way, Server] = {
        way: stack.enter_context(serving(_KINDS[way], settings_of(way, settings), core))
        for way in ways_of("Home", engine)
        if way is not Way.CONSTANT
    }
    home = request(Way.KEPT, "Home", sets["Home"][0])
    await ask(servers[Way.KEPT].port, home)
    body_file(settings).write_bytes(await ask(servers[Way.KEPT].port, home))
    servers[Way.CONSTANT] = stack.enter_context(serving("constant", settings, core))
    return Field(servers, sets)


def settings_of(way: Way, settings: Settings) -> Settings:
    """The settings of a way to answer."""
    if way is Way.KEPT:
        return settings.model_copy(update={"response_cache_bytes": KEPT_BYTES})
    return settings


def _tell(step: Step, query: str, concurrency: int) -> None:
    step(f"{query} ×{concurrency}")


async def _nameless(answer: Callable[[], Any]) -> dict[str, Any]:
    """An answer without ids."""
    found: dict[str, Any] = _without_ids(await answer())
    return found


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_ids(each) for key, each in value.items() if key != "id"}
    if isinstance(value, list):
        return [_without_ids(each) for each in value]
    return value
