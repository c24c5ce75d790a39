"""What a sign-up asks other domains: who may, and whether what was answered will do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.enrollment.rules import Allocation
from hub.enrollment.service.invitations import let_in
from hub.errors import Conflict
from hub.forms.queries import questions_to_answer
from hub.forms.rules import Answer, check_answers
from hub.membership.queries import candidate_of, day_of
from hub.membership.rules import assert_eligible
from hub.progress.queries import completed_course_slugs
from hub.records import Record


@dataclass(frozen=True, slots=True)
class Admission:
    """That somebody may sign up, and the town that they belong to, if it is known."""

    town_id: UUID | None = None


async def admit(
    person_id: UUID, pool: Record | None, *, has_invitation: bool, now: datetime
) -> Admission:
    """Whether somebody is one of those whom a pool's seats are for, in one statement; in none
    where they are for everybody. Raises NotEligible with all reasons.
    """
    if pool is None or not (pool.eligibility or pool.allocation is Allocation.TOWN_QUOTAS):
        return Admission()
    asked = pool.eligibility.get("completed_courses", [])
    completed = await completed_course_slugs(person_id, asked) if asked else ()
    candidate = await candidate_of(
        person_id,
        at=day_of(now),
        completed_course_slugs=completed,
        has_invitation=has_invitation,
    )
    assert_eligible(pool.eligibility, candidate)
    return Admission(candidate.town_id)


async def redeem(
    registration_id: UUID, pool: Record | None, *, code: str | None, now: datetime
) -> None:
    """Count one use of an invitation code where one is needed, inside of the sign-up's
    transaction. Raises NotEligible.
    """
    if pool is not None and code is not None and pool.eligibility.get("invitation"):
        await let_in(registration_id, code, pool_id=pool.id, now=now)


async def checked_answers(
    form_id: UUID, answers: Sequence[Answer], *, version: int | None, now: datetime
) -> tuple[dict[str, Any], int]:
    """The answers as they are kept, and the version of the form that they answer.

    Raises Invalid naming the answer, and VersionConflict for a version that is not asked any more.
    """
    asked = await questions_to_answer(form_id, version, now=now)
    return check_answers(asked.questions, answers), asked.version


def assert_can_enter(part: Record | None, *, has_team: bool) -> None:
    """Raises Conflict for a division of teams that is entered without one."""
    entrant = getattr(part, "entrant", None)
    if entrant == "team" and not has_team:
        raise Conflict(
            "Teams compete in this division.",
            chinese="该组别以团队参赛，请提交团队信息。",
            path=("input", "divisionId"),
        )
