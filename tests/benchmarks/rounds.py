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
        runs = await self._take_turns(
            ((self.hub, hub), (self.hand, hand)), concurrency=concurrency, what=name
        )
        return Comparison(
            name, concurrency, statements, hub=summary(runs[0]), hand=summary(runs[1])
        )

    async def _take_turns(
        self,
        sides: Sequence[tuple[Server, list[bytes]]],
        *,
        concurrency: int,
        what: str,
    ) -> list[list[Run]]:
        for server, requests in sides:
            await self._run(server, requests, concurrency=concurrency, limit=self.plan.warm_up)
        runs: list[list[Run]] = [[] for _ in sides]
        for _ in range(self.plan.rounds):
            for found, (server, requests) in zip(runs, sides, strict=True):
                self.step(f"{what} ×{concurrency}")
                found.append(
                    await self._run(server, requests, concurrency=concurrency, limit=self.plan.run)
                )
        return runs

    async def _run(
        self, server: Server, requests: list[bytes], *, concurrency: int, limit: Limit
    ) -> Run:
        try:
            return await run_load(server.port, requests, concurrency=concurrency, limit=limit)
        except (BadAnswer, TimeoutError) as error:
            raise server.failure(f"The run broke off: {error!r}") from error

    async def pages(self) -> Pages:
        """Measure the first page of merchants and a deep one, in rounds that take turns."""
        page, after = await self._deep_cursor()
        first = [_page_request(None)]
        deep = [_page_request(after)]
        concurrency = self.plan.concurrencies[0]
        runs = await self._take_turns(
            ((self.hub, first), (self.hub, deep)), concurrency=concurrency, what="pages"
        )
        return Pages(page, first=summary(runs[0]), deep=summary(runs[1]))

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


def _page_request(after: str | None) -> bytes:
    body = graphql_body(MERCHANT_PAGE, {"first": PAGE_SIZE, "after": after})
    return http_request("/graphql", body)
