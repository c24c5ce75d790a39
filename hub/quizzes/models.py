"""The table of attempts at quizzes."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class QuizAttempt(Model):
    """One attempt of one person at one quiz.

    `questions` are those drawn, as they were then, their options as they were shuffled, with the
    right answers: what is scored is what was asked, whatever editors do meanwhile. Nobody reads
    the column but those who score. `seed` is what draw and shuffle came from. `results` and
    `given` are there once it is submitted.
    """

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.CASCADE
    )
    quiz: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Quiz", related_name=False, on_delete=fields.CASCADE
    )
    number = fields.IntField()
    seed = fields.CharField(max_length=32)
    questions: fields.JSONField[Any] = fields.JSONField()
    pass_percent = fields.IntField()
    is_solution_shown = fields.BooleanField()
    started_at = fields.DatetimeField()
    ends_at = fields.DatetimeField(null=True)
    submitted_at = fields.DatetimeField(null=True)
    given: fields.JSONField[Any] = fields.JSONField(default=dict)
    results: fields.JSONField[Any] = fields.JSONField(default=dict)
    score_percent = fields.IntField(null=True)

    class Meta:
        table = "quiz_attempt"
        unique_together = (("person_id", "quiz_id", "number"),)
        indexes = (Index(fields=("quiz_id",), name="attempt_quiz"),)
