"""Tables of media: what people have handed in, and what is on its way."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from media.kinds import AssetKind, AssetState, UploadState


class Asset(Model):
    """A file that somebody has handed in, as they called it.

    The bytes lie under the hash of their content and may be those of several assets. `is_shown`
    says that public content shows it; what is not public is handed out by signed addresses only.
    `attached_at` is when something of the hub first named it: from then on it is kept, for old
    revisions name it too.
    `focal_x` and `focal_y` run from 0 to 1, from the left and from the top. `progress` is that of
    processing, 0 to 100; `failure` is the code of why it came to nothing. `transcript` is
    what captions say.
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharEnumField(AssetKind, max_length=16)
    sha256 = fields.CharField(max_length=64, null=True)
    size_bytes = fields.BigIntField()
    media_type = fields.CharField(max_length=120)
    extension = fields.CharField(max_length=10)
    name = fields.CharField(max_length=200)
    uploaded_by = fields.UUIDField(null=True)
    is_shown = fields.BooleanField(default=False)
    attached_at = fields.DatetimeField(null=True)
    state = fields.CharEnumField(AssetState, max_length=16)
    progress = fields.IntField(default=0)
    failure = fields.CharField(max_length=60, null=True)
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    duration_seconds = fields.FloatField(null=True)
    has_audio = fields.BooleanField(null=True)
    transcript = fields.TextField(null=True)
    focal_x = fields.FloatField(null=True)
    focal_y = fields.FloatField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "media_asset"
        indexes = (
            Index(fields=("sha256",), name="media_asset_sha256"),
            Index(fields=("uploaded_by", "created_at", "id"), name="media_asset_person"),
        )


class Upload(Model):
    """Bytes that somebody may send, and how many of them have been kept.

    `received_bytes` are safe on disk: what was acknowledged survives a kill and a power cut.
    `refusal` is the code of why what was sent was not taken.
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharEnumField(AssetKind, max_length=16)
    name = fields.CharField(max_length=200)
    size_bytes = fields.BigIntField()
    declared_sha256 = fields.CharField(max_length=64, null=True)
    uploaded_by = fields.UUIDField()
    received_bytes = fields.BigIntField(default=0)
    state = fields.CharEnumField(UploadState, max_length=16)
    refusal = fields.CharField(max_length=60, null=True)
    asset_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "media_upload"
        indexes = (
            Index(fields=("state", "expires_at", "id"), name="media_upload_expiry"),
            Index(fields=("uploaded_by", "state"), name="media_upload_person"),
        )
