"""Two ways to do the same, in turns so short that noise meets both alike."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median, quantiles
from typing import NamedTuple

Way = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Turns:
    """How many times the time of `plain` the `other` way takes: the median over the rounds, and
    between which ratios half of them lay.

    `cpu_ratio` is the same of this process's CPU time, which others on the machine hardly touch;
    a database server's own is not in it.
    """

    name: str
    plain_ms: float
    other_ms: float
    ratio: float
    ratio_low: float
    ratio_high: float
    cpu_ratio: float
    rounds: int


async def take_turns(
    name: str, plain: Way, other: Way, *, rounds: int, batch: int, warm_up: int = 20
) -> Turns:
    """Do either way `batch` times a round, the one that begins changing with each round."""
    for _ in range(warm_up):
        await plain()
        await other()
    found: list[tuple[_Spent, _Spent]] = []
    for number in range(rounds):
        if number % 2:
            late = await _spent(other, batch)
            found.append((await _spent(plain, batch), late))
        else:
            first = await _spent(plain, batch)
            found.append((first, await _spent(other, batch)))
    ratios = [late.milliseconds / first.milliseconds for first, late in found]
    low, _, high = quantiles(ratios, n=4, method="inclusive")
    return Turns(
        name,
        plain_ms=median(first.milliseconds for first, _ in found),
        other_ms=median(late.milliseconds for _, late in found),
        ratio=median(ratios),
        ratio_low=low,
        ratio_high=high,
        cpu_ratio=median(late.cpu / first.cpu for first, late in found),
        rounds=rounds,
    )


class _Spent(NamedTuple):
    milliseconds: float
    cpu: float


async def _spent(way: Way, batch: int) -> _Spent:
    """What one takes, in the mean."""
    started, cpu = time.perf_counter(), time.process_time()
    for _ in range(batch):
        await way()
    took = (time.perf_counter() - started) * 1000 / batch
    return _Spent(took, (time.process_time() - cpu) * 1000 / batch)
