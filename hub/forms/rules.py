"""Vocabulary and pure decisions of forms: questions, and what will do as an answer."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from hub.errors import Invalid, VersionConflict

TEXT_MAX_CHARS = 2_000
"""The most characters of a text whose question says nothing else."""

EARLIER_VERSIONS_LAST = timedelta(hours=72)
"""How long the questions of an earlier version may still be answered: a sign-up that was begun
on a Friday can be ended on Monday."""

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,15}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FILE_ID = re.compile(r"[A-Za-z0-9_-]{16,128}")

Question = Mapping[str, Any]
"""A question as a form keeps it: `slug`, `kind`, `label`, and what else its kind has."""

Path = tuple[str | int, ...]


class QuestionKind(StrEnum):
    """What an answer is."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answers to the question of a slug, as they wrote it."""

    question: str
    value: str


def check_answers(questions: Sequence[Question], answers: Sequence[Answer]) -> dict[str, str | int]:
    """The answers by slug in the order of the questions, fit to be kept as JSON.

    Texts are trimmed, numbers are integers, days stand as `2026-03-01`, a file as the opaque id of
    its upload, of which only the form is checked here. An empty value is no answer. A question is
    asked when it has no condition or the choice that it depends on was made, which in turn only
    counts where it was asked.

    Raises Invalid: for an unknown or repeated question, for an answer to one that is not asked and
    for a value that will not do, with `("input", "answers", index, …)`; for a question that has to
    be answered and is not, with `("input", "answers", slug)`.
    """
    places = _places(questions, answers)
    kept: dict[str, str | int] = {}
    for question in questions:
        slug = question["slug"]
        index = places.get(slug)
        if not _is_asked(question, kept):
            if index is not None:
                raise _not_asked(question, index)
        elif index is not None:
            path: Path = ("input", "answers", index, "value")
            kept[slug] = _CHECKS[QuestionKind(question["kind"])](
                question, _tidy(answers[index].value, path), path
            )
        elif question.get("required", False):
            raise _missing(question)
    return kept


def _places(questions: Sequence[Question], answers: Sequence[Answer]) -> dict[str, int]:
    """Where each question is answered; an empty value answers nothing."""
    known = {question["slug"] for question in questions}
    seen: set[str] = set()
    places: dict[str, int] = {}
    for index, answer in enumerate(answers):
        path = ("input", "answers", index, "question")
        if answer.question not in known:
            raise Invalid("The form has no such question.", chinese="报名表没有这道题。", path=path)
        if answer.question in seen:
            raise Invalid("It is answered twice.", chinese="同一题重复作答。", path=path)
        seen.add(answer.question)
        if answer.value.strip():
            places[answer.question] = index
    return places


def _is_asked(question: Question, kept: Mapping[str, str | int]) -> bool:
    when = question.get("show_when")
    return when is None or kept.get(when["question"]) == when["equals"]


def _tidy(value: str, path: Path) -> str:
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(unicodedata.category(each) in ("Cc", "Cs") and each not in "\n\t" for each in text):
        raise Invalid(
            "An answer has no control characters.", chinese="答案中不能有控制字符。", path=path
        )
    return text


def _text(question: Question, value: str, path: Path) -> str:
    least, most = question.get("minimum"), question.get("maximum")
    most = TEXT_MAX_CHARS if most is None else most
    if not (least or 0) <= len(value) <= most:
        raise Invalid(
            f"“{question['label']}” takes {_bounds(least or 1, most)} characters.",
            chinese=f"“{question['label']}”须为 {_bounds(least or 1, most, word='到')} 个字。",
            path=path,
        )
    return value


def _choice(question: Question, value: str, path: Path) -> str:
    if value not in question["choices"]:
        raise Invalid(
            f"“{question['label']}” takes one of its choices.",
            chinese=f"“{question['label']}”请从给出的选项中选择。",
            path=path,
        )
    return value


def _number(question: Question, value: str, path: Path) -> int:
    label, plain = question["label"], unicodedata.normalize("NFKC", value)
    if not _WHOLE_NUMBER.fullmatch(plain):
        raise Invalid(
            f"“{label}” takes a whole number.", chinese=f"“{label}”请填写整数。", path=path
        )
    number, least, most = int(plain), question.get("minimum"), question.get("maximum")
    if (least is not None and number < least) or (most is not None and number > most):
        raise Invalid(
            f"“{label}” takes a number {_limits(least, most)}.",
            chinese=f"“{label}”须{_limits_in_chinese(least, most)}。",
            path=path,
        )
    return number


def _bounds(least: int, most: int, *, word: str = "to") -> str:
    return f"{least} {word} {most}"


def _limits(least: int | None, most: int | None) -> str:
    if least is None or most is None:
        return f"of at most {most}" if least is None else f"of at least {least}"
    return f"from {least} to {most}"


def _limits_in_chinese(least: int | None, most: int | None) -> str:
    if least is None or most is None:
        return f"不大于 {most}" if least is None else f"不小于 {least}"
    return f"在 {least} 到 {most} 之间"


def _day(question: Question, value: str, path: Path) -> str:
    plain = unicodedata.normalize("NFKC", value)
    try:
        if _DAY.fullmatch(plain):
            return date.fromisoformat(plain).isoformat()
    except ValueError:
        pass  # written like a day and none of the calendar, as 2026-02-30
    raise Invalid(
        f"“{question['label']}” takes a day like 2026-03-01.",
        chinese=f"“{question['label']}”请填写日期，如 2026-03-01。",
        path=path,
    )


def _file(question: Question, value: str, path: Path) -> str:
    if not _FILE_ID.fullmatch(value):
        raise Invalid(
            f"“{question['label']}” takes the id of an uploaded file.",
            chinese=f"“{question['label']}”请先上传文件。",
            path=path,
        )
    return value


_CHECKS: Mapping[QuestionKind, Callable[[Question, str, Path], str | int]] = {
    QuestionKind.TEXT: _text,
    QuestionKind.CHOICE: _choice,
    QuestionKind.NUMBER: _number,
    QuestionKind.DATE: _day,
    QuestionKind.FILE: _file,
}


def _not_asked(question: Question, index: int) -> Invalid:
    return Invalid(
        f"“{question['label']}” is not asked after what was chosen before.",
        chinese=f"按前面的选择，无需填写“{question['label']}”。",
        path=("input", "answers", index, "question"),
    )


def _missing(question: Question) -> Invalid:
    return Invalid(
        f"“{question['label']}” has to be answered.",
        chinese=f"请填写“{question['label']}”。",
        path=("input", "answers", question["slug"]),
    )


def answered(
    questions: Sequence[Question], answers: Mapping[str, str | int]
) -> Iterator[tuple[str, str]]:
    """Label and value of what was answered, in the order of the questions, to show or export."""
    for question in questions:
        if question["slug"] in answers:
            yield question["label"], str(answers[question["slug"]])


def assert_answerable(replaced_at: datetime | None, *, current: int, now: datetime) -> None:
    """Raises VersionConflict for questions that were replaced too long ago, or never were any.

    `replaced_at` is when the version stopped being the current one, None for one that never was.
    """
    if replaced_at is None or now - replaced_at >= EARLIER_VERSIONS_LAST:
        raise VersionConflict(
            "The form has changed; look at its questions again.",
            chinese="报名表已更新，请重新填写。",
            path=("input", "formVersion"),
            current=current,
        )
