"""A person's own account on both databases: second factor, fresh proof, phone, name."""

from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest

from hub.auth import ANONYMOUS, Role, Viewer
from hub.errors import Conflict, Forbidden, Invalid, StepUpRequired, Unauthenticated
from hub.identity.queries import (
    actor_of,
    credential_by_token,
    person_by_phone,
    session_by_id,
    unused_recovery_codes,
)
from hub.identity.rules import CodeInvalid, CodePurpose
from hub.identity.service import account, second_factor
from hub.identity.service.sessions import Opened
from hub.identity.service.sign_in import request_sign_in_code, sign_in
from hub.settings import Settings
from tests.factories.identity import (
    COUNTERS,
    NOW,
    OTHER_PHONE,
    PHONE,
    Inbox,
    insert_person,
    insert_staff,
    other_than,
    proof,
    signed_in,
    stored,
    totp,
    viewer,
)

MINUTE = timedelta(minutes=1)
STALE = NOW + 6 * MINUTE
CHANGE, STEP_UP = CodePurpose.PHONE_CHANGE, CodePurpose.STEP_UP


async def now_of(opened: Opened, at: datetime) -> Viewer:
    """The viewer as the database has the session at an instant."""
    assert opened.actor.session_id is not None
    row = await session_by_id(opened.actor.session_id)
    assert row is not None
    return Viewer(await actor_of(row, now=at), at)


async def staff_signed_in(inbox: Inbox, *, at: datetime = NOW) -> Opened:
    await request_sign_in_code(PHONE, now=at)
    return await sign_in(proof(inbox.code(), second_factor=totp(at)), now=at)


async def test_staff_enrol_and_their_roles_count(database: Settings, inbox: Inbox) -> None:
    await insert_staff(is_enrolled=False)
    opened = await signed_in(inbox)
    enrolment = await second_factor.enrol_totp(viewer(opened))
    assert enrolment.uri.startswith("otpauth://totp/Xiaoge%20Hub:138")
    assert PHONE not in enrolment.uri
    app = pyotp.TOTP(enrolment.secret)
    codes = await second_factor.confirm_totp(viewer(opened), app.at(NOW))
    assert len(set(codes)) == 10
    assert (await now_of(opened, NOW)).actor.has_second_factor
    everything = str(await stored())
    for secret in (enrolment.secret, *codes):
        assert secret not in everything
    await request_sign_in_code(PHONE, now=NOW + MINUTE)
    shown = app.at(NOW + MINUTE)
    await sign_in(proof(inbox.code(), second_factor=shown), now=NOW + MINUTE)


async def test_a_wrong_code_confirms_nothing(database: Settings, inbox: Inbox) -> None:
    await insert_staff(is_enrolled=False)
    opened = await signed_in(inbox)
    for code in ("123456", "", "x"):
        with pytest.raises(CodeInvalid):
            await second_factor.confirm_totp(viewer(opened), code)
    await second_factor.enrol_totp(viewer(opened))
    before = await stored()
    with pytest.raises(CodeInvalid):
        await second_factor.confirm_totp(viewer(opened), "000000")
    assert await stored() == before


async def test_only_staff_enrol(database: Settings, inbox: Inbox) -> None:
    opened = await signed_in(inbox)
    before = await stored()
    for asking, error in ((viewer(opened), Forbidden), (Viewer(ANONYMOUS, NOW), Unauthenticated)):
        for call in (
            second_factor.enrol_totp(asking),
            second_factor.confirm_totp(asking, "123456"),
            second_factor.regenerate_recovery_codes(asking),
        ):
            with pytest.raises(error):
                await call
    assert await stored() == before


async def test_an_enrolled_authenticator_is_replaced_only_by_its_owner(
    database: Settings, inbox: Inbox
) -> None:
    await insert_staff()
    opened = await staff_signed_in(inbox)
    without = replace(opened.actor, has_second_factor=False)
    before = await stored()
    for asking in (Viewer(without, NOW), viewer(opened, at=STALE)):
        with pytest.raises(StepUpRequired):
            await second_factor.enrol_totp(asking)
        with pytest.raises(StepUpRequired):
            await second_factor.confirm_totp(asking, "123456")
        with pytest.raises(StepUpRequired):
            await second_factor.regenerate_recovery_codes(asking)
    assert await stored() == before
    enrolment = await second_factor.enrol_totp(viewer(opened))
    await second_factor.confirm_totp(viewer(opened), pyotp.TOTP(enrolment.secret).at(NOW))
    await request_sign_in_code(PHONE, now=NOW + MINUTE)
    shown = totp(NOW + MINUTE)
    with pytest.raises(CodeInvalid):
        await sign_in(proof(inbox.code(), second_factor=shown), now=NOW + MINUTE)


async def test_fresh_recovery_codes_replace_the_old(database: Settings, inbox: Inbox) -> None:
    old = await insert_staff()
    opened = await staff_signed_in(inbox)
    fresh = await second_factor.regenerate_recovery_codes(viewer(opened))
    assert not set(old) & set(fresh)
    assert opened.actor.person_id is not None
    assert await unused_recovery_codes(opened.actor.person_id) == 10
    with pytest.raises(CodeInvalid):
        await account.step_up(viewer(opened), code=None, totp=old[0])
    await account.step_up(viewer(opened), code=None, totp=fresh[0])
    assert await unused_recovery_codes(opened.actor.person_id) == 9


