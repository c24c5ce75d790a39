"""`hub documents`: registers what the front ends may ask, and says whether this version has it."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from hub.settings import Settings

if TYPE_CHECKING:
    from hub.records import Record
    from hub.registry.rules import ManifestEntry, Problem
    from hub.registry.service import NewDocument, Report

Run = Callable[[Callable[[], Awaitable[Any]]], Any]
"""Runs a body on the open database of the configured hub, and tells refusals in one line."""

Refusals = Callable[[], AbstractContextManager[None]]
"""A block whose refusals are told in one line, for what needs no database."""

Manifests = Annotated[
    list[Path], typer.Argument(exists=True, dir_okay=False, help="Manifests of a front end.")
]


def document_commands(
    run: Run, settings: Callable[[], Settings], *, refusals: Refusals
) -> typer.Typer:
    """The group of commands, which `hub.cli` adds to its own."""
    app = typer.Typer(help="Registered documents (已登记的查询文档).", no_args_is_help=True)

    @app.command("register")
    def register(files: Manifests) -> None:
        """Register every document of the manifests, or none where one of them is wrong."""
        with refusals():
            documents = _good(_entries(files), settings())
        report = run(lambda: _registered(documents))
        _say(f"Registered {report.added}; {report.known} were registered before.")

    @app.command("check")
    def check(
        files: Annotated[
            list[Path] | None,
            typer.Argument(exists=True, dir_okay=False, help="Without them: what is registered."),
        ] = None,
    ) -> None:
        """Say whether this version can execute the documents; changes nothing.

        For manifests it needs no database.
        """
        entries = _entries(files) if files else run(_registered_entries)
        with refusals():
            count = len(_good(entries, settings()))
        _say(f"All {count} can be executed.")

    @app.command("list")
    def list_documents() -> None:
        """Show what is registered, oldest first."""
        from hub.registry.queries import registered_documents

        rows = run(registered_documents)
        if rows:
            _show(rows)
        else:
            _say("Nothing is registered.")

    @app.command("remove")
    def remove(
        ids: Annotated[list[str], typer.Argument(help="Their ids, as `list` shows them.")],
    ) -> None:
        """Remove documents; where they are enforced they are refused within a second."""
        _say(f"Removed {run(lambda: _removed(ids))}.")

    return app


def _entries(files: Sequence[Path]) -> "list[ManifestEntry]":
    """What is in the manifests. Ends the command where one of them cannot be read."""
    from hub.registry.rules import differing_ids, parse_manifest

    entries: list[ManifestEntry] = []
    problems: list[Problem] = []
    for path in files:
        found, bad = parse_manifest(str(path), path.read_bytes())
        entries += found
        problems += bad
    problems += differing_ids(entries)
    _end_on(problems)
    return entries


def _good(entries: "Sequence[ManifestEntry]", settings: Settings) -> "list[NewDocument]":
    """The documents, each asked of the schema. Ends the command where one would be refused."""
    from schema.manifests import documents_of_schema, judged

    good, problems = judged(entries, settings, documents=documents_of_schema(settings))
    _end_on(problems)
    return good


def _end_on(problems: "Sequence[Problem]") -> None:
    if not problems:
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for problem in problems:
        console.print(escape(str(problem)))
    count = len(problems)
    console.print(f"[red]Nothing was changed:[/red] {count} problem{'s' if count > 1 else ''}.")
    raise typer.Exit(1)


async def _registered(documents: "Sequence[NewDocument]") -> "Report":
    from hub.auth import operator
    from hub.clock import now
    from hub.registry.service import register_documents

    return await register_documents(operator("hub documents register", now=now()), documents)


async def _removed(ids: Sequence[str]) -> int:
    from hub.auth import operator
    from hub.clock import now
    from hub.registry.service import remove_documents

    return await remove_documents(operator("hub documents remove", now=now()), ids)


async def _registered_entries() -> "list[ManifestEntry]":
    from hub.registry.queries import registered_documents
    from hub.registry.rules import ManifestEntry

    rows = await registered_documents()
    return [ManifestEntry("registered", row.document_id, row.text) for row in rows]


def _show(rows: "Sequence[Record]") -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("id", "kind", "operations", "registered at (UTC)"):
        table.add_column(name, overflow="fold")
    for row in rows:
        at = f"{row.registered_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(row.document_id, row.kind, row.operations, at)
    Console(soft_wrap=True).print(table)


def _say(text: str) -> None:
    Console(highlight=False, soft_wrap=True).print(text)
