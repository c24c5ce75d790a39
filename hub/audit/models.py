"""The table of the audit. The database itself refuses to change or delete its rows."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class AuditEntry(Model):
    """That somebody did something to something.

    The actor is a person, a service (API key), or neither: nobody signed in, or the hub itself.
    `before` and `after` hold what changed, without sensitive values.
    """

    id = fields.UUIDField(primary_key=True)
    at = fields.DatetimeField()
    person_id = fields.UUIDField(null=True)
    service_id = fields.UUIDField(null=True)
    actor_label = fields.CharField(max_length=120)
    session_id = fields.UUIDField(null=True)
    action = fields.CharField(max_length=80)
    object_kind = fields.CharField(max_length=40, null=True)
    object_id = fields.UUIDField(null=True)
    before: Any = fields.JSONField(null=True)
    after: Any = fields.JSONField(null=True)
    request_id = fields.CharField(max_length=64)
    address_hash = fields.CharField(max_length=64)

    class Meta:
        table = "audit_entry"
        indexes = (
            Index(fields=("at", "id"), name="audit_at"),
            Index(fields=("person_id", "at", "id"), name="audit_person"),
            Index(fields=("service_id", "at", "id"), name="audit_service"),
            Index(fields=("action", "at", "id"), name="audit_action"),
            Index(fields=("request_id", "at", "id"), name="audit_request"),
            Index(fields=("object_kind", "object_id", "at", "id"), name="audit_object"),
        )
