"""The command `hub`: thin commands over the services, one clear message when something is wrong.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.

What only one command needs is imported in that command: `hub serve` should answer within a
second or so.
"""

import asyncio
import difflib
import gc
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from hub.document_commands import document_commands
from hub.errors import Conflict, ContentInvalid, HubError
from hub.job_commands import job_commands
from hub.media_commands import media_commands
from hub.settings import Settings, install_settings, load_settings
from hub.user_commands import user_commands

if TYPE_CHECKING:
    from hub.loading import LoadReport

T = TypeVar("T")

SCHEMA_FILE = Path("schema/schema.graphql")
PERMISSIONS_FILE = Path("docs/permissions.md")
GENERATED = ("city",)

app = typer.Typer(
    help="Xiaoge Hub: the headless GraphQL hub of a district trade union.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
schema_app = typer.Typer(help="The GraphQL schema.", no_args_is_help=True)
app.add_typer(schema_app, name="schema")
permissions_app = typer.Typer(help="The page of roles and permissions.", no_args_is_help=True)
app.add_typer(permissions_app, name="permissions")
audit_app = typer.Typer(help="The log of who did what to what.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")


def _run(body: Callable[[], Awaitable[T]]) -> T:
    """Run `body` on the configured hub's database; refusals end the command."""
    with _refusals():
        return asyncio.run(_on_database(_settings(), body))


app.add_typer(user_commands(_run), name="user")
app.add_typer(job_commands(_run), name="jobs")
app.add_typer(media_commands(_run), name="media")


def main() -> None:
    """Run the command line."""
    app()


def _say(text: str) -> None:
    Console(highlight=False, soft_wrap=True).print(text)


def _complain(text: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(text)


@contextmanager
def _refusals() -> Iterator[None]:
    """Show an expected refusal as its message, without a traceback, and exit with 1."""
    try:
        yield
    except ContentInvalid as error:
        for problem in error.data["problems"]:
            _complain(escape(str(problem)))
        count = len(error.data["problems"])
        _complain(f"[red]Nothing was loaded:[/red] {count} problem{'s' if count > 1 else ''}.")
        raise typer.Exit(1) from error
    except HubError as error:
        _complain(f"[red]Error:[/red] {escape(error.message)}")
        raise typer.Exit(1) from error
    except _database_errors() as error:
        _complain(f"[red]Error:[/red] {escape(f'{type(error).__name__}: {error}')}")
        raise typer.Exit(1) from error


def _database_errors() -> tuple[type[Exception], ...]:
    """What the database may say that no service translates; asked when something was raised."""
    import asyncpg
    from tortoise.exceptions import BaseORMException

    return asyncpg.PostgresError, BaseORMException, OSError


def _settings() -> Settings:
    from hub.logging import configure_logging

    settings = load_settings()
    install_settings(settings)
    configure_logging(settings.model_copy(update={"log_level": "ERROR"}))
    return settings


async def _on_database(settings: Settings, body: Callable[[], Awaitable[T]]) -> T:
    """Run `body` on the open database. Raises Conflict when migrations are missing."""
    from hub.database import close_database, open_database
    from hub.migrating import pending_migrations

    await open_database(settings)
    try:
        if missing := await pending_migrations(settings):
            raise Conflict(f"The database lacks {', '.join(missing)}. Run `hub migrate` first.")
        return await body()
    finally:
        await close_database()


app.add_typer(document_commands(_run, _settings, refusals=_refusals), name="documents")


@app.command()
def serve(
    *,
    host: Annotated[str | None, typer.Option(help="The address to listen on (HUB_HOST).")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port to listen on (HUB_PORT).")
    ] = None,
    run_migrations: Annotated[
        bool, typer.Option("--migrate", help="Apply pending migrations first.")
    ] = False,
) -> None:
    """Serve the hub over HTTP. Everything else comes from HUB_ variables."""
    gc.disable()  # nothing of what is imported now is garbage; hub.app turns it on again
    from hub.serving import serve as serve_app

    with _refusals():
        settings = _settings()
        changes = {"host": host or settings.host, "port": port or settings.port}
        settings = settings.model_copy(update=changes)
        if run_migrations:
            _migrate(settings)
        serve_app(settings, announce=_say)


@app.command()
def worker() -> None:
    """Do background work until stopped; several may run side by side on PostgreSQL."""
    from hub.logging import configure_logging
    from hub.worker import work

    with _refusals():
        settings = load_settings()
        install_settings(settings)
        configure_logging(settings)
        asyncio.run(work(settings, on_ready=lambda: _say("The worker is ready.")))


@app.command("migrate")
def migrate_command(
    check: Annotated[
        bool,
        typer.Option("--check", help="Change nothing; exit 1 when models and migrations differ."),
    ] = False,
    make: Annotated[
        str | None,
        typer.Option("--make", metavar="NAME", help="Write the migration that is missing."),
    ] = None,
) -> None:
    """Apply the migrations that the database lacks."""
    if check and make is not None:
        raise typer.BadParameter("--check changes nothing; use it without --make.")
    with _refusals():
        settings = _settings()
        if check:
            _check_migrations(settings)
        elif make is not None:
            from hub.migrating import make_migration

            path = asyncio.run(make_migration(settings, make))
            _say("Models and migrations agree." if path is None else f"Wrote {escape(str(path))}")
        else:
            _migrate(settings)


def _migrate(settings: Settings) -> None:
    from hub.migrating import migrate

    applied = asyncio.run(migrate(settings, progress=lambda name: _say(f"Applying {name}")))
    _say(f"Applied {len(applied)}." if applied else "The database is up to date.")


def _check_migrations(settings: Settings) -> None:
    from hub.migrating import drift

    if differences := asyncio.run(drift(settings)):
        for line in differences:
            _complain(escape(line))
        raise Conflict("Models and migrations differ. Run `hub migrate --make NAME`.")
    _say("Models and migrations agree.")


@app.command()
def load(
    path: Annotated[
        Path | None, typer.Argument(help="A content folder; see docs/content.md.")
    ] = None,
    generate: Annotated[
        str | None, typer.Option(metavar="city", help="Load a made-up city instead of a folder.")
    ] = None,
) -> None:
    """Check a content folder and load what differs; loading it twice changes nothing."""
    if (path is None) == (generate is None):
        raise typer.BadParameter("Give either a PATH or --generate city.")
    if generate is not None and generate not in GENERATED:
        raise typer.BadParameter(f"Only {', '.join(GENERATED)} can be generated.")
    from hub.load_reporting import load_progress, show_report

    with _refusals(), load_progress() as progress:
        settings = _settings()

        async def body() -> "LoadReport":
            from hub.illustrations.making import illustrate
            from hub.loading import load_data, load_folder

            if path is not None:
                return await load_folder(
                    path, timezone=settings.timezone, progress=progress, illustrate=illustrate
                )
            from hub.generation.city import generate_city

            return await load_data(generate_city(), timezone=settings.timezone, progress=progress)

        report = asyncio.run(_on_database(settings, body))
    show_report(report)


@app.command("export")
def export_command(
    path: Annotated[Path, typer.Argument(help="The folder to write; made when missing.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace the content files of a folder that has some.")
    ] = False,
) -> None:
    """Write everything that can be loaded as a content folder, drafts included."""
    from hub.exporting import export_folder

    with _refusals():
        settings = _settings()
        counts = asyncio.run(
            _on_database(
                settings, lambda: export_folder(path, timezone=settings.timezone, force=force)
            )
        )
    _say(f"Wrote {sum(counts.values())} items of {len(counts)} kinds to {escape(str(path))}")


@schema_app.command("print")
def schema_print(
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 when the committed schema differs.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="Write here instead of to standard output.")
    ] = None,
) -> None:
    """Print the GraphQL schema in its own language."""
    from schema.root import build_schema  # only this command and `serve` need it

    text = build_schema().as_str().rstrip("\n") + "\n"
    with _refusals():
        if check:
            _check_committed(text, output or SCHEMA_FILE, remedy="make schema")
        elif output is not None:
            output.write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(text)


