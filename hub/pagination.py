"""Pages of a list: the request, the keyset cursor, the page that comes back.

A cursor holds the sort values and the id of a row, is signed, and is bound to the order it was
made for, so that page 400 costs what page 1 costs and a foreign cursor is refused, not misread.
"""

import asyncio
import base64
import binascii
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from pypika_tortoise.terms import Criterion

from hub.errors import BadUserInput
from hub.fragments import compared
from hub.records import (
    Ordering,
    Record,
    Select,
    count_records,
    count_records_by,
    fetch_records,
    fetch_top_records,
)
from hub.settings import current_settings

DEFAULT_PAGE_SIZE = 20
PAGE_SIZE_MAX = 100
COUNT_CAP = 10_000

_MAC_BYTES = 8
_CURSOR_MAX_CHARS = 1_024


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is asked for; made by `page_request`, which checks it."""

    size: int
    cursor: str | None
    backward: bool


def page_request(
    first: int | None = None,
    *,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> PageRequest:
    """Check the Relay arguments and make a request of them.

    Raises BadUserInput naming the argument: both directions at once, a size below 0 or above 100.
    """
    if last is None and before is None:
        return PageRequest(_size(first, "first"), after, backward=False)
    if first is not None or after is not None:
        raise BadUserInput(
            "Use first/after to go forward or last/before to go backward, not both.",
            chinese="first/after 向后翻页，last/before 向前翻页，不能同时使用。",
            path=("last" if last is not None else "before",),
        )
    return PageRequest(_size(last, "last"), before, backward=True)


def _size(value: int | None, name: str) -> int:
    if value is None:
        return DEFAULT_PAGE_SIZE
    if not 0 <= value <= PAGE_SIZE_MAX:
        raise BadUserInput(
            f"{name} must be between 0 and {PAGE_SIZE_MAX}.",
            chinese=f"{name} 须在 0 到 {PAGE_SIZE_MAX} 之间。",
            path=(name,),
        )
    return value


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows, counted no further than `COUNT_CAP`."""

    total: int
    is_capped: bool


class Page:
    """Rows of one list, in its order, with what is needed for the next page.

    `rows` are at most as many as were asked for. The whole list is counted when somebody asks; the
    pages of several parents share one statement for it.
    """

    __slots__ = ("_counter", "_parent_id", "has_next", "has_previous", "order", "rows", "scope")

    def __init__(
        self,
        rows: list[Record],
        request: PageRequest,
        *,
        order: tuple[Ordering, ...],
        counter: "_Counter | _CounterByParent",
        parent_id: UUID | None = None,
    ) -> None:
        more = len(rows) > request.size
        if more:
            del rows[request.size :]
        if request.backward:
            rows.reverse()
        self.rows = rows
        self.order = order
        self.scope = counter.scope
        before = request.cursor is not None
        self.has_next, self.has_previous = (before, more) if request.backward else (more, before)
        self._counter = counter
        self._parent_id = parent_id

    async def counted(self) -> Count:
        """How many rows the whole list has."""
        return await self._counter.count(self._parent_id)

    def cursor_of(self, row: Record) -> str:
        """The cursor of one of the page's rows."""
        values = [getattr(row, term.column) for term in self.order]
        return encode_cursor(values, self.order, scope=self.scope)

    @property
    def start_cursor(self) -> str | None:
        """The cursor of the first row; None on an empty page."""
        return self.cursor_of(self.rows[0]) if self.rows else None

    @property
    def end_cursor(self) -> str | None:
        """The cursor of the last row; None on an empty page."""
        return self.cursor_of(self.rows[-1]) if self.rows else None


async def fetch_page(
    select: Select, request: PageRequest, *, order: Sequence[Ordering], is_read: bool = True
) -> Page:
    """One page of `select` in `order`, in one statement. Raises BadUserInput for a bad cursor.

    One that is not read has no rows and costs no statement until it is counted.
    """
    full = total_order(tuple(order))
    narrowed = _after_cursor(select, request, full)
    rows = []
    if is_read:
        rows = await fetch_records(narrowed, order=directed(full, request), limit=request.size + 1)
    return page_of(rows, request, order=full, select=lambda: select, scope=scope_of(select))


def page_of(
    rows: list[Record],
    request: PageRequest,
    *,
    order: tuple[Ordering, ...],
    select: Callable[[], Select],
    scope: str,
) -> Page:
    """The page of rows that have been read, one more of them than asked for where there is one.

    `select` gives the whole list, for who counts it; `order` has the id behind it.
    """
    return Page(rows, request, order=order, counter=_Counter(select, scope))


async def fetch_pages_by(
    select: Select,
    request: PageRequest,
    *,
    column: str,
    parent_ids: Sequence[UUID],
    order: Sequence[Ordering],
    is_read: bool = True,
) -> list[Page]:
    """A page for each parent, in the order of `parent_ids`, all in one statement; or in none, as
    in `fetch_page`.
    """
    full = total_order(tuple(order))
    narrowed = _after_cursor(select, request, full)
    grouped: dict[UUID, list[Record]] = {}
    if is_read:
        grouped = await fetch_top_records(
            narrowed,
            parent_ids,
            column=column,
            order=directed(full, request),
            limit=request.size + 1,
        )
    return pages_of(
        grouped,
        request,
        column=column,
        parent_ids=parent_ids,
        order=full,
        select=lambda: select,
        scope=scope_of(select),
    )