async def test_a_worker_proves_again_by_a_code(database: Settings, inbox: Inbox) -> None:
    opened = await signed_in(inbox)
    stale = viewer(opened, at=STALE)
    with pytest.raises(StepUpRequired):
        await account.request_phone_change(stale, OTHER_PHONE)
    await account.request_step_up_code(stale)
    await account.step_up(stale, code=inbox.code(PHONE, STEP_UP), totp=None)
    fresh = await now_of(opened, STALE)
    assert fresh.actor.stepped_up_at == STALE
    await account.request_phone_change(fresh, OTHER_PHONE)


async def test_a_code_of_another_purpose_or_person_proves_nothing(
    database: Settings, inbox: Inbox
) -> None:
    opened = await signed_in(inbox)
    await request_sign_in_code(PHONE, now=STALE)
    stranger = await signed_in(inbox, phone=OTHER_PHONE)
    await account.request_step_up_code(viewer(stranger, at=STALE))
    before = await stored(without=COUNTERS)
    for code in (inbox.code(PHONE), inbox.code(OTHER_PHONE, STEP_UP), "", "12345678"):
        with pytest.raises(CodeInvalid):
            await account.step_up(viewer(opened, at=STALE), code=code, totp=None)
    assert await stored(without=COUNTERS) == before


async def test_staff_prove_again_by_the_authenticator_only(
    database: Settings, inbox: Inbox
) -> None:
    await insert_staff()
    opened = await staff_signed_in(inbox)
    stale = viewer(opened, at=STALE)
    await account.request_step_up_code(stale)
    before = await stored(without=COUNTERS)
    with pytest.raises(StepUpRequired):
        await account.step_up(stale, code=inbox.code(PHONE, STEP_UP), totp=None)
    with pytest.raises(CodeInvalid):
        await account.step_up(stale, code=None, totp="000000")
    assert await stored(without=COUNTERS) == before
    await account.step_up(stale, code=None, totp=totp(STALE))
    assert (await now_of(opened, STALE)).actor.stepped_up_at == STALE


async def test_a_phone_is_changed_and_other_sessions_end(database: Settings, inbox: Inbox) -> None:
    other = await signed_in(inbox)
    opened = await signed_in(inbox, at=NOW + MINUTE)
    mine = viewer(opened, at=NOW + MINUTE)
    await account.request_phone_change(mine, f"+86 {OTHER_PHONE}")
    person = await account.change_phone(mine, OTHER_PHONE, code=inbox.code(OTHER_PHONE, CHANGE))
    assert (person.id, person.phone_changed_at) == (opened.actor.person_id, mine.now)
    assert await person_by_phone(PHONE) is None
    assert await credential_by_token(other.tokens.access_token, mine.now) is None
    assert await credential_by_token(opened.tokens.access_token, mine.now) is not None


async def test_a_phone_change_is_refused_and_changes_nothing(
    database: Settings, inbox: Inbox
) -> None:
    opened = await signed_in(inbox)
    mine = viewer(opened)
    await account.request_phone_change(mine, OTHER_PHONE)
    code = inbox.code(OTHER_PHONE, CHANGE)
    before = await stored(without=COUNTERS)
    with pytest.raises(CodeInvalid):
        await account.change_phone(mine, OTHER_PHONE, code=other_than(code))
    with pytest.raises(CodeInvalid):
        await account.change_phone(mine, "13700000000", code=code)
    with pytest.raises(Invalid):
        await account.change_phone(mine, "10086", code=code)
    with pytest.raises(StepUpRequired):
        await account.change_phone(viewer(opened, at=STALE), OTHER_PHONE, code=code)
    with pytest.raises(Unauthenticated):
        await account.change_phone(Viewer(ANONYMOUS, NOW), OTHER_PHONE, code=code)
    assert await stored(without=COUNTERS) == before


async def test_somebody_elses_phone_is_told_to_its_holder_only(
    database: Settings, inbox: Inbox
) -> None:
    await insert_person(OTHER_PHONE)
    opened = await signed_in(inbox)
    await account.request_phone_change(viewer(opened), OTHER_PHONE)
    before = await stored(without=COUNTERS)
    with pytest.raises(Conflict):
        await account.change_phone(
            viewer(opened), OTHER_PHONE, code=inbox.code(OTHER_PHONE, CHANGE)
        )
    assert await stored(without=COUNTERS) == before


async def test_a_name_is_checked(database: Settings, inbox: Inbox) -> None:
    opened = await signed_in(inbox)
    assert (await account.rename(viewer(opened), "  王  小哥 ")).display_name == "王 小哥"
    before = await stored()
    for name in ("", "   ", "王" * 41, "a\u202eb"):
        with pytest.raises(Invalid):
            await account.rename(viewer(opened), name)
    with pytest.raises(Unauthenticated):
        await account.rename(Viewer(ANONYMOUS, NOW), "王")
    assert await stored() == before


async def test_a_role_that_runs_out_leaves_a_worker(database: Settings, inbox: Inbox) -> None:
    await insert_staff(role=Role.EDITOR, is_enrolled=False)
    opened = await signed_in(inbox)
    later = await now_of(opened, NOW)
    assert [grant.role for grant in later.actor.grants] == [Role.EDITOR]
