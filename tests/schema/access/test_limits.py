"""Rate limits through the endpoint: the answer says when to come back, in both media types."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from hub.app import create_app
from hub.errors import SettingsInvalid
from hub.settings import Environment, Settings, load_settings
from schema.negotiation import GRAPHQL_RESPONSE, JSON
from tests.redis_server import running_redis
from tests.schema.api.conftest import quiet
from tests.schema.toy import SCHEMA
from tests.schema.toy import settings as toy_settings

QUERY = {"query": "{ courses { nodes { id } } }"}
PROXIES = ["10.0.0.0/8"]


def limited(folder: Path, **changes: Any) -> Settings:
    """Settings of a production hub that lets nobody ask more than three times a minute."""
    values = {
        "data_dir": folder,
        "database_url": f"sqlite://{folder / 'hub.sqlite3'}",
        "env": Environment.PRODUCTION,
        "rate_limit_anonymous_per_minute": 3,
        "trusted_proxies": PROXIES,
        **changes,
    }
    return quiet(Settings.model_validate({**toy_settings().model_dump(), **values}))


def client_of(app: ASGIApp, *, address: str = "192.0.2.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://hub")


@pytest.fixture
def app(tmp_path: Path) -> ASGIApp:
    return create_app(limited(tmp_path), schema=SCHEMA)


async def ask(
    client: httpx.AsyncClient, *, accept: str = GRAPHQL_RESPONSE, **headers: str
) -> httpx.Response:
    sent = {"accept": accept, "accept-language": "en", **headers}
    return await client.post("/graphql", json=QUERY, headers=sent)


@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL_RESPONSE, 429), (JSON, 200)])
async def test_the_answer_says_when_to_come_back(app: ASGIApp, accept: str, status: int) -> None:
    async with client_of(app) as client:
        for _ in range(3):
            assert "errors" not in (await ask(client)).json()
        answer = await ask(client, accept=accept)
    assert answer.status_code == status
    (error,) = answer.json()["errors"]
    seconds = error["extensions"]["data"]["retryAfterSeconds"]
    assert answer.headers["retry-after"] == str(seconds)
    assert 1 <= seconds <= 60
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert error["extensions"]["requestId"] == answer.headers["x-request-id"]
    assert error["message"] == f"Too many requests; try again in {seconds} s."
    assert "data" not in answer.json()


async def test_bad_requests_count_too(app: ASGIApp) -> None:
    async with client_of(app) as client:
        for body in ("{", '{"query": "{"}', '{"query": "{ nothing }"}'):
            headers = {"content-type": "application/json", "accept": GRAPHQL_RESPONSE}
            answer = await client.post("/graphql", content=body, headers=headers)
            assert answer.status_code == 400
        assert (await ask(client)).status_code == 429


async def test_a_costly_operation_counts_for_more(tmp_path: Path) -> None:
    app = create_app(limited(tmp_path, rate_limit_cost_unit=1), schema=SCHEMA)
    async with client_of(app) as client:
        answer = await ask(client)
        assert answer.status_code == 429
        assert "cost" not in answer.json().get("extensions", {})


async def test_callers_behind_a_trusted_proxy_are_told_apart(app: ASGIApp) -> None:
    async with client_of(app, address="10.0.0.1") as client:
        for _ in range(3):
            assert (await ask(client, **{"x-forwarded-for": "198.51.100.1"})).status_code == 200
        assert (await ask(client, **{"x-forwarded-for": "198.51.100.1"})).status_code == 429
        assert (await ask(client, **{"x-forwarded-for": "198.51.100.2"})).status_code == 200


async def test_nobody_else_names_its_own_address(app: ASGIApp) -> None:
    async with client_of(app) as client:
        statuses = [
            (await ask(client, **{"x-forwarded-for": f"198.51.100.{number}"})).status_code
            for number in range(4)
        ]
    assert statuses == [200, 200, 200, 429]


async def test_reads_go_on_without_redis(tmp_path: Path) -> None:
    with running_redis() as server:
        changes = {"redis_url": server.url, "rate_limit_anonymous_per_minute": 100}
        async with client_of(create_app(limited(tmp_path, **changes), schema=SCHEMA)) as client:
            assert (await ask(client)).status_code == 200
            server.stop()
            statuses = {(await ask(client)).status_code for _ in range(20)}
            assert statuses == {200}
            server.start()
            assert (await ask(client)).status_code == 200


@pytest.mark.parametrize("proxies", ["nonsense", '["10.0.0.1/8"]'])
def test_a_network_that_is_none_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, proxies: str
) -> None:
    monkeypatch.setenv("HUB_TRUSTED_PROXIES", proxies)
    with pytest.raises(SettingsInvalid, match="HUB_TRUSTED_PROXIES"):
        load_settings()
