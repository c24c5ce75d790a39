"""A competition with a division of people and one of teams, and a client for whoever acts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from hub.auth import ANONYMOUS, Viewer
from hub.competitions.models import Competition, Division, Stage
from hub.settings import Settings
from schema.relay import encode_id
from tests.factories import competitions, contests
from tests.factories.contests import NOW
from tests.schema.acting import ActingClient, acting_client


@dataclass
class Arena:
    """The competition, who holds it, and a client."""

    client: ActingClient
    competition: Competition
    people: Division
    teams: Division
    stage: Stage
    manager: Viewer
    judge: Viewer

    def at(self, now: datetime) -> None:
        """Go on at another instant."""
        self.client.now = now

    async def ask(self, who: Viewer | None, document: str, **variables: Any) -> Any:
        """The first field of an answer to somebody, or to the public."""
        self.client.actor = who.actor if who is not None else ANONYMOUS
        return next(iter((await self.client.ask(document, variables)).values()))

    async def do(self, who: Viewer, document: str, **given: Any) -> dict[str, Any]:
        """The payload of a mutation that has to be done."""
        payload: dict[str, Any] = await self.ask(who, document, input=given)
        assert payload["errors"] == []
        return payload

    async def codes(self, who: Viewer | None, document: str, **given: Any) -> list[str]:
        """The codes with which a mutation is refused, in its payload or above it."""
        self.client.actor = who.actor if who is not None else ANONYMOUS
        body = (await self.client.send(document, {"input": given})).body
        if "errors" in body:
            return [each["extensions"]["code"] for each in body["errors"]]
        return [each["code"] for each in next(iter(body["data"].values()))["errors"]]

    def entering(self, division: Division, **more: Any) -> dict[str, Any]:
        """The input of `enterCompetition`."""
        return {
            "competitionId": encode_id("Competition", self.competition.id),
            "divisionId": encode_id("Division", division.id),
            "idempotencyKey": "enter",
            **more,
        }

    @property
    def stage_id(self) -> str:
        """The global id of the stage."""
        return encode_id("Stage", self.stage.id)

    @property
    def competition_id(self) -> str:
        """The global id of the competition."""
        return encode_id("Competition", self.competition.id)


@pytest.fixture
async def arena(database: Settings) -> AsyncIterator[Arena]:
    """Registration is open, rosters are not frozen, nobody has entered."""
    competition = await contests.competition(
        title="快递员技能比武", registration_opens_at=contests.NOW.replace(day=1, hour=0)
    )
    people = await competitions.division(competition.id)
    teams = await contests.team_division(competition.id, position=2, substitutes_maximum=1)
    stage = await contests.stage(competition.id)
    await competitions.prize(competition.id)
    manager, judge = await contests.organiser(), await contests.viewer("评委甲")
    async with acting_client(database, now=NOW) as client:
        yield Arena(client, competition, people, teams, stage, manager, judge)
