"""`hub media`: look whether everything is there, and sweep away what nobody needs."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

if TYPE_CHECKING:
    from hub.assets.service.checking import Findings, Progress, Swept

Run = Callable[[Callable[[], Awaitable[Any]]], Any]
"""Runs a body on the open database of the configured hub, and tells refusals in one line."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one object of JSON, for programs.")]


def media_commands(run: Run) -> typer.Typer:
    """The group of commands, which `hub.cli` adds to its own."""
    app = typer.Typer(help="Pictures, videos and documents.", no_args_is_help=True)

    @app.command("check")
    def check(
        quick: Annotated[
            bool, typer.Option("--quick", help="Compare sizes only; read no content.")
        ] = False,
        as_json: AsJson = False,
    ) -> None:
        """Compare what is stored with what the database says; exit 1 when something is amiss."""
        from hub.assets.service.checking import check_media, told

        with _progress(shows=not as_json) as progress:
            found = run(lambda: check_media(progress=progress, reads_content=not quick))
        if as_json:
            _print_json(told(found) | {"is_well": found.is_well})
        else:
            _show_findings(found)
        raise typer.Exit(0 if found.is_well else 1)

    @app.command("sweep")
    def sweep(as_json: AsJson = False) -> None:
        """Remove uploads that took too long and bytes that no asset names, once a day old."""
        from hub.assets.service.checking import sweep_media, told
        from hub.clock import now

        with _progress(shows=not as_json) as progress:
            swept = run(lambda: sweep_media(now=now(), progress=progress))
        if as_json:
            _print_json(told(swept))
        else:
            _show_swept(swept)

    return app


@contextmanager
def _progress(*, shows: bool) -> "Iterator[Progress]":
    """A bar for each sort of thing, on standard error, that goes when the work is done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    is_off = not (shows and console.is_terminal)
    with Progress(*columns, console=console, transient=True, disable=is_off) as bar:
        tasks: dict[str, Any] = {}

        def _update(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield _update


def _print_json(values: dict[str, Any]) -> None:
    import orjson

    Console(soft_wrap=True, highlight=False).print(orjson.dumps(values).decode(), markup=False)


def _show_findings(found: "Findings") -> None:
    console = Console(soft_wrap=True, highlight=False)
    for word, keys in (
        ("missing", found.missing),
        ("wrong", found.wrong),
        ("orphan", found.orphans),
    ):
        for key in keys:
            console.print(f"{word}: {key}", markup=False)
    console.print(
        f"{found.checked} files of assets, {found.bytes_checked:,} bytes: {len(found.missing)} "
        f"missing, {len(found.wrong)} wrong; {len(found.orphans)} that no asset names."
    )


def _show_swept(swept: "Swept") -> None:
    Console(soft_wrap=True, highlight=False).print(
        f"Removed {swept.uploads} uploads, {swept.files} files on their way, {swept.blobs} files "
        f"and {swept.derived} made of them, {swept.bytes_freed:,} bytes."
    )
