"""What a lesson is watched and heard from, and what captions say as a text."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("hub", "0019_media")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Lesson",
            name="audio_url",
            field=fields.CharField(null=True, max_length=500),
        ),
        ops.AddField(
            model_name="Lesson",
            name="captions_url",
            field=fields.CharField(null=True, max_length=500),
        ),
        ops.AddField(
            model_name="Lesson",
            name="is_download_allowed",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Lesson",
            name="poster_url",
            field=fields.CharField(null=True, max_length=500),
        ),
        ops.AddField(
            model_name="Lesson",
            name="video_url",
            field=fields.CharField(null=True, max_length=500),
        ),
        ops.AddField(
            model_name="Asset",
            name="transcript",
            field=fields.TextField(null=True),
        ),
    ]
