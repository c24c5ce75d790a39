"""The rush: thousands of people for fewer seats, on the hub and on the same written by hand.

`python -m tests.benchmarks --rush`. Each run has an event of its own; the two servers take turns on
one database. Everybody is known to both servers before a run begins, as people are who have looked
at the page.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from rich import box
from rich.console import Console
from rich.table import Table
from tortoise.backends.base.executor import EXECUTOR_CACHE

from hub.clock import now
from hub.database import close_database, fetch_all, open_database
from hub.migrating import migrate
from hub.settings import Settings, install_settings
from schema.relay import encode_id
from tests.benchmarks.content import Engine, empty
from tests.benchmarks.load import Limit, Run, run_load
from tests.benchmarks.servers import Server, postgres_server, serving
from tests.factories import enrollment, events
from tests.factories.crowd import Member, crowd

REGISTER = """mutation($input: RegisterForEventInput!) { registerForEvent(input: $input) {
  registration { id state waitlistPosition } errors { code } } }"""
GREET = "{ __typename }"
_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Rush:
    """How many people want how many seats, over how many connections, how often."""

    people: int = 3_000
    seats: int = 1_000
    concurrency: int = 48
    rounds: int = 3
    core: int | None = None


@dataclass
class Rushed:
    """The runs of both sides on one database, in turns."""

    engine: Engine
    hub: list[Run] = field(default_factory=list)
    hand: list[Run] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """The hub's sign-ups per second as a share of those by hand."""
        return _median(self.hub, "per_second") / _median(self.hand, "per_second")


@dataclass(frozen=True, slots=True)
class _Event:
    """What is signed up for in one run."""

    node_id: str
    slug: str
    pool_id: str


async def measure_rush(engine: Engine, plan: Rush) -> Rushed:
    """Run the rush on one database, the two sides in turns. Fails where anything is oversold."""
    with tempfile.TemporaryDirectory() as name:
        if engine is Engine.SQLITE:
            return await _measured(engine, await empty(Path(name), server=None), plan)
        with postgres_server() as server:
            return await _measured(engine, await empty(Path(name), server=server), plan)


async def _measured(engine: Engine, settings: Settings, plan: Rush) -> Rushed:
    found = Rushed(engine)
    EXECUTOR_CACHE.clear()  # it keeps its texts by the name of the connection, one for both
    install_settings(settings)
    await migrate(settings)
    await open_database(settings)
    try:
        people = await crowd(plan.people)
        with (
            serving("hub", settings, plan.core) as hub,
            serving("rush", settings, plan.core) as hand,
        ):
            for server, path, greeting in (
                (hub, "/graphql", {"query": GREET}),
                (hand, "/greet", {}),
            ):
                greetings = [_request(path, who, orjson.dumps(greeting)) for who in people]
                await _run(server, greetings, plan, [])
            for _ in range(plan.rounds):
                found.hub.append(await _one(hub, _by_graphql, people, plan))
                found.hand.append(await _one(hand, _by_hand, people, plan))
    finally:
        await close_database()
    return found


async def _one(server: Server, request_for: Any, people: Sequence[Member], plan: Rush) -> Run:
    """One rush, and the proof that it was fair."""
    pool = await enrollment.pool(capacity=plan.seats)
    row = await events.event(pool_id=pool.id, starts_at=now() + timedelta(days=30))
    event = _Event(encode_id("Event", row.id), row.slug, str(pool.id))
    answers: list[bytes] = []
    run = await _run(server, [request_for(who, event) for who in people], plan, answers)
    await _assert_fair(event, answers, plan)
    return run


async def _run(server: Server, requests: list[bytes], plan: Rush, answers: list[bytes]) -> Run:
    limit = Limit(len(requests), _SECONDS)
    try:
        return await run_load(
            server.port, requests, concurrency=plan.concurrency, limit=limit, answers=answers
        )
    except Exception as error:
        raise server.failure(f"The rush broke off: {error!r}") from error


async def _assert_fair(event: _Event, answers: Sequence[bytes], plan: Rush) -> None:
    told = [orjson.loads(each)["data"]["registerForEvent"]["registration"] for each in answers]
    seated = [each for each in told if each["state"] == "CONFIRMED"]
    places = sorted(each["waitlistPosition"] for each in told if each["state"] == "WAITLISTED")
    assert len(seated) == plan.seats, "oversold, or a seat was left"
    assert places == list(range(1, plan.people - plan.seats + 1)), "not everybody knows the place"
    sql = f"SELECT taken, waiting FROM pool WHERE CAST(id AS TEXT) = '{event.pool_id}'"
    ((taken, waiting),) = await fetch_all(sql, [])
    assert (taken, waiting) == (plan.seats, plan.people - plan.seats)


def _by_graphql(who: Member, event: _Event) -> bytes:
    given = {"eventId": event.node_id, "idempotencyKey": f"{event.slug}-{who.person_id}"}
    body = {"query": REGISTER, "variables": {"input": given}}
    return _request("/graphql", who, orjson.dumps(body))


def _by_hand(who: Member, event: _Event) -> bytes:
    body = {"eventId": event.slug, "key": f"{event.slug}-{who.person_id}"}
    return _request("/register", who, orjson.dumps(body))


def _request(path: str, who: Member, body: bytes) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n"
        f"authorization: Bearer {who.token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body


def _median(runs: Sequence[Run], name: str) -> float:
    return float(median(getattr(run, name) for run in runs))


def print_rush(console: Console, found: Sequence[Rushed], plan: Rush) -> None:
    """The figures as a table."""
    table = Table(
        title=f"{plan.people:,} people for {plan.seats:,} seats over {plan.concurrency} "
        f"connections, medians of {plan.rounds} runs in turns; oversold 0, everybody told a place",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    for name in ("database", "side", "sign-ups/s", "p50 ms", "p99 ms", "p99/p50", "ratio"):
        table.add_column(name, justify="left" if name in ("database", "side") else "right")
    for each in found:
        for side, runs in (("hub", each.hub), ("by hand", each.hand)):
            p50, p99 = _median(runs, "p50_ms"), _median(runs, "p99_ms")
            ratio = f"{each.ratio:.2f}" if side == "hub" else ""
            rate = f"{_median(runs, 'per_second'):,.0f}"
            figures = (rate, f"{p50:.1f}", f"{p99:.1f}", f"{p99 / p50:.1f}", ratio)
            table.add_row(each.engine.value, side, *figures)
    console.print(table)
