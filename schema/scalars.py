"""Scalars and small value types that every part of the API uses."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any, Final, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from hub.errors import BadUserInput

_OFFSET = re.compile(r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$")


def parse_instant(value: object) -> dt.datetime:
    """An RFC 3339 instant as an aware datetime in UTC. Raises BadUserInput without an offset."""
    if not isinstance(value, str) or not _OFFSET.match(value):
        raise BadUserInput(
            "DateTime wants RFC 3339 with an offset, like 2026-03-01T09:00:00+08:00."
        )
    try:
        return dt.datetime.fromisoformat(_to_microseconds(value)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise BadUserInput(f"DateTime {value[:40]} is not on the calendar.") from None


def _to_microseconds(value: str) -> str:
    """`fromisoformat` reads at most six digits of a second."""
    return re.sub(r"(\.\d{6})\d+", r"\1", value.upper())


def print_instant(value: Any) -> str:
    """An instant in UTC with Z, seconds or microseconds as it has them."""
    text: str = value.astimezone(dt.UTC).isoformat()
    return text.removesuffix("+00:00") + "Z"


def parse_day(value: object) -> dt.date:
    """A day, `2026-03-01`. Raises BadUserInput for anything else."""
    try:
        if isinstance(value, str) and len(value) == 10:
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise BadUserInput("Date wants a day of the calendar, like 2026-03-01.")


def parse_decimal(value: object) -> Decimal:
    """An exact number from a string. Raises BadUserInput for anything else, floats included."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}(\.\d{1,6})?", value):
        return Decimal(value)
    raise BadUserInput('Decimal wants a string of digits, like "12.50".')


ByteCount = NewType("ByteCount", int)
"""A number of bytes, which may not fit the 32 bits of GraphQL's Int."""

BYTES_MAX: Final = 2**53 - 1


def parse_bytes(value: object) -> ByteCount:
    """A number of bytes. Raises BadUserInput for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= BYTES_MAX:
        return ByteCount(value)
    raise BadUserInput("ByteCount wants a whole number of bytes, like 1048576.")


SCALARS: dict[object, ScalarDefinition] = {
    dt.datetime: ScalarDefinition(
        name="DateTime",
        description=(
            "An instant, RFC 3339. Input needs an offset (2026-03-01T09:00:00+08:00); "
            "output is in UTC (2026-03-01T01:00:00Z)."
        ),
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
        serialize=print_instant,
        parse_value=parse_instant,
        parse_literal=None,
        origin=dt.datetime,
    ),
    dt.date: ScalarDefinition(
        name="Date",
        description="A day of the calendar without a time: 2026-03-01.",
        specified_by_url=None,
        serialize=lambda value: value.isoformat(),
        parse_value=parse_day,
        parse_literal=None,
        origin=dt.date,
    ),
    Decimal: ScalarDefinition(
        name="Decimal",
        description='An exact decimal number, as a string: "12.50". Never a float.',
        specified_by_url=None,
        serialize=str,
        parse_value=parse_decimal,
        parse_literal=None,
        origin=Decimal,
    ),
    ByteCount: ScalarDefinition(
        name="ByteCount",
        description="A number of bytes, up to 2^53 - 1: a whole number that may not fit Int.",
        specified_by_url=None,
        serialize=int,
        parse_value=parse_bytes,
        parse_literal=None,
        origin=int,
    ),
}


@strawberry.type(description="An amount of money, exact to the cent.")
class Money:
    """See the description."""

    amount: Decimal = strawberry.field(description='The amount, as a string: "6000.00".')
    currency: str = strawberry.field(description="ISO 4217 code of the currency, like CNY.")
