"""The documents of the door, and people who stand there."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from hub.auth import Actor, Grant, Role, Scope, ScopeKind
from hub.directory.models import Place
from hub.events.models import Event
from schema.relay import encode_id
from tests.factories import directory, enrollment, events
from tests.factories.events import STARTS_AT
from tests.factories.people import actor
from tests.schema.attendance.conftest import Square
from tests.schema.attendance.documents import ERRORS

DOORS_OPEN = STARTS_AT - timedelta(hours=2)
DOORS_CLOSE = STARTS_AT + timedelta(hours=4)

_ENTRY = "isFirst arrivals source deviceId checkedInAt occurredAt by"
CHECK_IN = f"""mutation($input: CheckInInput!) {{ checkIn(input: $input) {{
  registration {{ registrationId state partySize occasion {{ title }}
    person {{ displayName phoneMasked }} }}
  isFirst arrived checkIn {{ {_ENTRY} }} first {{ {_ENTRY} }} {ERRORS} }} }}"""
BATCH = f"""mutation($input: CheckInBatchInput!) {{ checkInBatch(input: $input) {{
  results {{ nonce outcome problem message registration {{ registrationId state }}
    first {{ by deviceId }} }} {ERRORS} }} }}"""
MARK = f"""mutation($input: MarkNoShowsInput!) {{ markNoShows(input: $input) {{
  marked {ERRORS} }} }}"""
TICKET = """query($id: ID!) { node(id: $id) { ... on Registration { state ticketCode calendarUrl
  ticket { code qrSvgUrl qrPngUrl validFrom validUntil } } } }"""
REVOKED = """query($event: ID, $session: ID, $since: DateTime, $first: Int, $after: String) {
  ticketRevocations(eventId: $event, sessionId: $session, since: $since, first: $first,
  after: $after) { nodes { registrationHex minimumSerial revokedAt }
  pageInfo { hasNextPage endCursor } } }"""
ATTENDANCE = """query($id: ID!) { event(by: {id: $id}) {
  attendance { registered attended noShow arrived } } }"""


@dataclass
class Door:
    """An event at a place, its keeper, and the square that people come from."""

    square: Square
    event: Event
    place: Place
    keeper: Actor

    @property
    def event_id(self) -> str:
        """The global id of the event."""
        return encode_id("Event", self.event.id)

    async def guest(self, **given: Any) -> tuple[Actor, str, str]:
        """Somebody with a confirmed seat, the registration's id, and its code."""
        who = await self.square.person()
        registration = await self.square.register(who, self.event.id, **given)
        return who, registration["id"], await self.code(who, registration["id"])

    async def code(self, who: Actor, registration_id: str) -> Any:
        """The code that somebody is shown of a registration."""
        found = await self.square.ask(who, TICKET, id=registration_id)
        return found["node"]["ticketCode"]

    async def scan(self, code: str, *, by: Actor | None = None, **given: Any) -> dict[str, Any]:
        """The payload of a scan that is not refused."""
        payload = await self.square.do(by or self.keeper, CHECK_IN, **self.scanned(code, **given))
        assert payload["errors"] == []
        return payload

    async def refused(self, code: str, *, by: Actor | None = None, **given: Any) -> dict[str, Any]:
        """The one refusal of a scan, after which everything is as it was."""
        return await self.square.refused(by or self.keeper, CHECK_IN, **self.scanned(code, **given))

    def scanned(self, code: str, **given: Any) -> dict[str, Any]:
        """The input of a scan, with a nonce of its own unless said."""
        return {"code": code, "nonce": self.square.key(), **given}

    async def batch(
        self, items: list[dict[str, Any]], *, by: Actor | None = None, device: str = "tablet-1"
    ) -> list[dict[str, Any]]:
        """What became of the scans of a device."""
        payload = await self.square.do(by or self.keeper, BATCH, deviceId=device, items=items)
        assert payload["errors"] == []
        results: list[dict[str, Any]] = payload["results"]
        return results

    def offline(self, code: str, **given: Any) -> dict[str, Any]:
        """One scan of a batch, made as it began."""
        return {**self.scanned(code), "occurredAt": STARTS_AT.isoformat(), **given}


def keeper_of(place_id: UUID, **values: Any) -> Actor:
    """Somebody who keeps a station."""
    return actor(
        Grant(Role.STATION_KEEPER, Scope(ScopeKind.PLACE, place_id)), at=STARTS_AT, **values
    )


async def open_door(square: Square, **pool: Any) -> Door:
    """A door an hour before it begins, at a station with a keeper who has an account."""
    place = await directory.station(published_at=square.client.now)
    seats = await enrollment.pool(**{"party_size_maximum": 4, **pool})
    event = await events.event(place_id=place.id, pool_id=seats.id)
    keeper_id = (await square.person()).person_id
    assert keeper_id is not None
    return Door(square, event, place, keeper_of(place.id, person_id=keeper_id))
