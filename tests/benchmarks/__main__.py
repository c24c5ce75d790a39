"""`python -m tests.benchmarks`: measure the reference queries; `--help` says what can be set."""

import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.benchmarks.challenge import Challenge
from tests.benchmarks.content import Amount, Engine
from tests.benchmarks.goalreport import BEGIN, END, has_marks, print_found, write_markdown
from tests.benchmarks.load import Limit
from tests.benchmarks.machine import describe
from tests.benchmarks.process import import_seconds
from tests.benchmarks.reference import REFERENCES
from tests.benchmarks.report import print_header, print_measured, write_json
from tests.benchmarks.results import Measured
from tests.benchmarks.rounds import Plan
from tests.benchmarks.rush import Rush, measure_rush, print_rush
from tests.benchmarks.scaling import MILLION
from tests.benchmarks.servers import Cores, keep_off_the_server, split_cores
from tests.benchmarks.session import Session

_WIDTH = 104
_WIDE = 132
_QUICK_SECONDS = 0.15
_WARM_UP_SECONDS = 0.5
_REQUESTS_MAX = 50_000


def main(
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="Seconds: sample data, one short round, no processes.")
    ] = False,
    engine: Annotated[
        list[Engine] | None, typer.Option(help="Which database; both unless said.")
    ] = None,
    queries: Annotated[
        str, typer.Option(help="Which queries, by name with commas; all unless said.")
    ] = ",".join(REFERENCES),
    data: Annotated[
        Amount | None, typer.Option(help="How much data; a city unless said, or quick.")
    ] = None,
    concurrency: Annotated[
        list[int] | None, typer.Option(min=1, max=256, help="Connections; 8 and 32 unless said.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="Rounds; medians are taken.")] = 3,
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="How long a run is.")] = 1.5,
    people: Annotated[
        bool, typer.Option("--people", help="Only what people cost: signed in, known phones.")
    ] = False,
    turns: Annotated[int, typer.Option(min=2, help="Rounds of what people cost.")] = 60,
    rush: Annotated[
        bool, typer.Option("--rush", help="The rush for seats, and nothing else.")
    ] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="What has a goal, beside other ways to answer it.")
    ] = False,
    documents: Annotated[
        int, typer.Option(min=0, help="Memory of a worker over so many different documents.")
    ] = 0,
    scale: Annotated[
        bool, typer.Option("--scale", help="A million lessons in place of 12,000.")
    ] = False,
    markdown: Annotated[
        Path | None, typer.Option(help="Put what has a goal into this page, between its marks.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write all figures to this file.")] = None,
) -> None:
    """Measure the reference queries on each database, beside the same queries written by hand.

    HUB_ variables that are set reach the server: HUB_LOG_LEVEL=WARNING measures without the
    access log.
    """
    signal.signal(signal.SIGTERM, _leave)  # so that children are ended on the way out
    cores = split_cores()
    keep_off_the_server(cores)
    if rush:
        _rush(
            engine or list(Engine), concurrency=(concurrency or [48])[0], rounds=rounds, cores=cores
        )
        return
    plan = Plan(
        queries=_known(queries),
        concurrencies=tuple(concurrency or ((8,) if quick else (8, 32))),
        rounds=1 if quick else rounds,
        run=Limit(_REQUESTS_MAX, _QUICK_SECONDS if quick else seconds),
        warm_up=Limit(_REQUESTS_MAX, _QUICK_SECONDS if quick else _WARM_UP_SECONDS),
        memory=Limit(10_000, 40.0),
        repeats=0 if quick or people else 3,
        core=cores.server,
        turns=4 if quick else turns,
        only_people=people,
    )
    amount = data or (Amount.SAMPLE if quick else Amount.CITY)
    engines = engine or list(Engine)
    if compare or documents or scale:
        challenge = Challenge(plan, amount, print, compare, documents, MILLION if scale else 0)
        _challenge(challenge, engines, cores, markdown)
        return
    imports, found = _measured(plan, amount, engines)
    console = Console(width=max(_WIDTH, Console().width))
    databases = ", ".join(each.database for each in found)
    facts = describe(cores, databases=databases)
    print_header(console, facts)
    for measured in found:
        print_measured(console, measured)
    if imports is not None:
        console.print(f"\nimport of hub.app: {imports:.2f} s")
    if json is not None:
        write_json(json, facts, found, imports)


def _rush(engines: Sequence[Engine], *, concurrency: int, rounds: int, cores: Cores) -> None:
    plan = Rush(concurrency=concurrency, rounds=rounds, core=cores.server)
    found = [uvloop.run(measure_rush(engine, plan)) for engine in engines]
    console = Console(width=max(_WIDTH, Console().width))
    print_header(console, describe(cores, databases=", ".join(engines)))
    print_rush(console, found, plan)


def _challenge(
    challenge: Challenge, engines: Sequence[Engine], cores: Cores, markdown: Path | None
) -> None:
    if markdown is not None and not has_marks(markdown):
        raise typer.BadParameter(f"{markdown} has no {BEGIN} and {END}")
    columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("begins", total=None)
        told = replace(challenge, step=lambda what: progress.update(task, description=what))
        found = [each for engine in engines for each in uvloop.run(told.measure(engine))]
    facts = describe(cores, databases=", ".join(dict.fromkeys(each.database for each in found)))
    console = Console(width=max(_WIDE, Console().width))
    print_header(console, facts)
    print_found(console, found)
    if markdown is not None:
        write_markdown(markdown, facts, found)


def _known(names: str) -> tuple[str, ...]:
    wanted = tuple(name.strip() for name in names.split(",") if name.strip())
    unknown = [name for name in wanted if name not in REFERENCES]
    if unknown or not wanted:
        known = ", ".join(REFERENCES)
        raise typer.BadParameter(f"{', '.join(unknown) or 'nothing'}: there are {known}")
    return wanted


def _measured(
    plan: Plan, amount: Amount, engines: Sequence[Engine]
) -> tuple[float | None, list[Measured]]:
    """The import time, if it is measured, and the figures of each engine; shows the progress."""
    runs_per_query = len(plan.concurrencies) * plan.rounds * 2
    total = len(engines) * (len(plan.queries) * runs_per_query + plan.rounds * 2)
    if plan.only_people:
        total = 0
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("imports", total=total or None)

        def tell(what: str) -> None:
            progress.update(task, description=what)

        def step(what: str) -> None:
            progress.update(task, description=what, advance=1)

        imports = import_seconds(plan.repeats) if plan.repeats else None
        session = Session(plan, amount, tell, step)
        found = [uvloop.run(session.measure(engine)) for engine in engines]
    return imports, found


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(143)


if __name__ == "__main__":
    typer.run(main)
