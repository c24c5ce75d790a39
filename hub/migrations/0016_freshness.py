"""What tells processes of writes, and indexes by which the next instant of a window is found.

Almost no row expires, so that those indexes are nearly empty. SQLite drops an index that no model
names when it builds the table anew: without it the answer is the same and takes longer.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

EXPIRING = (
    *("instructor", "program", "course", "lesson", "quiz", "event", "employer", "competition"),
    *("honour", "laureate", "friendly_street", "place", "offering", "form"),
)
WITHOUT_PUBLICATION = ("lesson", "quiz", "employer", "offering", "form")
"""Those that no list is ordered by publication of."""


async def index_windows(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    for table in EXPIRING:
        await editor.client.execute_query(
            f'CREATE INDEX "{table}_expiry" ON "{table}" ("expires_at") '
            'WHERE "expires_at" IS NOT NULL'
        )
    for table in WITHOUT_PUBLICATION:
        await editor.client.execute_query(
            f'CREATE INDEX "{table}_window" ON "{table}" ("published_at")'
        )


class Migration(migrations.Migration):
    dependencies = [("hub", "0015_invitation_of_registration")]

    initial = False

    operations = [
        ops.CreateModel(
            name="FreshnessChange",
            fields=[
                (
                    "number",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("transaction_id", fields.BigIntField(db_index=True)),
                ("written", fields.TextField(unique=False)),
                ("at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "freshness_change", "app": "hub", "pk_attr": "number"},
            bases=["Model"],
        ),
        ops.RunPython(index_windows),
    ]
