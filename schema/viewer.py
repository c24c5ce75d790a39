"""The person who asks, as every domain tells of them: a mixin a domain."""

from typing import Any

import strawberry
from strawberry.types import Info

from hub.identity import queries as identity
from hub.records import Record
from schema.attendance.calendar import ViewerTickets
from schema.attendance.organising import ViewerRegistrations
from schema.batching import batch_field
from schema.certificates import ViewerCertificates
from schema.contests.viewer import ViewerContests
from schema.identity.person import ViewerIdentity
from schema.jobs import ViewerJobs
from schema.media.assets import ViewerAssets
from schema.membership import ViewerProfile
from schema.merchants.applications import ViewerApplications
from schema.progress import ViewerProgress


@strawberry.type(description="The person who is signed in (当前用户).")
class Viewer(
    ViewerIdentity,
    ViewerProfile,
    ViewerRegistrations,
    ViewerTickets,
    ViewerContests,
    ViewerProgress,
    ViewerCertificates,
    ViewerApplications,
    ViewerAssets,
    ViewerJobs,
):
    """A person's row; domains add their fields as base classes."""


async def _viewer(parents: list[Any], info: Info) -> list[Record | None]:
    return [await identity.viewer_person(info.context.viewer)] * len(parents)


@strawberry.type
class ViewerQuery:
    """The root field of the person who asks."""

    viewer: Viewer | None = batch_field(
        _viewer, description="The person who is signed in; null for nobody and for services."
    )
