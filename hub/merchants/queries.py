"""Reads of those who keep places: a place or an offering that is theirs to change, the people
of a place, and applications to join.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from pypika_tortoise.terms import Criterion

from hub.access import queries as access
from hub.auth import Action, Scope, ScopeKind, Viewer, is_allowed, require
from hub.catalogue import KINDS_BY_NAME
from hub.criteria import is_in, never
from hub.directory.content.kinds import MerchantItem, OfferingItem
from hub.editing.queries import Standing, standing_of
from hub.editing.rules import ItemId, is_wording_open
from hub.encryption import decrypt
from hub.errors import Forbidden, Unauthenticated
from hub.filters import column
from hub.listing import Listing, ListQuery
from hub.merchants.models import MerchantApplication
from hub.merchants.rules import OPEN_STATES, PLACE_KINDS, UNNAMED, place_scopes
from hub.pagination import Page
from hub.publishing import StoredState
from hub.records import (
    Ordering,
    Record,
    Select,
    count_records,
    fetch_records,
    fetch_records_by,
    table_of,
)

CONTACT_PURPOSE = "merchant_application.contact_name"

_application = table_of(MerchantApplication)


async def kept_place(
    viewer: Viewer, place_id: UUID | None, *, action: Action, kinds: tuple[str, ...] = PLACE_KINDS
) -> Standing | None:
    """The place with this id where it is the viewer's to do `action` to; None for any other."""
    standing = await standing_of(ItemId(kinds, place_id))
    if standing is None or not _is_there(standing.live):
        return None
    assert standing.live is not None
    scopes = place_scopes(standing.item_id, standing.live.town_id)
    return standing if is_allowed(viewer.actor, action, on=scopes, now=viewer.now) else None


async def kept_offering(viewer: Viewer, offering_id: UUID | None) -> Standing | None:
    """The offering with this id where its place is the viewer's to manage; None for any other.

    A new one that waits for a reviewer, or was rejected, has no live row.
    """
    standing = await standing_of(ItemId(("offerings",), offering_id))
    place_id = _place_of(standing) if standing else None
    if place_id is None:
        return None
    place = await kept_place(viewer, place_id, action=Action.MANAGE_OFFERINGS)
    return standing if place is not None else None


def _place_of(standing: Standing) -> UUID | None:
    """The place of an offering that is there; of a draft only where keepers wrote it."""
    live, newest = standing.live, standing.newest
    if live is not None:
        return live.place_id if _is_there(live) else None
    if newest is None or not is_wording_open(newest.state, place_id=newest.place_id):
        return None
    key: UUID = newest.place_id
    return key


def _is_there(live: Record | None) -> bool:
    return live is not None and live.state is not StoredState.ARCHIVED


async def row_of(kind_name: str, item_id: UUID) -> Record:
    """A live row, whoever may see it: for those who have just written it."""
    model = KINDS_BY_NAME[kind_name].model
    return (await fetch_records_by(Select(model), [item_id], column="id"))[0]


async def next_position(place_id: UUID) -> int:
    """The position after the last offering of a place."""
    model = KINDS_BY_NAME["offerings"].model
    rows = await fetch_records(Select(model, (table_of(model).place_id == place_id,)))
    return max((row.position for row in rows), default=0) + 1


async def place_staff(viewer: Viewer, place_id: UUID | None, *, query: ListQuery) -> Page:
    """A page of the grants by which people run a place, first given first.

    Raises Unauthenticated, and Forbidden for a place whose people are not the viewer's to manage,
    which one that is not there is, too.
    """
    if viewer.actor.is_anonymous:
        raise Unauthenticated("Sign in first.", chinese="请先登录。")
    place = await kept_place(viewer, place_id, action=Action.MANAGE_PLACE_STAFF)
    if place is None:
        raise Forbidden("You may not do this.", chinese="您没有权限进行此操作。")
    return await access.place_grants(viewer, place.item_id, query=query)


def _own(viewer: Viewer) -> Criterion:
    """One's own applications; a service has none."""
    person_id = viewer.actor.person_id
    return never() if person_id is None else _application.applicant_id == person_id


