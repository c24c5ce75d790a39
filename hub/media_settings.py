"""The knobs of media: where bytes lie, who serves them, how large they may be; part of
`hub.settings.Settings`. Sizes are in bytes.
"""

from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

_MIB: Final = 1024 * 1024
_GIB: Final = 1024 * _MIB


class ServeMode(StrEnum):
    """Who sends the bytes: the hub, the nginx in front of it, or the bucket itself."""

    DIRECT = "direct"
    X_ACCEL = "x-accel"
    REDIRECT = "redirect"


class MediaSettings(BaseModel):
    """Where media are kept and how much of it there may be."""

    media_url: str = ""
    media_s3_endpoint: str = ""
    media_s3_region: str = "us-east-1"
    media_s3_access_key_id: str = ""
    media_s3_secret_access_key: str = ""
    media_serve: ServeMode = ServeMode.DIRECT

    media_image_bytes: int = Field(default=20 * _MIB, ge=1)
    media_video_bytes: int = Field(default=2 * _GIB, ge=1)
    media_audio_bytes: int = Field(default=200 * _MIB, ge=1)
    media_captions_bytes: int = Field(default=_MIB, ge=1)
    media_document_bytes: int = Field(default=20 * _MIB, ge=1)
    media_quota_bytes: int = Field(default=200 * _MIB, ge=0)
    media_staff_quota_bytes: int = Field(default=200 * _GIB, ge=0)
    media_upload_hours: int = Field(default=24, ge=1, le=30 * 24)
    media_idle_seconds: float = Field(default=30.0, gt=0)

    @property
    def media_is_in_bucket(self) -> bool:
        """Whether media lie in an S3-compatible bucket rather than on disk."""
        return self.media_url.startswith("s3://")


def media_problem(settings: MediaSettings) -> str | None:
    """What keeps the hub from starting with these settings, naming the one to change; else None."""
    url, mode = settings.media_url, settings.media_serve
    if url and not (settings.media_is_in_bucket and urlsplit(url).netloc):
        return "HUB_MEDIA_URL: use s3://BUCKET or s3://BUCKET/PREFIX, or leave it empty for disk"
    if mode is ServeMode.REDIRECT and not settings.media_is_in_bucket:
        return "HUB_MEDIA_SERVE: redirect leads to a bucket; set HUB_MEDIA_URL=s3://... too"
    if mode is ServeMode.X_ACCEL and settings.media_is_in_bucket:
        return "HUB_MEDIA_SERVE: x-accel serves files from disk; use direct or redirect with S3"
    return None
