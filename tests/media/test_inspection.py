"""What files are by their content, and which are refused: every kind, and every hostile one."""

import random
from pathlib import Path

import pytest

from media.inspection import inspect
from media.kinds import AssetKind, UploadRefusal
from media.names import cleaned_name
from media.refusals import WORDS, Refused
from tests.factories.media import (
    MP3,
    OGG,
    PDF,
    VTT,
    box,
    chunk,
    film,
    huge_png,
    mp4,
    picture,
    wav,
    webm,
)

IMAGE, VIDEO, AUDIO, CAPTIONS, DOCUMENT = AssetKind
SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
ZIP = b"PK\x03\x04" + b"\0" * 60 + b"PK\x05\x06" + b"\0" * 18


def refusal(folder: Path, content: bytes, kind: AssetKind) -> UploadRefusal:
    path = folder / "file"
    path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        inspect(path, kind)
    assert (refused.value.message, refused.value.chinese) == WORDS[refused.value.refusal]
    return refused.value.refusal


@pytest.mark.parametrize(
    ("kind", "content", "media_type", "extension"),
    [
        (IMAGE, picture("JPEG"), "image/jpeg", "jpg"),
        (IMAGE, picture("JPEG", progressive=True), "image/jpeg", "jpg"),
        (IMAGE, picture("PNG"), "image/png", "png"),
        (IMAGE, picture("GIF"), "image/gif", "gif"),
        (IMAGE, picture("WEBP"), "image/webp", "webp"),
        (IMAGE, picture("WEBP", lossless=True), "image/webp", "webp"),
        (IMAGE, picture("WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"), "image/webp", "webp"),
        (IMAGE, picture("AVIF"), "image/avif", "avif"),
        (DOCUMENT, picture("JPEG"), "image/jpeg", "jpg"),
        (DOCUMENT, PDF, "application/pdf", "pdf"),
        (VIDEO, mp4(), "video/mp4", "mp4"),
        (VIDEO, mp4(brand=b"qt  "), "video/quicktime", "mov"),
        (VIDEO, webm(), "video/webm", "webm"),
        (AUDIO, mp4(brand=b"M4A "), "audio/mp4", "m4a"),
        (AUDIO, MP3, "audio/mpeg", "mp3"),
        (AUDIO, OGG, "audio/ogg", "ogg"),
        (AUDIO, wav(), "audio/wav", "wav"),
        (CAPTIONS, VTT, "text/vtt", "vtt"),
        (CAPTIONS, b"\xef\xbb\xbf" + VTT, "text/vtt", "vtt"),
    ],
)
def test_what_a_file_is(
    tmp_path: Path, kind: AssetKind, content: bytes, media_type: str, extension: str
) -> None:
    path = tmp_path / "whatever.exe"
    path.write_bytes(content)
    found = inspect(path, kind)
    assert (found.media_type, found.extension) == (media_type, extension)
    if media_type.startswith("image/"):
        assert found.size is not None
        assert (found.size.width, found.size.height) == (40, 30)


@pytest.mark.parametrize("kind", list(AssetKind))
@pytest.mark.parametrize("content", [SVG, HTML, b"\n\n  " + HTML, b"<?php system($_GET[0]); ?>"])
def test_pages_and_scripts_are_no_media(tmp_path: Path, kind: AssetKind, content: bytes) -> None:
    wanted = {UploadRefusal.ACTIVE_CONTENT, UploadRefusal.WRONG_TYPE}
    assert refusal(tmp_path, content, kind) in wanted


@pytest.mark.parametrize("kind", list(AssetKind))
@pytest.mark.parametrize(
    "content", [b"MZ\x90\0" + b"\0" * 500, b"\x7fELF" + b"\0" * 500, ZIP, b"\0" * 900, b"#!/bin/sh"]
)
def test_programs_and_archives_are_no_media(
    tmp_path: Path, kind: AssetKind, content: bytes
) -> None:
    assert refusal(tmp_path, content, kind) is UploadRefusal.WRONG_TYPE


@pytest.mark.parametrize("kind", list(AssetKind))
def test_an_empty_file_is_damaged(tmp_path: Path, kind: AssetKind) -> None:
    assert refusal(tmp_path, b"", kind) is UploadRefusal.DAMAGED


@pytest.mark.parametrize("stowaway", [HTML, SVG, ZIP])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_two_files_in_one_are_refused(tmp_path: Path, form: str, stowaway: bytes) -> None:
    found = refusal(tmp_path, picture(form) + stowaway, IMAGE)
    assert found in {UploadRefusal.ACTIVE_CONTENT, UploadRefusal.DAMAGED}


def test_a_script_in_the_comment_of_a_picture_is_refused(tmp_path: Path) -> None:
    content = picture("JPEG", comment=b"<script>alert(1)</script>")
    assert refusal(tmp_path, content, IMAGE) is UploadRefusal.ACTIVE_CONTENT
    png = picture("PNG")
    text = chunk(b"tEXt", b"Comment\0<ScRiPt>alert(1)</script>")
    assert refusal(tmp_path, png[:33] + text + png[33:], IMAGE) is UploadRefusal.ACTIVE_CONTENT


@pytest.mark.parametrize("place", [100, 512 * 1024 - 4, 1_500_000])
def test_a_script_is_found_wherever_it_is(tmp_path: Path, place: int) -> None:
    filling = bytearray(b"%comment " * 250_000)
    filling[place : place + 8] = b"<script>"
    content = PDF[:9] + bytes(filling) + PDF[9:]
    assert refusal(tmp_path, content, DOCUMENT) is UploadRefusal.ACTIVE_CONTENT


