"""Settings: what holds when nothing is set, and a start that stops naming what is wrong."""

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hub.errors import SettingsInvalid
from hub.settings import (
    Environment,
    LogFormat,
    Settings,
    current_settings,
    install_settings,
    load_settings,
)

STRONG = "a secret of the tests, long enough and mixed 0123456789"
SetVariables = Callable[..., None]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SetVariables:
    """Sets `HUB_` variables by lower-case name; others are gone, and data goes to `tmp_path`."""
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path / "data"))

    def set_variables(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"HUB_{name.upper()}", value)

    return set_variables


def refusal() -> str:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings()
    return refused.value.message


def test_defaults(environment: SetVariables, tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.env is Environment.DEVELOPMENT
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.resolved_database_url == f"sqlite://{tmp_path / 'data' / 'hub.sqlite3'}"
    assert settings.uses_sqlite
    assert settings.log_format is LogFormat.CONSOLE
    assert settings.timezone == "Asia/Shanghai"
    assert settings.body_max_bytes == 262_144
    limits = (settings.limit_tokens, settings.limit_depth, settings.limit_aliases)
    assert limits == (5_000, 12, 50)
    assert (settings.limit_root_mutations, settings.limit_cost) == (4, 50_000)
    assert settings.limits_warn_only is False
    assert settings.shows_graphiql
    assert settings.shows_introspection


def test_production_shows_neither_graphiql_nor_introspection(environment: SetVariables) -> None:
    environment(env="production", secret_key=STRONG, sms_console_allowed="true")
    settings = load_settings()
    assert not settings.shows_graphiql
    assert not settings.shows_introspection
    environment(graphiql="true", introspection="true")
    settings = load_settings()
    assert settings.shows_graphiql
    assert settings.shows_introspection


@pytest.mark.parametrize("secret", [None, "", "short", "x" * 31, "x" * 64])
def test_production_wants_a_strong_secret(environment: SetVariables, secret: str | None) -> None:
    environment(env="production")
    if secret is not None:
        environment(secret_key=secret)
    assert refusal().startswith("HUB_SECRET_KEY: ")


def test_production_takes_a_strong_secret(environment: SetVariables, tmp_path: Path) -> None:
    environment(env="production", secret_key=STRONG, sms_console_allowed="true")
    assert load_settings().secret_key == STRONG
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"database_url": "mysql://root@host/hub"}, "HUB_DATABASE_URL"),
        ({"database_url": "hub.sqlite3"}, "HUB_DATABASE_URL"),
        ({"database_url": "sqlite://"}, "HUB_DATABASE_URL"),
        ({"database_url": "sqlite://:memory:"}, "HUB_DATABASE_URL"),
        ({"database_url": "postgres://hub@host:port/hub"}, "HUB_DATABASE_URL"),
        ({"database_url": "postgres://hub@host:99999/hub"}, "HUB_DATABASE_URL"),
        ({"workers": "2"}, "HUB_WORKERS"),
        ({"workers": "0"}, "HUB_WORKERS"),
        ({"workers": "65", "database_url": "postgres://hub@host/hub"}, "HUB_WORKERS"),
        ({"port": "0"}, "HUB_PORT"),
        ({"port": "65536"}, "HUB_PORT"),
        ({"port": "http"}, "HUB_PORT"),
        ({"env": "prod"}, "HUB_ENV"),
        ({"log_format": "xml"}, "HUB_LOG_FORMAT"),
        ({"timezone": "Mars/Olympus"}, "HUB_TIMEZONE"),
        ({"timezone": "../etc/passwd"}, "HUB_TIMEZONE"),
        ({"timezone": ""}, "HUB_TIMEZONE"),
        ({"cors_origins": "https://a.example"}, "HUB_CORS_ORIGINS"),
        ({"request_timeout_seconds": "0"}, "HUB_REQUEST_TIMEOUT_SECONDS"),
        ({"limit_cost": "-1"}, "HUB_LIMIT_COST"),
    ],
)
def test_what_cannot_be_is_named(
    environment: SetVariables, variables: dict[str, str], name: str
) -> None:
    environment(**variables)
    message = refusal()
    assert message.startswith(f"{name}: ")
    assert "\n" not in message


def test_what_can_be(environment: SetVariables) -> None:
    environment(
        database_url="postgres://hub:p%40ss@db.example:5433/hub",
        workers="4",
        port="65535",
        cors_origins='["https://a.example"]',
        timezone="America/New_York",
    )
    settings = load_settings()
    assert not settings.uses_sqlite
    assert (settings.workers, settings.port) == (4, 65_535)
    assert settings.cors_origins == ["https://a.example"]


def test_the_secret_of_development_is_made_once_and_kept(
    environment: SetVariables, tmp_path: Path
) -> None:
    first = load_settings().secret_key
    path = tmp_path / "data" / "secret.key"
    assert len(first) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_settings().secret_key == first
    assert [each.name for each in path.parent.iterdir()] == ["secret.key"]
    path.unlink()
    assert load_settings().secret_key != first


def test_a_configured_secret_is_not_written_down(environment: SetVariables, tmp_path: Path) -> None:
    environment(secret_key="mine")
    assert load_settings().secret_key == "mine"
    assert not (tmp_path / "data").exists()


def test_processes_that_start_together_agree_on_the_secret(environment: SetVariables) -> None:
    with ThreadPoolExecutor(8) as pool:
        secrets = {
            settings.secret_key for settings in pool.map(lambda _: load_settings(), range(8))
        }
    assert len(secrets) == 1
    assert len(secrets.pop()) >= 32


def test_a_data_folder_that_cannot_be(environment: SetVariables, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment(data_dir=str(tmp_path / "file" / "data"))
    assert refusal().startswith("HUB_DATA_DIR: ")


def test_settings_do_not_change(environment: SetVariables) -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.port = 9000


def test_the_settings_of_the_process_are_those_installed(environment: SetVariables) -> None:
    settings = load_settings()
    install_settings(settings)
    environment(port="9000")
    assert current_settings() is settings


@pytest.mark.parametrize(
    ("values", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"host": "0.0.0.0", "port": 9000}, "http://127.0.0.1:9000"),
        ({"host": "hub.local"}, "http://hub.local:8000"),
        ({"public_url": "https://hub.example.org"}, "https://hub.example.org"),
    ],
)
def test_the_public_address(environment: SetVariables, values: dict[str, Any], url: str) -> None:
    assert Settings(**values).resolved_public_url == url


@pytest.mark.parametrize(
    "values",
    [
        {"public_url": "hub.example.org"},
        {"public_url": "https://hub.example.org/path"},
        {"certificate_prefix": "yz"},
        {"certificate_page_url": "https://union.example/verify"},
    ],
)
def test_addresses_and_prefixes_that_cannot_be(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**values)