def _check_committed(text: str, path: Path, *, remedy: str) -> None:
    committed = path.read_text(encoding="utf-8") if path.exists() else ""
    if committed == text:
        _say(f"{path} says what the code says.")
        return
    before, after = committed.splitlines(), text.splitlines()
    for line in difflib.unified_diff(before, after, str(path), "the code", lineterm=""):
        sys.stderr.write(line + "\n")
    raise Conflict(f"{path} differs from the code. Run `{remedy}` and read the difference.")


@permissions_app.command("print")
def permissions_print(
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 when the committed page differs.")
    ] = False,
) -> None:
    """Print the page of roles and permissions in Markdown."""
    from hub.permissions import permissions_page

    if not check:
        sys.stdout.write(permissions_page())
        return
    with _refusals():
        _check_committed(permissions_page(), PERMISSIONS_FILE, remedy="make permissions")


@audit_app.command("export")
def audit_export(
    form: Annotated[
        Literal["csv", "ndjson"],
        typer.Option("--format", help="CSV for spreadsheets, NDJSON for programs."),
    ] = "csv",
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on, UTC.")
    ] = None,
) -> None:
    """Write the audit to standard output, oldest first; that it was exported is an entry too."""
    from hub.audit.service import export_lines
    from hub.auth import Viewer, operator
    from hub.clock import now
    from hub.filters import Condition, Operator
    from hub.spreadsheets import TableFormat

    async def body() -> None:
        at = now()
        start = since.replace(tzinfo=UTC) if since else None
        where = Condition("at", Operator.GTE, start) if start else None
        viewer = Viewer(operator("hub audit export", now=at), at)
        async for line in export_lines(viewer, form=TableFormat(form), where=where):
            sys.stdout.write(line)

    with _refusals():
        asyncio.run(_on_database(_settings(), body))


@app.command("publish-due")
def publish_due() -> None:
    """Publish what has waited for an instant that has come; `hub serve` does it by itself."""
    from hub.clock import now
    from hub.editing.service.schedule import apply_due

    count = _run(lambda: apply_due(now()))
    _say(f"Published {count}." if count else "Nothing was due.")


@app.command()
def doctor() -> None:
    """Look at settings, data folder, database and migrations, and say what to do."""
    from hub.examination import examine

    is_well = True
    for finding in examine():
        mark = "[green]ok  [/green]" if finding.is_well else "[red]fail[/red]"
        _say(f"{mark} {finding.subject}: {escape(finding.detail)}")
        if not finding.is_well:
            _say(f"     {escape(finding.advice)}")
        is_well = is_well and finding.is_well
    raise typer.Exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
