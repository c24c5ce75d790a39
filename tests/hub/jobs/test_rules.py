"""How tasks are named, and how long one that fails is waited for."""

from datetime import timedelta

import pytest

from hub.jobs.rules import ATTEMPTS_MAX, assert_task_named, is_hopeless, pause_after


@pytest.mark.parametrize("name", ["note", "tests.", "Tests.note", "tests.note.more", "tests.a b"])
def test_a_badly_named_task_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"domain\.what_is_done"):
        assert_task_named(name)


def test_pauses_double_up_to_an_hour() -> None:
    assert [pause_after(count).total_seconds() for count in (1, 2, 3, 7)] == [5, 10, 20, 320]
    assert pause_after(30) == timedelta(hours=1)


def test_all_pauses_together_outlast_a_restart_and_not_a_meeting() -> None:
    total = sum((pause_after(count) for count in range(1, ATTEMPTS_MAX)), timedelta())
    assert timedelta(minutes=10) < total < timedelta(minutes=11)
    assert not is_hopeless(ATTEMPTS_MAX - 1)
    assert is_hopeless(ATTEMPTS_MAX)
