from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from hub.identity.rules import CodePurpose, EndReason


class Migration(migrations.Migration):
    dependencies = [("hub", "0003_audit_append_only")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("phone_encrypted", fields.CharField(max_length=200)),
                ("phone_index", fields.CharField(unique=True, max_length=64)),
                ("display_name", fields.CharField(default="", max_length=80)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "disabled_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "phone_changed_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "person",
                "app": "hub",
                "indexes": [Index(fields=["created_at", "id"], name="person_created")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "hub.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("code_digest", fields.CharField(max_length=64)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "recovery_code",
                "app": "hub",
                "unique_together": (("person_id", "code_digest"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Session",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "hub.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("device_label", fields.CharField(max_length=80)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("last_used_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("access_digest", fields.CharField(unique=True, max_length=64)),
                ("access_expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("previous_access_digest", fields.CharField(null=True, max_length=64)),
                (
                    "previous_access_expires_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("refresh_digest", fields.CharField(max_length=64)),
                ("previous_refresh_digest", fields.CharField(null=True, max_length=64)),
                ("rotated_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("retry_sealed", fields.CharField(null=True, max_length=600)),
                ("has_second_factor", fields.BooleanField(default=False)),
                (
                    "stepped_up_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "end_reason",
                    fields.CharEnumField(
                        null=True, description="", enum_type=EndReason, max_length=24
                    ),
                ),
            ],
            options={
                "table": "session",
                "app": "hub",
                "indexes": [
                    Index(fields=["person_id", "created_at"], name="session_person"),
                    Index(fields=["previous_access_digest"], name="session_previous_access"),
                    Index(fields=["expires_at"], name="session_expiry"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SignInCode",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("phone_index", fields.CharField(max_length=64)),
                (
                    "purpose",
                    fields.CharEnumField(description="", enum_type=CodePurpose, max_length=16),
                ),
                ("code_digest", fields.CharField(max_length=64)),
                ("address_index", fields.CharField(null=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("wrong_tries", fields.IntField(default=0)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sign_in_code",
                "app": "hub",
                "indexes": [
                    Index(fields=["phone_index", "created_at"], name="code_phone"),
                    Index(fields=["address_index", "created_at"], name="code_address"),
                    Index(fields=["created_at"], name="code_created"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SignInGuard",
            fields=[
                (
                    "key",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("touched_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("wrong_tries", fields.IntField(default=0)),
                (
                    "counting_since",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("pauses", fields.IntField(default=0)),
                (
                    "paused_until",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={"table": "sign_in_guard", "app": "hub", "pk_attr": "key"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TotpSecret",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "hub.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("secret_encrypted", fields.CharField(max_length=200)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "confirmed_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("last_step", fields.BigIntField(default=0)),
            ],
            options={
                "table": "totp_secret",
                "app": "hub",
                "indexes": [Index(fields=["person_id", "created_at"], name="totp_person")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="WechatIdentity",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "hub.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("app_id", fields.CharField(max_length=64)),
                ("openid_index", fields.CharField(max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "wechat_identity",
                "app": "hub",
                "unique_together": (("app_id", "openid_index"),),
                "indexes": [Index(fields=["person_id", "id"], name="wechat_person")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
