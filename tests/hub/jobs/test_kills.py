"""Workers killed at random, as a machine kills them: nothing that was asked for is lost."""

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from hub.jobs.service.outbox import enqueue
from hub.settings import Settings
from tests.hub.jobs.runners import TASK, rows

WORKER = """
import asyncio, os, sys
from hub.database import open_database
from hub.jobs.service.bell import Bell
from hub.jobs.service.running import Runner
from hub.jobs.service.tasks import Registry
from hub.settings import load_settings, install_settings

async def note(payload):
    await asyncio.sleep(0.02)
    with open(sys.argv[1], "ab", buffering=0) as file:
        file.write(b"%d\\n" % payload["number"])

async def main():
    settings = load_settings()
    install_settings(settings)
    await open_database(settings)
    registry = Registry()
    registry.add("tests.note", note)
    Runner(registry, bell=Bell(), settings=settings).start()
    await asyncio.sleep(600)

asyncio.run(main())
"""
EACH = 60


async def killed_again_and_again(settings: Settings, tmp_path: Path, *, rounds: int) -> None:
    notes, chance = tmp_path / "notes", random.Random(rounds)
    notes.touch()
    for count in range(rounds):
        worker = started(settings, notes)
        try:
            for number in range(EACH):
                await enqueue(TASK, {"number": count * EACH + number})
            done = len(seen(notes))
            await until_more(notes, than=done)
            await asyncio.sleep(chance.random() * 0.3)
        finally:
            worker.kill()
            await asyncio.to_thread(worker.wait)
    last = started(settings, notes)
    try:
        async with asyncio.timeout(60):
            while await rows():  # noqa: ASYNC110 - another process empties it
                await asyncio.sleep(0.05)
    finally:
        last.kill()
        await asyncio.to_thread(last.wait)
    assert set(seen(notes)) == set(range(rounds * EACH))


def started(settings: Settings, notes: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "HUB_DATABASE_URL": settings.resolved_database_url,
        "HUB_DATA_DIR": str(settings.data_dir),
        "HUB_WORKER_LEASE_SECONDS": "1",
        "HUB_WORKER_POLL_SECONDS": "0.05",
    }
    root = Path(__file__).parents[3]
    return subprocess.Popen([sys.executable, "-c", WORKER, str(notes)], env=environment, cwd=root)


def seen(notes: Path) -> list[int]:
    return [int(line) for line in notes.read_bytes().splitlines()]


async def until_more(notes: Path, *, than: int) -> None:
    async with asyncio.timeout(30):
        while len(seen(notes)) <= than:  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(0.01)


@pytest.mark.slow
async def test_a_few_kills_lose_nothing(database: Settings, tmp_path: Path) -> None:
    await killed_again_and_again(database, tmp_path, rounds=3)


@pytest.mark.fault
async def test_many_kills_lose_nothing(database: Settings, tmp_path: Path) -> None:
    await killed_again_and_again(database, tmp_path, rounds=50)
