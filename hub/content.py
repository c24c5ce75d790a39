"""The pieces of the content folder's format that every kind of content shares.

A domain's `content.py` describes its files with these types; `hub/kinds.py` maps an item to rows
and back; `docs/content.md` is the contract.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self
from zoneinfo import available_timezones

from annotated_types import MaxLen
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from hub.datum import Datum, to_wgs84
from hub.publishing import StoredState
from hub.reasons import Misfit

TEXT_MAX_CHARS = 50_000
SLUG_MAX_CHARS = 120
LIST_MAX_ITEMS = 500
DEFAULT_TIMEZONE = "Asia/Shanghai"
DEFAULT_PUBLISHED_AT = datetime(2025, 12, 31, 16, tzinfo=UTC)
"""Midnight of New Year 2026 in China: when an item that says nothing else was published."""

_COORDINATE_DIGITS = 7
_YEAR_MIN = 1900
_YEAR_MAX = 2200
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ADDRESS = re.compile(r"(https?://[^\s/]|/)\S*")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a content folder.

    `line` counts from 1; `path` is like `courses[3].sessions[0].ends_at`, and empty when the file
    as a whole is to blame. `chinese` says the reason to editors, who have no file.
    """

    file: str
    line: int
    path: str
    reason: str
    chinese: str = ""

    def __str__(self) -> str:
        where = f" {self.path}:" if self.path else ""
        return _printable(f"{self.file}:{self.line}:{where} {self.reason}")


