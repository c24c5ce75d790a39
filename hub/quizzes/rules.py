"""Pure decisions about quizzes: what is drawn, how it is scored, who may try again and when.

A question as it was drawn is a mapping in plain values, because it is stored with the attempt:
`key`, `kind`, `text`, `options` (pairs of a key and a text), `right` (the keys of the right ones),
`number`, `explanation`.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from string import ascii_uppercase
from typing import Any, Protocol

from hub.errors import Conflict, Invalid, NotFound
from hub.learning.rules import QuestionKind

Drawn = Mapping[str, Any]

GRACE = timedelta(seconds=10)
"""How long after its end an attempt is still taken in: what was on the way when time was up."""

ANSWERS_MAX = 200


class AttemptState(StrEnum):
    """What an attempt is at an instant."""

    OPEN = "open"
    SUBMITTED = "submitted"
    EXPIRED = "expired"


class Question(Protocol):
    """A question of the pool, as it is stored."""

    slug: str
    kind: QuestionKind
    text: str
    options: list[str]
    answers: list[str]
    number: int | None
    explanation: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answers to one question: options by their keys, or a number."""

    question_key: str
    option_keys: tuple[str, ...] = ()
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a quiz allows: how often, how soon again, for how long."""

    attempt_count: int | None
    cooldown_seconds: int
    time_limit_seconds: int | None


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt as far as the next one depends on it."""

    number: int
    started_at: datetime
    ends_at: datetime | None
    submitted_at: datetime | None


def drawn(
    questions: Sequence[Question], *, count: int | None, is_shuffled: bool, seed: str
) -> list[dict[str, Any]]:
    """The questions of an attempt: `count` of the pool, with their options, as the seed has it.

    The same seed draws the same. Without shuffling they stay in the editors' order; the options of
    a statement that is true or false are never shuffled.
    """
    chance = random.Random(seed)  # noqa: S311 - whom it is drawn for does not know the seed
    numbers = list(range(len(questions)))
    if count is not None and count < len(numbers):
        numbers = chance.sample(numbers, count)
    if is_shuffled:
        chance.shuffle(numbers)
    else:
        numbers.sort()
    return [
        _asked(questions[number], key=str(place), chance=chance if is_shuffled else None)
        for place, number in enumerate(numbers, 1)
    ]


def _asked(question: Question, *, key: str, chance: random.Random | None) -> dict[str, Any]:
    options = list(question.options)
    if chance is not None and question.kind is not QuestionKind.TRUE_FALSE:
        chance.shuffle(options)
    lettered = list(zip(ascii_uppercase, options, strict=False))
    return {
        "key": key,
        "slug": question.slug,
        "kind": question.kind.value,
        "text": question.text,
        "options": [list(pair) for pair in lettered],
        "right": [letter for letter, option in lettered if option in question.answers],
        "number": question.number,
        "explanation": question.explanation,
    }


def is_right(question: Drawn, answer: Answer | None) -> bool:
    """Whether an answer is right: all the right options and no other, or the number."""
    if answer is None:
        return False
    if question["kind"] == QuestionKind.NUMBER:
        return bool(answer.number == question["number"])
    return set(answer.option_keys) == set(question["right"])


def results(questions: Sequence[Drawn], answers: Sequence[Answer]) -> dict[str, bool]:
    """For the key of each question whether it was answered right; what was left out was not."""
    given = {answer.question_key: answer for answer in answers}
    return {each["key"]: is_right(each, given.get(each["key"])) for each in questions}


def score_percent(found: Mapping[str, bool]) -> int:
    """The share of right answers in percent, rounded down; every question counts alike."""
    return sum(found.values()) * 100 // len(found) if found else 0


def assert_answers(questions: Sequence[Drawn], answers: Sequence[Answer]) -> None:
    """Raises Invalid naming the first answer that belongs to none of the questions' options."""
    if len(answers) > ANSWERS_MAX:
        raise Invalid(
            f"answers takes at most {ANSWERS_MAX}.",
            chinese=f"answers 最多 {ANSWERS_MAX} 项。",
            path=("input", "answers"),
        )
    known = {each["key"]: each for each in questions}
    seen: set[str] = set()
    for index, answer in enumerate(answers):
        question = known.get(answer.question_key)
        if question is None or answer.question_key in seen:
            raise _invalid(
                index,
                "questionKey",
                "names no question, or one twice",
                "没有对应的题目，或重复作答",
            )
        seen.add(answer.question_key)
        letters = {letter for letter, _ in question["options"]}
        if not set(answer.option_keys) <= letters:
            raise _invalid(index, "optionKeys", "names no option of it", "没有对应的选项")
        if question["kind"] != QuestionKind.MULTIPLE_CHOICE and len(answer.option_keys) > 1:
            raise _invalid(index, "optionKeys", "takes one option here", "此题只能选一项")


def _invalid(index: int, key: str, english: str, chinese: str) -> Invalid:
    path = ("input", "answers", index, key)
    return Invalid(f"{key} {english}.", chinese=f"{chinese}。", path=path)


def state_of(tried: Tried, *, now: datetime) -> AttemptState:
    """What an attempt is: open until it is submitted, or until its time and a grace are over."""
    if tried.submitted_at is not None:
        return AttemptState.SUBMITTED
    if tried.ends_at is not None and now >= tried.ends_at + GRACE:
        return AttemptState.EXPIRED
    return AttemptState.OPEN


def ends_at(terms: Terms, *, now: datetime) -> datetime | None:
    """When an attempt that begins now is over; None where nothing limits it."""
    limit = terms.time_limit_seconds
    return None if limit is None else now + timedelta(seconds=limit)


def attempts_left(terms: Terms, tried: int) -> int | None:
    """How many attempts there are after so many; None: as many as one likes."""
    return None if terms.attempt_count is None else max(0, terms.attempt_count - tried)


def next_attempt_at(terms: Terms, last: Tried | None) -> datetime | None:
    """From when the next attempt may begin after the last one; None: at once."""
    if last is None or not terms.cooldown_seconds:
        return None
    over = last.submitted_at or last.ends_at or last.started_at
    return over + timedelta(seconds=terms.cooldown_seconds)


def assert_may_start(terms: Terms, attempts: Sequence[Tried], *, now: datetime) -> None:
    """Raises Conflict when there is no attempt left, or when it is too soon for the next one.

    An attempt that was begun counts, whether it was submitted or not.
    """
    if attempts_left(terms, len(attempts)) == 0:
        raise Conflict(
            "There is no attempt left.", chinese="作答次数已用完。", path=("input", "quizId")
        )
    at = next_attempt_at(terms, max(attempts, key=lambda each: each.number, default=None))
    if at is not None and now < at:
        seconds = -int((now - at).total_seconds() // 1)
        raise Conflict(
            f"The next attempt may begin in {seconds} seconds.",
            chinese=f"请在 {seconds} 秒后再次作答。",
            path=("input", "quizId"),
        )


def time_is_over() -> Conflict:
    """What is said to answers that come after the end of their attempt."""
    return Conflict(
        "The time of this attempt is over.", chinese="本次作答已超时。", path=("input", "attemptId")
    )


def quiz_not_found() -> NotFound:
    """What is said of a quiz that is not there."""
    return NotFound("There is no such quiz.", chinese="没有这个测验。", path=("input", "quizId"))


def attempt_not_found() -> NotFound:
    """What is said of an attempt that is not there, and of somebody else's."""
    return NotFound(
        "There is no such attempt.", chinese="没有这次作答。", path=("input", "attemptId")
    )
