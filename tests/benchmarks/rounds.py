"""Rounds over HTTP: the hub and the hand-written code take turns, so both meet the same noise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from tests.benchmarks.inprocess import assert_same, data_of
from tests.benchmarks.load import BadAnswer, Limit, Run, ask, http_request, run_load
from tests.benchmarks.reference import (
    MERCHANT_PAGE,
    REFERENCES,
    Variables,
    graphql_body,
)
from tests.benchmarks.results import Comparison, Pages, summary
from tests.benchmarks.servers import Server

Side = tuple[Server, Sequence[bytes]]
"""A server and the requests that it is sent, in turn."""

PAGE_SIZE = 20
DEEP_PAGE = 400


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured; every run ends by `run` or earlier.

    With no `repeats` of what is measured of a whole process, that is left out.
    """

    queries: tuple[str, ...]
    concurrencies: tuple[int, ...]
    rounds: int
    run: Limit
    warm_up: Limit
    memory: Limit
    repeats: int
    core: int | None
    turns: int
    only_people: bool = False


@dataclass(slots=True)
class Bench:
    """Two servers over one database, and the requests to send them."""

    plan: Plan
    hub: Server
    hand: Server
    sets: dict[str, list[Variables]]
    step: Callable[[str], None]

    async def assert_equal(self) -> None:
        """Ask both servers everything once. Raises AnswersDiffer."""
        for name in self.plan.queries:
            for hub_request, hand_request in zip(*self._requests(name), strict=True):
                await assert_same(
                    name,
                    partial(self._data, self.hub, hub_request),
                    partial(self._data, self.hand, hand_request),
                )

    async def _data(self, server: Server, request: bytes) -> dict[str, Any]:
        try:
            return data_of(await ask(server.port, request))
        except (BadAnswer, TimeoutError) as error:
            raise server.failure(f"No good answer: {error!r}") from error

    def _requests(self, name: str) -> tuple[list[bytes], list[bytes]]:
        """The requests for the hub and those for the hand-written code, one a set of variables."""
        query = REFERENCES[name]
        hub = [http_request("/graphql", graphql_body(query.document, s)) for s in self.sets[name]]
        hand = [http_request(f"/{name}", orjson.dumps(s)) for s in self.sets[name]]
        return hub, hand

    def mixed_requests(self) -> list[bytes]:
        """A request of every query and every set of variables, for the hub."""
        return [request for name in self.plan.queries for request in self._requests(name)[0]]

    async def compare(
        self, name: str, *, concurrency: int, statements: tuple[int, int]
    ) -> Comparison:
        """Measure one query on both servers, in rounds that take turns."""
        hub, hand = self._requests(name)
        sides = ((self.hub, hub), (self.hand, hand))
        runs = await run_in_turns(
            sides, self.plan, concurrency=concurrency, step=partial(self._step, name)
        )
        return Comparison(
            name, concurrency, statements, hub=summary(runs[0]), hand=summary(runs[1])
        )

    async def pages(self) -> Pages:
        """Measure the first page of merchants and a deep one, in rounds that take turns."""
        page, after = await self._deep_cursor()
        first = [_page_request(None)]
        deep = [_page_request(after)]
        concurrency = self.plan.concurrencies[0]
        sides = ((self.hub, first), (self.hub, deep))
        runs = await run_in_turns(
            sides, self.plan, concurrency=concurrency, step=partial(self._step, "pages")
        )
        return Pages(page, first=summary(runs[0]), deep=summary(runs[1]))

    def _step(self, what: str, concurrency: int) -> None:
        self.step(f"{what} ×{concurrency}")

    async def _deep_cursor(self) -> tuple[int, str | None]:
        """Walk to page 400, or to the last: its number, and the cursor in front of it."""
        page, after = 1, None
        while page < DEEP_PAGE:
            answer = data_of(await ask(self.hub.port, _page_request(after)))
            info = answer["merchants"]["pageInfo"]
            if not info["hasNextPage"]:
                break
            page, after = page + 1, info["endCursor"]
        return page, after


async def run_in_turns(
    sides: Sequence[Side], plan: Plan, *, concurrency: int, step: Callable[[int], None]
) -> list[list[Run]]:
    """The runs of each side: they take turns, and whoever begins a round is last in the next.

    `step` hears the concurrency before every run. Raises ServerFailed for an answer without data.
    """
    for side in sides:
        await _run(side, concurrency, plan.warm_up)
    runs: list[list[Run]] = [[] for _ in sides]
    order = list(range(len(sides)))
    for _ in range(plan.rounds):
        for index in order:
            step(concurrency)
            runs[index].append(await _run(sides[index], concurrency, plan.run))
        order = [*order[1:], order[0]]
    return runs


async def _run(side: Side, concurrency: int, limit: Limit) -> Run:
    server, requests = side
    try:
        return await run_load(server.port, requests, concurrency=concurrency, limit=limit)
    except (BadAnswer, TimeoutError) as error:
        raise server.failure(f"The run broke off: {error!r}") from error


def _page_request(after: str | None) -> bytes:
    body = graphql_body(MERCHANT_PAGE, {"first": PAGE_SIZE, "after": after})
    return http_request("/graphql", body)
