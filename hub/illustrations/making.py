"""Has what a content folder describes drawn, once: what is there already is left as it is."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from hub.assets.service.stocking import Stock, in_stock, stock
from hub.checking import Progress
from hub.illustrations.specification import (
    CAPTIONS,
    MEDIA,
    Illustration,
    Piece,
    Sort,
    pieces_of,
)
from hub.records import Record
from hub.settings import current_settings
from media.addresses import public_path
from media.kinds import AssetKind
from media.video.captions import read_captions, transcript_of
from media.video.making import Playable, make


async def illustrate(
    illustrations: Sequence[Illustration], *, progress: Progress
) -> Mapping[str, str]:
    """Draw what is not there yet; the address of each piece by its stand-in.

    Raises OSError, ProcessFailed and Unavailable.
    """
    pieces = [piece for each in illustrations for piece in pieces_of(each)]
    there = await in_stock([piece.asset_id for piece in pieces])
    folder = current_settings().data_dir / "media" / "making"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    made: dict[str, str] = {}
    for number, illustration in enumerate(illustrations, 1):
        for piece in pieces_of(illustration):
            asset = there.get(piece.asset_id) or await _drawn(piece, folder)
            made[piece.stand_in] = public_path(asset.sha256, asset.extension)
        progress(MEDIA, number, len(illustrations))
    return made


async def _drawn(piece: Piece, folder: Path) -> Record:
    home = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=folder, prefix="drawing-"))
    try:
        path = home / f"{piece.illustration.name}.{piece.extension}"
        await asyncio.to_thread(_draw, piece, path)
        return await stock(await _stock_of(piece, path))
    finally:
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


def _draw(piece: Piece, path: Path) -> None:
    from hub.illustrations import films, pictures  # with libraries that only drawing needs

    illustration = piece.illustration
    if piece.part == CAPTIONS:
        path.write_text(films.captions(illustration), encoding="utf-8")
    elif illustration.kind is Sort.PICTURE:
        path.write_bytes(pictures.picture(illustration))
    elif illustration.kind is Sort.FILM:
        films.film(illustration, path)
    else:
        films.recording(illustration, path)


async def _stock_of(piece: Piece, path: Path) -> Stock:
    content = await asyncio.to_thread(path.read_bytes)
    made, playable = await _made(piece, path)
    return Stock(
        piece.asset_id,
        piece.kind,
        name=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        media_type=piece.media_type,
        extension=piece.extension,
        path=path,
        made=made,
        playable=playable,
        columns=_columns(piece, content),
    )


async def _made(piece: Piece, path: Path) -> tuple[Path | None, Playable | None]:
    """The folder with what a film or a recording is played from, and what it is."""
    if piece.kind not in (AssetKind.VIDEO, AssetKind.AUDIO):
        return None, None
    folder = path.with_name("made")
    await asyncio.to_thread(folder.mkdir)
    return folder, await make(path, piece.media_type, folder=folder, on_progress=_nobody)


def _columns(piece: Piece, content: bytes) -> dict[str, object]:
    if piece.kind is AssetKind.CAPTIONS:
        return {"transcript": transcript_of(read_captions(content))}
    if piece.kind is AssetKind.IMAGE:
        from hub.illustrations.pictures import PICTURE_SIZE

        return {"width": PICTURE_SIZE[0], "height": PICTURE_SIZE[1]}
    return {}


async def _nobody(_percent: int) -> None:
    """Nobody follows a single film of a load."""
