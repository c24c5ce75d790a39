"""What organisers do with a pool of seats, in GraphQL: invitation codes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry.types import Info

from hub.auth import Scope, ScopeKind
from hub.enrollment.service.invitations import (
    CODE_USES_MAX,
    CODES_AT_ONCE_MAX,
    CodeOrder,
    create_invitation_codes,
)
from hub.events import queries as events
from hub.learning import queries as learning
from schema.filters import is_given
from schema.mutations import UserError, errors_field, mutation_field
from schema.relay import decode_key


async def pool_scopes(pool_id: UUID) -> Sequence[Scope]:
    """The towns and programmes of the things whose seats come from a pool."""
    towns = await events.towns_by_pool(pool_id)
    programs = await learning.programs_by_pool(pool_id)
    return [
        *(Scope(ScopeKind.TOWN, key) for key in towns),
        *(Scope(ScopeKind.PROGRAM, key) for key in programs),
    ]


def pool_key(given: strawberry.ID) -> UUID | None:
    """The key of the pool that an input names."""
    return decode_key(str(given), types=("Pool",), path=("input", "poolId"))


@strawberry.input(description="Which invitation codes to make.")
class CreateInvitationCodesInput:
    """See the fields."""

    pool_id: strawberry.ID = strawberry.field(description="Into which pool they let.")
    count: int = strawberry.field(description=f"How many codes, 1 to {CODES_AT_ONCE_MAX}.")
    uses_maximum: int = strawberry.field(
        default=1, description=f"How many sign-ups each lets in, 1 to {CODE_USES_MAX:,}."
    )
    expires_at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="When they end; null: never."
    )


@strawberry.type(description="The codes that were made (邀请码).")
class InvitationCodesPayload:
    """See the fields."""

    codes: list[str] | None = strawberry.field(
        default=None,
        description="To hand out: shown now and never again. Null when refused.",
        metadata={"size": 20},
    )
    errors: list[UserError] = errors_field()


async def _create_codes(info: Info, given: CreateInvitationCodesInput) -> dict[str, Any]:
    expires_at = given.expires_at if is_given(given.expires_at) else None
    codes = await create_invitation_codes(
        info.context.viewer,
        pool_key(given.pool_id),
        order=CodeOrder(given.count, given.uses_maximum, expires_at),
        scopes=pool_scopes,
    )
    return {"codes": codes}


@strawberry.type
class SeatsMutation:
    """The mutations of pools beside their editing."""

    create_invitation_codes: InvitationCodesPayload = mutation_field(
        _create_codes,
        input_type=CreateInvitationCodesInput,
        payload=InvitationCodesPayload,
        description="Make codes that let somebody into a pool for the invited (生成邀请码). Needs "
        "MANAGE_REGISTRATIONS for the district, or for the town or programme of a thing that has "
        "the pool. NOT_FOUND, INVALID.",
    )
