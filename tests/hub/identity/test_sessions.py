"""Sessions on both databases: rotation, grace, reuse, ends, and clocks that are wrong."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from hub.auth import ANONYMOUS, Role, Viewer
from hub.errors import NotFound, Unauthenticated
from hub.identity.queries import credential_by_token, live_sessions_by_person_ids
from hub.identity.rules import SessionEnded
from hub.identity.service.sessions import (
    Opened,
    end_session,
    refresh_session,
    sign_out,
    sign_out_everywhere,
)
from hub.identity.service.sign_in import request_sign_in_code, sign_in
from hub.settings import Settings, install_settings
from tests.factories.identity import (
    NOW,
    OTHER_PHONE,
    Inbox,
    insert_staff,
    proof,
    signed_in,
    stored,
    totp,
    viewer,
)
from tests.factories.people import insert_grant

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LATER = NOW + 14 * MINUTE


async def is_good(token: str, at: datetime) -> bool:
    return await credential_by_token(token, at) is not None


async def refreshed(opened: Opened, at: datetime) -> Opened:
    return await refresh_session(opened.tokens.refresh_token, now=at)


async def test_an_access_token_is_good_for_a_quarter_of_an_hour(
    database: Settings, inbox: Inbox
) -> None:
    opened = await signed_in(inbox)
    credential = await credential_by_token(opened.tokens.access_token, LATER)
    assert credential is not None
    assert credential.actor.person_id == opened.actor.person_id
    assert credential.expires_at == opened.tokens.expires_at
    assert not await is_good(opened.tokens.access_token, NOW + 15 * MINUTE)
    assert not await is_good(opened.tokens.refresh_token, NOW)
    assert not await is_good("x", NOW)


async def test_refreshing_gives_new_tokens_and_the_old_access_token_lapses(
    database: Settings, inbox: Inbox
) -> None:
    first = await signed_in(inbox)
    second = await refreshed(first, LATER)
    assert second.tokens.access_token != first.tokens.access_token
    assert second.tokens.refresh_token != first.tokens.refresh_token
    assert second.actor.session_id == first.actor.session_id
    assert await is_good(second.tokens.access_token, LATER + 14 * MINUTE)
    assert await is_good(first.tokens.access_token, NOW + 14 * MINUTE)
    assert not await is_good(first.tokens.access_token, NOW + 15 * MINUTE)


@pytest.mark.parametrize("seconds", [0, 5, 9.9, -5])
async def test_a_refresh_that_is_repeated_in_time_gives_the_same_answer(
    database: Settings, inbox: Inbox, seconds: float
) -> None:
    opened = await signed_in(inbox)
    first = await refreshed(opened, LATER)
    before = await stored()
    again = await refreshed(opened, LATER + timedelta(seconds=seconds))
    assert again.tokens == first.tokens
    assert await stored() == before


async def test_parallel_refreshes_give_one_answer(database: Settings, inbox: Inbox) -> None:
    opened = await signed_in(inbox)
    answers = await asyncio.gather(*(refreshed(opened, LATER) for _ in range(50)))
    assert len({answer.tokens for answer in answers}) == 1
    await refreshed(answers[0], LATER + MINUTE)


async def test_reuse_after_the_grace_ends_the_session(database: Settings, inbox: Inbox) -> None:
    opened = await signed_in(inbox)
    newer = await refreshed(opened, LATER)
    with pytest.raises(SessionEnded):
        await refreshed(opened, LATER + timedelta(seconds=10))
    with pytest.raises(SessionEnded):
        await refreshed(newer, LATER + timedelta(seconds=11))
    assert not await is_good(newer.tokens.access_token, LATER + timedelta(seconds=11))


async def test_a_token_from_long_ago_ends_the_session_too(database: Settings, inbox: Inbox) -> None:
    first = await signed_in(inbox)
    second = await refreshed(first, LATER)
    third = await refreshed(second, LATER + timedelta(seconds=1))
    with pytest.raises(SessionEnded):
        await refreshed(first, LATER + timedelta(seconds=2))
    assert not await is_good(third.tokens.access_token, LATER + timedelta(seconds=2))


async def test_a_forged_refresh_token_ends_nothing(database: Settings, inbox: Inbox) -> None:
    opened = await signed_in(inbox)
    token = opened.tokens.refresh_token
    before = await stored()
    for forged in ("", "x", "é", token[:-2] + "AA", token[:40] + "A" * 46, "A" * 5_000):
        with pytest.raises(SessionEnded):
            await refresh_session(forged, now=NOW)
    assert await stored() == before
    await refreshed(opened, NOW)


async def test_a_session_in_use_goes_on_and_an_idle_one_ends(
    database: Settings, inbox: Inbox
) -> None:
    opened = await signed_in(inbox)
    opened = await refreshed(opened, NOW + 29 * DAY)
    opened = await refreshed(opened, NOW + 58 * DAY)
    with pytest.raises(SessionEnded):
        await refreshed(opened, NOW + 88 * DAY)


async def test_staff_sign_in_again_after_twelve_hours(database: Settings, inbox: Inbox) -> None:
    await insert_staff()
    await request_sign_in_code("13812345678", now=NOW)
    opened = await sign_in(proof(inbox.code(), second_factor=totp(NOW)), now=NOW)
    end = NOW + timedelta(hours=12)
    opened = await refreshed(opened, end - MINUTE)
    assert opened.tokens.expires_at == opened.tokens.refresh_expires_at == end
    with pytest.raises(SessionEnded):
        await refreshed(opened, end)


async def test_whoever_becomes_staff_gets_their_short_time_at_the_next_refresh(
    database: Settings, inbox: Inbox
) -> None:
    opened = await signed_in(inbox)
    await insert_grant(Role.EDITOR, at=NOW, person_id=opened.actor.person_id)
    newer = await refreshed(opened, LATER)
    assert newer.tokens.refresh_expires_at == NOW + timedelta(hours=12)
    assert newer.actor.grants[0].role is Role.EDITOR
    assert not newer.actor.has_second_factor


async def test_signing_out_ends_this_session_only(database: Settings, inbox: Inbox) -> None:
    first = await signed_in(inbox)
    second = await signed_in(inbox, at=NOW + MINUTE)
    await sign_out(viewer(first))
    await sign_out(viewer(first))
    assert not await is_good(first.tokens.access_token, NOW)
    assert await is_good(second.tokens.access_token, NOW + MINUTE)
    with pytest.raises(SessionEnded):
        await refreshed(first, NOW)


async def test_signing_out_everywhere_ends_all_of_mine(database: Settings, inbox: Inbox) -> None:
    first = await signed_in(inbox)
    second = await signed_in(inbox, at=NOW + MINUTE)
    stranger = await signed_in(inbox, phone=OTHER_PHONE)
    assert await sign_out_everywhere(viewer(second, at=NOW + MINUTE)) == 2
    for opened, expected in ((first, False), (second, False), (stranger, True)):
        assert await is_good(opened.tokens.access_token, NOW + MINUTE) is expected


async def test_one_of_mine_can_be_ended_and_nobody_elses(database: Settings, inbox: Inbox) -> None:
    first = await signed_in(inbox)
    second = await signed_in(inbox, at=NOW + MINUTE)
    stranger = await signed_in(inbox, phone=OTHER_PHONE)
    mine = viewer(second, at=NOW + MINUTE)
    assert (await end_session(mine, first.actor.session_id)).id == first.actor.session_id
    before = await stored()
    for other in (stranger.actor.session_id, first.actor.session_id, uuid4(), None):
        with pytest.raises(NotFound):
            await end_session(mine, other)
    assert await stored() == before
    assert await is_good(stranger.tokens.access_token, NOW)


async def test_nobody_has_nothing_to_end(database: Settings) -> None:
    nobody = Viewer(ANONYMOUS, NOW)
    before = await stored()
    for call in (sign_out(nobody), sign_out_everywhere(nobody), end_session(nobody, uuid4())):
        with pytest.raises(Unauthenticated):
            await call
    assert await stored() == before


async def test_the_oldest_session_ends_when_there_are_too_many(
    database: Settings, inbox: Inbox
) -> None:
    install_settings(database.model_copy(update={"sessions_per_person_max": 2}))
    opened = [await signed_in(inbox, at=NOW + number * MINUTE) for number in range(4)]
    person_id = opened[0].actor.person_id
    assert person_id is not None
    (rows,) = await live_sessions_by_person_ids([person_id], now=NOW + 4 * MINUTE)
    assert [row.id for row in rows] == [opened[3].actor.session_id, opened[2].actor.session_id]


async def test_every_end_is_written_down(database: Settings, inbox: Inbox) -> None:
    opened = await signed_in(inbox)
    await sign_out(viewer(opened))
    entries = "\n".join((await stored())["audit_entry"])
    for action in ("identity.person_created", "identity.signed_in", "identity.session_ended"):
        assert action in entries
