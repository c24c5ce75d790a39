"""Ranks, extremes, ties, who goes on, prizes, numbers and codes, as tables."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.competitions.rules import AdvanceKind, EntrantKind
from hub.contests.rules import (
    Criterion,
    Placed,
    Scored,
    Sheet,
    admission_number,
    assert_fits_entrant,
    canonical_code,
    checked_points,
    clean_name,
    goes_on,
    masked_name,
    placed,
    prefix_of,
    prize_of,
    rounded,
    scored,
    shown_code,
)
from hub.errors import Invalid

SAFETY = Criterion("safety", "安全", 100, Decimal("0.60"))
SPEED = Criterion("speed", "速度", 50, Decimal("1.00"))
ENTRY = UUID(int=1)


def sheet(judge: int, safety: str, speed: str = "0") -> Sheet:
    return Sheet(UUID(int=judge), ENTRY, {"safety": Decimal(safety), "speed": Decimal(speed)})


def score_of(*sheets: Sheet, drop: bool = False, tie: str | None = None) -> Scored:
    return scored(ENTRY, sheets, criteria=[SAFETY, SPEED], drop_extremes=drop, tie_break=tie)


def by_safety(*points: str, drop: bool = False) -> Scored:
    return score_of(*(sheet(index, each) for index, each in enumerate(points)), drop=drop)


@pytest.mark.parametrize(
    ("points", "drop", "expected", "dropped"),
    [
        (("100",), False, "60.00", 0),
        (("100", "50"), False, "45.00", 0),
        (("0", "50", "100"), True, "30.00", 0),
        (("0", "50", "60", "100"), True, "33.00", 2),
        (("0", "50", "60", "100"), False, "31.50", 0),
        (("0", "50", "50", "50", "100"), True, "30.00", 2),
        (("100", "100", "100", "100"), True, "60.00", 2),
        (("0.01", "0.01", "0.02"), False, "0.01", 0),
    ],
)
def test_a_score_is_the_mean_of_the_judges_totals(
    points: tuple[str, ...], drop: bool, expected: str, dropped: int
) -> None:
    found = by_safety(*points, drop=drop)
    assert (found.score, found.dropped) == (Decimal(expected), dropped)
    assert found.judges == len(points)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1.005", "1.01"), ("1.015", "1.02"), ("2.5", "2.50"), ("1.004", "1.00")],
)
def test_halves_go_up(value: str, expected: str) -> None:
    assert str(rounded(Decimal(value))) == expected


def test_the_criterion_that_decides_ties_is_its_mean() -> None:
    found = score_of(sheet(1, "80", "10"), sheet(2, "70", "15"), tie="speed")
    assert found.tie_break == Decimal("12.50")
    assert score_of(sheet(1, "80")).tie_break is None


def result(number: int, score: str, tie: str | None = None) -> Scored:
    return Scored(UUID(int=number), Decimal(score), Decimal(tie) if tie else None, 3, 0)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], []),
        ([result(1, "9")], [1]),
        ([result(1, "7"), result(2, "9"), result(3, "8")], [3, 1, 2]),
        ([result(1, "9"), result(2, "8"), result(3, "8"), result(4, "7")], [1, 2, 2, 4]),
        ([result(1, "9"), result(2, "9"), result(3, "9"), result(4, "1")], [1, 1, 1, 4]),
        ([result(1, "8", "2"), result(2, "8", "3"), result(3, "9", "1")], [3, 2, 1]),
        ([result(1, "8", "3"), result(2, "8", "3"), result(3, "8", "1")], [1, 1, 3]),
    ],
)
def test_equals_share_a_rank_and_leave_out_the_next(
    scores: list[Scored], expected: list[int]
) -> None:
    ranks = {each.entry_id.int: each.rank for each in placed(scores)}
    assert [ranks[number + 1] for number in range(len(scores))] == expected


@given(st.lists(st.integers(0, 5), max_size=12))
def test_a_rank_counts_who_is_better(scores: list[int]) -> None:
    found = placed([result(number, str(each)) for number, each in enumerate(scores, 1)])
    for each in found:
        assert each.rank == 1 + sum(other > each.score for other in scores)


@pytest.mark.parametrize(
    ("kind", "rank", "score", "expected"),
    [
        (AdvanceKind.TOP_N, 2, "1", True),
        (AdvanceKind.TOP_N, 3, "99", False),
        (AdvanceKind.SCORE_AT_LEAST, 9, "60.00", True),
        (AdvanceKind.SCORE_AT_LEAST, 1, "59.99", False),
        (AdvanceKind.BY_HAND, 1, "100", None),
    ],
)
def test_who_goes_on(kind: AdvanceKind, rank: int, score: str, expected: bool | None) -> None:
    place = Placed(ENTRY, Decimal(score), rank)
    assert goes_on(kind, place, number=2, score=Decimal(60)) is expected


@pytest.mark.parametrize(
    ("rank", "expected"), [(1, 0), (2, 1), (3, 1), (4, 2), (6, 2), (7, None), (100, None)]
)
def test_prizes_go_by_rank(rank: int, expected: int | None) -> None:
    assert prize_of(rank, [1, 2, 3]) == expected
    assert prize_of(rank, []) is None


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ([("safety", "1")], ("input", "scores")),
        ([("safety", "1"), ("safety", "2")], ("input", "scores", 1, "criterion")),
        ([("safety", "1"), ("beauty", "2")], ("input", "scores", 1, "criterion")),
        ([("safety", "100.01"), ("speed", "2")], ("input", "scores", 0, "points")),
        ([("safety", "1"), ("speed", "-1")], ("input", "scores", 1, "points")),
        ([("safety", "1"), ("speed", "0.001")], ("input", "scores", 1, "points")),
    ],
)
def test_points_that_do_not_fit(given: list[tuple[str, str]], path: tuple[object, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        checked_points([SAFETY, SPEED], [(slug, Decimal(value)) for slug, value in given])
    assert refused.value.path == path


def test_points_that_fit() -> None:
    given = [("speed", Decimal("50")), ("safety", Decimal("0"))]
    assert checked_points([SAFETY, SPEED], given) == {"speed": Decimal(50), "safety": Decimal(0)}


def test_numbers_of_divisions_have_letters_that_none_is_mistaken_for() -> None:
    prefixes = [prefix_of(number) for number in range(700)]
    assert prefixes[:3] == ["A", "B", "C"]
    assert prefixes[23:26] == ["Z", "AA", "AB"]
    assert len(set(prefixes)) == 700
    assert not set("IO") & set("".join(prefixes))
    assert [admission_number("B", each) for each in (17, 1000)] == ["B-017", "B-1000"]


def test_codes_are_read_however_they_are_typed() -> None:
    assert shown_code("7KQ2M4XD0PZ9HB31") == "7KQ2-M4XD-0PZ9-HB31"
    assert canonical_code(" 7kq2-m4xd OPZ9 hb3l") == "7KQ2M4XD0PZ9HB31"


@pytest.mark.parametrize("name", ["", "  ", "名" * 81, "a\u202eb", "a\0"])
def test_names_that_do_not_fit(name: str) -> None:
    with pytest.raises(Invalid):
        clean_name(name, path=("input", "name"))
    assert clean_name("  鄞州  一队 ", path=()) == "鄞州 一队"
    assert [masked_name(each) for each in ("张三", "A team")] == ["张*", "A*"]


@pytest.mark.parametrize(
    ("entrant", "team"), [(EntrantKind.TEAM, None), (EntrantKind.INDIVIDUAL, "一队")]
)
def test_a_team_enters_among_teams(entrant: EntrantKind, team: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        assert_fits_entrant(entrant, team)
    assert refused.value.path == ("input", "team")
