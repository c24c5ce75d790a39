"""Signing in: by phone code, by WeChat, with the second factor of staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.access import queries as access
from hub.audit.service import record
from hub.auth import Actor, Grant
from hub.encryption import blind_index, encrypt
from hub.errors import HubError
from hub.identity.models import Person, WechatIdentity
from hub.identity.queries import (
    PHONE_PURPOSE,
    person_by_id,
    person_by_phone,
    phone_index,
    phone_of,
    totp_secret_of,
    wechat_person_id,
)
from hub.identity.rules import (
    CodePurpose,
    PhoneRequired,
    SecondFactorRequired,
    account_disabled,
    canonical_phone,
    code_invalid,
    is_staff,
)
from hub.identity.service.codes import Attempt, Target, attempt, deciding, send_code
from hub.identity.service.second_factor import use_second_factor
from hub.identity.service.sessions import Opened, open_session
from hub.ids import new_id
from hub.records import Record
from hub.settings import current_settings
from hub.wechat import open_id

_FIRST_NAME = "小哥"


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody shows to sign in; `label` says on which device."""

    phone: str
    code: str
    second_factor: str | None
    label: str


async def request_sign_in_code(phone: str, *, now: datetime) -> None:
    """Send a code to a phone. Nothing tells whether anybody has it, nor does the time it takes.

    Raises Invalid for what is no mainland mobile number, RateLimited, and Unavailable.
    """
    await send_code(Target(canonical_phone(phone), CodePurpose.SIGN_IN), now=now)


async def sign_in(proof: Proof, *, now: datetime) -> Opened:
    """Begin a session for whoever shows a right code; a phone that is new becomes a person.

    The code is burnt in the transaction that begins the session: of any number of parallel calls
    one succeeds. For staff a right code without a second factor is refused with
    SecondFactorRequired and stays good, so that it can be sent again with one; but each such call
    costs one of the code's five tries, and a wrong second factor one of the phone's twenty too, so
    that a right code is no way to guess the rest. Staff who have no second factor yet get a
    session in which their staff roles do not count until they enrol one.

    Raises Invalid, CodeInvalid, SecondFactorRequired, RateLimited, and Forbidden for a disabled
    account.
    """
    target = Target(canonical_phone(proof.phone), CodePurpose.SIGN_IN)
    return await deciding(lambda: _sign_in(target, proof, now))


async def sign_in_with_wechat(
    wechat_code: str, *, proof: Proof | None, label: str, second_factor: str | None, now: datetime
) -> Opened:
    """Begin a session for WeChat's user; the first time a phone and its code bind the two.

    WeChat's code is good once, so after PhoneRequired the client asks WeChat for another. Raises
    that, CodeInvalid for a code WeChat refuses, Unavailable, and what `sign_in` raises.
    """
    settings = current_settings()
    openid = await open_id(settings, wechat_code)
    index = blind_index(openid, purpose="wechat.openid")
    app_id = settings.wechat_app_id
    if proof is None:
        return await deciding(lambda: _known_by_wechat(app_id, index, label, second_factor, now))
    target = Target(canonical_phone(proof.phone), CodePurpose.SIGN_IN)

    async def body() -> Opened | HubError:
        outcome = await _sign_in(target, proof, now)
        if isinstance(outcome, Opened):
            await _bind(app_id, index, outcome.actor, now)
        return outcome

    return await deciding(body)


async def _sign_in(target: Target, proof: Proof, now: datetime) -> Opened | HubError:
    current = await attempt(target, now=now)
    code = await current.right_code(proof.code)
    if code is None:
        return code_invalid("input", "code")
    person = await person_by_phone(target.phone)
    grants = await access.grants_of(person.id, now) if person is not None else ()
    checked = await _check_second_factor(current, person, grants, text=proof.second_factor)
    if isinstance(checked, HubError):
        if isinstance(checked, SecondFactorRequired):
            await current.count_on(code)
        else:
            await current.count_wrong(code)
        return checked
    if not await current.burn(code):
        return code_invalid("input", "code")
    if person is None:
        person = await create_person(target.phone, display_name="", now=now)
    return await _open(person, grants, has_second_factor=checked, label=proof.label, now=now)


async def _known_by_wechat(
    app_id: str, index: str, label: str, second_factor: str | None, now: datetime
) -> Opened | HubError:
    person_id = await wechat_person_id(app_id, index)
    person = await person_by_id(person_id) if person_id is not None else None
    if person is None:
        return PhoneRequired(
            "Send a phone and its code along to bind this WeChat account.",
            chinese="首次使用微信登录，请验证手机号完成绑定。",
        )
    grants = await access.grants_of(person.id, now)
    current = await attempt(Target(phone_of(person), CodePurpose.SIGN_IN), now=now)
    checked = await _check_second_factor(current, person, grants, text=second_factor)
    if isinstance(checked, HubError):
        if not isinstance(checked, SecondFactorRequired):
            await current.count_wrong(None)
        return checked
    return await _open(person, grants, has_second_factor=checked, label=label, now=now)


async def _check_second_factor(
    current: Attempt, person: Record | None, grants: Sequence[Grant], *, text: str | None
) -> bool | HubError:
    """Whether the session has a second factor, or the refusal where it must have and has not."""
    if person is None or not is_staff(grants, now=current.now):
        return False
    if await totp_secret_of(person.id, is_confirmed=True) is None:
        return False
    if not text:
        return SecondFactorRequired(
            "Send the code of your authenticator, or a recovery code, along.",
            chinese="请同时填写身份验证器的动态码或恢复码。",
            path=("input", "secondFactor"),
        )
    if not await use_second_factor(person.id, text, now=current.now):
        return code_invalid("input", "secondFactor")
    return True


async def _open(
    person: Record, grants: Sequence[Grant], *, has_second_factor: bool, label: str, now: datetime
) -> Opened | HubError:
    if person.disabled_at is not None:
        return account_disabled()
    opened = await open_session(
        person, grants=grants, has_second_factor=has_second_factor, label=label, now=now
    )
    session_id = opened.actor.session_id
    assert session_id is not None, "a session that was opened has an id"
    told = {"has_second_factor": has_second_factor}
    await record(opened.actor, "identity.signed_in", object=("Session", session_id), after=told)
    return opened


async def create_person(phone: str, *, display_name: str, now: datetime) -> Record:
    """Enter a person with a canonical phone inside the current transaction.

    Raises IntegrityError when somebody has the phone already.
    """
    person_id = new_id()
    await Person.create(
        id=person_id,
        phone_encrypted=encrypt(phone, purpose=PHONE_PURPOSE),
        phone_index=phone_index(phone),
        display_name=display_name or f"{_FIRST_NAME}{phone[-4:]}",
        created_at=now,
    )
    actor = Actor(person_id=person_id)
    await record(actor, "identity.person_created", object=("Person", person_id))
    return await _required(person_id)


async def _bind(app_id: str, index: str, actor: Actor, now: datetime) -> None:
    """Let WeChat's user be this person from now on; a binding to somebody else is replaced."""
    await WechatIdentity.filter(app_id=app_id, openid_index=index).delete()
    row_id = new_id()
    await WechatIdentity.create(
        id=row_id,
        person_id=actor.person_id,
        app_id=app_id,
        openid_index=index,
        created_at=now,
    )
    await record(actor, "identity.wechat_bound", object=("WechatIdentity", row_id))


async def _required(person_id: UUID) -> Record:
    person = await person_by_id(person_id)
    assert person is not None, "the person was written a moment ago"
    return person