def _to_decide(viewer: Viewer) -> Sequence[Criterion]:
    """Applications of the towns where the viewer may decide."""
    action = Action.DECIDE_MERCHANT_APPLICATION
    if is_allowed(viewer.actor, action, on=(), now=viewer.now):
        return ()
    towns = [
        grant.scope.key
        for grant in viewer.actor.grants
        if grant.scope.kind is ScopeKind.TOWN
        and is_allowed(viewer.actor, action, on=[grant.scope], now=viewer.now)
    ]
    return (is_in(_application.town_id, towns),)


def _own_or_to_decide(viewer: Viewer) -> Sequence[Criterion]:
    return tuple(criterion | _own(viewer) for criterion in _to_decide(viewer))


APPLICATIONS_TO_DECIDE = Listing(
    MerchantApplication,
    _to_decide,
    filters=lambda viewer: {
        "state": column(_application.state),
        "town": column(_application.town_id),
        "created_at": column(_application.created_at),
    },
    orders={"CREATED_AT": "created_at"},
    default_order=(Ordering("created_at"),),
)
OWN_APPLICATIONS = replace(
    APPLICATIONS_TO_DECIDE,
    visible=lambda viewer: (_own(viewer),),
    default_order=(Ordering("created_at", descending=True),),
)
APPLICATIONS = replace(APPLICATIONS_TO_DECIDE, visible=_own_or_to_decide)
"""What has an id of its own: for the applicant, and for those who may decide on it."""


async def applications_to_decide(viewer: Viewer, query: ListQuery) -> Page:
    """A page of the applications of the viewer's towns, oldest first unless ordered.

    Raises Unauthenticated, Forbidden for those who may decide nowhere, BadUserInput for a bad
    cursor or filter.
    """
    scopes = [grant.scope for grant in viewer.actor.grants]
    require(viewer.actor, Action.DECIDE_MERCHANT_APPLICATION, on=scopes, now=viewer.now)
    return await APPLICATIONS_TO_DECIDE.page(viewer, query)


def may_decide(viewer: Viewer, application: Record) -> bool:
    """Whether the viewer may decide on this application, or could if it were open."""
    town = Scope(ScopeKind.TOWN, application.town_id)
    action = Action.DECIDE_MERCHANT_APPLICATION
    return is_allowed(viewer.actor, action, on=[town], now=viewer.now)


async def application_of(
    viewer: Viewer, application_id: UUID | None, *, listing: Listing
) -> Record | None:
    """The application with this id where the viewer sees it in `listing`."""
    if application_id is None:
        return None
    return (await listing.by_ids(viewer, [application_id]))[0]


async def open_application(key: str) -> Record | None:
    """The open application for the shop with this key, whoever's it is."""
    return next(
        iter(await fetch_records_by(Select(MerchantApplication), [key], column="open_key")), None
    )


async def count_open_applications(person_id: UUID, *, cap: int) -> int:
    """How many open applications a person has, counting no further than `cap`."""
    states = is_in(_application.state, sorted(OPEN_STATES))
    criteria = (_application.applicant_id == person_id, states)
    return await count_records(Select(MerchantApplication, criteria), cap=cap)


async def written_application(application_id: UUID) -> Record:
    """An application, whoever may see it: for those who have just written it."""
    rows = await fetch_records_by(Select(MerchantApplication), [application_id], column="id")
    return rows[0]


def contact_name_of(application: Record) -> str | None:
    """Whom to ask for at the shop; None once the application is decided."""
    stored = application.contact_name_encrypted
    return None if stored is None else decrypt(stored, purpose=CONTACT_PURPOSE)


def proposed_shop(application: Record) -> MerchantItem:
    """The shop as a content folder would say it, without a name in addresses yet."""
    return MerchantItem.model_validate({**application.shop, "slug": UNNAMED})


def proposed_offerings(application: Record) -> list[OfferingItem]:
    """What the shop wants to give, likewise."""
    return [
        OfferingItem.model_validate({**each, "slug": UNNAMED, "place": UNNAMED})
        for each in application.offerings
    ]
