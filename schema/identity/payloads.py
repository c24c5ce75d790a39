"""What mutations of identity take and give."""

from datetime import datetime
from typing import Any

import strawberry

from hub.identity.service.sessions import Tokens
from hub.identity.service.sign_in import Proof
from hub.records import Record
from schema.identity.person import Session
from schema.mutations import UserError, errors_field
from schema.viewer import Viewer

VIEWER = "The person who is signed in now; null when refused."
PHONE = "A mobile number of mainland China, with or without +86, however it is spaced."
CODE = "The digits of the message."
SECOND_FACTOR = "The authenticator's six digits, or a recovery code; for staff."


@strawberry.type(description="What a client keeps to stay signed in (令牌).")
class SessionTokens:
    """Over `Tokens`; opaque texts, of which the hub keeps only digests."""

    access_token: str = strawberry.field(description="Send it as `Authorization: Bearer …`.")
    refresh_token: str = strawberry.field(
        description="Good once, for `refreshSession`; keep it where scripts do not reach."
    )
    expires_at: datetime = strawberry.field(
        description="When the access token ends: 15 minutes, 10 for staff."
    )
    refresh_expires_at: datetime = strawberry.field(
        description="When the session ends: 30 days, 7 for merchants, 12 hours for staff."
    )


@strawberry.type(description="The outcome of signing in or refreshing.")
class SignInPayload:
    """See the fields."""

    session: SessionTokens | None = strawberry.field(
        default=None, description="The tokens; null when refused."
    )
    viewer: Viewer | None = strawberry.field(default=None, description=VIEWER)
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of asking for a code; alike for every phone.")
class CodePayload:
    """See the fields."""

    expires_at: datetime | None = strawberry.field(
        default=None, description="When the code that was sent ends; null when refused."
    )
    retry_after_seconds: int | None = strawberry.field(
        default=None, description="When the next one may be asked for; null when refused."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of something that concerns the person who asks.")
class AccountPayload:
    """See the fields."""

    viewer: Viewer | None = strawberry.field(default=None, description=VIEWER)
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of ending sessions.")
class SignOutPayload:
    """See the fields."""

    ended_count: int | None = strawberry.field(
        default=None, description="How many sessions ended; null when refused."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="The outcome of ending one session.")
class EndSessionPayload:
    """See the fields."""

    session: Session | None = strawberry.field(
        default=None, description="The session that ended; null when refused."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="What an authenticator app needs; shown once.")
class EnrolTotpPayload:
    """See the fields."""

    otpauth_uri: str | None = strawberry.field(
        default=None, description="The address behind the QR code."
    )
    secret: str | None = strawberry.field(
        default=None, description="The secret in base32, to type where no camera is."
    )
    qr_svg: str | None = strawberry.field(
        default=None, description="The QR code as an SVG image, without scripts."
    )
    errors: list[UserError] = errors_field()


@strawberry.type(description="Codes for the day the authenticator is lost; shown once.")
class RecoveryCodesPayload:
    """See the fields."""

    recovery_codes: list[str] | None = strawberry.field(
        default=None,
        description="Ten codes, each good once; null when refused.",
        metadata={"size": 10},
    )
    viewer: Viewer | None = strawberry.field(default=None, description=VIEWER)
    errors: list[UserError] = errors_field()


@strawberry.input(description="Where to send a code.")
class PhoneInput:
    """See the fields."""

    phone: str = strawberry.field(description=PHONE)


@strawberry.input(description="What somebody shows to sign in.")
class SignInInput:
    """See the fields."""

    phone: str = strawberry.field(description=PHONE)
    code: str = strawberry.field(description=CODE)
    second_factor: str | None = strawberry.field(default=None, description=SECOND_FACTOR)


@strawberry.input(description="What WeChat's user shows to sign in.")
class SignInWithWechatInput:
    """See the fields."""

    code: str = strawberry.field(description="The code of `wx.login`, good once.")
    phone: str | None = strawberry.field(
        default=None, description=f"To bind the two, after PHONE_REQUIRED. {PHONE}"
    )
    phone_code: str | None = strawberry.field(
        default=None, description="The digits of the message to that phone (`requestSignInCode`)."
    )
    second_factor: str | None = strawberry.field(default=None, description=SECOND_FACTOR)


@strawberry.input(description="A refresh token.")
class RefreshSessionInput:
    """See the fields."""

    refresh_token: str = strawberry.field(description="The newest one.")


@strawberry.input(description="Which session.")
class EndSessionInput:
    """See the fields."""

    id: strawberry.ID = strawberry.field(description="From `viewer { sessions }`.")


@strawberry.input(one_of=True, description="A fresh proof of identity: exactly one of the two.")
class StepUpInput:
    """See the fields."""

    code: str | None = strawberry.field(
        default=strawberry.UNSET, description="The digits of `requestStepUpCode`; not for staff."
    )
    totp: str | None = strawberry.field(default=strawberry.UNSET, description=SECOND_FACTOR)


@strawberry.input(description="Another phone and the code that was sent to it.")
class ChangePhoneInput:
    """See the fields."""

    phone: str = strawberry.field(description=PHONE)
    code: str = strawberry.field(description=CODE)


@strawberry.input(description="A code of the authenticator that is being enrolled.")
class ConfirmTotpInput:
    """See the fields."""

    code: str = strawberry.field(description="Six digits.")


@strawberry.input(description="What a person says of themselves.")
class UpdateProfileInput:
    """See the fields."""

    display_name: str = strawberry.field(description="1 to 40 characters, to be shown to others.")


def session_tokens(tokens: Tokens) -> SessionTokens:
    """The tokens as the payload has them."""
    return SessionTokens(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        expires_at=tokens.expires_at,
        refresh_expires_at=tokens.refresh_expires_at,
    )


def proof_of(given: SignInInput, *, label: str) -> Proof:
    """What `signIn` was shown."""
    return Proof(given.phone, given.code, given.second_factor, label)


def as_viewer(person: Record | None) -> Any:
    """A person's row where a payload wants a `Viewer`: types are read from rows."""
    return person
