"""Writes of attempts: begun, and scored once on the server."""

from collections.abc import Sequence
from uuid import UUID

from hub.auth import Viewer, require_person
from hub.bulk import insert_rows, update_rows
from hub.encryption import random_token
from hub.ids import new_id
from hub.learning.queries import questions_of
from hub.progress.queries import may_learn, pass_percent_of
from hub.progress.service import as_learner, record_quiz_score
from hub.quizzes.models import QuizAttempt
from hub.quizzes.queries import (
    attempt_state,
    attempts_of,
    own_attempt,
    quiz_seen,
    terms_of,
    tried,
)
from hub.quizzes.rules import (
    Answer,
    AttemptState,
    assert_answers,
    assert_may_start,
    attempt_not_found,
    drawn,
    ends_at,
    quiz_not_found,
    results,
    score_percent,
    time_is_over,
)
from hub.records import Record

_SEED_CHARS = 32


async def start_quiz_attempt(viewer: Viewer, quiz_id: UUID | None) -> Record:
    """Begin an attempt, or go on with the one that is open; its row.

    Raises Unauthenticated, NotFound for a quiz that is not there or not to be learnt, and Conflict
    when no attempt is left or the next one has to wait. Nothing is changed then.
    """
    person_id = require_person(viewer.actor)

    async def body() -> Record:
        seen = await quiz_seen(viewer, quiz_id)
        if seen is None or not await may_learn(viewer, seen[1]):
            raise quiz_not_found()
        quiz, _, course = seen
        before = await attempts_of(person_id, quiz.id)
        if before and attempt_state(before[-1], viewer) is AttemptState.OPEN:
            return before[-1]
        assert_may_start(terms_of(quiz), [tried(each) for each in before], now=viewer.now)
        number = before[-1].number + 1 if before else 1
        return await _begin(viewer, quiz, number=number, pass_percent=pass_percent_of(quiz, course))

    return await as_learner(viewer, body)


async def _begin(viewer: Viewer, quiz: Record, *, number: int, pass_percent: int) -> Record:
    seed = random_token()[:_SEED_CHARS]
    pool = await questions_of(quiz.id)
    questions = drawn(pool, count=quiz.drawn_count, is_shuffled=quiz.is_shuffled, seed=seed)
    row = {
        "id": new_id(),
        "person_id": require_person(viewer.actor),
        "quiz_id": quiz.id,
        "number": number,
        "seed": seed,
        "questions": questions,
        "pass_percent": pass_percent,
        "is_solution_shown": quiz.is_solution_shown,
        "started_at": viewer.now,
        "ends_at": ends_at(terms_of(quiz), now=viewer.now),
    }
    await insert_rows(QuizAttempt, [row])
    made = await own_attempt(viewer, row["id"])
    assert made is not None
    return made


async def submit_quiz_attempt(
    viewer: Viewer, attempt_id: UUID | None, *, answers: Sequence[Answer]
) -> Record:
    """Score an attempt, once; its row. What was submitted before answers as it did then.

    The best score counts for the lesson. Raises Unauthenticated, NotFound for an attempt that is
    not there or somebody else's or whose quiz is gone, Invalid naming the answer, and Conflict
    after its time. Nothing is changed then.
    """
    require_person(viewer.actor)

    async def body() -> Record:
        attempt = await own_attempt(viewer, attempt_id)
        seen = await quiz_seen(viewer, attempt.quiz_id) if attempt else None
        if attempt is None or seen is None:
            raise attempt_not_found()
        state = attempt_state(attempt, viewer)
        if state is AttemptState.SUBMITTED:
            return attempt
        if state is AttemptState.EXPIRED:
            raise time_is_over()
        assert_answers(attempt.questions, answers)
        scored = await _score(viewer, attempt, answers)
        await record_quiz_score(viewer, seen[1], percent=scored.score_percent)
        return scored

    return await as_learner(viewer, body)


async def _score(viewer: Viewer, attempt: Record, answers: Sequence[Answer]) -> Record:
    found = results(attempt.questions, answers)
    given = {
        each.question_key: {"option_keys": sorted(set(each.option_keys)), "number": each.number}
        for each in answers
    }
    values = {
        "submitted_at": viewer.now,
        "given": given,
        "results": found,
        "score_percent": score_percent(found),
    }
    await update_rows(QuizAttempt, [{"id": attempt.id, **values}], columns=[*values])
    scored = await own_attempt(viewer, attempt.id)
    assert scored is not None
    return scored
