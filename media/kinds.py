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


class UploadRefusal(StrEnum):
    """Why what was sent was not taken."""

    WRONG_HASH = "wrong_hash"
    WRONG_TYPE = "wrong_type"
    ACTIVE_CONTENT = "active_content"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too_many_pixels"
    ANIMATED = "animated"
