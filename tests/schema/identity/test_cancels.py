"""Requests that are cut off at any moment: each mutation is done or not, and nothing is held."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from hub.database import fetch_all
from hub.settings import Settings
from tests.factories.identity import Inbox, count
from tests.hub.database_faults import assert_whole
from tests.schema.client import GraphQLClient
from tests.schema.identity.documents import REFERENCE, REQUEST_CODE, SIGN_IN, WHO
from tests.schema.identity.steps import sign_in

AT_ONCE = 8
SETTLE_EVERY = 12
PATIENCE_SECONDS = 30
PHONES_FROM = 13900000000


class Crowd:
    """Callers who ask for codes, sign in with them and read, and who may be gone at any moment."""

    def __init__(self, client: GraphQLClient, inbox: Inbox, *, seed: int) -> None:
        self._client = client
        self._inbox = inbox
        self._used = 0
        self._phones = 0
        self.chance = random.Random(seed)
        self.asked: Counter[str] = Counter()

    async def one(self) -> None:
        """Send one request."""
        what = self.chance.choice(("code", "sign_in", "sign_in", "read", "who"))
        if what == "sign_in" and self._used >= len(self._inbox.messages):
            what = "code"
        self.asked[what] += 1
        if what == "code":
            self._phones += 1
            await self._client.send(REQUEST_CODE, {"phone": str(PHONES_FROM + self._phones)})
        elif what == "sign_in":
            phone, _, code = self._inbox.messages[self._used]
            self._used += 1
            await self._client.send(SIGN_IN, {"input": {"phone": phone, "code": code}})
        else:
            await self._client.send(REFERENCE if what == "read" else WHO)

    async def cut_off(self) -> bool:
        """Send one request and cancel it at random; whether it was before its answer."""
        task = asyncio.ensure_future(self.one())
        if self.chance.random() < 0.5:
            for _ in range(self.chance.randrange(60)):
                await asyncio.sleep(0)
        else:
            await asyncio.sleep(self.chance.random() * 0.012)
        cut = task.cancel()
        await asyncio.wait([task], timeout=PATIENCE_SECONDS)
        assert task.done()
        return cut


async def settled(before: set["asyncio.Task[Any]"]) -> None:
    """Wait for what goes on behind callers who have left."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while rest := asyncio.all_tasks() - before:
            await asyncio.wait(rest, timeout=1)


async def count_of(action: str) -> int:
    rows = await fetch_all(f"SELECT COUNT(*) FROM audit_entry WHERE action = '{action}'", [])
    return int(rows[0][0])


@pytest.mark.parametrize("cancels", [300, pytest.param(10_000, marks=pytest.mark.fault)])
async def test_cancelled_requests_harm_nobody(
    client: GraphQLClient, settings: Settings, engine: str, inbox: Inbox, cancels: int
) -> None:
    crowd, cut = Crowd(client, inbox, seed=11), 0
    await client.send(WHO)
    before = asyncio.all_tasks()
    for number in range(cancels // AT_ONCE):
        if number % SETTLE_EVERY == 0:  # thousands behind one another would only be refused
            await settled(before)
        cut += sum(await asyncio.gather(*(crowd.cut_off() for _ in range(AT_ONCE))))
    await settled(before)
    assert cut > cancels / 4
    people = await count("person")
    assert people > cancels / 20
    assert people == await count("session")
    assert people == await count_of("identity.person_created")
    assert people == await count_of("identity.signed_in")
    assert await count("sign_in_code") == len(inbox.messages)
    assert people <= crowd.asked["sign_in"]
    await assert_whole(settings, engine)
    assert (await sign_in(client, inbox))["errors"] == []
