"""What `hub doctor` looks at: each finding says what is so, and what to do when it is not well."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tortoise.exceptions import BaseORMException

from hub.database import close_database, fetch_all, open_database
from hub.errors import HubError
from hub.jobs.queries import parked_count
from hub.logging import configure_logging
from hub.migrating import pending_migrations
from hub.settings import Settings, install_settings, load_settings
from media.storage import blob_key, storage_of

SQLITE_VERSION_MIN = (3, 35)
POSTGRES_VERSION_MIN = 14


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    detail: str
    is_well: bool = True
    advice: str = ""


def examine() -> Iterator[Finding]:
    """Look at everything in turn; stops where what follows could not be looked at."""
    try:
        settings = load_settings()
    except HubError as error:
        yield Finding("settings", error.message, False, "Set it in the environment and try again.")
        return
    install_settings(settings)
    configure_logging(settings.model_copy(update={"log_level": "ERROR"}))
    yield Finding("settings", f"{settings.env.value}, port {settings.port}")
    yield _data_folder(settings.data_dir)
    yield asyncio.run(_media(settings))
    yield from asyncio.run(_database(settings))


async def _media(settings: Settings) -> Finding:
    """Whether the storage of files answers; on disk the data folder has told already."""
    where = settings.media_url or f"on disk, {settings.data_dir.absolute() / 'media'}"
    try:
        await storage_of(settings).stat(blob_key("0" * 64))
    except (HubError, OSError) as error:
        advice = "Check HUB_MEDIA_URL and HUB_MEDIA_S3_ENDPOINT, and that the keys may read there."
        return Finding("media", f"{where} does not answer ({error})", False, advice)
    return Finding("media", where)


def _data_folder(folder: Path) -> Finding:
    nearest = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not nearest.is_dir():
        advice = f"{nearest} is a file; set HUB_DATA_DIR to a folder."
        return Finding("data folder", str(folder.absolute()), False, advice)
    if not os.access(nearest, os.W_OK | os.X_OK):
        advice = f"Let this user write to {nearest}, or set HUB_DATA_DIR to another folder."
        return Finding("data folder", f"{folder.absolute()} cannot be written to", False, advice)
    return Finding("data folder", str(folder.absolute()))


async def _database(settings: Settings) -> list[Finding]:
    kind = "SQLite" if settings.uses_sqlite else "PostgreSQL"
    try:
        await open_database(settings)
        version = await _version(settings)
        missing = await pending_migrations(settings)
        parked = 0 if missing else await parked_count()
    except (HubError, BaseORMException, OSError, sqlite3.Error) as error:
        advice = "Check HUB_DATABASE_URL, and that the database server runs and lets this user in."
        return [Finding("database", f"{kind} does not answer ({error})", False, advice)]
    finally:
        await close_database()
    findings = [_version_finding(kind, version), _migrations_finding(missing)]
    return findings if missing else [*findings, _tasks_finding(parked)]


async def _version(settings: Settings) -> tuple[int, ...]:
    sql = "SELECT sqlite_version()" if settings.uses_sqlite else "SHOW server_version"
    text = str((await fetch_all(sql, []))[0][0]).split(" ")[0]
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _version_finding(kind: str, version: tuple[int, ...]) -> Finding:
    shown = f"{kind} {'.'.join(str(part) for part in version)}"
    wanted = SQLITE_VERSION_MIN if kind == "SQLite" else (POSTGRES_VERSION_MIN,)
    if version < wanted:
        least = ".".join(str(part) for part in wanted)
        return Finding("database", shown, False, f"The hub needs {kind} {least} or newer.")
    return Finding("database", shown)


def _migrations_finding(missing: list[str]) -> Finding:
    if missing:
        detail = f"{len(missing)} to apply: {', '.join(missing)}"
        return Finding("migrations", detail, False, "Run `hub migrate`.")
    return Finding("migrations", "all applied")


def _tasks_finding(parked: int) -> Finding:
    if parked:
        detail = f"{parked} failed too often and {'is' if parked == 1 else 'are'} laid aside"
        advice = "Look at `hub jobs list` and the log, then let them be tried: `hub jobs retry`."
        return Finding("background work", detail, False, advice)
    return Finding("background work", "nothing was given up")
