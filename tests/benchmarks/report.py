"""The figures for people (tables in the terminal) and for machines (JSON)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from rich import box
from rich.console import Console
from rich.table import Table

from tests.benchmarks.results import Comparison, Measured, Memory

_BAR_WIDTH = 12
_MEGABYTE = 1024 * 1024


def print_header(console: Console, facts: Mapping[str, str]) -> None:
    """Machine and versions."""
    table = Table(title="Measured on", title_justify="left", show_header=False, box=None)
    for name, value in facts.items():
        table.add_row(name, value)
    console.print(table)


def print_measured(console: Console, measured: Measured) -> None:
    """All figures of one database."""
    console.print()
    if measured.comparisons:
        console.print(_comparisons(measured))
        console.print(_others(measured))
    console.print(_people(measured))


def _people(measured: Measured) -> Table:
    table = Table(
        title=f"{measured.database}, {measured.amount} data: signed in beside anonymous, known "
        "phones beside unknown; in process",
        title_justify="left",
        caption="ms are medians; the ratio is the median of the rounds and its middle half",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        pad_edge=False,
    )
    table.add_column("what", no_wrap=True)
    for name in ("plain ms", "other ms", "ratio", "middle half", "CPU ratio", "rounds"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in measured.people:
        table.add_row(
            each.name,
            f"{each.plain_ms:.3f}",
            f"{each.other_ms:.3f}",
            f"[bold]{each.ratio:.3f}[/]",
            f"{each.ratio_low:.3f}–{each.ratio_high:.3f}",
            f"{each.cpu_ratio:.3f}",
            str(each.rounds),
        )
    return table


def _comparisons(measured: Measured) -> Table:
    table = Table(
        title=f"{measured.database}, {measured.amount} data: one server process, one core",
        title_justify="left",
        caption=(
            "× connections; statements of the hub / by hand; rates and percentiles are medians of "
            "the rounds; the bar is the hub's share of the rate by hand"
        ),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        pad_edge=False,
    )
    for name, justify in _COLUMNS:
        table.add_column(name, justify=justify, no_wrap=True)
    for comparison in measured.comparisons:
        table.add_row(*_row(comparison), end_section=comparison is measured.comparisons[-1])
    return table


_COLUMNS: Sequence[tuple[str, Any]] = (
    ("query", "left"),
    ("×", "right"),
    ("stmts", "right"),
    ("hub/s", "right"),
    ("p50 ms", "right"),
    ("p99 ms", "right"),
    ("hand/s", "right"),
    ("p50 ms", "right"),
    ("p99 ms", "right"),
    ("ratio", "right"),
    ("", "left"),
)


def _row(each: Comparison) -> tuple[str, ...]:
    hub, hand = each.statements
    return (
        each.query,
        str(each.concurrency),
        f"{hub}/{hand}",
        f"[bold]{each.hub.per_second:,.0f}[/]",
        f"{each.hub.p50_ms:.1f}",
        f"{each.hub.p99_ms:.1f}",
        f"{each.hand.per_second:,.0f}",
        f"{each.hand.p50_ms:.1f}",
        f"{each.hand.p99_ms:.1f}",
        f"{each.ratio:.2f}",
        _bar(each.ratio),
    )


def _bar(share: float) -> str:
    filled = round(min(max(share, 0.0), 1.0) * _BAR_WIDTH)
    return "█" * filled + "░" * (_BAR_WIDTH - filled)


def _others(measured: Measured) -> Table:
    table = Table(show_header=False, box=None)
    if measured.pages is not None:
        pages = measured.pages
        table.add_row(
            f"merchants, page {pages.deep_page} beside page 1",
            f"{pages.cost_ratio:.2f} times the time "
            f"({pages.deep.per_second:,.0f}/s, {pages.first.per_second:,.0f}/s)",
        )
    if measured.memory is not None:
        table.add_row("resident memory", _memory(measured.memory))
    if measured.start_seconds is not None:
        table.add_row(
            "process start to first answer, sample data", f"{measured.start_seconds:.2f} s"
        )
    return table


def _memory(memory: Memory) -> str:
    if memory.after_start is None or memory.after_load is None:
        return "not known on this system"
    before, after = memory.after_start / _MEGABYTE, memory.after_load / _MEGABYTE
    return f"{before:.0f} MiB after start, {after:.0f} MiB after {memory.requests:,} requests"


def write_json(
    path: Path, facts: Mapping[str, str], found: Sequence[Measured], import_seconds: float | None
) -> None:
    """Everything, ratios included, as one JSON document."""
    document = {
        "machine": facts,
        "import_seconds": import_seconds,
        "measured": [_as_json(measured) for measured in found],
    }
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")


def _as_json(measured: Measured) -> dict[str, Any]:
    value = asdict(measured)
    for written, comparison in zip(value["comparisons"], measured.comparisons, strict=True):
        written["ratio"] = comparison.ratio
    if measured.pages is not None:
        value["pages"]["cost_ratio"] = measured.pages.cost_ratio
    return value
