"""Codes that count no more though they are signed: for scanners without a network."""

from datetime import datetime

from hub.attendance.service.no_shows import Thing, within
from hub.auth import Action, Viewer
from hub.enrollment.queries import OWN_REGISTRATIONS, registrations
from hub.enrollment.rules import OVER
from hub.listing import Listing, ListQuery
from hub.pagination import Page
from hub.records import Ordering, is_in


async def revoked_tickets(
    viewer: Viewer, thing: Thing | None, *, since: datetime | None, query: ListQuery
) -> Page | None:
    """The registrations for a thing whose codes, or older codes, are void, by when they changed.

    `since` leaves out what did not change from then on. None for what is not the viewer's to
    check in.
    """
    if thing is None or await within(viewer, thing, action=Action.CHECK_IN) is None:
        return None
    column = registrations.part_id if thing.part_id else registrations.subject_id
    criteria = [column == thing.id, is_in(registrations.state, list(OVER))]
    criteria[1] = criteria[1] | (registrations.ticket_serial > 0)
    if since is not None:
        criteria.append(registrations.updated_at >= since)
    listing = Listing(
        OWN_REGISTRATIONS.model,
        lambda _: criteria,
        default_order=(Ordering("updated_at"),),
    )
    return await listing.page(viewer, query)
