"""Tables of registered documents."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class RegistryHead(Model):
    """How often the registry has changed; one row, which every process looks at."""

    id = fields.IntField(primary_key=True)
    sequence = fields.BigIntField()

    class Meta:
        table = "registry_head"


class RegisteredDocument(Model):
    """One document under the id that a front end sends for it.

    `sha256` is that of the text in UTF-8, in lower-case hex; `kind` and `operations` tell what is
    in it. Rows are written once and removed, never changed.
    """

    id = fields.UUIDField(primary_key=True)
    document_id = fields.CharField(max_length=200, unique=True)
    sha256 = fields.CharField(max_length=64)
    text = fields.TextField()
    kind = fields.CharField(max_length=16)
    operations = fields.CharField(max_length=200)
    registered_at = fields.DatetimeField()

    class Meta:
        table = "registered_document"
        indexes = (Index(fields=("registered_at", "id"), name="registered_document_at"),)
