"""Vocabulary and pure decisions of those who compete: rosters, scores, ranks, who goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from hub.competitions.rules import AdvanceKind, EntrantKind
from hub.errors import Conflict, HubError, Invalid

NAME_MAX_CHARS = 80
REASON_MAX_CHARS = 500
OBJECTION_MAX_CHARS = 2_000
INVITATION_LASTS = timedelta(days=7)
JUDGES_TO_DROP_EXTREMES = 4
"""With fewer judges the highest and the lowest total stay: too little would be left."""

CODE_CHARS = 16
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: 16 characters of it are 80 bits, and none is mistaken for another."""

PREFIXES = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_CENT = Decimal("0.01")


class EntryState(StrEnum):
    """What an entry is."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    DISQUALIFIED = "disqualified"


class ScoringState(StrEnum):
    """How far the scoring of a stage is."""

    OPEN = "open"
    CLOSED = "closed"
    PUBLISHED = "published"
    FINAL = "final"


class ObjectionState(StrEnum):
    """What became of an objection."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class ScoresMissing(HubError):
    """Judges have not scored all they have to; `data["missing"]` says who and which."""

    code: ClassVar[str] = "SCORES_MISSING"


@dataclass(frozen=True, slots=True)
class Criterion:
    """What judges give points for: from 0 to `maximum`, counted `weight` times."""

    slug: str
    label: str
    maximum: int
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one judge gave one entry: points by criterion."""

    judge_id: UUID
    entry_id: UUID
    points: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Scored:
    """An entry's score, and how it came to be.

    `tie_break` is the mean of the criterion that decides ties, None without one.
    """

    entry_id: UUID
    score: Decimal
    tie_break: Decimal | None
    judges: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry with its score and its rank."""

    entry_id: UUID
    score: Decimal
    rank: int


def criteria_of(values: Sequence[Mapping[str, Any]]) -> list[Criterion]:
    """A stage's criteria from what is stored of them."""
    return [
        Criterion(each["slug"], each["label"], each["maximum"], Decimal(each["weight"]))
        for each in values
    ]


def rounded(value: Decimal) -> Decimal:
    """To two places, half up."""
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)


def checked_points(
    criteria: Sequence[Criterion], given: Sequence[tuple[str, Decimal]]
) -> dict[str, Decimal]:
    """The points by criterion. Raises Invalid unless each criterion has its points once, between
    0 and its maximum, to two decimals.
    """
    by_slug = {each.slug: each for each in criteria}
    points: dict[str, Decimal] = {}
    for index, (slug, value) in enumerate(given):
        path = ("input", "scores", index)
        if slug not in by_slug or slug in points:
            raise Invalid(
                f"`{slug[:60]}` is no criterion here, or stands twice.",
                chinese="评分项不存在或重复。",
                path=(*path, "criterion"),
            )
        maximum = by_slug[slug].maximum
        if not 0 <= value <= maximum or value != rounded(value):
            raise Invalid(
                f"Points are between 0 and {maximum}, with at most two decimals.",
                chinese=f"分值须在 0 到 {maximum} 之间，最多两位小数。",
                path=(*path, "points"),
            )
        points[slug] = rounded(value)
    if missing := [each.slug for each in criteria if each.slug not in points]:
        raise Invalid(
            f"Points are missing for {', '.join(missing)}.",
            chinese="有评分项未打分：" + "、".join(missing) + "。",
            path=("input", "scores"),
        )
    return points


def total(criteria: Sequence[Criterion], points: Mapping[str, Decimal]) -> Decimal:
    """One judge's weighted sum."""
    return sum((each.weight * points[each.slug] for each in criteria), Decimal(0))


def scored(
    entry_id: UUID,
    sheets: Sequence[Sheet],
    *,
    criteria: Sequence[Criterion],
    drop_extremes: bool,
    tie_break: str | None,
) -> Scored:
    """The mean of the judges' totals, to two places, without the highest and the lowest where that
    is the rule and at least four judges scored. `sheets` is not empty.
    """
    totals = sorted(total(criteria, each.points) for each in sheets)
    drops = drop_extremes and len(totals) >= JUDGES_TO_DROP_EXTREMES
    kept = totals[1:-1] if drops else totals
    deciding = None
    if tie_break is not None:
        given = [each.points[tie_break] for each in sheets]
        deciding = rounded(sum(given, Decimal(0)) / len(given))
    score = rounded(sum(kept, Decimal(0)) / len(kept))
    return Scored(entry_id, score, deciding, len(totals), len(totals) - len(kept))