def _printable(text: str) -> str:
    """`text` for a terminal: what is no character to be seen comes as its code."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


@dataclass(frozen=True, slots=True)
class To:
    """Marks a key of a file as the slug of an item of one of `kinds`, or a list of such slugs.

    Editors name the item by its id, unless the slug itself is what is kept: `keeps_slug`.
    """

    kinds: tuple[str, ...]
    keeps_slug: bool = False


ANY_PLACE = To(("merchants", "stations", "service_centres"))


def clean_text(value: str) -> str:
    """`value` with Unix line ends. Raises ValueError for what no text may hold."""
    value = value.replace("\r\n", "\n").strip()
    if found := _CONTROL.search(value):
        code = f"U+{ord(found[0]):04X}"
        raise Misfit(
            f"holds the character {code}, which is not text", chinese=f"含有非文字字符 {code}"
        )
    return value


def _one_line(value: str) -> str:
    if "\n" in value or "\t" in value:
        raise Misfit("has to be one line, without tabs", chinese="须为一行文字，不含制表符")
    return value


def _as_text(value: Any) -> str:
    if not isinstance(value, str):
        raise Misfit(f"has to be text; put it in quotes: {_quoted(value)}", chinese="须为文字")
    return clean_text(value)


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, bool | int | float) else '"..."'


def is_slug(text: str) -> bool:
    """Whether a text is made as a slug is."""
    return len(text) <= SLUG_MAX_CHARS and _SLUG.fullmatch(text) is not None


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise Misfit(
            "is made of lower-case letters a-z, digits and hyphens: panhuo-street",
            chinese="只能由小写字母、数字和连字符组成，如 panhuo-street",
        )
    return value


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise Misfit(
            "is an address: https://..., or a path on this server: /media/...",
            chinese="须为网址 https://… 或本站路径 /media/…",
        )
    return value


def _zone(value: str) -> str:
    if value not in _zones():
        raise Misfit(
            "is no time zone; use an IANA name such as Asia/Shanghai",
            chinese="不是时区名称，请使用 Asia/Shanghai 这样的 IANA 名称",
        )
    return value


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _instant(value: Any) -> datetime:
    if not (isinstance(value, str) and _INSTANT.fullmatch(value.strip())):
        raise Misfit(
            "is an instant with an offset: 2026-03-01T09:00:00+08:00",
            chinese="须为带时差的时间，如 2026-03-01T09:00:00+08:00",
        )
    instant = datetime.fromisoformat(value.strip().upper())
    _assert_year(instant.year)
    return instant.astimezone(UTC)


def _day(value: Any) -> date:
    if not (isinstance(value, str) and _DAY.fullmatch(value.strip())):
        raise Misfit("is a day: 2026-03-01", chinese="须为日期，如 2026-03-01")
    day = date.fromisoformat(value.strip())
    _assert_year(day.year)
    return day


def _assert_year(year: int) -> None:
    if not _YEAR_MIN < year < _YEAR_MAX:
        years = _YEAR_MIN + 1, _YEAR_MAX - 1
        raise Misfit(
            f"lies outside the years {years[0]} to {years[1]}",
            chinese=f"须在 {years[0]} 年到 {years[1]} 年之间",
        )


def _money(value: Any) -> Decimal:
    if isinstance(value, bool) or not _MONEY.fullmatch(str(value)):
        raise Misfit(
            "is an amount with at most two decimals: 6500 or 6500.50",
            chinese="须为金额，最多两位小数，如 6500 或 6500.50",
        )
    return Decimal(str(value)).quantize(_CENT)


_CENT = Decimal("0.01")
_MONEY = re.compile(r"\d{1,10}(\.\d{1,2})?", re.ASCII)

Text = Annotated[str, BeforeValidator(_as_text), MaxLen(TEXT_MAX_CHARS)]
"""Text of several lines: blanks at both ends are stripped."""
Line = Annotated[
    str, BeforeValidator(_as_text), StringConstraints(min_length=1), AfterValidator(_one_line)
]
"""Text of one line that is not empty; say how long with `MaxLen`."""
Slug = Annotated[Line, MaxLen(SLUG_MAX_CHARS), AfterValidator(_slug)]
Address = Annotated[Line, MaxLen(500), AfterValidator(_address)]
Zone = Annotated[Line, MaxLen(64), AfterValidator(_zone)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Day = Annotated[date, BeforeValidator(_day)]
Year = Annotated[int, Field(strict=True, gt=_YEAR_MIN, lt=_YEAR_MAX)]
Money = Annotated[Decimal, BeforeValidator(_money)]
Currency = Annotated[Line, StringConstraints(pattern="^[A-Z]{3}$")]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
Flag = Annotated[bool, Field(strict=True)]
Position = Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None
"""Where an item stands among its like, from 1; by default the order in the file."""
Degrees = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def later_than(other: str) -> AfterValidator:
    """A check for an instant or a number: it comes after the key `other`, declared before it."""
    reasons = f"is not after {other}", f"须晚于 {other}"
    return AfterValidator(_comparison(other, lambda low, high: low < high, reasons))


def at_least(other: str) -> AfterValidator:
    """A check for an instant or a number: it is not less than the key `other`, declared before."""
    reasons = f"is less than {other}", f"不能小于 {other}"
    return AfterValidator(_comparison(other, lambda low, high: low <= high, reasons))


def _comparison(
    other: str, holds: Callable[[Any, Any], bool], reasons: tuple[str, str]
) -> Callable[[Any, ValidationInfo], Any]:
    def check(value: Any, info: ValidationInfo) -> Any:
        low = info.data.get(other)
        if value is not None and low is not None and not holds(low, value):
            raise Misfit(f"{reasons[0]} ({low})", chinese=f"{reasons[1]}（{low}）")
        return value

    return check


def distinct() -> AfterValidator:
    """A check for a list: nothing stands in it twice."""
    return AfterValidator(lambda values: _assert_distinct(values, values))


def distinct_slugs() -> AfterValidator:
    """A check for a list of parts: no two have the same slug."""
    return AfterValidator(lambda parts: _assert_distinct(parts, [part.slug for part in parts]))


def _assert_distinct(values: Any, keys: Sequence[str]) -> Any:
    for index, key in enumerate(keys):
        if key in keys[:index]:
            raise Misfit(f"has `{key}` twice", chinese=f"重复出现 {key}")
    return values


class FileModel(BaseModel):
    """A mapping in a file: unknown keys are refused, a key without a value counts as left out.

    `conversions` are for keys that become a column by more than their name: a function that makes
    the columns, and one that makes the key's value again.
    """

    model_config = ConfigDict(extra="forbid")
    conversions: ClassVar[Mapping[str, tuple[Callable[..., Any], Callable[..., Any]]]] = {}

    @model_validator(mode="before")
    @classmethod
    def _left_out(cls, data: Any) -> Any:
        if isinstance(data, dict) and None in data.values():
            return {key: value for key, value in data.items() if value is not None}
        return data


class Location(FileModel):
    """A point in degrees; brought to WGS-84, to seven decimals (a centimetre)."""

    latitude: Annotated[Degrees, Field(ge=-90, le=90)]
    longitude: Annotated[Degrees, Field(ge=-180, le=180)]
    datum: Datum = Datum.WGS84

    @model_validator(mode="after")
    def _as_wgs84(self) -> Self:
        latitude, longitude = to_wgs84(self.latitude, self.longitude, datum=self.datum)
        self.latitude = round(latitude, _COORDINATE_DIGITS)
        self.longitude = round(longitude, _COORDINATE_DIGITS)
        self.datum = Datum.WGS84
        return self


class Item(FileModel):
    """One item of a file. `key` names what identifies it within its kind."""

    key: ClassVar[str] = "slug"


class FileState(StrEnum):
    """What an item of a file says about its publication."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Published(Item):
    """The keys of everything that can be published.

    `scheduled` is another word for published with a window that is given; what is not given for a
    published item is `DEFAULT_PUBLISHED_AT`.
    """

    slug: Slug
    state: FileState = FileState.PUBLISHED
    published_at: Instant | None = None
    expires_at: Annotated[Instant | None, later_than("published_at")] = None
    illustrative: Flag = False

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.state is FileState.SCHEDULED and self.published_at is None:
            raise Misfit(
                "state scheduled needs published_at: the instant from which it shows",
                chinese="定时发布须有 published_at",
            )
        if self.state is FileState.PUBLISHED and self.published_at is None:
            self.published_at = DEFAULT_PUBLISHED_AT
        if self.published_at and self.expires_at and self.expires_at <= self.published_at:
            raise Misfit(
                f"expires_at is not after published_at ({self.published_at})",
                chinese=f"expires_at 须晚于 published_at（{self.published_at}）",
            )
        return self

    def stored_state(self) -> StoredState:
        """The state as the database keeps it: the window tells scheduled from published."""
        if self.state is FileState.SCHEDULED:
            return StoredState.PUBLISHED
        return StoredState(self.state.value)


def minutes_of(text: str) -> int:
    """The minutes from midnight of a time of day `HH:MM`; `24:00` is 1440.

    Raises ValueError for anything else.
    """
    if not _TIME_OF_DAY.fullmatch(text):
        raise Misfit(
            'is a time of day in quotes: "09:00", up to "24:00"',
            chinese='须为时刻，如 "09:00"，最晚 "24:00"',
        )
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)


def time_of_day(minutes: int) -> str:
    """The time of day of minutes from midnight; past 1440 it is the next day's."""
    if minutes != 24 * 60:
        minutes %= 24 * 60
    return f"{minutes // 60:02}:{minutes % 60:02}"


TimeOfDay = Annotated[Line, AfterValidator(lambda text: time_of_day(minutes_of(text)))]
ONE_DAY = timedelta(days=1)
