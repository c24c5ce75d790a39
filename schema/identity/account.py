"""A person's own account: proof of identity, phone, name, second factor."""

from typing import Any

import strawberry
from strawberry.types import Info

from hub.auth import Viewer as AskingViewer
from hub.identity.queries import actor_of, session_by_id, viewer_person
from hub.identity.service import account, second_factor
from schema.filters import is_given
from schema.identity.payloads import (
    AccountPayload,
    ChangePhoneInput,
    CodePayload,
    ConfirmTotpInput,
    EnrolTotpPayload,
    PhoneInput,
    RecoveryCodesPayload,
    StepUpInput,
    UpdateProfileInput,
    as_viewer,
)
from schema.identity.sign_in import code_sent
from schema.mutations import mutation_field

_QR_SCALE = 4


async def _request_step_up(info: Info) -> dict[str, Any]:
    await account.request_step_up_code(info.context.viewer)
    return code_sent(info)


async def _step_up(info: Info, given: StepUpInput) -> dict[str, Any]:
    code = given.code if is_given(given.code) else None
    totp = given.totp if is_given(given.totp) else None
    await account.step_up(info.context.viewer, code=code, totp=totp)
    await _read_anew(info)
    return await _viewer(info)


async def _request_phone_change(info: Info, given: PhoneInput) -> dict[str, Any]:
    await account.request_phone_change(info.context.viewer, given.phone)
    return code_sent(info)


async def _change_phone(info: Info, given: ChangePhoneInput) -> dict[str, Any]:
    viewer = info.context.viewer
    person = await account.change_phone(viewer, given.phone, code=given.code)
    return {"viewer": as_viewer(person)}


async def _update_profile(info: Info, given: UpdateProfileInput) -> dict[str, Any]:
    return {"viewer": as_viewer(await account.rename(info.context.viewer, given.display_name))}


async def _enrol(info: Info) -> dict[str, Any]:
    import segno  # needed here only

    enrolment = await second_factor.enrol_totp(info.context.viewer)
    code = segno.make(enrolment.uri, error="m", micro=False)
    return {
        "otpauth_uri": enrolment.uri,
        "secret": enrolment.secret,
        "qr_svg": code.svg_inline(scale=_QR_SCALE),
    }


async def _confirm(info: Info, given: ConfirmTotpInput) -> dict[str, Any]:
    codes = await second_factor.confirm_totp(info.context.viewer, given.code)
    await _read_anew(info)
    return {"recovery_codes": codes, **await _viewer(info)}


async def _regenerate(info: Info) -> dict[str, Any]:
    codes = await second_factor.regenerate_recovery_codes(info.context.viewer)
    return {"recovery_codes": codes, **await _viewer(info)}


async def _viewer(info: Info) -> dict[str, Any]:
    return {"viewer": as_viewer(await viewer_person(info.context.viewer))}


async def _read_anew(info: Info) -> None:
    """Let the rest of this operation see the session as it is now."""
    viewer = info.context.viewer
    session = await session_by_id(viewer.actor.session_id)
    if session is not None:
        actor = await actor_of(session, now=viewer.now)
        info.context.viewer = AskingViewer(actor, viewer.now)


@strawberry.type
class AccountMutation:
    """The mutations of one's own account."""

    request_step_up_code: CodePayload = mutation_field(
        _request_step_up,
        payload=CodePayload,
        description="Send a code to one's own phone, for `stepUp` (二次验证).",
    )
    step_up: AccountPayload = mutation_field(
        _step_up,
        input_type=StepUpInput,
        payload=AccountPayload,
        description="Prove once more who asks (二次验证): it counts for 5 minutes. Signing in "
        "counts as well. Staff use the authenticator. CODE_INVALID, STEP_UP_REQUIRED.",
    )
    request_phone_change: CodePayload = mutation_field(
        _request_phone_change,
        input_type=PhoneInput,
        payload=CodePayload,
        description="Send a code to the phone one wants to change to. STEP_UP_REQUIRED; alike "
        "whether somebody has it or not.",
    )
    change_phone: AccountPayload = mutation_field(
        _change_phone,
        input_type=ChangePhoneInput,
        payload=AccountPayload,
        description="Put another phone in place of one's own (更换手机号); all other sessions "
        "end. STEP_UP_REQUIRED, CODE_INVALID, CONFLICT where another account uses it.",
    )
    update_profile: AccountPayload = mutation_field(
        _update_profile,
        input_type=UpdateProfileInput,
        payload=AccountPayload,
        description="Give oneself another name to be shown (修改昵称).",
    )
    enrol_totp: EnrolTotpPayload = mutation_field(
        _enrol,
        payload=EnrolTotpPayload,
        description="Make a secret for an authenticator app (绑定身份验证器); for staff. "
        "STEP_UP_REQUIRED for those who have one.",
    )
    confirm_totp: RecoveryCodesPayload = mutation_field(
        _confirm,
        input_type=ConfirmTotpInput,
        payload=RecoveryCodesPayload,
        description="Make the enrolled secret count, by a code of the app; staff roles count in "
        "this session from then on. Gives ten recovery codes. CODE_INVALID.",
    )
    regenerate_recovery_codes: RecoveryCodesPayload = mutation_field(
        _regenerate,
        payload=RecoveryCodesPayload,
        description="Ten fresh recovery codes in place of all earlier ones. STEP_UP_REQUIRED.",
    )
