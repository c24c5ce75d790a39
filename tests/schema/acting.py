"""A GraphQL client whose caller is given, not signed in: the endpoint on an open database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import httpx

from hub.auth import ANONYMOUS, Actor, Viewer
from hub.middleware import RequestEnvelope
from hub.settings import Settings
from schema.context import Context
from schema.http import GraphQLEndpoint
from schema.request import RequestInfo
from schema.root import build_schema
from tests.schema.client import GraphQLClient


class ActingClient(GraphQLClient):
    """A client on behalf of `actor`, which a test may change."""

    def __init__(self, http: httpx.AsyncClient, *, now: datetime) -> None:
        super().__init__(http, now=now)
        self.actor: Actor = ANONYMOUS

    def context(self, request: RequestInfo) -> Context:
        """The context of a request of the actor's."""
        return Context(viewer=Viewer(self.actor, self.now), request=request)


@asynccontextmanager
async def acting_client(
    settings: Settings, *, now: datetime, client_type: type[ActingClient] = ActingClient
) -> AsyncIterator[ActingClient]:
    """A client of the endpoint; `hub.database` has to be open."""
    made: list[ActingClient] = []
    endpoint = GraphQLEndpoint(
        build_schema(), settings=settings, make_context=lambda request: made[0].context(request)
    )
    transport = httpx.ASGITransport(RequestEnvelope(endpoint))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        made.append(client_type(http, now=now))
        yield made[0]
