"""Files of every kind, small and made here, and leave to send them."""

import io
import struct
import zlib
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from PIL import Image

from hub.assets.service.uploads import Wish, create_upload
from hub.auth import DISTRICT, Actor, Grant, Role, Viewer
from hub.records import Record, Select, fetch_records
from media.kinds import AssetKind
from media.models import Asset, Upload
from media.tickets import upload_path
from tests.factories.identity import NOW
from tests.factories.people import actor


def picture(form: str = "PNG", *, size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    """A picture with something on it."""
    image = Image.new("RGB", size, (200, 40, 40))
    image.paste((40, 40, 200), (0, 0, size[0] // 2, size[1] // 2))
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def film(form: str = "GIF") -> bytes:
    """A picture that moves."""
    frames = [Image.new("RGB", (20, 20), (step * 60, 0, 0)) for step in range(3)]
    file = io.BytesIO()
    frames[0].save(file, form, save_all=True, append_images=frames[1:], duration=100)
    return file.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def huge_png(width: int = 50_000, height: int = 50_000) -> bytes:
    """A few hundred bytes that claim to be an enormous picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def box(name: bytes, content: bytes = b"") -> bytes:
    """A box of an MP4."""
    return struct.pack(">I", len(content) + 8) + name + content


def mp4(*, brand: bytes = b"isom", content_bytes: int = 1000) -> bytes:
    """The boxes of a video; there is nothing to be seen in it."""
    start = box(b"ftyp", brand + b"\0\0\2\0" + b"isommp42")
    return start + box(b"moov", b"\0" * 100) + box(b"mdat", b"\1" * content_bytes)


def webm(length: int = 200) -> bytes:
    """The elements of a WebM."""
    header = b"\x42\x82\x84webm"
    start = b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(header)]) + header
    return start + b"\x18\x53\x80\x67" + b"\x01" + length.to_bytes(7, "big") + b"\0" * length


def wav(seconds: int = 1) -> bytes:
    """A sound of silence."""
    samples = b"\0\0" * 8000 * seconds
    form = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form
    body += b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + b"\0" * 413
OGG = b"OggS\x00\x02" + b"\0" * 100
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
VTT = "WEBVTT\n\n00:00.000 --> 00:02.000\n骑手安全第一课\n".encode()


def hash_of(content: bytes) -> str:
    """The SHA-256 in hex."""
    return sha256(content).hexdigest()


def editor(person_id: UUID | None = None) -> Actor:
    """Somebody who edits everything."""
    return actor(Grant(Role.EDITOR, DISTRICT), at=NOW, person_id=person_id)


async def asked(
    who: Actor,
    content: bytes,
    *,
    kind: AssetKind = AssetKind.DOCUMENT,
    name: str = "证明.pdf",
    at: datetime = NOW,
    **wish: Any,
) -> Record:
    """Leave to send `content`."""
    wanted = Wish(kind, name, len(content), **wish)
    created = await create_upload(Viewer(who, at), wanted)
    assert created.upload is not None
    return created.upload


def address(upload: Record) -> str:
    """Where the bytes go."""
    return upload_path(upload.id, upload.uploaded_by)


async def uploads() -> list[Record]:
    """Every upload."""
    return await fetch_records(Select(Upload), order=())


async def assets() -> list[Record]:
    """Every asset."""
    return await fetch_records(Select(Asset), order=())
