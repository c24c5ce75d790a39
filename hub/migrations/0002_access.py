from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from hub.auth import Role, ScopeKind


class Migration(migrations.Migration):
    dependencies = [("hub", "0001_initial")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ApiKey",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("name", fields.CharField(max_length=80)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("permissions", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("created_by", fields.UUIDField(null=True)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "last_used_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_by", fields.UUIDField(null=True)),
            ],
            options={
                "table": "api_key",
                "app": "hub",
                "indexes": [Index(fields=["created_at", "id"], name="api_key_created")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("person_id", fields.UUIDField(null=True)),
                ("service_id", fields.UUIDField(null=True)),
                ("actor_label", fields.CharField(max_length=120)),
                ("session_id", fields.UUIDField(null=True)),
                ("action", fields.CharField(max_length=80)),
                ("object_kind", fields.CharField(null=True, max_length=40)),
                ("object_id", fields.UUIDField(null=True)),
                ("before", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("after", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("request_id", fields.CharField(max_length=64)),
                ("address_hash", fields.CharField(max_length=64)),
            ],
            options={
                "table": "audit_entry",
                "app": "hub",
                "indexes": [
                    Index(fields=["at", "id"], name="audit_at"),
                    Index(fields=["person_id", "at", "id"], name="audit_person"),
                    Index(fields=["service_id", "at", "id"], name="audit_service"),
                    Index(fields=["action", "at", "id"], name="audit_action"),
                    Index(fields=["object_kind", "object_id", "at", "id"], name="audit_object"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Revocation",
            fields=[
                ("sequence", fields.BigIntField(primary_key=True, unique=True, db_index=True)),
                ("person_id", fields.UUIDField(null=True)),
                ("session_id", fields.UUIDField(null=True)),
                ("service_id", fields.UUIDField(null=True)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "revocation", "app": "hub", "pk_attr": "sequence"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RevocationHead",
            fields=[
                (
                    "id",
                    fields.IntField(generated=True, primary_key=True, unique=True, db_index=True),
                ),
                ("sequence", fields.BigIntField()),
            ],
            options={"table": "revocation_head", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RoleGrant",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("person_id", fields.UUIDField()),
                ("role", fields.CharEnumField(description="", enum_type=Role, max_length=24)),
                (
                    "scope_kind",
                    fields.CharEnumField(description="", enum_type=ScopeKind, max_length=16),
                ),
                ("scope_key", fields.UUIDField(null=True)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("given_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("given_by", fields.UUIDField(null=True)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revoked_by", fields.UUIDField(null=True)),
            ],
            options={
                "table": "role_grant",
                "app": "hub",
                "indexes": [
                    Index(fields=["person_id", "given_at", "id"], name="grant_person"),
                    Index(fields=["role", "given_at", "id"], name="grant_role"),
                    Index(fields=["scope_kind", "scope_key", "given_at", "id"], name="grant_scope"),
                    Index(fields=["given_at", "id"], name="grant_given"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
