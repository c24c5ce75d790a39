"""Entering a competition: the sign-up and its entry in one transaction."""

from uuid import UUID

from hub.attendance.rules import SignUpRequest
from hub.attendance.service.signing_up import sign_up_for
from hub.auth import Viewer
from hub.contests.service.entering import NewEntry, enter
from hub.records import Record


async def enter_competition(viewer: Viewer, request: SignUpRequest, *, operation: str) -> Record:
    """Sign the asking person up for a division, with an entry, and the team that they lead.

    Raises as `sign_up_for` does, and Invalid for a name or a team that does not fit the division.
    """

    async def then(registration_id: UUID) -> None:
        assert request.part_id is not None, "a competition has divisions, and one has to choose"
        wish = NewEntry(
            registration_id,
            request.part_id,
            name=request.entry_name,
            team_name=request.team_name,
            is_name_public=request.is_name_public,
        )
        await enter(viewer, wish)

    return await sign_up_for(viewer, request, operation=operation, then=then)
