"""What was asked and not reached is shown as missed."""

from math import inf
from pathlib import Path

from tests.benchmarks.goalreport import BEGIN, END, has_marks, sparkline, write_markdown
from tests.benchmarks.goals import (
    Compared,
    Remembered,
    Scaled,
    Way,
    judge,
    judge_memory,
    judge_scale,
)
from tests.benchmarks.load import Run


def rounds(*rates: float, p50_ms: float = 1.0) -> list[Run]:
    """Runs of a second with so many requests each."""
    return [Run(int(rate), 1.0, p50_ms, p50_ms) for rate in rates]


def home(hub: list[Run], plain: list[Run]) -> Compared:
    return Compared("SQLite", "city", 8, {("Home", Way.HUB): hub, ("Home", Way.PLAIN): plain})


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    (verdict,) = judge(home(rounds(120, 600, 1200), rounds(10, 100, 100)))
    assert (verdict.figure, verdict.low, verdict.high) == (12.0, 6.0, 12.0)
    assert verdict.is_reached


def test_less_than_the_goal_is_missed() -> None:
    (verdict,) = judge(home(rounds(119), rounds(10)))
    assert not verdict.is_reached


def test_a_time_has_to_stay_below() -> None:
    times = {
        ("Library", Way.HUB): rounds(90, p50_ms=2.0),
        ("Library", Way.HAND): rounds(100, p50_ms=1.0),
    }
    rate, time = judge(Compared("SQLite", "city", 8, times))
    assert (rate.figure, rate.is_reached) == (0.9, True)
    assert (time.figure, time.is_reached) == (2.0, False)


def test_what_is_not_answered_takes_for_ever() -> None:
    verdict = judge_scale(Scaled("SQLite", "Home", Way.HUB, (12_000, 1_000_000), [], []))
    assert (verdict.figure, verdict.is_reached) == (inf, False)


def test_nothing_is_asked_of_code_by_hand() -> None:
    slow = Scaled("SQLite", "Home", Way.HAND, (12_000, 1_000_000), rounds(100), rounds(10))
    assert judge_scale(slow).is_reached is None


def test_memory_may_grow_until_the_caches_are_full() -> None:
    full = [100, 180, *[200] * 8]
    assert judge_memory(Remembered("SQLite", 1_000, full)).is_reached
    assert not judge_memory(Remembered("SQLite", 1_000, [*full[:-1], 220])).is_reached


def test_a_level_memory_looks_level() -> None:
    assert sparkline([1000, 1001, 1000]) == "▁▁▁"
    assert sparkline([1000, 2000]) == "▁█"


def test_figures_are_put_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write_markdown(page, {"cpu": "a fast one"}, [home(rounds(50), rounds(10))])
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert (
        "| Home: hub, cache off / plain Strawberry | SQLite | 5.00 | 5.00–5.00 | ≥ 12 "
        "| **MISSED** |" in text
    )
    assert "| cpu | a fast one |" in text


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert has_marks(page)
    page.write_text("somebody's own", encoding="utf-8")
    assert not has_marks(page)
