"""What a measurement gives: medians, ratios, and how they are worked out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.benchmarks.load import Run
from tests.benchmarks.turns import Turns


@dataclass(frozen=True, slots=True)
class Summary:
    """The medians over the rounds of one server, and between which rates they lay."""

    per_second: float
    p50_ms: float
    p99_ms: float
    slowest_per_second: float
    fastest_per_second: float
    requests: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One query at one concurrency: the hub beside the hand-written code."""

    query: str
    concurrency: int
    statements: tuple[int, int]
    hub: Summary
    hand: Summary

    @property
    def ratio(self) -> float:
        """The hub's requests per second as a share of the hand-written code's."""
        return self.hub.per_second / self.hand.per_second


@dataclass(frozen=True, slots=True)
class Pages:
    """A first page of merchants beside a deep one."""

    deep_page: int
    first: Summary
    deep: Summary

    @property
    def cost_ratio(self) -> float:
        """How many times the time of the first page a deep one takes."""
        return self.first.per_second / self.deep.per_second


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of the hub's process, in bytes; None where the system does not tell."""

    after_start: int | None
    after_load: int | None
    requests: int


@dataclass(slots=True)
class Measured:
    """All that was measured on one database."""

    engine: str
    amount: str
    database: str
    comparisons: list[Comparison] = field(default_factory=list)
    pages: Pages | None = None
    memory: Memory | None = None
    start_seconds: float | None = None
    people: list[Turns] = field(default_factory=list)


def summary(runs: Sequence[Run]) -> Summary:
    """The medians of the rounds."""
    rates = [run.per_second for run in runs]
    return Summary(
        per_second=median(rates),
        p50_ms=median(run.p50_ms for run in runs),
        p99_ms=median(run.p99_ms for run in runs),
        slowest_per_second=min(rates),
        fastest_per_second=max(rates),
        requests=sum(run.requests for run in runs),
    )
