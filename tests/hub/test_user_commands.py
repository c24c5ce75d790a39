"""The commands of `hub user`: whom they enter, what they print, what they refuse."""

import asyncio
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from typer.testing import CliRunner, Result

from hub.access.queries import grants_by_person_ids
from hub.auth import DISTRICT, Grant, Role
from hub.cli import app
from hub.clock import now
from hub.database import close_database, open_database
from hub.identity.queries import person_by_phone
from hub.identity.service.sign_in import Proof, request_sign_in_code, sign_in
from hub.sample_people import SAMPLE_TOTP_SECRET
from hub.settings import current_settings
from hub.sms.console import ConsoleSms

Hub = Callable[..., Result]
SAMPLE = Path(__file__).parents[2] / "districts" / "yinzhou"
PHONE = "13712345678"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """Run the command on a migrated hub of its own; it has to end with `code`."""
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path / "var"))

    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == code, (result.output, result.stderr, result.exception)
        return result

    run("migrate")
    return run


def grants_of(phone: str) -> tuple[Grant, ...] | None:
    """What the person with a phone holds; None for nobody."""

    async def body() -> tuple[Grant, ...] | None:
        await open_database(current_settings())
        try:
            person = await person_by_phone(phone)
            if person is None:
                return None
            return (await grants_by_person_ids([person.id], now=now()))[0]
        finally:
            await close_database()

    return asyncio.run(body())


def sign_in_as(phone: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Sign in with the authenticator's code; whether the session has the second factor."""
    sent: list[str] = []

    async def send(_self: ConsoleSms, _phone: str, _purpose: str, *, code: str) -> None:
        sent.append(code)

    async def body() -> bool:
        await open_database(current_settings())
        try:
            at = now()
            await request_sign_in_code(phone, now=at)
            shown = pyotp.TOTP(secret).at(at)
            opened = await sign_in(Proof(phone, sent[0], shown, ""), now=at)
            return opened.actor.has_second_factor
        finally:
            await close_database()

    monkeypatch.setattr(ConsoleSms, "send", send)
    return asyncio.run(body())


def test_the_first_administrator_can_sign_in(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    made = hub("user", "create", "--phone", f"+86 {PHONE}", "--role", "administrator").stdout
    assert "137****5678 has the role administrator." in made
    assert PHONE not in made
    assert len(re.findall(r"^  [A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}$", made, re.MULTILINE)) == 10
    secret = re.search(r"otpauth://totp/\S+secret=([A-Z2-7]+)", made)
    assert secret is not None
    assert grants_of(PHONE) == (Grant(Role.ADMINISTRATOR, DISTRICT),)
    assert sign_in_as(PHONE, secret[1], monkeypatch)


def test_entering_somebody_again_keeps_their_second_factor(hub: Hub) -> None:
    hub("user", "create", "--phone", PHONE, "--role", "administrator", "--name", "张三")
    again = hub("user", "create", "--phone", PHONE, "--role", "editor").stdout
    assert "stays as it is" in again
    assert "otpauth" not in again
    held = grants_of(PHONE)
    assert held is not None
    assert {grant.role for grant in held} == {Role.ADMINISTRATOR, Role.EDITOR}


@pytest.mark.parametrize(
    ("phone", "role", "code"), [("10086", "editor", 1), (PHONE, "worker", 2), (PHONE, "king", 2)]
)
def test_what_cannot_be_changes_nothing(hub: Hub, phone: str, role: str, code: int) -> None:
    hub("user", "create", "--phone", phone, "--role", role, code=code)
    assert grants_of(PHONE) is None


def test_sample_people_are_one_a_role(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub("load", str(SAMPLE))
    first = hub("user", "sample").stdout
    assert hub("user", "sample").stdout == first
    for number, role in enumerate(
        ("administrator", "editor", "reviewer", "manager", "merchant", "station_keeper"), 1
    ):
        assert f"1380000000{number}  {role}\n" in first
        held = grants_of(f"1380000000{number}")
        assert held is not None
        assert [grant.role.value for grant in held] == [role]
    assert "13800000007  case_officer\n" in first
    for number in range(8, 20):
        assert f"138000000{number:02d}  worker\n" in first
    assert sign_in_as("13800000001", SAMPLE_TOTP_SECRET, monkeypatch)


def test_without_places_nobody_keeps_one(hub: Hub) -> None:
    shown = hub("user", "sample").stdout
    assert "merchant" not in shown
    assert "13800000019  worker" in shown


def test_production_has_no_sample_people(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_ENV", "production")
    monkeypatch.setenv("HUB_SECRET_KEY", secrets.token_urlsafe(48))
    monkeypatch.setenv("HUB_SMS_CONSOLE_ALLOWED", "true")
    assert "development only" in hub("user", "sample", code=1).stderr
