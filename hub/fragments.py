"""Criteria that are written once: a text with marks where its values go, and the values.

The query builder takes a statement apart and puts it together again for every request, which
costs more than the statement. A fragment is a text already; a whole statement is a few of them in
a row. Whatever depends on who asks or on the instant is a value and never part of the text, so
that there are few texts, and a database that has prepared one has prepared it for everybody.
"""

from collections.abc import Iterable
from typing import Any

from pypika_tortoise.context import SqlContext
from pypika_tortoise.enums import Dialects
from pypika_tortoise.queries import Table
from pypika_tortoise.terms import Criterion, Field, Parameterizer, Term

VALUE = "\0"
"""The mark of a value; no text of a statement has this character, for PostgreSQL knows none."""
ONE_OF = "\1"
"""The mark behind a term of "is one of these values", whose value is a tuple."""


class Fragment(Criterion):
    """A criterion, or another term, as a marked text with the values of its marks in order.

    `shows` names the table whose rows are public where the criterion holds, as
    `hub.publishing.visible` decides it; None for every other fragment.
    """

    alias = None

    def __init__(self, text: str, values: tuple[Any, ...] = (), shows: str | None = None) -> None:
        self.text = text
        self.values = values
        self.shows = shows

    def get_sql(self, ctx: SqlContext) -> str:
        """The marked text, for a statement that is rendered with `marking_context`."""
        assert ctx.parameterizer is not None
        ctx.parameterizer.values.extend(self.values)
        return self.text

    def __and__(self, other: Any) -> Any:
        """Both; another fragment makes a fragment."""
        if type(other) is not Fragment:
            return super().__and__(other)
        return Fragment(f"({self.text} AND {other.text})", self.values + other.values)

    def __or__(self, other: Any) -> Any:
        """Either; another fragment makes a fragment."""
        if type(other) is not Fragment:
            return super().__or__(other)
        return Fragment(f"({self.text} OR {other.text})", self.values + other.values)


def marking_context() -> SqlContext:
    """What the query builder's terms are rendered with: marks for values, which it gathers."""
    return SqlContext(
        quote_char='"',
        secondary_quote_char="'",
        alias_quote_char='"',
        dialect=Dialects.SQLITE,
        parameterizer=Parameterizer(_mark),
        with_namespace=True,
    )


def _mark(_number: int) -> str:
    return VALUE


def fragment_of(term: Term) -> Fragment:
    """The term as a fragment; one that is a fragment already is given back."""
    if type(term) is Fragment:
        return term
    context = marking_context().copy(subquery=True)
    assert context.parameterizer is not None
    text = term.get_sql(context)
    return Fragment(f"({text})", tuple(context.parameterizer.values))


def column_text(term: Term) -> str | None:
    """The text of a term that is a column of a table; None of any other."""
    if type(term) is Field and type(term.table) is Table:
        return f'"{term.table.get_table_name()}"."{term.name}"'
    return None


def compared(term: Term, value: Any, *, by: str = "=") -> Criterion:
    """`term` against a value, by one of SQL's signs: =, <, <=, >, >=."""
    text = column_text(term)
    if text is not None:
        return Fragment(f"{text} {by} {VALUE}", (value,))
    rendered = fragment_of(term)
    return Fragment(f"{rendered.text} {by} {VALUE}", (*rendered.values, value))


def all_of(criteria: Iterable[Criterion]) -> tuple[str, list[Any]]:
    """The marked text of several criteria that hold together, and their values; "" for none."""
    fragments = [fragment_of(each) for each in criteria]
    values = [value for each in fragments for value in each.values]
    return " AND ".join([f"({each.text})" for each in fragments]), values
