"""Captions are read strictly, and told as a transcript."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.video.captions import BadCaptions, Cue, read_captions, transcript_of, written_captions

GOOD = """WEBVTT - 头盔怎么选
Kind: captions

NOTE 由讲师校对

STYLE
::cue { color: white }

开场
00:01.000 --> 00:03.500 align:center
<v 陈国栋>大家好，<b>先看</b>头盔。

00:00:03.500 --> 01:00:06.250
认准 3C &amp; 带扣。
"""


def test_cues_are_read_without_markup_and_with_who_speaks() -> None:
    assert read_captions(GOOD.encode()) == (
        Cue(1.0, 3.5, "陈国栋：大家好，先看头盔。"),
        Cue(3.5, 3606.25, "认准 3C & 带扣。"),
    )


def test_a_mark_of_order_and_lines_of_windows_are_no_hindrance() -> None:
    content = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert len(read_captions(content)) == 2


def test_a_transcript_has_a_line_for_a_cue_and_none_twice() -> None:
    cues = [Cue(0, 1, "一"), Cue(1, 2, "一"), Cue(2, 3, "二\n三"), Cue(3, 4, " ")]
    assert transcript_of(cues) == "一\n二 三"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "the first line"),
        ("1\n00:00:01,000 --> 00:00:02,000\nSRT\n", 1, "the first line"),
        ("WEBVTTx\n\n00:01.000 --> 00:02.000\na\n", 1, "the first line"),
        ("WEBVTT\n", 2, "no cue"),
        ("WEBVTT\n\n00:01.000 -> 00:02.000\na\n", 4, "no times"),
        ("WEBVTT\n\n00:61.000 --> 00:62.000\na\n", 3, "no times"),
        ("WEBVTT\n\n00:02.000 --> 00:02.000\na\n", 3, "ends before"),
        ("WEBVTT\n\n00:02.000 --> 00:03.000\na\n\n00:01.000 --> 00:03.000\nb\n", 6, "begins"),
        ("WEBVTT\n\n00:02.000 --> 00:03.000\n" + "a" * 1_001, 3, "too long"),
        ("WEBVTT\n\nSTYLE\n::cue { background: url(http://x) }\n", 3, "reaches out"),
        ("WEBVTT\n\n00:02.000 --> 00:03.000\na\0\n", 1, "NUL"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(BadCaptions, match=reason) as refused:
        read_captions(text.encode())
    assert refused.value.line == line
    assert refused.value.chinese


def test_what_is_not_utf_8_is_refused_with_its_line() -> None:
    with pytest.raises(BadCaptions, match="line 4: is not UTF-8"):
        read_captions("WEBVTT\n\n00:01.000 --> 00:02.000\n头盔".encode("gbk"))


_texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1)


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 10**4), _texts), min_size=1))
def test_what_is_written_is_read_again(drawn: list[tuple[int, int, str]]) -> None:
    cues = tuple(
        Cue(start / 1_000, (start + lasts) / 1_000, text) for start, lasts, text in sorted(drawn)
    )
    assert read_captions(written_captions(cues).encode()) == cues


@given(st.binary())
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(BadCaptions):
        assert read_captions(b"WEBVTT\n\n" + content)
