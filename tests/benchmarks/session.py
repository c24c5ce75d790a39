"""One measurement from an empty folder to the figures, a database at a time."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import sqlite_version

import asyncpg

from hub.settings import Settings
from tests.benchmarks.content import Amount, Engine, filled
from tests.benchmarks.inprocess import Pair
from tests.benchmarks.load import http_request
from tests.benchmarks.people import measure_people
from tests.benchmarks.process import memory, start_seconds
from tests.benchmarks.reference import REFERENCES, Variables, graphql_body
from tests.benchmarks.results import Measured
from tests.benchmarks.rounds import Bench, Plan
from tests.benchmarks.servers import postgres_server, serving

Tell = Callable[[str], None]
Statements = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Session:
    """What is measured on each database, and who is told how far it is.

    `tell` hears what begins; `step` is called once a run.
    """

    plan: Plan
    amount: Amount
    tell: Tell
    step: Tell

    async def measure(self, engine: Engine) -> Measured:
        """Make a database on `engine`, fill it, measure, and leave nothing behind."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench")))
            server = None
            if engine is Engine.POSTGRES:
                server = stack.enter_context(postgres_server())
            measured = Measured(engine.value, self.amount.value, await database_name(server))
            settings = await self._filled(folder, self.amount, server)
            self.tell(f"{engine.value}: people")
            measured.people = await measure_people(settings, rounds=self.plan.turns)
            if self.plan.only_people:
                return measured
            mixed = await self._measure_queries(settings, measured)
            if self.plan.repeats:
                self.tell(f"{engine.value}: memory")
                measured.memory = await memory(
                    settings, mixed, limit=self.plan.memory, core=self.plan.core
                )
                sample = await self._filled(folder, Amount.SAMPLE, server)
                measured.start_seconds = await self._start_seconds(engine, sample)
        return measured

    async def _start_seconds(self, engine: Engine, sample: Settings) -> float:
        self.tell(f"{engine.value}: start")
        home = http_request("/graphql", graphql_body(REFERENCES["Home"].document, {"n": 20}))
        return await start_seconds(sample, home, repeats=self.plan.repeats, core=self.plan.core)

    async def _filled(self, folder: Path, amount: Amount, server: str | None) -> Settings:
        engine = Engine.SQLITE if server is None else Engine.POSTGRES

        def progress(kind: str, done: int, total: int) -> None:
            self.tell(f"{engine.value}: loading {kind} {done:,} of {total:,}")

        return await filled(folder, amount, server=server, progress=progress)

    async def _measure_queries(self, settings: Settings, measured: Measured) -> list[bytes]:
        """The rounds of every query; gives their requests, mixed, for the hub."""
        self.tell(f"{measured.engine}: comparing the answers")
        sets, statements = await self._prepared(settings)
        with (
            serving("hub", settings, self.plan.core) as hub,
            serving("hand", settings, self.plan.core) as hand,
        ):
            bench = Bench(self.plan, hub, hand, sets, self.step)
            await bench.assert_equal()
            self.tell(f"{measured.engine}: measuring")
            for name in self.plan.queries:
                for concurrency in self.plan.concurrencies:
                    compared = await bench.compare(
                        name, concurrency=concurrency, statements=statements[name]
                    )
                    measured.comparisons.append(compared)
            measured.pages = await bench.pages()
            return bench.mixed_requests()

    async def _prepared(self, settings: Settings) -> tuple[dict[str, list[Variables]], Statements]:
        """Variables from the data, statement counts, and a first proof of equality."""
        async with Pair(settings) as pair:
            sets = await pair.variables()
            for name in self.plan.queries:
                await pair.assert_equal(name, sets[name])
            counts = {name: await pair.statements(name, sets[name]) for name in self.plan.queries}
        return sets, counts


async def database_name(server: str | None) -> str:
    """The database's name and version."""
    if server is None:
        return f"SQLite {sqlite_version}"
    connection = await asyncpg.connect(server)
    try:
        found = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    return f"PostgreSQL {found}"
