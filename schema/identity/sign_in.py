"""Signing in, staying so, and leaving."""

from datetime import timedelta
from typing import Any

import strawberry
from strawberry.types import Info

from hub.auth import Viewer as AskingViewer
from hub.identity.queries import viewer_person
from hub.identity.rules import device_label
from hub.identity.service import sessions
from hub.identity.service import sign_in as service
from hub.identity.service.sessions import Opened
from hub.settings import current_settings
from schema.identity.payloads import (
    CodePayload,
    EndSessionInput,
    EndSessionPayload,
    PhoneInput,
    RefreshSessionInput,
    SignInInput,
    SignInPayload,
    SignInWithWechatInput,
    SignOutPayload,
    as_viewer,
    proof_of,
    session_tokens,
)
from schema.mutations import mutation_field
from schema.relay import decode_key


def code_sent(info: Info) -> dict[str, Any]:
    """What a client is told of a code, whoever has the phone."""
    settings = current_settings()
    lifetime = timedelta(seconds=settings.sign_in_code_lifetime_seconds)
    return {
        "expires_at": info.context.viewer.now + lifetime,
        "retry_after_seconds": 60 // settings.sign_in_sends_per_phone_minute,
    }


async def _request_code(info: Info, given: PhoneInput) -> dict[str, Any]:
    await service.request_sign_in_code(given.phone, now=info.context.viewer.now)
    return code_sent(info)


async def _sign_in(info: Info, given: SignInInput) -> dict[str, Any]:
    proof = proof_of(given, label=_label(info))
    return await _opened(info, await service.sign_in(proof, now=info.context.viewer.now))


async def _sign_in_with_wechat(info: Info, given: SignInWithWechatInput) -> dict[str, Any]:
    label = _label(info)
    proof = None
    if given.phone is not None and given.phone_code is not None:
        proof = service.Proof(given.phone, given.phone_code, given.second_factor, label)
    opened = await service.sign_in_with_wechat(
        given.code,
        proof=proof,
        label=label,
        second_factor=given.second_factor,
        now=info.context.viewer.now,
    )
    return await _opened(info, opened)


async def _refresh(info: Info, given: RefreshSessionInput) -> dict[str, Any]:
    now = info.context.viewer.now
    return await _opened(info, await sessions.refresh_session(given.refresh_token, now=now))


async def _sign_out(info: Info) -> dict[str, Any]:
    await sessions.sign_out(info.context.viewer)
    return {"ended_count": 1}


async def _sign_out_everywhere(info: Info) -> dict[str, Any]:
    return {"ended_count": await sessions.sign_out_everywhere(info.context.viewer)}


async def _end_session(info: Info, given: EndSessionInput) -> dict[str, Any]:
    key = decode_key(str(given.id), types=("Session",), path=("input", "id"))
    return {"session": await sessions.end_session(info.context.viewer, key)}


async def _opened(info: Info, opened: Opened) -> dict[str, Any]:
    """The payload; what follows in this operation is asked by whoever has just signed in."""
    viewer = AskingViewer(opened.actor, info.context.viewer.now)
    info.context.viewer = viewer
    person = as_viewer(await viewer_person(viewer))
    return {"session": session_tokens(opened.tokens), "viewer": person}


def _label(info: Info) -> str:
    return device_label(info.context.request.headers.get("user-agent", ""))


@strawberry.type
class SignInMutation:
    """The mutations of signing in."""

    request_sign_in_code: CodePayload = mutation_field(
        _request_code,
        input_type=PhoneInput,
        payload=CodePayload,
        description="Send a code to a phone (获取验证码): 6 digits, good for 5 minutes, once. The "
        "answer is the same whether anybody has the phone or not. RATE_LIMITED after 1 a minute, "
        "5 an hour, 10 a day.",
    )
    sign_in: SignInPayload = mutation_field(
        _sign_in,
        input_type=SignInInput,
        payload=SignInPayload,
        description="Sign in with the code (登录); a phone that is new becomes a person. "
        "CODE_INVALID, SECOND_FACTOR_REQUIRED for staff; RATE_LIMITED after 20 wrong tries an "
        "hour.",
    )
    sign_in_with_wechat: SignInPayload = mutation_field(
        _sign_in_with_wechat,
        input_type=SignInWithWechatInput,
        payload=SignInPayload,
        description="Sign in with the code of `wx.login` (微信登录). PHONE_REQUIRED the first "
        "time: ask for a code with `requestSignInCode`, call `wx.login` again and send all three.",
    )
    refresh_session: SignInPayload = mutation_field(
        _refresh,
        input_type=RefreshSessionInput,
        payload=SignInPayload,
        description="Exchange a refresh token for new tokens (续期). It is good once; sent again "
        "within 10 seconds it gives the same answer, later the session ends. SESSION_ENDED.",
    )
    sign_out: SignOutPayload = mutation_field(
        _sign_out,
        payload=SignOutPayload,
        description="End this session (退出登录). Needs somebody who is signed in.",
    )
    sign_out_everywhere: SignOutPayload = mutation_field(
        _sign_out_everywhere,
        payload=SignOutPayload,
        description="End all sessions, this one too (退出所有设备). Needs somebody who is signed "
        "in.",
    )
    end_session: EndSessionPayload = mutation_field(
        _end_session,
        input_type=EndSessionInput,
        payload=EndSessionPayload,
        description="End one of one's own sessions (下线设备). NOT_FOUND for any other.",
    )
