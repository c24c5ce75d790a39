"""Forms in GraphQL: the questions that people are asked."""

from typing import Any

import strawberry
from strawberry.types import Info

from hub.forms import queries as forms
from hub.forms.rules import QuestionKind
from hub.records import Record
from schema.batching import batch_field
from schema.enums import describe_enum
from schema.publishing import Content
from schema.relay import Node, register_node

describe_enum(
    QuestionKind,
    description="What an answer is.",
    values={
        QuestionKind.TEXT: "A text (文字).",
        QuestionKind.CHOICE: "One of the choices (单选).",
        QuestionKind.NUMBER: "A whole number (数字).",
        QuestionKind.DATE: "A day, like 2026-03-01 (日期).",
        QuestionKind.FILE: "The opaque id of an uploaded file (文件).",
    },
)


@strawberry.type(description="When a question is asked: only after an earlier choice.")
class QuestionCondition:
    """See the fields."""

    question: str = strawberry.field(description="The slug of the earlier question.")
    equals: str = strawberry.field(description="The choice that has to be made there.")


@strawberry.type(description="One question of a form (报名问题).")
class Question:
    """Over one entry of a form's questions."""

    slug: str = strawberry.field(description="The question's name within its form.")
    kind: QuestionKind = strawberry.field(description="What an answer is.")
    label: str = strawberry.field(description="The question to show.")
    help: str = strawberry.field(description="More on it; may be empty.")
    is_required: bool = strawberry.field(description="Whether it has to be answered when asked.")
    choices: list[str] = strawberry.field(description="What can be chosen; for CHOICE only.")
    minimum: int | None = strawberry.field(
        description="The least number, or the fewest characters of a text; null: no bound."
    )
    maximum: int | None = strawberry.field(
        description="The greatest number, or the most characters of a text; null: no bound."
    )
    show_when: QuestionCondition | None = strawberry.field(
        description="When it is asked; null: always."
    )


def question(value: dict[str, Any]) -> Question:
    """A question from what is stored of it."""
    when = value.get("show_when")
    return Question(
        slug=value["slug"],
        kind=QuestionKind(value["kind"]),
        label=value["label"],
        help=value.get("help", ""),
        is_required=value.get("required", False),
        choices=value.get("choices", []),
        minimum=value.get("minimum"),
        maximum=value.get("maximum"),
        show_when=QuestionCondition(**when) if when else None,
    )


async def _questions(parents: list[Record], info: Info) -> list[list[Question]]:
    return [[question(value) for value in row.questions] for row in parents]


@strawberry.type(description="What an organiser asks those who sign up (报名表).")
class Form(Content, Node):
    """Over a form row."""

    title: str = strawberry.field(description="The title.")
    questions: list[Question] | None = batch_field(
        _questions,
        description="The questions, in order. `version` names this wording of them.",
        metadata={"size": 50},
    )


register_node("Form", forms.FORMS)
