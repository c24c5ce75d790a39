"""`hub jobs`: what waits in the background, what was given up, and another try for it."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

if TYPE_CHECKING:
    from hub.records import Record

Run = Callable[[Callable[[], Awaitable[Any]]], Any]
"""Runs a body on the open database of the configured hub, and tells refusals in one line."""


def job_commands(run: Run) -> typer.Typer:
    """The group of commands, which `hub.cli` adds to its own."""
    app = typer.Typer(help="Background work.", no_args_is_help=True)

    @app.command("list")
    def list_tasks(
        limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most rows of each sort.")] = 50,
    ) -> None:
        """Show what waits, what is being done, and what failed too often and was laid aside."""
        from hub.jobs.queries import outbox_rows

        rows = run(lambda: outbox_rows(limit=limit))
        if rows:
            _show(rows)
        else:
            Console().print("Nothing waits.")

    @app.command("retry")
    def retry() -> None:
        """Let everything that was laid aside be tried again from the start."""
        from hub.jobs.service.outbox import retry_parked

        count = run(retry_parked)
        Console().print(f"{count} will be tried again." if count else "Nothing was laid aside.")

    return app


def _show(rows: "list[Record]") -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("task", "key", "state", "run at (UTC)", "tries", "last error"):
        table.add_column(name, justify="right" if name == "tries" else "left")
    for row in rows:
        at = f"{row.run_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(row.task, row.key, _state(row), at, str(row.attempts), row.last_error)
    Console(soft_wrap=True).print(table)


def _state(row: "Record") -> str:
    if row.parked_at is not None:
        return "parked"
    return "waiting" if row.claim is None else "running"