@pytest.mark.parametrize("name", [b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/XFA"])
def test_a_pdf_that_does_something_is_refused(tmp_path: Path, name: bytes) -> None:
    content = PDF.replace(b"/Catalog", b"/Catalog " + name + b" (x)")
    assert refusal(tmp_path, content, DOCUMENT) is UploadRefusal.ACTIVE_CONTENT


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (IMAGE, picture("JPEG", size=(300, 300))),
        (IMAGE, picture("PNG", size=(300, 300))),
        (IMAGE, picture("GIF", size=(300, 300))),
        (IMAGE, picture("WEBP", size=(300, 300))),
        (IMAGE, picture("AVIF", size=(300, 300))),
        (DOCUMENT, PDF),
        (VIDEO, mp4()),
        (VIDEO, webm()),
        (AUDIO, mp4(brand=b"M4A ")),
        (AUDIO, wav()),
    ],
)
def test_a_file_that_is_cut_off_is_damaged(tmp_path: Path, kind: AssetKind, content: bytes) -> None:
    for share in (0.5, 0.8, 0.95):
        found = refusal(tmp_path, content[: int(len(content) * share)], kind)
        assert found in {UploadRefusal.DAMAGED, UploadRefusal.WRONG_TYPE}


def test_a_film_without_a_description_is_damaged(tmp_path: Path) -> None:
    start = box(b"ftyp", b"isom\0\0\2\0")
    for content in (
        start + box(b"mdat", b"\1" * 100),
        start + box(b"moov"),
        start + b"\0\0\0\x04moov",
        start + b"\0\0\0\1moov\0\0\0\0\0\0\0\1",
        start + b"\xff\xff\xff\xffmdat",
    ):
        assert refusal(tmp_path, content, VIDEO) is UploadRefusal.DAMAGED


def test_enormous_pictures_are_refused_unread(tmp_path: Path) -> None:
    assert refusal(tmp_path, huge_png(), IMAGE) is UploadRefusal.TOO_MANY_PIXELS
    assert refusal(tmp_path, huge_png(2**31 - 1, 1), IMAGE) is UploadRefusal.TOO_MANY_PIXELS
    assert refusal(tmp_path, huge_png(0, 5), IMAGE) is UploadRefusal.DAMAGED


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_pictures_that_move_are_refused(tmp_path: Path, form: str) -> None:
    assert refusal(tmp_path, film(form), IMAGE) is UploadRefusal.ANIMATED


@pytest.mark.parametrize(
    "content", [b"WEBVTTX\n", VTT + b"\0", VTT + b"\xff\xfe", VTT[1:], "字幕".encode("gbk")]
)
def test_captions_are_text_of_their_kind(tmp_path: Path, content: bytes) -> None:
    assert refusal(tmp_path, content, CAPTIONS) is UploadRefusal.WRONG_TYPE


def test_captions_that_cannot_be_shown_are_damaged(tmp_path: Path) -> None:
    backwards = VTT.replace(b"00:02.000", b"00:00.000").replace(b"00:00.000", b"00:05.000", 1)
    for content in (b"WEBVTT\n", backwards, VTT.replace(b"-->", b"->")):
        assert refusal(tmp_path, content, CAPTIONS) is UploadRefusal.DAMAGED


@pytest.mark.parametrize("kind", list(AssetKind))
def test_broken_files_are_refused_and_nothing_else_happens(tmp_path: Path, kind: AssetKind) -> None:
    """A few thousand files with bytes changed, moved and missing: taken or refused, no more."""
    chance = random.Random(kind.value)
    good = [
        *(picture(form) for form in ("JPEG", "PNG", "GIF", "WEBP", "AVIF")),
        *(PDF, VTT, MP3, OGG, wav(), webm(), mp4(), mp4(brand=b"M4A "), film(), huge_png()),
    ]
    path = tmp_path / "file"
    outcomes = set()
    for _ in range(600):
        content = bytearray(chance.choice(good)[:3000])
        for _ in range(chance.randint(1, 8)):
            place = chance.randrange(len(content))
            match chance.randrange(3):
                case 0:
                    content[place] = chance.randrange(256)
                case 1:
                    del content[place : place + chance.randrange(1, 50)]
                case _:
                    content[place:place] = chance.randbytes(chance.randrange(1, 9))
            if not content:
                content += b"x"
        path.write_bytes(content)
        try:
            outcomes.add(inspect(path, kind).extension)
        except Refused as refused:
            outcomes.add(refused.refusal)
    assert len(outcomes) > 1


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("门口.jpg", "门口.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\王\\证明.PDF", "证明.pdf"),
        ("a\0b\x07.pdf", "ab.pdf"),
        ("CON", "_CON.pdf"),
        ("nul.txt", "_nul.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("x.php.jpg", "x.php.pdf"),
        ('a<b>:"|?*.pdf', "a_b_.pdf"),
        ("发票\u202egpj.exe", "发票gpj.pdf"),
        ("  two   words \n.pdf ", "two words.pdf"),
        ("长" * 500, "长" * 116 + ".pdf"),
        ("\ud800照片.pdf", "照片.pdf"),
    ],
)
def test_names_are_made_harmless(given: str, cleaned: str) -> None:
    assert cleaned_name(given, extension="pdf") == cleaned
