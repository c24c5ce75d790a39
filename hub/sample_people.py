"""The sample district's people: one a role, with phones and a second factor that anybody knows.

They exist in development only. The phones are given by the numbering 13800000001 to 19; all staff
have one and the same authenticator secret, so that testers can sign in.
"""

from typing import Final

from hub.access.service import Lookups
from hub.auth import ANONYMOUS, DISTRICT, Grant, Role, Scope, ScopeKind, Viewer, operator
from hub.clock import now
from hub.directory.queries import PLACES
from hub.directory.rules import PlaceKind
from hub.errors import Conflict
from hub.filters import Condition, Operator
from hub.identity.queries import disabled_people, person_exists
from hub.identity.service.entering import Newcomer, enter_person
from hub.listing import ListQuery
from hub.pagination import PageRequest
from hub.settings import Settings

SAMPLE_TOTP_SECRET: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - known on purpose
WORKERS: Final = range(8, 20)

_STAFF: Final = (
    (1, Role.ADMINISTRATOR, "示例管理员"),
    (2, Role.EDITOR, "示例编辑"),
    (3, Role.REVIEWER, "示例审核员"),
    (4, Role.MANAGER, "示例管理者"),
    (7, Role.CASE_OFFICER, "示例办案员"),
)
_KEEPERS: Final = (
    (5, Role.MERCHANT, PlaceKind.MERCHANT, "示例商户"),
    (6, Role.STATION_KEEPER, PlaceKind.STATION, "示例驿站管理员"),
)


async def enter_sample_people(settings: Settings) -> dict[str, str]:
    """Enter who is missing of the sample people: what each is by phone.

    Merchant and station keeper get the first shop and station there are; without any they are
    left out. Raises Conflict outside development.
    """
    if not settings.is_development:
        raise Conflict("Sample people exist in development only (HUB_ENV=development).")
    entered = {}
    for newcomer in await _newcomers():
        actor = operator("hub user sample", now=now())
        await enter_person(actor, newcomer, lookups=_LOOKUPS, now=now())
        roles = [grant.role.value for grant in newcomer.grants] or [Role.WORKER.value]
        entered[newcomer.phone] = ", ".join(roles)
    return entered


async def _newcomers() -> list[Newcomer]:
    found = [
        Newcomer(_phone(number), (Grant(role, DISTRICT),), name, SAMPLE_TOTP_SECRET)
        for number, role, name in _STAFF
    ]
    for number, role, kind, name in _KEEPERS:
        if (scope := await _first_place(kind)) is not None:
            found.append(Newcomer(_phone(number), (Grant(role, scope),), name))
    found += [Newcomer(_phone(number), (), f"示例小哥{number - 7}") for number in WORKERS]
    return sorted(found, key=lambda newcomer: newcomer.phone)


async def _first_place(kind: PlaceKind) -> Scope | None:
    query = ListQuery(
        PageRequest(1, None, backward=False), Condition("kind", Operator.EQ, kind.value)
    )
    page = await PLACES.page(Viewer(ANONYMOUS, now()), query)
    return Scope(ScopeKind.PLACE, page.rows[0].id) if page.rows else None


async def _no_areas(_scope: Scope) -> tuple[Scope, ...]:
    """Every scope given here is the district or a place that was just found."""
    return ()


_LOOKUPS: Final = Lookups(areas=_no_areas, person_exists=person_exists, disabled=disabled_people)


def _phone(number: int) -> str:
    return f"138000000{number:02d}"
