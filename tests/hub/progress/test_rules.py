"""What counts as watched: the same whatever the order, the number and the cut of the reports."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Conflict, Invalid, RateLimited
from hub.learning.rules import LessonKind
from hub.progress.rules import (
    ALLOWANCE_MAX_SECONDS,
    INTERVALS_KEPT,
    REPORT_INTERVALS_MAX,
    Allowance,
    Interval,
    LessonRule,
    LessonState,
    Position,
    Report,
    assert_claimable,
    assert_report,
    course_summary,
    gap_seconds,
    is_complete,
    is_course_complete,
    lesson_rule,
    merged,
    newest,
    position_of,
    refilled,
    seconds_of,
    spend,
)

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([], ()),
        ([(0, 10)], ((0, 10),)),
        ([(0, 10), (10, 20)], ((0, 20),)),
        ([(10, 20), (0, 15)], ((0, 20),)),
        ([(0, 10), (12, 20)], ((0, 20),)),
        ([(0, 10), (13, 20)], ((0, 10), (13, 20))),
        ([(590, 700)], ((590, 600),)),
        ([(600, 700)], ()),
        ([(0, 600), (5, 6)], ((0, 600),)),
    ],
)
def test_intervals_are_merged_within_the_lesson(
    intervals: list[Interval], expected: tuple[Interval, ...]
) -> None:
    assert merged(intervals, duration=600) == expected


durations = st.integers(0, 8_000)
interval = st.tuples(st.integers(0, 8_200), st.integers(1, 900)).map(
    lambda pair: (pair[0], pair[0] + pair[1])
)
reports = st.lists(st.lists(interval, max_size=6), max_size=12)


def replayed(sent: list[list[Interval]], duration: int) -> tuple[Interval, ...]:
    """What is known after reports that came in this order."""
    known: tuple[Interval, ...] = ()
    for each in sent:
        after = merged([*known, *each], duration=duration)
        assert seconds_of(after) >= seconds_of(known)
        known = after
    return known


@given(sent=reports, duration=durations, data=st.data())
def test_order_repetition_and_cut_do_not_matter(
    sent: list[list[Interval]], duration: int, data: st.DataObject
) -> None:
    known = replayed(sent, duration)
    assert seconds_of(known) <= duration
    assert len(known) <= INTERVALS_KEPT
    shuffled = data.draw(st.permutations(sent + sent))
    assert replayed(shuffled, duration) == known
    pieces = [[piece] for each in sent for start, end in each for piece in _cut(start, end)]
    assert replayed(data.draw(st.permutations(pieces)), duration) == known
    assert merged([each for one in sent for each in one], duration=duration) == known


def _cut(start: int, end: int) -> list[Interval]:
    middle = (start + end) // 2
    return [(start, end)] if middle in (start, end) else [(start, middle), (middle, end)]


@given(sent=reports, duration=durations)
def test_nothing_is_watched_that_lies_far_from_what_was_reported(
    sent: list[list[Interval]], duration: int
) -> None:
    """Only gaps that count as watched are filled."""
    reported = [each for one in sent for each in one]
    gap = gap_seconds(duration)
    for start, end in replayed(sent, duration):
        inside = sorted((max(a, start), min(b, end)) for a, b in reported if a < end and b > start)
        reach = start
        for a, b in inside:
            assert a - reach <= gap
            reach = max(reach, b)
        assert reach == end


@pytest.mark.parametrize(("duration", "gap"), [(0, 2), (600, 2), (900, 3), (3_600, 12)])
def test_gaps_grow_with_long_lessons(duration: int, gap: int) -> None:
    assert gap_seconds(duration) == gap


BAD = [
    (Report([(-1, 5)], 0, NOW), ("input", "intervals", 0, "fromSeconds")),
    (Report([(0, 5), (5, 5)], 0, NOW), ("input", "intervals", 1, "toSeconds")),
    (Report([(9, 5)], 0, NOW), ("input", "intervals", 0, "toSeconds")),
    (Report([(0, 1)] * (REPORT_INTERVALS_MAX + 1), 0, NOW), ("input", "intervals")),
    (Report([], -1, NOW), ("input", "positionSeconds")),
    (Report([], 0, NOW, "x" * 65), ("input", "deviceId")),
    (Report([], 0, NOW, "a\0b"), ("input", "deviceId")),
]


@pytest.mark.parametrize(("report", "path"), BAD)
def test_what_no_player_sends_is_named(report: Report, path: tuple[str | int, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        assert_report(report)
    assert refused.value.path == path


def test_what_players_send_is_taken() -> None:
    assert_report(Report([(0, 1)] * REPORT_INTERVALS_MAX, 10_000_000, NOW, "手机"))
    assert_report(Report([], 0, NOW))


def at(seconds: int, *, recorded: int, device: str = "") -> Position:
    return Position(seconds, NOW + recorded * SECOND, NOW, device)


positions = st.lists(
    st.builds(
        lambda seconds, recorded, device: at(seconds, recorded=recorded, device=device),
        st.integers(0, 9),
        st.integers(0, 5),
        st.sampled_from(["a", "b"]),
    ),
    min_size=1,
)


@given(said=positions, data=st.data())
def test_the_position_recorded_last_wins_in_any_order(
    said: list[Position], data: st.DataObject
) -> None:
    def last(order: list[Position]) -> Position:
        known: Position | None = None
        for each in order:
            known = newest(known, each)
        assert known is not None
        return known

    assert last(said) == last(data.draw(st.permutations(said + said)))
    assert last(said).at == max(each.at for each in said)


def test_a_clock_that_runs_ahead_speaks_of_now() -> None:
    ahead = Report([], 700, NOW + timedelta(days=3))
    assert position_of(ahead, duration=600, now=NOW) == Position(600, NOW, NOW)


def test_the_allowance_comes_back_twice_as_fast_as_time_passes() -> None:
    left = spend(Allowance(100, NOW), 100, now=NOW)
    assert left == Allowance(0, NOW)
    assert refilled(left, now=NOW + 1.9 * SECOND) == Allowance(2, NOW + SECOND)
    assert refilled(left, now=NOW - SECOND) == left
    assert refilled(left, now=NOW + timedelta(days=9)).seconds == ALLOWANCE_MAX_SECONDS


def test_more_than_the_allowance_has_to_wait() -> None:
    with pytest.raises(RateLimited) as refused:
        spend(Allowance(10, NOW), 101, now=NOW)
    assert refused.value.data["retryAfterSeconds"] == 46
    assert spend(Allowance(10, NOW), 101, now=NOW + 46 * SECOND).seconds == 1


RULES = [
    (LessonKind.VIDEO, 600, None, LessonRule(540)),
    (LessonKind.AUDIO, 601, None, LessonRule(541)),
    (LessonKind.LIVE, 600, 60, LessonRule(540, 60)),
    (LessonKind.ARTICLE, 300, None, LessonRule(99)),
    (LessonKind.QUIZ, 300, 60, LessonRule(0, 60)),
    (LessonKind.QUIZ, 300, None, LessonRule(99)),
    (LessonKind.VIDEO, 0, None, LessonRule(0)),
]


@pytest.mark.parametrize(("kind", "duration", "quiz", "rule"), RULES)
def test_each_kind_of_lesson_has_its_rule(
    kind: LessonKind, duration: int, quiz: int | None, rule: LessonRule
) -> None:
    assert lesson_rule(kind, duration, watched_percent=90, quiz_percent=quiz) == rule


@pytest.mark.parametrize(
    ("seconds", "score", "expected"),
    [(539, 100, False), (540, None, False), (540, 59, False), (540, 60, True), (600, 100, True)],
)
def test_seconds_and_score_complete_a_lesson(
    seconds: int, score: int | None, expected: bool
) -> None:
    assert is_complete(LessonRule(540, 60), seconds=seconds, quiz_percent=score) is expected


def state(
    number: int, *, touched: int | None = None, done: bool = False, watched: int = 0
) -> LessonState:
    return LessonState(
        UUID(int=number),
        LessonRule(100),
        seconds_watched=watched,
        position_seconds=watched,
        touched_at=None if touched is None else NOW + touched * SECOND,
        is_completed=done,
    )


def test_a_course_is_complete_with_its_last_lesson() -> None:
    assert not is_course_complete([])
    assert not is_course_complete([state(1, done=True), state(2)])
    assert is_course_complete([state(1, done=True), state(2, done=True)])
    with pytest.raises(Conflict):
        assert_claimable(False)
    assert_claimable(True)


SUMMARIES = [
    ([], (0, None, None)),
    ([state(1), state(2)], (0, 1, 0)),
    ([state(1, touched=1, watched=50), state(2)], (25, 1, 50)),
    ([state(1, touched=1, done=True, watched=90), state(2)], (50, 2, 0)),
    ([state(1), state(2, touched=1, done=True)], (50, 1, 0)),
    ([state(1, touched=5, watched=10), state(2, touched=3, watched=100)], (54, 1, 10)),
    ([state(1, touched=1, done=True), state(2, touched=2, done=True)], (100, None, None)),
]


@pytest.mark.parametrize(("lessons", "expected"), SUMMARIES)
def test_where_to_go_on(
    lessons: list[LessonState], expected: tuple[int, int | None, int | None]
) -> None:
    found = course_summary(lessons)
    key = found.resume_lesson_id.int if found.resume_lesson_id else None
    assert (found.percent, key, found.resume_position_seconds) == expected
    assert found.lesson_count == len(lessons)


def test_a_quiz_is_half_of_its_lessons_share() -> None:
    rule = LessonRule(100, 60)
    both = LessonState(UUID(int=1), rule, seconds_watched=100, quiz_percent=30)
    assert course_summary([both]).percent == 75
    alone = LessonState(UUID(int=1), LessonRule(0, 60), quiz_percent=59)
    assert course_summary([alone]).percent == 98
