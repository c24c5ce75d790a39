"""What was compared, for people: tables in the terminal, and the same as Markdown in a page."""

from collections.abc import Iterator, Mapping, Sequence
from math import isinf
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from tests.benchmarks.goals import (
    Compared,
    Remembered,
    Scaled,
    Verdict,
    judge,
    judge_memory,
    judge_scale,
)

BEGIN = "<!-- figures: begin -->"
END = "<!-- figures: end -->"
_MEGABYTE = 1024 * 1024
_STEPS = "▁▂▃▄▅▆▇█"

Found = Sequence[Compared | Remembered | Scaled]
Rows = Sequence[Sequence[str]]

_OUTCOMES = {True: "reached", False: "MISSED", None: ""}
_VERDICTS = ("goal", "database", "figure", "rounds", "asked", "")
_RATES = ("query", "way", "requests/s", "slowest–fastest", "p50 ms", "p99 ms")


def verdicts(found: Found) -> list[tuple[str, Verdict]]:
    """Every goal that was measured, with the database."""
    return [(each.database, verdict) for each in found for verdict in _verdicts_of(each)]


def _verdicts_of(found: Compared | Remembered | Scaled) -> list[Verdict]:
    if isinstance(found, Compared):
        return judge(found)
    if isinstance(found, Remembered):
        return [judge_memory(found)]
    return [judge_scale(found)]


def _verdict_rows(found: Found) -> Rows:
    return [
        (
            verdict.what,
            database,
            _number(verdict.figure),
            f"{_number(verdict.low)}–{_number(verdict.high)}",
            verdict.goal,
            _OUTCOMES[verdict.is_reached],
        )
        for database, verdict in verdicts(found)
    ]


def _number(figure: float) -> str:
    return "∞" if isinf(figure) else f"{figure:.2f}"


def _rate_rows(compared: Compared) -> Rows:
    return [
        (
            query,
            way.value,
            f"{each.per_second:,.0f}",
            f"{each.slowest_per_second:,.0f}–{each.fastest_per_second:,.0f}",
            f"{each.p50_ms:.2f}",
            f"{each.p99_ms:.2f}",
        )
        for query, way, each in compared.summaries
    ]


def sparkline(samples: Sequence[int]) -> str:
    """A character for each sample, from the lowest to the highest of them; level if they hardly
    differ, which is to say by less than a twentieth.
    """
    low = min(samples)
    reach = max(max(samples) - low, low / 20, 1)
    return "".join(_STEPS[int((each - low) / reach * (len(_STEPS) - 1))] for each in samples)


def _memory_line(remembered: Remembered) -> str:
    samples = remembered.samples
    first, last = samples[0] / _MEGABYTE, samples[-1] / _MEGABYTE
    low, high = min(samples) / _MEGABYTE, max(samples) / _MEGABYTE
    return (
        f"{remembered.database}, {remembered.documents:,} documents: {sparkline(samples)} "
        f"{first:.0f} MiB first, {last:.0f} MiB last, between {low:.0f} and {high:.0f}"
    )


def _heading(compared: Compared) -> str:
    return (
        f"{compared.database}, {compared.amount} data, {compared.concurrency} connections: "
        "medians of the rounds"
    )


def print_found(console: Console, found: Found) -> None:
    """The rates, the memory, and last what was reached and what was missed."""
    for each in found:
        if isinstance(each, Compared):
            console.print(_table(_heading(each), _RATES, _rate_rows(each)))
        if isinstance(each, Remembered):
            console.print(_memory_line(each), highlight=False, soft_wrap=True)
    console.print(_table("Goals: ratios within one run", _VERDICTS, _verdict_rows(found)))


def _table(title: str, columns: Sequence[str], rows: Rows) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1))
    for index, name in enumerate(columns):
        table.add_column(name, justify="left" if index < 2 or not name else "right", no_wrap=True)
    for row in rows:
        missed = row[-1] == "MISSED"
        table.add_row(*row, style="bold red" if missed else "")
    return table


def has_marks(path: Path) -> bool:
    """Whether figures can be put into a page; a page that is not there is made."""
    if not path.exists():
        return True
    _, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    return bool(begin) and END in rest


def write_markdown(path: Path, facts: Mapping[str, str], found: Found) -> None:
    """Put the figures between the marks in a page that has them, or make a page of them."""
    text = path.read_text(encoding="utf-8") if path.exists() else f"{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    figures = "\n\n".join(_parts(facts, found))
    path.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}", encoding="utf-8")


def _parts(facts: Mapping[str, str], found: Found) -> Iterator[str]:
    yield _markdown(_VERDICTS, [(*row[:-1], _strong(row[-1])) for row in _verdict_rows(found)])
    for each in found:
        if isinstance(each, Compared):
            yield f"**{_heading(each)}**"
            yield _markdown(_RATES, _rate_rows(each))
        if isinstance(each, Remembered):
            yield f"`{_memory_line(each)}`"
    yield _markdown(("measured on", ""), list(facts.items()))


def _strong(verdict: str) -> str:
    return f"**{verdict}**" if verdict == "MISSED" else verdict


def _markdown(columns: Sequence[str], rows: Rows) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
