from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("hub", "0014_check_in")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Registration",
            name="invitation_id",
            field=fields.UUIDField(null=True),
        ),
    ]
