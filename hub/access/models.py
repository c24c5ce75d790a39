"""Tables of access. Rows are ended, never deleted.

Persons are named by id alone, for identity stands above.
"""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from hub.auth import Role, ScopeKind


class RoleGrant(Model):
    """That a person holds a role for a scope; `scope_key` is null for the district.

    `given_by` and `revoked_by` are persons, null where a command on the server did it.
    """

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    role = fields.CharEnumField(Role, max_length=24)
    scope_kind = fields.CharEnumField(ScopeKind, max_length=16)
    scope_key = fields.UUIDField(null=True)
    expires_at = fields.DatetimeField(null=True)
    given_at = fields.DatetimeField()
    given_by = fields.UUIDField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    revoked_by = fields.UUIDField(null=True)

    class Meta:
        table = "role_grant"
        indexes = (
            Index(fields=("person_id", "given_at", "id"), name="grant_person"),
            Index(fields=("role", "given_at", "id"), name="grant_role"),
            Index(fields=("scope_kind", "scope_key", "given_at", "id"), name="grant_scope"),
            Index(fields=("given_at", "id"), name="grant_given"),
        )


class ApiKey(Model):
    """The key of a service; of the token itself only a digest is kept."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=80)
    digest = fields.CharField(max_length=64, unique=True)
    permissions: Any = fields.JSONField()
    created_at = fields.DatetimeField()
    created_by = fields.UUIDField(null=True)
    expires_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    ended_by = fields.UUIDField(null=True)

    class Meta:
        table = "api_key"
        indexes = (Index(fields=("created_at", "id"), name="api_key_created"),)
