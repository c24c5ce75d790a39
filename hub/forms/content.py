"""The files of forms: their questions, in order."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self

from annotated_types import MaxLen
from pydantic import AfterValidator, Field, model_validator

from hub.content import (
    FileModel,
    Flag,
    Line,
    Published,
    Slug,
    Text,
    at_least,
    distinct,
    distinct_slugs,
)
from hub.forms.models import Form
from hub.forms.rules import AnswerKind
from hub.kinds import Kind, in_file_order
from hub.reasons import Misfit

QUESTIONS_MAX = 50
BOUND_MAX = 1_000_000_000
"""What a number that is answered may be at most; every client has numbers as large."""


class ShowWhen(FileModel):
    """When a question is asked: only after an earlier choice."""

    question: Slug
    equals: Annotated[Line, MaxLen(200)]


Bound = Annotated[int, Field(strict=True, ge=-BOUND_MAX, le=BOUND_MAX)]


class FormQuestionRow(FileModel):
    """One question of a form."""

    slug: Slug
    kind: AnswerKind
    label: Annotated[Line, MaxLen(200)]
    help: Annotated[Text, MaxLen(500)] = ""
    required: Flag = False
    choices: Annotated[list[Annotated[Line, MaxLen(200)]], Field(max_length=100), distinct()] = (
        Field(default_factory=list)
    )
    minimum: Bound | None = None
    maximum: Annotated[Bound | None, at_least("minimum")] = None
    show_when: ShowWhen | None = None

    @model_validator(mode="after")
    def _has_choices(self) -> Self:
        if (self.kind is AnswerKind.CHOICE) != bool(self.choices):
            raise Misfit(
                "has `choices` where, and only where, its kind is `choice`",
                chinese="选择题须填写，且仅选择题可填写 choices",
            )
        return self


def _asked_in_order(questions: list[FormQuestionRow]) -> list[FormQuestionRow]:
    """A condition looks back at a choice that is asked before."""
    earlier: dict[str, FormQuestionRow] = {}
    for question in questions:
        if (when := question.show_when) is not None:
            asked = earlier.get(when.question)
            if asked is None or when.equals not in asked.choices:
                raise Misfit(
                    f"`{question.slug}` depends on `{when.question}`: `{when.equals}`, which is no "
                    "choice of an earlier question",
                    chinese=f"{question.slug} 的显示条件（{when.question} 为“{when.equals}”）"
                    "须为前面某一选择题的选项",
                )
        earlier[question.slug] = question
    return questions


def _write_questions(questions: Sequence[FormQuestionRow]) -> tuple[Any, ...]:
    return ([each.model_dump(mode="json", exclude_none=True) for each in questions],)


def _read_questions(columns: Sequence[Any]) -> Any:
    return [
        {
            key: value
            for key, value in in_file_order(each, FormQuestionRow).items()
            if value not in ("", [], False, None)
        }
        for each in columns[0]
    ]


class FormItem(Published):
    """What an organiser asks those who sign up."""

    conversions: ClassVar[Mapping[str, Any]] = {"questions": (_write_questions, _read_questions)}

    title: Annotated[Line, MaxLen(160)]
    questions: Annotated[
        list[FormQuestionRow],
        Field(min_length=1, max_length=QUESTIONS_MAX),
        distinct_slugs(),
        AfterValidator(_asked_in_order),
    ]


KINDS = (Kind("forms", FormItem, Form),)
