"""What a lesson is watched and heard from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import strawberry
from strawberry.types import Info

from hub.assets.queries import shown_assets
from hub.records import Record
from media.addresses import public_path, variant_path
from media.kinds import AssetState
from media.signing import private_address
from media.video.making import FILM_NAME, POSTER_NAME, RECORDING_NAME
from schema.batching import COLUMNS, PUBLIC, batch_field
from schema.media import assets as _assets  # noqa: F401 - describes AssetState

DOWNLOAD_LASTS: Final = timedelta(hours=6)
"""A film is long, and mobile data may be slow or paused."""

LANGUAGE, LANGUAGE_LABEL = "zh-Hans", "中文"


@dataclass(frozen=True, slots=True)
class Track:
    """Captions in one language."""

    url: str
    language: str = LANGUAGE
    label: str = LANGUAGE_LABEL


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that may be downloaded, and what it is called then."""

    asset_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Played:
    """A film or a recording of a lesson: the facts of its asset, and where it is played from."""

    state: AssetState
    progress: int
    failure: str | None
    duration_seconds: float | None
    width: int | None
    height: int | None
    url: str | None
    poster_url: str | None
    captions: Sequence[Track]
    transcript: str | None
    saved: Saved | None

    @property
    def hls_url(self) -> str | None:
        """The address of a film, by the name that its field has."""
        return self.url


@strawberry.type(description="Captions of a film in one language, as WebVTT (字幕).")
class CaptionTrack:
    """Over a `Track`."""

    language: str = strawberry.field(description="BCP 47 code of the language, like zh-Hans.")
    label: str = strawberry.field(description="The language in its own words, like 中文.")
    url: str = strawberry.field(description="Where the WebVTT file is.")


async def _download_urls(parents: list[Played], info: Info) -> list[str | None]:
    return [_download_url(each.saved, now=info.context.viewer.now) for each in parents]


def _download_url(saved: Saved | None, *, now: datetime) -> str | None:
    if saved is None:
        return None
    path = private_address(saved.asset_id, name=saved.name, now=now, lasts=DOWNLOAD_LASTS)
    return f"{path}?download"


@strawberry.type(description="What films and recordings have in common.")
class _Played:
    """Over a `Played`."""

    state: AssetState = strawberry.field(description="How far the hub is with it (处理状态).")
    progress: int = strawberry.field(
        description="How much of the processing is done, in percent; 100 when it is READY."
    )
    failure: str | None = strawberry.field(
        description="The code of why it cannot be played, like truncated; null unless FAILED."
    )
    duration_seconds: float | None = strawberry.field(
        description="How long it is, in seconds (时长); null until that is known."
    )
    captions: list[CaptionTrack] = strawberry.field(
        description="Its captions, one entry a language; empty without any (字幕).",
        metadata={"size": 1},
    )
    transcript: str | None = strawberry.field(
        description="What is said, a line for each caption, to read and to search (文字稿); null "
        "without captions."
    )
    download_url: str | None = batch_field(
        _download_urls,
        description="Where the file that the editors uploaded can be downloaded (下载), for six "
        "hours; null unless the lesson's `isDownloadAllowed`.",
    )


@strawberry.type(description="The film of a lesson (课程视频).")
class LessonVideo(_Played):
    """Over a `Played`."""

    hls_url: str | None = strawberry.field(
        description="The HLS master playlist: 240p first for mobile data, larger rungs up to 720p "
        "that are not larger than the film, and the sound alone; null until `state` is READY."
    )
    poster_url: str | None = strawberry.field(
        description="A picture to show before it is played (封面): the editors' own, else one of "
        "the film; null until `state` is READY."
    )
    width: int | None = strawberry.field(
        description="How wide the film is, upright, in pixels; null until that is known."
    )
    height: int | None = strawberry.field(
        description="How high the film is, upright, in pixels; null until that is known."
    )


@strawberry.type(description="The recording of a lesson (课程音频).")
class LessonAudio(_Played):
    """Over a `Played`."""

    url: str | None = strawberry.field(
        description="The recording as M4A, at one loudness; null until `state` is READY."
    )


_VIDEO_COLUMNS = ("video_url", "poster_url", "captions_url", "is_download_allowed")
_AUDIO_COLUMNS = ("audio_url", "captions_url", "is_download_allowed")


async def _videos(parents: list[Record], info: Info) -> list[Played | None]:
    assets = await shown_assets(
        address for each in parents for address in (each.video_url, each.captions_url)
    )
    return [_video(each, assets) for each in parents]


async def _recordings(parents: list[Record], info: Info) -> list[Played | None]:
    assets = await shown_assets(
        address for each in parents for address in (each.audio_url, each.captions_url)
    )
    return [_recording(each, assets) for each in parents]


def _video(lesson: Record, assets: Mapping[str, Record]) -> Played | None:
    asset = assets.get(lesson.video_url)
    if asset is None:
        return None
    made = variant_path(asset.sha256, POSTER_NAME)
    is_ready = asset.state is AssetState.READY
    return _played(
        asset,
        lesson=lesson,
        captions=assets.get(lesson.captions_url),
        url=variant_path(asset.sha256, FILM_NAME),
        poster_url=lesson.poster_url or (made if is_ready else None),
    )


def _recording(lesson: Record, assets: Mapping[str, Record]) -> Played | None:
    asset = assets.get(lesson.audio_url)
    if asset is None:
        return None
    return _played(
        asset,
        lesson=lesson,
        captions=assets.get(lesson.captions_url),
        url=variant_path(asset.sha256, RECORDING_NAME),
    )


def _played(
    asset: Record,
    *,
    lesson: Record,
    captions: Record | None,
    url: str,
    poster_url: str | None = None,
) -> Played:
    tracks = [Track(public_path(captions.sha256, captions.extension))] if captions else []
    return Played(
        state=asset.state,
        progress=asset.progress,
        failure=asset.failure,
        duration_seconds=asset.duration_seconds,
        width=asset.width,
        height=asset.height,
        url=url if asset.state is AssetState.READY else None,
        poster_url=poster_url,
        captions=tracks,
        transcript=captions.transcript if captions else None,
        saved=Saved(asset.id, asset.name) if lesson.is_download_allowed else None,
    )


def video_field() -> Any:
    """The film of a lesson's row."""
    return batch_field(
        _videos,
        description="Its film, with captions and transcript; null for a lesson without one.",
        metadata={PUBLIC: True, COLUMNS: _VIDEO_COLUMNS},
    )


def audio_field() -> Any:
    """The recording of a lesson's row."""
    return batch_field(
        _recordings,
        description="Its recording; null for a lesson without one.",
        metadata={PUBLIC: True, COLUMNS: _AUDIO_COLUMNS},
    )
