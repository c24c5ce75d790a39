"""Captions as WebVTT: read strictly, and told as a transcript. Pure."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

CUES_MAX: Final = 20_000
TEXT_MAX_CHARS: Final = 1_000
"""Of one cue: what stands on a screen at once."""

_TIME: Final = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING: Final = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?", re.ASCII)
_TAG: Final = re.compile(r"<[^>]*>")
_VOICE: Final = re.compile(r"<v(?:\.[^ >]*)?[ \t]+([^>]+)>")
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_OTHER_BLOCKS: Final = ("NOTE", "STYLE", "REGION")


class BadCaptions(Exception):
    """What is wrong with a file of captions: `reason` in English, `chinese`, and its line."""

    def __init__(self, reason: str, *, chinese: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason = reason
        self.chinese = chinese
        self.line = line


@dataclass(frozen=True, slots=True)
class Cue:
    """Words on the screen from one instant of the film to another, in seconds."""

    starts_seconds: float
    ends_seconds: float
    text: str


def read_captions(content: bytes) -> tuple[Cue, ...]:
    """The cues of a WebVTT file, in its order, without markup.

    Raises BadCaptions for what is not UTF-8 or not WebVTT, styles and regions that reach out of
    the file, cues that end before they begin or begin before the one in front, and for none at all.
    """
    lines = _LINE_END.split(_text(content))
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        raise BadCaptions("the first line is not WEBVTT", chinese="首行须为 WEBVTT", line=1)
    cues = tuple(_cues(lines))
    if not cues:
        raise BadCaptions("there is no cue", chinese="没有任何字幕", line=len(lines))
    return cues


def transcript_of(cues: Sequence[Cue]) -> str:
    """What is said, a cue a line; a cue that repeats the one in front is left out."""
    said: list[str] = []
    for cue in cues:
        line = " ".join(cue.text.split())
        if line and (not said or said[-1] != line):
            said.append(line)
    return "\n".join(said)


def written_captions(cues: Sequence[Cue]) -> str:
    """The cues as a WebVTT file."""
    blocks = (
        f"{_clock(cue.starts_seconds)} --> {_clock(cue.ends_seconds)}\n"
        f"{html.escape(cue.text, quote=False)}\n"
        for cue in cues
    )
    return "WEBVTT\n\n" + "\n".join(blocks)


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadCaptions("is not UTF-8", chinese="编码不是 UTF-8", line=line) from error
    if "\0" in text:
        raise BadCaptions("holds a NUL", chinese="含有空字符", line=1)
    return text


def _cues(lines: Sequence[str]) -> Iterator[Cue]:
    latest, count = 0.0, 0
    for number, block in _blocks(lines):
        if block[0].split(" ")[0].split("\t")[0] in _OTHER_BLOCKS:
            _assert_harmless(block, line=number)
            continue
        cue = _cue(block, line=number)
        if cue.starts_seconds < latest:
            raise BadCaptions(
                "begins before the cue in front", chinese="早于前一条字幕", line=number
            )
        latest, count = cue.starts_seconds, count + 1
        if count > CUES_MAX:
            raise BadCaptions("too many cues", chinese="字幕过多", line=number)
        yield cue


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The lines between empty lines, behind the head of the file, with the number of the first."""
    block: list[str] = []
    start = next((at for at, line in enumerate(lines) if not line.strip()), len(lines))
    for at, line in enumerate([*lines[start:], ""], start + 1):
        if line.strip():
            block.append(line)
        elif block:
            yield at - len(block), block
            block = []


def _cue(block: list[str], *, line: int) -> Cue:
    at = 0 if "-->" in block[0] else 1  # a name may stand in front
    found = _TIMING.fullmatch(block[at].strip()) if at < len(block) else None
    if found is None:
        raise BadCaptions(
            "has no times like 00:00:01.000 --> 00:00:03.500",
            chinese="缺少起止时间，如 00:00:01.000 --> 00:00:03.500",
            line=line + at,
        )
    starts, ends = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
    if ends <= starts:
        raise BadCaptions("ends before it begins", chinese="结束早于开始", line=line + at)
    text = _plain("\n".join(block[at + 1 :]))
    if len(text) > TEXT_MAX_CHARS:
        raise BadCaptions("is too long for a screen", chinese="单条字幕过长", line=line + at)
    return Cue(starts, ends, text)


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60_000 + seconds * 1_000 + thousandths) / 1_000


def _plain(markup: str) -> str:
    """The words of a cue, with the name of who speaks in front, as captions are read aloud."""
    named = _VOICE.sub(lambda found: f"{found[1].strip()}：", markup)
    return html.unescape(_TAG.sub("", named)).strip()


def _assert_harmless(block: Sequence[str], *, line: int) -> None:
    """A style may fetch nothing: players apply it to their page."""
    text = "\n".join(block).lower()
    if not text.startswith("note") and ("url(" in text or "@import" in text):
        raise BadCaptions(
            "a style reaches out of the file", chinese="样式引用了外部地址", line=line
        )


def _clock(seconds: float) -> str:
    whole = round(seconds * 1_000)
    minutes, rest = divmod(whole, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1_000:02}.{rest % 1_000:03}"
