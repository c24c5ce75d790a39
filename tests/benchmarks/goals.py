"""What the reads are to reach, and whether they do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf
from statistics import median
from typing import Final

from tests.benchmarks.load import Run
from tests.benchmarks.results import Summary, summary

COMPARED: Final = ("Home", "Library", "TownMerchants", "CoursePage")
"""The reference queries that have goals."""


class Way(StrEnum):
    """A way to answer a query."""

    HUB = "hub, cache off"
    KEPT = "hub, cache on"
    HAND = "by hand"
    PLAIN = "plain Strawberry"
    AGGREGATED = "one statement with json_agg"
    CONSTANT = "constant bytes, Starlette"


Runs = Mapping[tuple[str, Way], Sequence[Run]]
"""The runs of each query in each way; those of a round have the same place."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on how one way stands to another, in rates or, with `is_time`, in median times."""

    query: str
    way: Way
    against: Way
    bound: float
    is_time: bool = False


GOALS: Final = (
    Goal("Home", Way.HUB, Way.PLAIN, 12.0),
    *(Goal(query, Way.HUB, Way.HAND, 0.8) for query in COMPARED),
    Goal("Home", Way.KEPT, Way.CONSTANT, 0.8),
    Goal("Library", Way.HUB, Way.HAND, 2.0, is_time=True),
)
SCALE_BOUND: Final = 1.3
"""How many times its time a query may take with a million lessons in place of 12,000."""
GROWTH_BOUND: Final = 1.05
"""How much larger a worker may be after the last document than after the first fifth of them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure beside its goal; `low` and `high` are what the rounds lay between.

    What nothing was asked of is neither reached nor missed.
    """

    what: str
    goal: str
    figure: float
    low: float
    high: float
    is_reached: bool | None


@dataclass(frozen=True, slots=True)
class Compared:
    """Everything measured side by side on one database."""

    database: str
    amount: str
    concurrency: int
    runs: Runs

    @property
    def summaries(self) -> list[tuple[str, Way, Summary]]:
        """The medians of each query in each way."""
        return [(query, way, summary(runs)) for (query, way), runs in self.runs.items()]


@dataclass(frozen=True, slots=True)
class Scaled:
    """The rounds of one query over few and over many lessons; none if it was not answered."""

    database: str
    query: str
    way: Way
    lessons: tuple[int, int]
    few: Sequence[Run]
    many: Sequence[Run]


@dataclass(frozen=True, slots=True)
class Remembered:
    """Resident memory of a worker, in bytes: `samples` are evenly spread over the documents."""

    database: str
    documents: int
    samples: Sequence[int]


def judge(compared: Compared) -> list[Verdict]:
    """The goals that can be said something about."""
    return [
        _judged(goal, compared.runs[goal.query, goal.way], compared.runs[goal.query, goal.against])
        for goal in GOALS
        if (goal.query, goal.way) in compared.runs and (goal.query, goal.against) in compared.runs
    ]


def _judged(goal: Goal, runs: Sequence[Run], against: Sequence[Run]) -> Verdict:
    """A goal's verdict: the median of the rounds' ratios, for noise meets a round's runs alike."""
    what = f"{goal.query}: {goal.way} / {goal.against}"
    if goal.is_time:
        ratios = [one.p50_ms / other.p50_ms for one, other in zip(runs, against, strict=True)]
        return _below(f"{what}, p50", goal.bound, ratios)
    ratios = [one.per_second / other.per_second for one, other in zip(runs, against, strict=True)]
    figure = median(ratios)
    reached = figure >= goal.bound
    return Verdict(what, f"≥ {goal.bound:g}", figure, min(ratios), max(ratios), reached)


def _below(what: str, bound: float, ratios: Sequence[float]) -> Verdict:
    figure = median(ratios)
    return Verdict(what, f"< {bound:g}", figure, min(ratios), max(ratios), figure < bound)


def judge_scale(scaled: Scaled) -> Verdict:
    """Whether the many cost what the few cost."""
    few, many = scaled.lessons
    rounds = zip(scaled.few, scaled.many, strict=True)
    ratios = [one.per_second / other.per_second for one, other in rounds]
    what = f"{scaled.query}, {scaled.way}: time at {many:,} lessons / at {few:,}"
    verdict = _below(what, SCALE_BOUND, ratios or [inf])
    is_asked = scaled.way is Way.HUB
    return verdict if is_asked else replace(verdict, goal="", is_reached=None)


def judge_memory(remembered: Remembered) -> Verdict:
    """Whether memory has stopped growing once the caches are full."""
    samples = remembered.samples
    settled = samples[len(samples) // 5]
    later = [sample / settled for sample in samples[len(samples) // 5 :]]
    what = f"memory after {remembered.documents:,} documents / after a fifth of them"
    figure = later[-1]
    goal = f"< {GROWTH_BOUND:g}"
    return Verdict(what, goal, figure, min(later), max(later), figure < GROWTH_BOUND)
