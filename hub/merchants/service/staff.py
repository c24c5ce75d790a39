"""Who runs a place: people let in by their phone, and let go."""

from dataclasses import dataclass
from uuid import UUID

from hub.access import queries as access
from hub.access.service import Lookups, give_role, take_role
from hub.auth import Action, Grant, Role, Scope, ScopeKind, Viewer
from hub.database import transaction
from hub.editing.service.revisions import as_unit, assert_known
from hub.errors import NotFound
from hub.identity.queries import person_by_phone
from hub.identity.rules import canonical_phone
from hub.identity.service.sign_in import create_person
from hub.merchants.queries import kept_place
from hub.merchants.rules import assert_role_fits, place_not_found
from hub.records import Record


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom to let in, and as what."""

    phone: str
    role: Role


async def invite_staff(
    viewer: Viewer, place_id: UUID | None, *, invitation: Invitation, lookups: Lookups
) -> Record:
    """Let the person of a phone run a place; the row of the grant.

    Somebody new is entered, and becomes who they are when they first sign in with this phone; the
    answer is the same for both. Raises Unauthenticated, NotFound for a place that is not there or
    not the viewer's, Invalid for the phone or a role that does not fit the place, and Conflict for
    oneself and for somebody who runs it already. Nothing is changed then.
    """
    assert_known(viewer)

    async def invite() -> Record:
        place = await kept_place(viewer, place_id, action=Action.MANAGE_PLACE_STAFF)
        if place is None:
            raise place_not_found("placeId")
        assert place.live is not None
        assert_role_fits(invitation.role, place.live.kind)
        phone = canonical_phone(invitation.phone)
        person = await person_by_phone(phone)
        if person is None:
            person = await create_person(phone, display_name="", now=viewer.now)
        grant = Grant(invitation.role, Scope(ScopeKind.PLACE, place.item_id))
        return await give_role(viewer.actor, person.id, grant=grant, lookups=lookups)

    return await as_unit(invite)


async def remove_staff(viewer: Viewer, grant_id: UUID | None, *, lookups: Lookups) -> Record:
    """Let somebody run a place no more; the row of the grant as it was.

    One's own may be laid down. Raises Unauthenticated, and NotFound for a grant that is not there,
    is for no place, or is for one that is not the viewer's. Nothing is changed then.
    """
    assert_known(viewer)

    async def remove() -> Record:
        row = await access.grant_row(grant_id, viewer.now) if grant_id else None
        if row is None or not await _may_end(viewer, row):
            raise _staff_not_found()
        return await take_role(viewer.actor, row.id, lookups=lookups)

    return await transaction(remove)


async def _may_end(viewer: Viewer, row: Record) -> bool:
    if row.scope_kind is not ScopeKind.PLACE:
        return False
    if row.person_id == viewer.actor.person_id:
        return True
    action = Action.MANAGE_PLACE_STAFF
    return await kept_place(viewer, row.scope_key, action=action) is not None


def _staff_not_found() -> NotFound:
    return NotFound(
        "Nobody runs a place of yours by this id.",
        chinese="没有这位场所人员。",
        path=("input", "id"),
    )
