"""What kinds of media there are, and what becomes of an upload and of an asset."""

from enum import StrEnum


class AssetKind(StrEnum):
    """What a file is for; it decides what it may be, how large, and who may have it."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    CAPTIONS = "captions"
    DOCUMENT = "document"


class AssetState(StrEnum):
    """How far the hub is with an asset: pictures and documents are ready as soon as they are kept,
    video and audio are processed first.
    """

    STORED = "stored"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class UploadState(StrEnum):
    """What has become of an upload."""

    OPEN = "open"
    STORED = "stored"
    REFUSED = "refused"
    EXPIRED = "expired"
