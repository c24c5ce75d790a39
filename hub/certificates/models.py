"""Tables of certificates: what was certified to whom, and the series that numbers them."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Certificate(Model):
    """That somebody completed a course: names and titles as they were on that day.

    `code` is the short secret that goes with the number: who has both has seen the certificate.
    """

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.CASCADE
    )
    course: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Course", related_name=False, on_delete=fields.CASCADE
    )
    number = fields.CharField(max_length=40, unique=True)
    code = fields.CharField(max_length=16)
    holder_name = fields.CharField(max_length=80)
    course_title = fields.CharField(max_length=160)
    title = fields.CharField(max_length=80)
    issuer = fields.CharField(max_length=80)
    issued_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    revoked_by = fields.UUIDField(null=True)
    revocation_reason = fields.CharField(max_length=500, default="")

    class Meta:
        table = "certificate"
        unique_together = (("person_id", "course_id"),)
        indexes = (Index(fields=("person_id", "issued_at", "id"), name="certificate_person"),)


class CertificateSeries(Model):
    """The last number of a year that was given, by prefix and year."""

    id = fields.CharField(primary_key=True, max_length=24)
    last_number = fields.IntField()

    class Meta:
        table = "certificate_series"