def placed(scores: Sequence[Scored]) -> list[Placed]:
    """Everybody's rank, best first; equals share one and leave out the next (1, 2, 2, 4)."""

    def key(each: Scored) -> tuple[Decimal, Decimal]:
        return each.score, each.tie_break if each.tie_break is not None else Decimal(0)

    ordered = sorted(scores, key=lambda each: (*key(each), each.entry_id.int), reverse=True)
    ranks: list[Placed] = []
    for index, each in enumerate(ordered):
        is_equal = index > 0 and key(ordered[index - 1]) == key(each)
        rank = ranks[-1].rank if is_equal else index + 1
        ranks.append(Placed(each.entry_id, each.score, rank))
    return ranks


def goes_on(
    kind: AdvanceKind, place: Placed, *, number: int | None, score: Decimal | None
) -> bool | None:
    """Whether a place leads to the next stage; None where people decide.

    Of equals on the last place that leads on all go on.
    """
    if kind is AdvanceKind.TOP_N:
        return place.rank <= (number or 0)
    if kind is AdvanceKind.SCORE_AT_LEAST:
        return score is not None and place.score >= score
    return None


def prize_of(rank: int, quantities: Sequence[int]) -> int | None:
    """Which prize a rank wins, from 0; None for none. Equals win the same prize."""
    given = 0
    for index, quantity in enumerate(quantities):
        given += quantity
        if rank <= given:
            return index
    return None


def prefix_of(number: int) -> str:
    """The letters of a competition's nth division, from 0: A to Z without I and O, AA, AB."""
    letters, left = "", number
    while True:
        left, digit = divmod(left, len(PREFIXES))
        letters = PREFIXES[digit] + letters
        if left == 0:
            return letters
        left -= 1


def admission_number(prefix: str, number: int) -> str:
    """What an entrant is called by: B-017."""
    return f"{prefix}-{number:03}"


def masked_name(name: str) -> str:
    """张*: the first character, and that there is more."""
    return f"{name[:1]}*"


def clean_name(name: str, *, path: Sequence[str | int]) -> str:
    """A name of a person or of a team. Raises Invalid for one that is empty or too long."""
    cleaned = " ".join(name.split())
    if not 1 <= len(cleaned) <= NAME_MAX_CHARS or not cleaned.isprintable():
        raise Invalid(
            f"A name has between 1 and {NAME_MAX_CHARS} characters.",
            chinese=f"名称须为 1 到 {NAME_MAX_CHARS} 个字。",
            path=path,
        )
    return cleaned


def clean_reason(reason: str, *, path: Sequence[str | int] = ("input", "reason")) -> str:
    """Why something is done. Raises Invalid for nothing, or too much."""
    return _clean(reason, REASON_MAX_CHARS, path, chinese="理由")


def clean_objection(text: str) -> str:
    """What an objection says. Raises Invalid for nothing, or too much."""
    return _clean(text, OBJECTION_MAX_CHARS, ("input", "text"), chinese="申诉内容")


def _clean(text: str, most: int, path: Sequence[str | int], *, chinese: str) -> str:
    cleaned = text.strip()
    if not 1 <= len(cleaned) <= most or "\0" in cleaned:
        raise Invalid(
            f"It has between 1 and {most} characters.",
            chinese=f"{chinese}须为 1 到 {most} 个字。",
            path=path,
        )
    return cleaned


def assert_fits_entrant(entrant: EntrantKind, team_name: str | None) -> None:
    """Raises Invalid for a team among individuals, and for an individual among teams."""
    if (entrant is EntrantKind.TEAM) == (team_name is not None):
        return
    is_team = entrant is EntrantKind.TEAM
    raise Invalid(
        "This division is for teams: give the team a name."
        if is_team
        else "This division is for individuals: leave the team out.",
        chinese="该组别为团体赛，请填写队名。" if is_team else "该组别为个人赛，不能填写队伍。",
        path=("input", "team"),
    )


def assert_before_freeze(freezes_at: datetime, *, now: datetime) -> None:
    """Raises Conflict once the roster stays as it is."""
    if now >= freezes_at:
        raise Conflict(
            "The roster is frozen; the organiser can replace somebody for a reason.",
            chinese="队伍名单已锁定，如需换人请联系主办方。",
        )


def shown_code(code: str) -> str:
    """A code in groups of four, to be read out: 7KQ2-M4XD-0PZ9-HB3T."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def canonical_code(text: str) -> str:
    """A code as it was made, however it was typed: O is 0, I and L are 1."""
    plain = "".join(text.split()).replace("-", "").upper()[: CODE_CHARS * 4]
    return plain.translate(str.maketrans("OIL", "011"))
