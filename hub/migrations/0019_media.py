"""Tables of media: assets, and uploads on their way."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from media.kinds import AssetKind, AssetState, UploadState


class Migration(migrations.Migration):
    dependencies = [("hub", "0018_indexes_of_lists")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Asset",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("kind", fields.CharEnumField(description="", enum_type=AssetKind, max_length=16)),
                ("sha256", fields.CharField(null=True, max_length=64)),
                ("size_bytes", fields.BigIntField()),
                ("media_type", fields.CharField(max_length=120)),
                ("extension", fields.CharField(max_length=10)),
                ("name", fields.CharField(max_length=200)),
                ("uploaded_by", fields.UUIDField(null=True)),
                ("is_shown", fields.BooleanField(default=False)),
                (
                    "attached_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "state",
                    fields.CharEnumField(description="", enum_type=AssetState, max_length=16),
                ),
                ("progress", fields.IntField(default=0)),
                ("failure", fields.CharField(null=True, max_length=60)),
                ("width", fields.IntField(null=True)),
                ("height", fields.IntField(null=True)),
                ("duration_seconds", fields.FloatField(null=True)),
                ("has_audio", fields.BooleanField(null=True)),
                ("focal_x", fields.FloatField(null=True)),
                ("focal_y", fields.FloatField(null=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "media_asset",
                "app": "hub",
                "indexes": [
                    Index(fields=["sha256"], name="media_asset_sha256"),
                    Index(fields=["uploaded_by", "created_at", "id"], name="media_asset_person"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("kind", fields.CharEnumField(description="", enum_type=AssetKind, max_length=16)),
                ("name", fields.CharField(max_length=200)),
                ("size_bytes", fields.BigIntField()),
                ("declared_sha256", fields.CharField(null=True, max_length=64)),
                ("uploaded_by", fields.UUIDField()),
                ("received_bytes", fields.BigIntField(default=0)),
                (
                    "state",
                    fields.CharEnumField(description="", enum_type=UploadState, max_length=16),
                ),
                ("refusal", fields.CharField(null=True, max_length=60)),
                ("asset_id", fields.UUIDField(null=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "media_upload",
                "app": "hub",
                "indexes": [
                    Index(fields=["state", "expires_at", "id"], name="media_upload_expiry"),
                    Index(fields=["uploaded_by", "state"], name="media_upload_person"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
