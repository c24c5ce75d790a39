"""The database itself refuses to change or delete what the audit holds.

SQLite drops a table's triggers when it builds the table anew to alter it: a migration that alters
`audit_entry` has to run these operations again.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import BaseSchemaEditor, SqliteSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

ON_SQLITE = tuple(
    f"CREATE TRIGGER audit_entry_no_{verb.lower()} BEFORE {verb} ON audit_entry "
    "BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END"
    for verb in ("UPDATE", "DELETE")
)
ON_POSTGRES = (
    """CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'audit_entry is append-only' USING ERRCODE = '23514'; END $$""",
    """CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()""",
)


async def guard(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    for statement in ON_SQLITE if isinstance(editor, SqliteSchemaEditor) else ON_POSTGRES:
        await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    dependencies = [("hub", "0002_access")]

    initial = False

    operations = [ops.RunPython(guard)]
