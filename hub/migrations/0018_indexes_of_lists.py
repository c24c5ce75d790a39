"""Indexes for lists that were read in full: laureates in their order, by town; competitions by when
they end; the audit log by request.
"""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("hub", "0017_registered_documents")]

    initial = False

    operations = [
        ops.AddIndex("AuditEntry", Index(fields=["request_id", "at", "id"], name="audit_request")),
        ops.AddIndex("Competition", Index(fields=["ends_at", "id"], name="competition_ends")),
        ops.AddIndex("Laureate", Index(fields=["position", "id"], name="laureate_position")),
        ops.AddIndex("Laureate", Index(fields=["town_id", "position", "id"], name="laureate_town")),
    ]
