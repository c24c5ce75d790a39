"""Codes that let somebody in: made by organisers, used no more often than they say."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from hub.audit.models import AuditEntry
from hub.auth import ANONYMOUS, DISTRICT, Grant, Role, Scope, ScopeKind, Viewer
from hub.database import fetch_all, transaction
from hub.enrollment.models import InvitationCode, Pool
from hub.enrollment.rules import NotEligible
from hub.enrollment.service.invitations import (
    CODE_ALPHABET,
    CODE_CHARS,
    CodeOrder,
    create_invitation_codes,
    use_invitation,
)
from hub.errors import HubError, Invalid, NotFound, Unauthenticated
from hub.ids import new_id
from tests.factories import enrollment
from tests.factories.identity import NOW
from tests.factories.people import actor

pytestmark = pytest.mark.usefixtures("database")

TOWN = Scope(ScopeKind.TOWN, new_id())
LATER = NOW + timedelta(days=1)


async def in_town(_pool_id: UUID) -> Sequence[Scope]:
    return [TOWN]


def organiser(role: Role = Role.EDITOR, scope: Scope = TOWN) -> Viewer:
    return Viewer(actor(Grant(role, scope), at=NOW), NOW)


async def codes_of(pool: Pool, count: int = 1, uses: int = 1) -> list[str]:
    order = CodeOrder(count, uses, LATER)
    return await create_invitation_codes(organiser(), pool.id, order=order, scopes=in_town)


async def use(pool: Pool, code: str, *, hours: int = 0) -> None:
    at = NOW + timedelta(hours=hours)
    await transaction(lambda: use_invitation(pool.id, code, now=at))


async def test_codes_are_many_and_kept_as_digests() -> None:
    pool = await enrollment.pool()
    codes = await codes_of(pool, count=3)
    plain = [code.replace("-", "") for code in codes]
    assert len(set(plain)) == 3
    assert all(len(each) == CODE_CHARS and set(each) <= set(CODE_ALPHABET) for each in plain)
    assert len(CODE_ALPHABET) ** CODE_CHARS > 2**64
    stored = str([tuple(row) for row in await fetch_all("SELECT * FROM invitation_code", [])])
    told = str((await AuditEntry.get(action="enrollment.invitations_created")).after)
    assert not any(each in stored or each in told for each in [*codes, *plain])


async def test_a_code_is_good_however_it_is_written() -> None:
    pool = await enrollment.pool()
    (code,) = await codes_of(pool, uses=3)
    for written in (code, code.lower(), f" {code.replace('-', ' ')}\n"):
        await use(pool, written)
    assert (await InvitationCode.get()).uses == 3


async def test_a_code_that_lets_nobody_in_is_refused_the_same_way() -> None:
    pool, other = await enrollment.pool(), await enrollment.pool()
    used, late, foreign = [*await codes_of(pool, count=2), *await codes_of(other)]
    await use(pool, used)
    before = await InvitationCode.all().order_by("id").values()
    said = set()
    for code, hours in ((used, 0), (late, 24), (foreign, 0), ("WRONG", 0), ("", 0), ("\ud800", 0)):
        with pytest.raises(NotEligible) as refusal:
            await use(pool, code, hours=hours)
        said.add((refusal.value.message, refusal.value.chinese, refusal.value.path))
        assert [each.code.name for each in refusal.value.data["reasons"]] == ["INVITATION"]
    assert len(said) == 1
    assert await InvitationCode.all().order_by("id").values() == before


async def test_a_refused_sign_up_uses_nothing_up() -> None:
    pool = await enrollment.pool()
    (code,) = await codes_of(pool)

    async def body() -> None:
        await use_invitation(pool.id, code, now=NOW)
        raise NotFound("no seat after all")

    with pytest.raises(NotFound):
        await transaction(body)
    await use(pool, code)


async def test_many_at_once_use_a_code_no_more_often_than_it_says() -> None:
    pool = await enrollment.pool()
    (code,) = await codes_of(pool, uses=3)
    outcomes = await asyncio.gather(*(use(pool, code) for _ in range(12)), return_exceptions=True)
    assert sum(each is None for each in outcomes) == 3
    assert sum(isinstance(each, NotEligible) for each in outcomes) == 9
    assert (await InvitationCode.get()).uses == 3


async def test_who_makes_codes() -> None:
    pool = await enrollment.pool()
    order = CodeOrder(1)
    for viewer in (
        organiser(),
        organiser(Role.MANAGER),
        organiser(Role.MANAGER, DISTRICT),
        organiser(Role.ADMINISTRATOR, DISTRICT),
    ):
        await create_invitation_codes(viewer, pool.id, order=order, scopes=in_town)
    elsewhere = Scope(ScopeKind.TOWN, new_id())
    refusals: list[tuple[Viewer, UUID | None, CodeOrder, type[HubError]]] = [
        (Viewer(ANONYMOUS, NOW), pool.id, order, Unauthenticated),
        (Viewer(actor(at=NOW), NOW), pool.id, order, NotFound),
        (organiser(Role.EDITOR, elsewhere), pool.id, order, NotFound),
        (organiser(Role.REVIEWER), pool.id, order, NotFound),
        (organiser(), new_id(), order, NotFound),
        (organiser(), None, order, NotFound),
        (organiser(), pool.id, CodeOrder(0), Invalid),
        (organiser(), pool.id, CodeOrder(501), Invalid),
        (organiser(), pool.id, CodeOrder(1, 0), Invalid),
        (organiser(), pool.id, CodeOrder(1, 1, NOW), Invalid),
    ]
    for viewer, pool_id, wanted, expected in refusals:
        with pytest.raises(expected):
            await create_invitation_codes(viewer, pool_id, order=wanted, scopes=in_town)
    assert await InvitationCode.all().count() == 4
    assert await AuditEntry.all().count() == 4
