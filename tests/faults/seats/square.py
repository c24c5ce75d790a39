"""Events with seats, and what people send for them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from hub.clock import now
from hub.ids import new_id
from schema.relay import encode_id
from tests.factories import enrollment, events

S = TypeVar("S")
T = TypeVar("T")

_ANSWER = """registration { id state partySize waitlistPosition waitlistReason }
  errors { code ... on AlreadyRegistered { registration { id } } }"""


def _mutation(name: str) -> str:
    kind = name[0].upper() + name[1:]
    return f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ {_ANSWER} }} }}"


REGISTER = _mutation("registerForEvent")
ACCEPT = _mutation("acceptOffer")
CANCEL = _mutation("cancelRegistration")
OWN = """query($id: ID!) { event(by: {id: $id}) {
  seats { taken waiting } viewerRegistration { id state } } }"""


@dataclass(frozen=True, slots=True)
class Hall:
    """An event whose seats are counted."""

    pool_id: UUID
    event_id: UUID
    capacity: int

    @property
    def node_id(self) -> str:
        """The event's id in the API."""
        return encode_id("Event", self.event_id)

    def input(self, *, key: str = "", party_size: int = 1) -> dict[str, Any]:
        """What a registration says; with a key of its own unless one is given."""
        return {
            "eventId": self.node_id,
            "idempotencyKey": key or new_id().hex,
            "partySize": party_size,
        }


async def hall(capacity: int, **values: Any) -> Hall:
    """An event next month with that many seats."""
    pool = await enrollment.pool(capacity=capacity, **values)
    event = await events.event(pool_id=pool.id, starts_at=now() + timedelta(days=30))
    return Hall(pool.id, event.id, capacity)


async def spread(
    workers: Iterable[T], items: Iterable[S], do: Callable[[T, S], Awaitable[None]]
) -> None:
    """Do it for all items; each worker takes the next one as soon as it is free."""
    left = iter(items)

    async def work(worker: T) -> None:
        for each in left:
            await do(worker, each)

    async with asyncio.TaskGroup() as group:
        for worker in workers:
            group.create_task(work(worker))
