"""Tables of identity. No phone, code or token stands here in clear; digests are hex."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from hub.identity.rules import CodePurpose, EndReason


class Person(Model):
    """Somebody who has signed in, or whom an administrator has entered.

    The phone is kept to sign in and to be called; its index finds it and says nothing else.
    """

    id = fields.UUIDField(primary_key=True)
    phone_encrypted = fields.CharField(max_length=200)
    phone_index = fields.CharField(max_length=64, unique=True)
    display_name = fields.CharField(max_length=80, default="")
    created_at = fields.DatetimeField()
    disabled_at = fields.DatetimeField(null=True)
    phone_changed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "person"
        indexes = (Index(fields=("created_at", "id"), name="person_created"),)


class SignInCode(Model):
    """A code that was sent: good for one phone and one purpose, once.

    `closed_at` says that it was used, replaced by a newer one, or never got on its way.
    """

    id = fields.UUIDField(primary_key=True)
    phone_index = fields.CharField(max_length=64)
    purpose = fields.CharEnumField(CodePurpose, max_length=16)
    code_digest = fields.CharField(max_length=64)
    address_index = fields.CharField(max_length=64, null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    wrong_tries = fields.IntField(default=0)
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sign_in_code"
        indexes = (
            Index(fields=("phone_index", "created_at"), name="code_phone"),
            Index(fields=("address_index", "created_at"), name="code_address"),
            Index(fields=("created_at",), name="code_created"),
        )


class SignInGuard(Model):
    """One phone's or one address's place in the queue, and the phone's wrong tries.

    Everything that counts for a phone first writes here, so that two requests for one phone never
    count at the same time.
    """

    key = fields.CharField(primary_key=True, max_length=64)
    touched_at = fields.DatetimeField()
    wrong_tries = fields.IntField(default=0)
    counting_since = fields.DatetimeField(null=True)
    pauses = fields.IntField(default=0)
    paused_until = fields.DatetimeField(null=True)

    class Meta:
        table = "sign_in_guard"


class Session(Model):
    """One sign-in on one device, with all tokens that followed from it.

    `retry_sealed` holds the newest tokens under a key that only the holder of the previous refresh
    token can make: a client that lost the answer gets the same one again.
    """

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.CASCADE
    )
    device_label = fields.CharField(max_length=80)
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    access_digest = fields.CharField(max_length=64, unique=True)
    access_expires_at = fields.DatetimeField()
    previous_access_digest = fields.CharField(max_length=64, null=True)
    previous_access_expires_at = fields.DatetimeField(null=True)
    refresh_digest = fields.CharField(max_length=64)
    previous_refresh_digest = fields.CharField(max_length=64, null=True)
    rotated_at = fields.DatetimeField(null=True)
    retry_sealed = fields.CharField(max_length=600, null=True)
    has_second_factor = fields.BooleanField(default=False)
    stepped_up_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    end_reason = fields.CharEnumField(EndReason, max_length=24, null=True)

    class Meta:
        table = "session"
        indexes = (
            Index(fields=("person_id", "created_at"), name="session_person"),
            Index(fields=("previous_access_digest",), name="session_previous_access"),
            Index(fields=("expires_at",), name="session_expiry"),
        )


class TotpSecret(Model):
    """What a person's authenticator app computes its codes from; counts once it is confirmed."""

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.CASCADE
    )
    secret_encrypted = fields.CharField(max_length=200)
    created_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    last_step = fields.BigIntField(default=0)

    class Meta:
        table = "totp_secret"
        indexes = (Index(fields=("person_id", "created_at"), name="totp_person"),)


class RecoveryCode(Model):
    """A code for the day the authenticator is lost; each works once."""

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.CASCADE
    )
    code_digest = fields.CharField(max_length=64)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "recovery_code"
        unique_together = (("person_id", "code_digest"),)


class WechatIdentity(Model):
    """A person as one mini-program or public account of WeChat knows them."""

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.CASCADE
    )
    app_id = fields.CharField(max_length=64)
    openid_index = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()

    class Meta:
        table = "wechat_identity"
        unique_together = (("app_id", "openid_index"),)
        indexes = (Index(fields=("person_id", "id"), name="wechat_person"),)
