"""How lists of places are narrowed, ordered and measured from a point."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import strawberry
from strawberry.types import Info

from hub.auth import Viewer
from hub.directory import queries as directory
from hub.directory.queries import Near, OpenAt
from hub.errors import BadUserInput
from hub.filters import Condition, Expression, Operator
from hub.listing import Listing
from hub.pagination import Page
from schema.batching import COLUMNS, PUBLIC, batch_field, columns_of
from schema.directory.vocabulary import MerchantCategory, OfferingKind, PlaceKind, StationLevel
from schema.filters import (
    CodeFilter,
    DateTimeFilter,
    Filter,
    Special,
    all_filter,
    any_filter,
    field_filter,
    ids_filter,
    is_given,
    not_filter,
)
from schema.geography import NearInput, near_of
from schema.lists import BY_NAME, BY_PUBLICATION, list_query, order_input, with_arguments

_ORDERS = {
    "NAME": BY_NAME,
    "PUBLISHED_AT": BY_PUBLICATION,
    "DISTANCE": "By distance from the point of `where.near`, which must be given.",
}
PlaceOrder = order_input("Place", _ORDERS)
MerchantOrder = order_input("Merchant", _ORDERS)
StationOrder = order_input("Station", _ORDERS)
ServiceCentreOrder = order_input("ServiceCentre", _ORDERS)


def _town() -> Any:
    return ids_filter("Town", field="town", description="In this town.")


def _near() -> Any:
    return field_filter(
        "near",
        description=(
            "Inside this circle. Given at the top of `where`, the list comes nearest first unless "
            "ordered, and `distanceMetres` is known."
        ),
    )


def _open_now() -> Any:
    return field_filter(
        "open_now",
        description="Open at this moment, or known to be closed; unknown hours are neither.",
    )


def _open_at() -> Any:
    return field_filter("open_at", description="Open at this instant.")


def _amenity() -> Any:
    return field_filter("amenity", description="Has the amenity with this code, or one of several.")


def _offering() -> Any:
    return field_filter("offering", description="Offers this now, or one of several.")


def _accessible() -> Any:
    return field_filter("accessible", description="Has some accessibility feature, or none.")


def _published_at() -> Any:
    return field_filter("published_at", description="When it was published.")


@strawberry.input(description="Which places. Fields beside one another must all hold.")
class PlaceWhere:
    """See the fields."""

    kind: Filter[PlaceKind] | None = field_filter("kind", description="Of this sort.")
    town: strawberry.ID | None = _town()
    near: NearInput | None = _near()
    open_now: bool | None = _open_now()
    open_at: datetime | None = _open_at()
    amenity: CodeFilter | None = _amenity()
    offering: Filter[OfferingKind] | None = _offering()
    is_accessible: bool | None = _accessible()
    published_at: DateTimeFilter | None = _published_at()
    and_: list["PlaceWhere"] | None = all_filter()
    or_: list["PlaceWhere"] | None = any_filter()
    not_: "PlaceWhere | None" = not_filter()


@strawberry.input(description="Which merchants. Fields beside one another must all hold.")
class MerchantWhere:
    """See the fields."""

    category: Filter[MerchantCategory] | None = field_filter(
        "category", description="Of this trade."
    )
    street: strawberry.ID | None = ids_filter(
        "FriendlyStreet", field="street", description="On this friendly street."
    )
    town: strawberry.ID | None = _town()
    near: NearInput | None = _near()
    open_now: bool | None = _open_now()
    open_at: datetime | None = _open_at()
    amenity: CodeFilter | None = _amenity()
    offering: Filter[OfferingKind] | None = _offering()
    is_accessible: bool | None = _accessible()
    published_at: DateTimeFilter | None = _published_at()
    and_: list["MerchantWhere"] | None = all_filter()
    or_: list["MerchantWhere"] | None = any_filter()
    not_: "MerchantWhere | None" = not_filter()


@strawberry.input(description="Which stations. Fields beside one another must all hold.")
class StationWhere:
    """See the fields."""

    level: Filter[StationLevel] | None = field_filter("level", description="Rated so.")
    town: strawberry.ID | None = _town()
    near: NearInput | None = _near()
    open_now: bool | None = _open_now()
    open_at: datetime | None = _open_at()
    amenity: CodeFilter | None = _amenity()
    offering: Filter[OfferingKind] | None = _offering()
    is_accessible: bool | None = _accessible()
    published_at: DateTimeFilter | None = _published_at()
    and_: list["StationWhere"] | None = all_filter()
    or_: list["StationWhere"] | None = any_filter()
    not_: "StationWhere | None" = not_filter()


@strawberry.input(description="Which service centres. Fields beside one another must all hold.")
class ServiceCentreWhere:
    """See the fields."""

    town: strawberry.ID | None = _town()
    near: NearInput | None = _near()
    open_now: bool | None = _open_now()
    open_at: datetime | None = _open_at()
    amenity: CodeFilter | None = _amenity()
    offering: Filter[OfferingKind] | None = _offering()
    is_accessible: bool | None = _accessible()
    published_at: DateTimeFilter | None = _published_at()
    and_: list["ServiceCentreWhere"] | None = all_filter()
    or_: list["ServiceCentreWhere"] | None = any_filter()
    not_: "ServiceCentreWhere | None" = not_filter()


def place_connection_field(
    listing: Listing,
    *,
    description: str,
    where: type,
    order: type,
    under: str | None = None,
) -> Any:
    """A connection over places: like `connection_field`, and it knows circles and opening hours."""

    async def pages(parents: list[Any], info: Info, **arguments: Any) -> list[Page]:
        wanted: Any = arguments.get("where")
        special = await _special(wanted, info.context.viewer)
        query = list_query(arguments, special)
        near = near_of(wanted.near) if is_given(wanted) and is_given(wanted.near) else None
        if near is None and any(term.name == "DISTANCE" for term in query.order):
            raise BadUserInput(
                "DISTANCE needs where.near at the top.",
                chinese="按 DISTANCE 排序时，where 的最外层须有 near。",
                path=("orderBy",),
            )
        viewer = info.context.viewer
        columns = columns_of(info)
        asked: dict[str, Any] = {"columns": columns, "is_read": columns is None or bool(columns)}
        if under is None:
            page = await directory.place_page(listing, viewer, query=query, near=near, **asked)
            return [page] * len(parents)
        ids = [parent.id for parent in parents]
        return await directory.place_pages_by(
            listing, viewer, column=under, parent_ids=ids, query=query, near=near, **asked
        )

    resolver = with_arguments(pages, where=where, order=order)
    metadata = {PUBLIC: listing, COLUMNS: ("id",)}
    return batch_field(resolver, description=description, metadata=metadata)


async def _special(where: Any, viewer: Viewer) -> Special:
    """The expressions of the fields that are no plain comparison. Asks the database which time
    zones are in use, once, and only when hours matter.
    """
    zones: tuple[str, ...] = ()
    if is_given(where) and any(_asks_hours(each) for each in _all_conditions(where)):
        zones = await directory.timezones_in_use()

    def is_open(wanted: bool) -> Expression:
        return Condition("open" if wanted else "not_open", Operator.EQ, OpenAt(viewer.now, zones))

    def is_open_at(at: datetime) -> Expression:
        return Condition("open", Operator.EQ, OpenAt(at, zones))

    def is_near(near: NearInput) -> Expression:
        circle: Near = near_of(near)
        return Condition("near", Operator.EQ, circle)

    return {"open_now": is_open, "open_at": is_open_at, "near": is_near}


def _asks_hours(where: Any) -> bool:
    return is_given(where.open_now) or is_given(where.open_at)


def _all_conditions(where: Any) -> Iterator[Any]:
    """The input and every input nested in it."""
    waiting = [where]
    while waiting:
        current = waiting.pop()
        yield current
        for nested in (current.and_, current.or_):
            waiting += nested if is_given(nested) else ()
        if is_given(current.not_):
            waiting.append(current.not_)
