"""The root types and the schema they make."""

from functools import lru_cache
from typing import Annotated, Any

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

from hub.errors import BadUserInput
from hub.records import Record
from schema.access import AccessMutation, AccessQuery
from schema.attendance.calendar import CalendarMutation, TicketKeysQuery
from schema.attendance.check_in import CheckInMutation
from schema.attendance.no_shows import NoShowsMutation, RevocationsQuery
from schema.attendance.organising import OrganisersMutation, RegistrationsQuery
from schema.attendance.signing_up import SignUpMutation
from schema.audit import AuditMutation, AuditQuery
from schema.batching import batch_field
from schema.certificates import CertificatesMutation, CertificatesQuery
from schema.competitions import CompetitionsQuery
from schema.contests.results import ResultsMutation
from schema.contests.scoring import ScoringMutation
from schema.contests.teams import TeamMutation
from schema.directory.root import DirectoryQuery
from schema.editing.mutations import EditingMutation
from schema.editing.previews import PreviewMutation, PreviewQuery
from schema.editing.revisions import EditingQuery
from schema.events import EventsQuery
from schema.honours import HonoursQuery
from schema.identity.account import AccountMutation
from schema.identity.people import PeopleMutation
from schema.identity.sign_in import SignInMutation
from schema.learning import LearningQuery
from schema.media.assets import AssetsMutation
from schema.media.attaching import AttachingMutation
from schema.media.uploads import UploadsMutation
from schema.membership import MembershipMutation
from schema.merchants.applications import MerchantApplicationsQuery
from schema.merchants.joining import JoiningMutation
from schema.merchants.places import KeepersMutation
from schema.merchants.staff import PlaceStaffMutation, PlaceStaffQuery
from schema.mutations import ERROR_TYPES
from schema.progress import ProgressMutation
from schema.quizzes import QuizzesMutation
from schema.relay import NODES_MAX, Node, load_nodes
from schema.scalars import SCALARS
from schema.seats import SeatsMutation
from schema.viewer import ViewerQuery


async def _node(
    parents: list[Any],
    info: Info,
    id: Annotated[  # noqa: A002 - the argument's name is the contract
        strawberry.ID, strawberry.argument(description="The global id.")
    ],
) -> list[Record | None]:
    return await load_nodes(info, [str(id)], path="id") * len(parents)


async def _nodes(
    parents: list[Any],
    info: Info,
    ids: Annotated[
        list[strawberry.ID],
        strawberry.argument(description=f"Global ids, at most {NODES_MAX}."),
    ],
) -> list[list[Record | None]]:
    if len(ids) > NODES_MAX:
        raise BadUserInput(
            f"ids takes at most {NODES_MAX} ids.",
            chinese=f"ids 最多 {NODES_MAX} 个。",
            path=("ids",),
        )
    return [await load_nodes(info, [str(each) for each in ids], path="ids")] * len(parents)


@strawberry.type(description="What can be read; public unless said otherwise.")
class Query(
    LearningQuery,
    CertificatesQuery,
    DirectoryQuery,
    EventsQuery,
    CompetitionsQuery,
    HonoursQuery,
    ViewerQuery,
    AccessQuery,
    AuditQuery,
    EditingQuery,
    MerchantApplicationsQuery,
    PlaceStaffQuery,
    PreviewQuery,
    RegistrationsQuery,
    RevocationsQuery,
    TicketKeysQuery,
):
    """The root of every query."""

    node: Node | None = batch_field(
        _node, description="The thing with this id; null where there is none to be seen."
    )
    nodes: list[Node | None] | None = batch_field(
        _nodes,
        description="The things with these ids, in their order; null for each not to be seen.",
        metadata={"size": "ids"},
    )


@strawberry.type(description="What can be done. Refusals stand in each payload's `errors`.")
class Mutation(
    SignInMutation,
    AccountMutation,
    PeopleMutation,
    AccessMutation,
    ProgressMutation,
    QuizzesMutation,
    CertificatesMutation,
    EditingMutation,
    PreviewMutation,
    KeepersMutation,
    PlaceStaffMutation,
    JoiningMutation,
    SignUpMutation,
    OrganisersMutation,
    CheckInMutation,
    NoShowsMutation,
    CalendarMutation,
    AuditMutation,
    MembershipMutation,
    SeatsMutation,
    TeamMutation,
    ScoringMutation,
    ResultsMutation,
    UploadsMutation,
    AssetsMutation,
    AttachingMutation,
):
    """The root of every mutation."""


@lru_cache(maxsize=1)
def build_schema() -> strawberry.Schema:
    """The schema of the hub, built once a process."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        types=ERROR_TYPES,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
