"""People who can sign in, and the messages they get."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyotp

from hub.auth import DISTRICT, Role, Scope, Viewer
from hub.database import fetch_all, transaction
from hub.identity.queries import person_by_phone
from hub.identity.rules import CodePurpose
from hub.identity.service.second_factor import store_recovery_codes, store_secret
from hub.identity.service.sessions import Opened
from hub.identity.service.sign_in import Proof, create_person, request_sign_in_code, sign_in
from hub.records import Record
from tests.factories.people import insert_grant

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
PHONE = "13812345678"
OTHER_PHONE = "13987654321"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Inbox:
    """Messages in the order in which they were sent: phone, purpose, code."""

    messages: list[tuple[str, str, str]] = field(default_factory=list)

    def code(self, phone: str = PHONE, purpose: CodePurpose = CodePurpose.SIGN_IN) -> str:
        """The newest code that was sent to a phone for a purpose."""
        return next(
            code
            for to, what_for, code in reversed(self.messages)
            if (to, what_for) == (phone, purpose.value)
        )


def other_than(code: str) -> str:
    """A wrong code of the same length."""
    return "000000" if code != "000000" else "000001"


def proof(code: str, *, phone: str = PHONE, second_factor: str | None = None) -> Proof:
    """What somebody shows to sign in."""
    return Proof(phone, code, second_factor, "a phone")


async def signed_in(inbox: Inbox, *, phone: str = PHONE, at: datetime = NOW) -> Opened:
    """Somebody who has asked for a code and signed in with it."""
    await request_sign_in_code(phone, now=at)
    return await sign_in(proof(inbox.code(phone), phone=phone), now=at)


async def insert_person(phone: str = PHONE, *, at: datetime = NOW) -> Record:
    """Somebody who has been here before."""
    return await transaction(lambda: create_person(phone, display_name="王小哥", now=at))


async def insert_staff(
    phone: str = PHONE,
    *,
    role: Role = Role.EDITOR,
    scope: Scope = DISTRICT,
    at: datetime = NOW,
    is_enrolled: bool = True,
) -> list[str]:
    """Somebody who works for the union and, unless said, has SECRET in an app; recovery codes."""
    person = await person_by_phone(phone) or await insert_person(phone, at=at)
    await insert_grant(role, at=at, person_id=person.id, scope=scope)
    if not is_enrolled:
        return []

    async def body() -> list[str]:
        await store_secret(person.id, secret=SECRET, confirmed_at=at, now=at)
        return await store_recovery_codes(person.id)

    return await transaction(body)


def totp(at: datetime) -> str:
    """What the app with SECRET shows at an instant."""
    return pyotp.TOTP(SECRET).at(at)


def viewer(opened: Opened, *, at: datetime = NOW) -> Viewer:
    """The viewer of requests with the session's tokens."""
    return Viewer(opened.actor, at)


_TABLES = (
    *("person", "session", "sign_in_code", "totp_secret", "recovery_code"),
    *("wechat_identity", "sign_in_guard", "revocation", "audit_entry"),
)


async def stored(*, without: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Everything that identity has in the database, to tell that nothing was changed."""
    return {
        table: sorted(str(tuple(row)) for row in await fetch_all(f"SELECT * FROM {table}", []))
        for table in _TABLES
        if table not in without
    }


COUNTERS = ("sign_in_code", "sign_in_guard")
"""Where a refused try is counted, and nothing else."""


async def count(table: str) -> int:
    """How many rows a table has."""
    rows = await fetch_all(f"SELECT COUNT(*) FROM {table}", [])
    return int(rows[0][0])
