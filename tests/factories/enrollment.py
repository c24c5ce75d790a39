"""Pools of seats, forms, and registrations made the way the hub makes them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from hub.database import transaction
from hub.enrollment.models import Pool
from hub.enrollment.queries import pool_by_id
from hub.enrollment.rules import Subject, SubjectKind
from hub.enrollment.service.seats import SignUp, sign_up
from hub.forms.models import Form
from hub.ids import new_id
from hub.records import Record
from tests.factories.publishing import content


async def pool(**values: Any) -> Pool:
    """A published pool of ten seats, first come first served."""
    return await Pool.create(
        **content("pool", {"title": "暖年夜饭名额", "capacity": 10, "eligibility": {}, **values})
    )


async def form(**values: Any) -> Form:
    """A published form with one question that has to be answered."""
    questions = [{"slug": "size", "kind": "text", "label": "衣服尺码", "required": True}]
    return await Form.create(
        **content("form", {"title": "报名表", "questions": questions, **values})
    )


def subject(**values: Any) -> Subject:
    """An event that nobody else knows of."""
    return Subject(**{"kind": SubjectKind.EVENT, "id": new_id(), **values})


async def signed_up(person_id: UUID, *, pool: UUID | None, now: datetime, **values: Any) -> Record:
    """A registration, wherever it comes to stand."""
    found = await pool_by_id(pool) if pool is not None else None
    thing = values.pop("subject", None) or subject()
    registration_id = new_id()
    wish = SignUp(thing, person_id, found, **values)

    async def body() -> Record:
        return await sign_up(wish, registration_id, now=now)

    return await transaction(body)
