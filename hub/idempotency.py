"""Same key, same input, same answer: what makes a repeated request have its effect once.

The key's row is written in the transaction of the deed and names what came of it. A second request
with the same key waits for the first one's commit at the unique index, and is then given what the
first one made. A refusal leaves nothing behind, its key neither: the same request may be tried
again when the reason has gone.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.models import Model

from hub.bulk import insert_rows
from hub.database import transaction
from hub.errors import IdempotencyMismatch, Invalid
from hub.ids import new_id
from hub.records import Record, Select, fetch_records, table_of

KEY_MAX_CHARS = 255
KEPT = timedelta(hours=72)
"""How long a key is remembered (the public contract says so)."""


class IdempotencyKey(Model):
    """A key that somebody used for an operation, and the row that came of it."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    operation = fields.CharField(max_length=60)
    key = fields.CharField(max_length=KEY_MAX_CHARS)
    input_digest = fields.CharField(max_length=64)
    result_id = fields.UUIDField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "idempotency_key"
        unique_together = (("person_id", "operation", "key"),)
        indexes = (Index(fields=("created_at",), name="idempotency_created"),)


class KeyUse:
    """One use of a key by a person for an operation, with the input that it came with."""

    def __init__(
        self, person_id: UUID, operation: str, *, key: str, given: Mapping[str, Any]
    ) -> None:
        """Raises Invalid for a key that is empty or too long."""
        if not 1 <= len(key.strip()) <= KEY_MAX_CHARS or "\0" in key:
            raise Invalid(
                f"An idempotency key has between 1 and {KEY_MAX_CHARS} characters.",
                chinese=f"idempotencyKey 须为 1 到 {KEY_MAX_CHARS} 个字符。",
                path=("input", "idempotencyKey"),
            )
        self.person_id = person_id
        self.operation = operation
        self.key = key
        self.digest = sha256(
            orjson.dumps(given, default=str, option=orjson.OPT_SORT_KEYS)
        ).hexdigest()


async def once(
    use: KeyUse, deed: Callable[[UUID], Awaitable[None]], *, now: datetime
) -> tuple[UUID, bool]:
    """Do the deed in one transaction unless its key has done it already.

    `deed` is given the id of the row that it has to make. The answer is that id, and whether the
    deed was done now. Raises IdempotencyMismatch where the key came with another input, whatever
    the deed raises, and IntegrityError for a constraint that the deed has broken.
    """
    result_id = new_id()

    async def body() -> None:
        await insert_rows(IdempotencyKey, [_row(use, result_id, now)])
        await deed(result_id)

    try:
        await transaction(body)
    except IntegrityError:
        if (earlier := await _found(use)) is None:
            raise
        if now - earlier.created_at >= KEPT:
            await IdempotencyKey.filter(id=earlier.id).delete()
            return await once(use, deed, now=now)
        return _same(use, earlier), False
    return result_id, True


async def settled(use: KeyUse, *, now: datetime) -> UUID | None:
    """What this key has made already; None where it is new or forgotten.

    For those who check before the deed: what was right once must not be refused to its repetition.
    Raises IdempotencyMismatch.
    """
    earlier = await _found(use)
    if earlier is None or now - earlier.created_at >= KEPT:
        return None
    return _same(use, earlier)


def _row(use: KeyUse, result_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "person_id": use.person_id,
        "operation": use.operation,
        "key": use.key,
        "input_digest": use.digest,
        "result_id": result_id,
        "created_at": now,
    }


async def _found(use: KeyUse) -> Record | None:
    keys = table_of(IdempotencyKey)
    criteria = (
        keys.person_id == use.person_id,
        keys.operation == use.operation,
        keys.key == use.key,
    )
    rows = await fetch_records(Select(IdempotencyKey, criteria), limit=1)
    return rows[0] if rows else None


def _same(use: KeyUse, earlier: Record) -> UUID:
    if earlier.input_digest != use.digest:
        raise IdempotencyMismatch(
            "This key was used before with another input; make a new key.",
            chinese="该 idempotencyKey 已用于另一次请求，请换一个新的。",
            path=("input", "idempotencyKey"),
        )
    result: UUID = earlier.result_id
    return result


async def forget_old_keys(now: datetime) -> int:
    """Delete the keys older than 72 hours; how many there were."""
    return await IdempotencyKey.filter(created_at__lte=now - KEPT).delete()
