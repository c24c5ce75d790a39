"""Attempts in the database: one open at a time, scored once, the best one counts."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.auth import ANONYMOUS, Viewer
from hub.database import fetch_all, recorded_statements
from hub.errors import Conflict, HubError, Invalid, NotFound, Unauthenticated
from hub.ids import new_id
from hub.learning.models import Quiz, QuizQuestion
from hub.learning.rules import LessonKind, QuestionKind
from hub.progress.queries import progress_by_lesson_ids
from hub.publishing import StoredState
from hub.quizzes.queries import attempts_by_quiz_ids, own_attempt, shown_questions
from hub.quizzes.rules import GRACE, Answer
from hub.quizzes.service import start_quiz_attempt, submit_quiz_attempt
from hub.records import Record
from tests.factories import learning
from tests.factories.identity import OTHER_PHONE
from tests.factories.learners import NOW, learner, question, quiz, solved, taught, watch

pytestmark = pytest.mark.usefixtures("database")


async def stored() -> dict[str, list[str]]:
    return {
        table: sorted(str(tuple(row)) for row in await fetch_all(f"SELECT * FROM {table}", []))
        for table in ("quiz_attempt", "lesson_progress", "course_progress", "learner")
    }


async def unchanged(act: Callable[[], Awaitable[Any]], refusal: type[HubError]) -> HubError:
    before = await stored()
    with pytest.raises(refusal) as refused:
        await act()
    assert await stored() == before
    return refused.value


def later(viewer: Viewer, delta: timedelta) -> Viewer:
    return Viewer(viewer.actor, viewer.now + delta)


async def test_an_open_attempt_is_gone_on_with() -> None:
    viewer, made = await learner(), await taught()
    first = await start_quiz_attempt(viewer, made.quiz.id)
    again = await start_quiz_attempt(later(viewer, timedelta(days=1)), made.quiz.id)
    assert (again.id, again.questions, again.number) == (first.id, first.questions, 1)


async def test_simultaneous_starts_make_one_attempt() -> None:
    viewer, made = await learner(), await taught()
    found = await asyncio.gather(*(start_quiz_attempt(viewer, made.quiz.id) for _ in range(20)))
    assert len({each.id for each in found}) == 1


async def test_an_attempt_is_scored_once() -> None:
    viewer, made = await learner(), await taught()
    attempt = await start_quiz_attempt(viewer, made.quiz.id)
    wrong = await submit_quiz_attempt(viewer, attempt.id, answers=solved(attempt, right=1))
    assert (wrong.score_percent, wrong.submitted_at) == (50, NOW)
    again = await submit_quiz_attempt(
        later(viewer, timedelta(hours=1)), attempt.id, answers=solved(attempt, right=2)
    )
    assert (again.score_percent, again.submitted_at) == (50, NOW)
    row = (await progress_by_lesson_ids(viewer, [made.last.id]))[0]
    assert row is not None
    assert (row.quiz_percent, row.completed_at) == (50, None)


async def test_simultaneous_submissions_give_one_score() -> None:
    viewer, made = await learner(), await taught()
    attempt = await start_quiz_attempt(viewer, made.quiz.id)
    found = await asyncio.gather(
        *(
            submit_quiz_attempt(viewer, attempt.id, answers=solved(attempt, right=n % 3))
            for n in range(12)
        )
    )
    assert len({each.score_percent for each in found}) == 1


async def test_the_best_score_counts() -> None:
    viewer, made = await learner(), await taught()
    for right, best in ((1, 50), (2, 100), (0, 100)):
        attempt = await start_quiz_attempt(viewer, made.quiz.id)
        await submit_quiz_attempt(viewer, attempt.id, answers=solved(attempt, right=right))
        row = (await progress_by_lesson_ids(viewer, [made.last.id]))[0]
        assert row is not None
        assert (row.quiz_percent, row.completed_at) == (best, NOW if best == 100 else None)
    numbers = [each.number for each in (await attempts_by_quiz_ids(viewer, [made.quiz.id]))[0]]
    assert numbers == [3, 2, 1]


async def test_a_video_with_a_quiz_wants_both() -> None:
    viewer, lesson = await learner(), await learning.lesson()
    made = await quiz(lesson.id)
    await question(made.id)
    row = await watch(viewer, lesson)
    assert row.completed_at is None
    attempt = await start_quiz_attempt(viewer, made.id)
    await submit_quiz_attempt(viewer, attempt.id, answers=solved(attempt, right=1))
    done = (await progress_by_lesson_ids(viewer, [lesson.id]))[0]
    assert done is not None
    assert done.completed_at == NOW


@pytest.mark.parametrize(("own", "passes"), [(None, False), (50, True)])
async def test_a_quiz_has_a_mark_of_its_own_or_the_courses(own: int | None, passes: bool) -> None:
    viewer, made = await learner(), await taught(completion_quiz_percent=51)
    await Quiz.filter(id=made.quiz.id).update(pass_percent=own)
    attempt = await start_quiz_attempt(viewer, made.quiz.id)
    await submit_quiz_attempt(viewer, attempt.id, answers=solved(attempt, right=1))
    row = (await progress_by_lesson_ids(viewer, [made.last.id]))[0]
    assert row is not None
    assert (row.completed_at is not None) is passes
    assert attempt.pass_percent == (own or 51)


async def test_after_its_time_an_attempt_is_refused_and_used() -> None:
    viewer, made = await learner(), await taught()
    await Quiz.filter(id=made.quiz.id).update(time_limit_seconds=60, attempt_count=2)
    attempt = await start_quiz_attempt(viewer, made.quiz.id)
    assert attempt.ends_at == NOW + timedelta(seconds=60)
    over = later(viewer, timedelta(seconds=60) + GRACE)
    answers = solved(attempt, right=2)
    refused = await unchanged(
        lambda: submit_quiz_attempt(over, attempt.id, answers=answers), Conflict
    )
    assert refused.path == ("input", "attemptId")
    second = await start_quiz_attempt(over, made.quiz.id)
    assert (second.number, second.id != attempt.id) == (2, True)
    just = later(over, timedelta(seconds=60) + GRACE - timedelta(microseconds=1))
    scored = await submit_quiz_attempt(just, second.id, answers=solved(second, right=2))
    assert scored.score_percent == 100
    await unchanged(lambda: start_quiz_attempt(just, made.quiz.id), Conflict)


async def test_the_next_attempt_waits_for_the_cooldown() -> None:
    viewer, made = await learner(), await taught()
    await Quiz.filter(id=made.quiz.id).update(cooldown_seconds=600)
    attempt = await start_quiz_attempt(viewer, made.quiz.id)
    await submit_quiz_attempt(viewer, attempt.id, answers=[])
    soon = later(viewer, timedelta(seconds=599))
    await unchanged(lambda: start_quiz_attempt(soon, made.quiz.id), Conflict)
    second = await start_quiz_attempt(later(viewer, timedelta(seconds=600)), made.quiz.id)
    assert second.number == 2


async def test_what_editors_change_does_not_reach_an_open_attempt() -> None:
    viewer, made = await learner(), await taught()
    attempt = await start_quiz_attempt(viewer, made.quiz.id)
    await QuizQuestion.filter(quiz_id=made.quiz.id).update(number=999)
    scored = await submit_quiz_attempt(viewer, attempt.id, answers=solved(attempt, right=2))
    assert scored.score_percent == 100


async def test_answers_to_nothing_change_nothing() -> None:
    viewer, made = await learner(), await taught()
    attempt = await start_quiz_attempt(viewer, made.quiz.id)
    await unchanged(lambda: submit_quiz_attempt(viewer, attempt.id, answers=[Answer("7")]), Invalid)


async def test_somebody_elses_attempt_is_not_there() -> None:
    mine, yours, made = await learner(), await learner(OTHER_PHONE), await taught()
    attempt = await start_quiz_attempt(mine, made.quiz.id)
    await start_quiz_attempt(yours, made.quiz.id)
    for key in (attempt.id, new_id(), None):

        async def act(key: UUID | None = key) -> Record:
            return await submit_quiz_attempt(yours, key, answers=[])

        await unchanged(act, NotFound)
    assert await own_attempt(yours, attempt.id) is None
    found = (await attempts_by_quiz_ids(yours, [made.quiz.id]))[0]
    assert [each.id == attempt.id for each in found] == [False]


async def test_a_quiz_is_hidden_with_itself_its_lesson_and_its_course() -> None:
    viewer = await learner()
    hidden: dict[str, Any] = {"state": StoredState.DRAFT}
    course = await learning.course(**hidden)
    lessons = [
        await learning.lesson(kind=LessonKind.QUIZ, **hidden),
        await learning.lesson(kind=LessonKind.QUIZ, course_id=course.id),
    ]
    quizzes = [await quiz(lesson.id) for lesson in lessons]
    quizzes.append(await quiz((await learning.lesson()).id, **hidden))
    for key in (*(each.id for each in quizzes), None):

        async def act(key: UUID | None = key) -> Record:
            return await start_quiz_attempt(viewer, key)

        await unchanged(act, NotFound)
    nobody = Viewer(ANONYMOUS, NOW)
    await unchanged(lambda: start_quiz_attempt(nobody, quizzes[0].id), Unauthenticated)
    await unchanged(lambda: submit_quiz_attempt(nobody, quizzes[0].id, answers=[]), Unauthenticated)


@pytest.mark.parametrize("shows", [True, False])
async def test_the_solution_is_told_afterwards_or_not_at_all(shows: bool) -> None:
    viewer, made = await learner(), await taught()
    await Quiz.filter(id=made.quiz.id).update(is_solution_shown=shows)
    await question(
        made.quiz.id,
        kind=QuestionKind.MULTIPLE_CHOICE,
        answers=["120", "110"],
        explanation="因为",
        position=3,
    )
    attempt = await start_quiz_attempt(viewer, made.quiz.id)
    secrets = ("is_right", "right_option_keys", "right_number", "explanation")
    for each in shown_questions(attempt):
        assert [each[name] for name in secrets] == [None] * 4
    scored = await submit_quiz_attempt(viewer, attempt.id, answers=solved(attempt, right=3))
    told = [each["is_right"] for each in shown_questions(scored)]
    assert told == ([True] * 3 if shows else [None] * 3)
    explained = {each["explanation"] for each in shown_questions(scored)}
    assert explained == ({"", "因为"} if shows else {None})


async def test_the_statements_do_not_grow_with_the_pool() -> None:
    viewer, made = await learner(), await taught()
    for number in range(10):
        await question(made.quiz.id, position=number + 3)
    with recorded_statements() as statements:
        attempt = await start_quiz_attempt(viewer, made.quiz.id)
    assert len(statements) == 8
    with recorded_statements() as statements:
        await submit_quiz_attempt(viewer, attempt.id, answers=solved(attempt, right=12))
    assert len(statements) == 18
