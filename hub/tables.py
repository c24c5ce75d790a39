"""What is known of the hub's tables from its models: which hold what, and which hang on which."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from tortoise import Tortoise
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

APP: Final = "hub"

MODEL_MODULES = (
    "hub.audit.models",
    "hub.access.models",
    "hub.identity.models",
    "hub.revocation",
    "hub.freshness",
    "hub.idempotency",
    "hub.registry.models",
    "hub.jobs.models",
    "media.models",
    "hub.editing.models",
    "hub.directory.models",
    "hub.membership.models",
    "hub.forms.models",
    "hub.enrollment.models",
    "hub.learning.models",
    "hub.certificates.models",
    "hub.progress.models",
    "hub.quizzes.models",
    "hub.events.models",
    "hub.competitions.models",
    "hub.contests.models",
    "hub.attendance.models",
    "hub.honours.models",
    "hub.merchants.models",
    "hub.awarding.models",
)
"""Where models are defined, for the ORM to find."""

PRIVATE_TABLES: Final = frozenset(
    {
        *("audit_entry", "role_grant", "api_key", "idempotency_key", "freshness_change"),
        *("person", "session", "sign_in_code", "sign_in_guard", "totp_secret", "recovery_code"),
        *("wechat_identity", "revocation", "revocation_head", "outbox", "periodic_task", "job"),
        *("revision", "preview_link", "merchant_application", "worker_profile"),
        *("pool", "pool_quota", "draw", "invitation_code", "registration"),
        *("check_in", "calendar_feed", "certificate", "certificate_series", "medal"),
        *("learner", "lesson_progress", "course_progress", "quiz_attempt"),
        *("admission", "entry", "team", "team_member", "team_invitation", "objection"),
        *("stage_scoring", "stage_entry", "stage_judge", "conflict_of_interest"),
        *("score_sheet", "stage_result", "media_upload"),
    }
)
"""Tables whose rows belong to somebody, or change with every sign-up. To write them spoils no
answer that is kept; so an answer that has read one of them is not kept."""


def is_private(model: type[Model]) -> bool:
    """Whether a model's table is one of those."""
    return model._meta.db_table in PRIVATE_TABLES


@lru_cache(maxsize=1)
def public_tables() -> frozenset[str]:
    """The tables of which answers that everybody may read are made."""
    return frozenset(model._meta.db_table for model in _models()) - PRIVATE_TABLES


@lru_cache(maxsize=256)
def dependants(table: str) -> frozenset[str]:
    """The tables whose rows the database deletes or changes when one of `table` is deleted."""
    found: set[str] = set()
    waiting = [table]
    while waiting:
        owner = waiting.pop()
        new = {model._meta.db_table for model in _models() if _refers(model, owner)} - found
        found |= new
        waiting += new
    return frozenset(found)


@lru_cache(maxsize=256)
def instants_of(table: str) -> tuple[str, ...]:
    """The columns of a table that say from when and until when the public sees a row."""
    model = next(model for model in _models() if model._meta.db_table == table)
    columns = model._meta.fields_db_projection
    return tuple(name for name in ("published_at", "expires_at") if name in columns)


def _models() -> Iterable[type[Model]]:
    assert Tortoise.apps is not None, "the database has been opened"
    models: dict[str, type[Model]] = Tortoise.apps[APP]
    return models.values()


def _refers(model: type[Model], table: str) -> bool:
    keys: list[Any] = [model._meta.fields_map[name] for name in model._meta.fk_fields]
    return any(
        isinstance(key, ForeignKeyFieldInstance) and key.related_model._meta.db_table == table
        for key in keys
    )
