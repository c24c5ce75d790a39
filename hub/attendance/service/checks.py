"""What a sign-up asks other domains: who may, and whether what was answered will do.

Each function here is one seam: its body is to become a call of the domain that knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub.enrollment.rules import NotEligible
from hub.errors import Conflict, Invalid
from hub.forms.queries import questions_of
from hub.records import Record


@dataclass(frozen=True, slots=True)
class Admission:
    """That somebody may sign up, and the town on whose quota it counts, if any."""

    town_id: UUID | None = None


async def admit(person_id: UUID, pool: Record | None, *, invitation_code: str | None) -> Admission:
    """Whether somebody is one of those whom a pool's seats are for. Raises NotEligible."""
    # SEAM membership: `hub/membership` knows the worker's profile; until it is asked here, seats
    # that are for some only are nobody's.
    asked = sorted(pool.eligibility) if pool is not None else []
    if asked:
        raise NotEligible(
            "These seats are for others.", chinese="您暂不符合报名条件。", reasons=asked
        )
    return Admission()


async def redeem(pool: Record | None, invitation_code: str | None) -> None:
    """Count one use of an invitation code, inside of the sign-up's transaction."""
    # SEAM membership: the conditional UPDATE of the code's uses.


async def checked_answers(
    form_id: UUID, answers: Mapping[str, Any], *, version: int | None
) -> tuple[dict[str, Any], int]:
    """The answers as they are kept, and the version of the form that they answer.

    Raises Invalid naming the question.
    """
    asked = await questions_of(form_id, version)
    if asked is None:
        raise Invalid(
            "The form never had this version.",
            chinese="没有这个版本的报名表。",
            path=("input", "formVersion"),
        )
    # SEAM forms: `hub.forms.rules.check_answers(asked.questions, answers)` says what will do.
    known = {each["slug"] for each in asked.questions}
    needed = {each["slug"] for each in asked.questions if each.get("required")}
    for slug in (*sorted(set(answers) - known), *sorted(needed - set(answers))):
        raise Invalid(
            "This question is not asked, or has to be answered.",
            chinese="缺少必填的回答，或填写了多余的问题。",
            path=("input", "answers", slug),
        )
    return dict(answers), asked.version


def assert_can_enter(part: Record | None, *, has_team: bool) -> None:
    """Raises Conflict for a division of teams that is entered without one."""
    entrant = getattr(part, "entrant", None)
    if entrant == "team" and not has_team:
        raise Conflict(
            "Teams compete in this division.",
            chinese="该组别以团队参赛，请提交团队信息。",
            path=("input", "divisionId"),
        )