def pages_of(
    grouped: Mapping[UUID, list[Record]],
    request: PageRequest,
    *,
    column: str,
    parent_ids: Sequence[UUID],
    order: tuple[Ordering, ...],
    select: Callable[[], Select],
    scope: str,
) -> list[Page]:
    """The pages of parents, aligned with them, of rows that have been read; see `page_of`."""
    counter = _CounterByParent(select, scope, column=column, parent_ids=tuple(parent_ids))
    return [
        Page([*grouped.get(each, ())], request, order=order, counter=counter, parent_id=each)
        for each in parent_ids
    ]


@lru_cache(maxsize=256)
def total_order(order: tuple[Ordering, ...]) -> tuple[Ordering, ...]:
    """`order` with the id behind it, which breaks ties, in the direction of the last term."""
    descending = order[-1].descending if order else False
    return (*order, Ordering("id", descending))


def directed(order: Sequence[Ordering], request: PageRequest) -> tuple[Ordering, ...]:
    """The order in which the rows of a page are read: turned round for one that goes backward."""
    if not request.backward:
        return tuple(order)
    return tuple(Ordering(term.column, not term.descending) for term in order)


def _after_cursor(select: Select, request: PageRequest, order: Sequence[Ordering]) -> Select:
    if request.cursor is None:
        return select
    argument = "before" if request.backward else "after"
    values = decode_cursor(request.cursor, order, scope=scope_of(select), argument=argument)
    return select.where(_beyond(select, directed(order, request), values))


def _beyond(select: Select, order: Sequence[Ordering], values: Sequence[Any]) -> Criterion:
    """`(a, b, id)` past the cursor's values, as `a >= x AND (a > x OR (a = x AND ...))`.

    Written out because the directions may differ; the bound in front lets an index find the start.
    """
    term, value = select.term(order[0].column), values[0]
    sign = "<" if order[0].descending else ">"
    past = compared(term, value, by=sign)
    if len(order) == 1:
        return past
    bound = compared(term, value, by=f"{sign}=")
    rest = _beyond(select, order[1:], values[1:])
    criterion: Criterion = bound & (past | (compared(term, value) & rest))
    return criterion


class _Counter:
    """Counts one list, on the first question."""

    def __init__(self, select: Callable[[], Select], scope: str) -> None:
        self.scope = scope
        self._select = select
        self._total: int | None = None
        self._asking = asyncio.Lock()

    async def count(self, _parent_id: UUID | None) -> Count:
        async with self._asking:  # the total and whether it is capped are asked side by side
            if self._total is None:
                self._total = await count_records(self._select(), cap=COUNT_CAP + 1)
        return _capped(self._total)


class _CounterByParent:
    """Counts the lists of several parents in one statement, on the first question."""

    def __init__(
        self,
        select: Callable[[], Select],
        scope: str,
        *,
        column: str,
        parent_ids: tuple[UUID, ...],
    ) -> None:
        self.scope = scope
        self._select = select
        self._column = column
        self._parent_ids = parent_ids
        self._counts: Mapping[UUID, int] | None = None
        self._asking = asyncio.Lock()

    async def count(self, parent_id: UUID | None) -> Count:
        async with self._asking:  # the parents' pages are counted side by side
            if self._counts is None:
                self._counts = await count_records_by(
                    self._select(), self._parent_ids, column=self._column
                )
        return _capped(0 if parent_id is None else self._counts.get(parent_id, 0))


def _capped(total: int) -> Count:
    return Count(min(total, COUNT_CAP), total > COUNT_CAP)


def scope_of(select: Select) -> str:
    """What the cursors of a list are bound to beside its order."""
    return f"{select.model._meta.db_table} {select.scope}"


def encode_cursor(values: Sequence[Any], order: Sequence[Ordering], *, scope: str) -> str:
    """An opaque cursor for a row with these sort values."""
    payload = orjson.dumps([_to_json(value) for value in values])
    signed = _mac(payload, order, scope) + payload
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode("ascii")


def decode_cursor(
    cursor: str, order: Sequence[Ordering], *, scope: str, argument: str
) -> list[Any]:
    """The sort values in a cursor. Raises BadUserInput when it is damaged or of another list."""
    refused = BadUserInput(
        f"{argument} is not a cursor of this list in this order; "
        "take it from pageInfo or edges of the same query.",
        chinese=f"{argument} 不是这个列表在这种排序下的游标，请取自同一查询的 pageInfo 或 edges。",
        path=(argument,),
    )
    if len(cursor) > _CURSOR_MAX_CHARS:
        raise refused
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise refused from None
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(payload, order, scope)):
        raise refused
    return [_from_json(value) for value in orjson.loads(payload)]


def _mac(payload: bytes, order: Sequence[Ordering], scope: str) -> bytes:
    terms = ",".join(f"{term.column}{'-' if term.descending else '+'}" for term in order)
    bound = f"{scope} {terms}"
    key = current_settings().secret_key.encode()[:64]
    return blake2b(payload + b"\0" + bound.encode(), key=key, digest_size=_MAC_BYTES).digest()


def _to_json(value: Any) -> Any:
    """Sort values with their type, where JSON has none for it."""
    match value:
        case Enum():
            return value.value
        case UUID():
            return {"u": value.hex}
        case datetime():
            return {"t": value.isoformat()}
        case Decimal():
            return {"d": str(value)}
        case _:
            return value


def _from_json(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((tag, text),) = value.items()
    return _FROM_TAG[tag](text)


_FROM_TAG: Mapping[str, Callable[[str], Any]] = {
    "u": UUID,
    "t": datetime.fromisoformat,
    "d": Decimal,
}
