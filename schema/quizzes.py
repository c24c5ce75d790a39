"""Quizzes in GraphQL: their terms, one's attempts, and the questions that were drawn."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.learning import queries as learning
from hub.learning.rules import QuestionKind
from hub.quizzes import queries as quizzes
from hub.quizzes import service
from hub.quizzes.rules import ANSWERS_MAX, GRACE, Answer, AttemptState, attempts_left
from hub.records import Record
from schema.batching import batch_field
from schema.enums import describe_enum
from schema.filters import is_given
from schema.learning import Lesson
from schema.lists import related_field
from schema.mutations import UserError, errors_field, mutation_field
from schema.publishing import Content
from schema.relay import Node, decode_key, encode_id, register_node

describe_enum(
    QuestionKind,
    description="How a question is answered (题型).",
    values={
        QuestionKind.SINGLE_CHOICE: "One option is right (单选).",
        QuestionKind.MULTIPLE_CHOICE: "All that are right, and no other (多选).",
        QuestionKind.TRUE_FALSE: "A statement that is true or false, 正确 or 错误 (判断).",
        QuestionKind.NUMBER: "A whole number (填数).",
    },
)
describe_enum(
    AttemptState,
    name="QuizAttemptState",
    description="What an attempt is (作答状态).",
    values={
        AttemptState.OPEN: "It can be answered (作答中).",
        AttemptState.SUBMITTED: "It was answered and scored (已提交).",
        AttemptState.EXPIRED: "Its time ran out; it counts as one without a right answer (已超时).",
    },
)

_QUESTIONS_SIZE = 20
_OPTIONS_SIZE = 4
_ATTEMPTS_SIZE = 5


async def _pool_sizes(parents: list[Record], info: Info) -> list[int]:
    return await learning.question_counts_by_quiz_ids([parent.id for parent in parents])


async def _attempts(parents: list[Record], info: Info) -> list[list[Record]]:
    ids = [parent.id for parent in parents]
    return await quizzes.attempts_by_quiz_ids(info.context.viewer, ids)


async def _left(parents: list[Record], info: Info) -> list[int | None]:
    viewer = info.context.viewer
    if viewer.actor.person_id is None:
        return [None] * len(parents)
    tried = await quizzes.attempts_by_quiz_ids(viewer, [parent.id for parent in parents])
    return [
        attempts_left(quizzes.terms_of(parent), len(each))
        for parent, each in zip(parents, tried, strict=True)
    ]


def _attempt_id(root: strawberry.Parent[Record]) -> strawberry.ID:
    return strawberry.ID(encode_id("QuizAttempt", root.id))


def _state(root: strawberry.Parent[Record], info: Info) -> AttemptState:
    return quizzes.attempt_state(root, info.context.viewer)


def _is_passed(root: strawberry.Parent[Record]) -> bool:
    return bool(root.score_percent is not None and root.score_percent >= root.pass_percent)


@strawberry.type(description="An option of a question, as it was shuffled for this attempt.")
class QuizOption:
    """See the fields."""

    key: str = strawberry.field(description="What an answer names it by, like A.")
    text: str = strawberry.field(description="What it says.")


@strawberry.type(description="A question of an attempt; how it is solved is told afterwards, if.")
class AskedQuestion:
    """See the fields."""

    key: str = strawberry.field(description="What an answer names it by.")
    kind: QuestionKind = strawberry.field(description="How it is answered.")
    text: str = strawberry.field(description="What is asked.")
    options: list[QuizOption] = strawberry.field(
        description="What to choose from; none for a number.", metadata={"size": _OPTIONS_SIZE}
    )
    given_option_keys: list[str] = strawberry.field(
        description="What was chosen; empty before it was submitted.",
        metadata={"size": _OPTIONS_SIZE},
    )
    given_number: int | None = strawberry.field(
        description="The number that was given; null before it was submitted."
    )
    is_right: bool | None = strawberry.field(
        description="Whether the answer was right; null before it was submitted, and where the "
        "quiz does not say."
    )
    right_option_keys: list[str] | None = strawberry.field(
        description="The right options; null as `isRight` is.", metadata={"size": _OPTIONS_SIZE}
    )
    right_number: int | None = strawberry.field(
        description="The right number; null as `isRight` is, and for what has options."
    )
    explanation: str | None = strawberry.field(description="Why; null as `isRight` is.")


def _questions(root: strawberry.Parent[Record]) -> list[AskedQuestion]:
    return [
        AskedQuestion(
            **{
                **each,
                "kind": QuestionKind(each["kind"]),
                "options": [QuizOption(key=key, text=text) for key, text in each["options"]],
            }
        )
        for each in quizzes.shown_questions(root)
    ]


@strawberry.type(description="One's attempt at a quiz (作答); seen by nobody else.")
class QuizAttempt:
    """Over a row of an attempt."""

    id: strawberry.ID = strawberry.field(
        resolver=_attempt_id, description="For `submitQuizAttempt`."
    )
    number: int = strawberry.field(description="Which attempt at this quiz it is, from 1.")
    state: AttemptState = strawberry.field(resolver=_state, description="What it is now.")
    started_at: datetime = strawberry.field(description="When it began.")
    ends_at: datetime | None = strawberry.field(
        description="When its time is over; null: nothing limits it."
    )
    submitted_at: datetime | None = strawberry.field(
        description="When it was submitted; null: it was not."
    )
    pass_percent: int = strawberry.field(description="The score that passes, in percent.")
    score_percent: int | None = strawberry.field(
        description="The share of right answers in percent, rounded down; null: not submitted."
    )
    is_passed: bool = strawberry.field(resolver=_is_passed, description="Whether the score passes.")
    questions: list[AskedQuestion] = strawberry.field(
        resolver=_questions,
        description="The questions that were drawn.",
        metadata={"size": _QUESTIONS_SIZE},
    )


@strawberry.type(description="The questions to a lesson (测验): drawn from a pool, scored here.")
class Quiz(Content, Node):
    """Over a quiz row; its pool is read by editors only, in revisions."""

    title: str = strawberry.field(description="The title.")
    summary: str = strawberry.field(description="What it asks for, in a sentence.")
    drawn_count: int | None = strawberry.field(
        description="How many questions an attempt draws; null: all of them."
    )
    is_shuffled: bool = strawberry.field(
        description="Whether questions and options come in an order of chance."
    )
    pass_percent: int | None = strawberry.field(
        description="The score that passes, in percent; null: what the course asks for."
    )
    attempt_count: int | None = strawberry.field(
        description="How many attempts one has; null: as many as one likes."
    )
    cooldown_seconds: int = strawberry.field(
        description="How long after an attempt the next one may begin, in seconds."
    )
    time_limit_seconds: int | None = strawberry.field(
        description="How long an attempt may take, in seconds; null: as long as one likes."
    )
    is_solution_shown: bool = strawberry.field(
        description="Whether one is told the right answers after submitting."
    )
    question_count: int | None = batch_field(
        _pool_sizes, description="How many questions the pool has."
    )
    viewer_attempts: list[QuizAttempt] | None = batch_field(
        _attempts,
        description="The attempts of the person who asks, newest first; empty for nobody.",
        metadata={"size": _ATTEMPTS_SIZE},
    )
    viewer_left_count: int | None = batch_field(
        _left, description="How many attempts the person who asks has left; null: any number."
    )
    lesson: Lesson | None = related_field(
        learning.LESSONS, "lesson_id", description="The lesson it belongs to."
    )


@strawberry.input(description="A quiz to begin an attempt at.")
class StartQuizAttemptInput:
    """See the fields."""

    quiz_id: strawberry.ID = strawberry.field(description="The quiz.")


@strawberry.input(description="The answer to one question.")
class QuizAnswerInput:
    """See the fields."""

    question_key: str = strawberry.field(description="The key of the question.")
    option_keys: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The keys of the options that were chosen."
    )
    number: int | None = strawberry.field(
        default=strawberry.UNSET, description="The number, where one is asked for."
    )


@strawberry.input(description="The answers to an attempt.")
class SubmitQuizAttemptInput:
    """See the fields."""

    attempt_id: strawberry.ID = strawberry.field(description="The attempt.")
    answers: list[QuizAnswerInput] = strawberry.field(
        description=f"One for each question, at most {ANSWERS_MAX}; what is left out is wrong."
    )


@strawberry.type(description="The outcome of a step with an attempt.")
class QuizAttemptPayload:
    """See the fields."""

    attempt: QuizAttempt | None = strawberry.field(
        default=None, description="The attempt; null when refused."
    )
    errors: list[UserError] = errors_field()


def _answer(given: QuizAnswerInput) -> Answer:
    keys = given.option_keys if is_given(given.option_keys) else None
    number = given.number if is_given(given.number) else None
    return Answer(given.question_key, tuple(keys or ()), number)


async def _start(info: Info, given: StartQuizAttemptInput) -> dict[str, Any]:
    key = decode_key(str(given.quiz_id), types=("Quiz",), path=("input", "quizId"))
    return {"attempt": await service.start_quiz_attempt(info.context.viewer, key)}


async def _submit(info: Info, given: SubmitQuizAttemptInput) -> dict[str, Any]:
    key = decode_key(str(given.attempt_id), types=("QuizAttempt",), path=("input", "attemptId"))
    answers = [_answer(each) for each in given.answers]
    attempt = await service.submit_quiz_attempt(info.context.viewer, key, answers=answers)
    return {"attempt": attempt}


@strawberry.type
class QuizzesMutation:
    """The mutations of quizzes."""

    start_quiz_attempt: QuizAttemptPayload = mutation_field(
        _start,
        input_type=StartQuizAttemptInput,
        payload=QuizAttemptPayload,
        description="Begin an attempt (开始作答), or go on with the open one. The questions come "
        "without their answers. Needs a sign-in. NOT_FOUND; CONFLICT when no attempt is left "
        "or the next one has to wait.",
    )
    submit_quiz_attempt: QuizAttemptPayload = mutation_field(
        _submit,
        input_type=SubmitQuizAttemptInput,
        payload=QuizAttemptPayload,
        description="Answer an attempt (提交答卷); it is scored here, once, and sent again gives "
        "the same score. The best score counts. NOT_FOUND; INVALID for an answer that fits no "
        f"question; CONFLICT more than {int(GRACE.total_seconds())} seconds after its end.",
    )


register_node("Quiz", learning.QUIZZES)
