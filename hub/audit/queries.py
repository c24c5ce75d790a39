"""Reads of the audit, for those who may read it."""

from collections.abc import Sequence

from pypika_tortoise.terms import Criterion

from hub.audit.models import AuditEntry
from hub.auth import DISTRICT, Action, Viewer, is_allowed, require
from hub.criteria import never
from hub.filters import column
from hub.listing import Listing, ListQuery
from hub.pagination import Page
from hub.records import Ordering, table_of

_entry = table_of(AuditEntry)


def _visible(viewer: Viewer) -> Sequence[Criterion]:
    """Everything to those who may read the audit, nothing to anybody else."""
    may = is_allowed(viewer.actor, Action.READ_AUDIT, on=[DISTRICT], now=viewer.now)
    return () if may else (never(),)


AUDIT_LOG = Listing(
    AuditEntry,
    _visible,
    filters=lambda viewer: {
        "person": column(_entry.person_id),
        "service": column(_entry.service_id),
        "action": column(_entry.action),
        "object_kind": column(_entry.object_kind),
        "object_id": column(_entry.object_id),
        "request_id": column(_entry.request_id),
        "at": column(_entry.at),
    },
    orders={"AT": "at"},
    default_order=(Ordering("at", descending=True),),
)


async def audit_log(viewer: Viewer, query: ListQuery) -> Page:
    """A page of the audit, newest first unless ordered.

    Raises Unauthenticated or Forbidden for those who may not read it, BadUserInput for a bad
    cursor or filter.
    """
    require(viewer.actor, Action.READ_AUDIT, on=[DISTRICT], now=viewer.now)
    return await AUDIT_LOG.page(viewer, query)
