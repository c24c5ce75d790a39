"""Many at once: nobody gets two seats, and no seat is given twice."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from hub.enrollment.models import Registration
from hub.settings import Settings
from tests.factories.identity import NOW
from tests.schema.acting import ActingClient, acting_client
from tests.schema.attendance.conftest import Square, actions, counts, seated_event
from tests.schema.attendance.documents import REGISTER

SHORT = "mutation($input: RegisterForEventInput!) { registerForEvent(input: $input) {"
SHORT += " registration { id state } errors { code } } }"


async def clients(stack: AsyncExitStack, settings: Settings, square: Square) -> list[ActingClient]:
    """Somebody at each of them."""
    made = [
        await stack.enter_async_context(acting_client(settings, now=NOW)) for _ in range(PEOPLE)
    ]
    for each in made:
        each.actor = await square.person()
    return made


PEOPLE, TRIES, SEATS = 25, 8, 10


@pytest.mark.slow
async def test_everybody_taps_many_times(square: Square, database: Settings) -> None:
    """25 people send the same request 8 times, half of the tries with another key."""
    pool, event = await seated_event(capacity=SEATS)
    async with AsyncExitStack() as stack:
        people = await clients(stack, database, square)
        keys = [square.for_event(event) for _ in people]
        others = [square.for_event(event) for _ in people]
        answers = await asyncio.gather(
            *(
                each.ask(SHORT, {"input": (keys if attempt % 2 else others)[index]})
                for attempt in range(TRIES)
                for index, each in enumerate(people)
            )
        )
    payloads = [answer["registerForEvent"] for answer in answers]
    codes = {error["code"] for payload in payloads for error in payload["errors"]}
    assert codes == {"ALREADY_REGISTERED"}
    given = {each["registration"]["id"] for each in payloads if each["registration"]}
    assert len(given) == await Registration.all().count() == PEOPLE
    assert await counts(pool) == (SEATS, PEOPLE - SEATS, PEOPLE - SEATS)
    assert await actions() == ["registration.signed_up"] * PEOPLE


@pytest.mark.slow
async def test_fifty_people_for_two_seats(square: Square, database: Settings) -> None:
    pool, event = await seated_event(capacity=2, has_waiting_list=False)
    async with AsyncExitStack() as stack:
        people = [
            *await clients(stack, database, square),
            *await clients(stack, database, square),
        ]
        answers = await asyncio.gather(
            *(each.ask(REGISTER, {"input": square.for_event(event)}) for each in people)
        )
    payloads = [answer["registerForEvent"] for answer in answers]
    seated = [each for each in payloads if each["registration"]]
    assert {each["registration"]["state"] for each in seated} == {"CONFIRMED"}
    assert len(seated) == await Registration.all().count() == 2
    assert {error["code"] for each in payloads for error in each["errors"]} == {"SOLD_OUT"}
    assert await counts(pool) == (2, 0, 0)
