"""Criteria and terms that the query builder lacks, or has in three-valued logic."""

from collections.abc import Sequence
from enum import Enum
from typing import Any

from pypika_tortoise.context import SqlContext
from pypika_tortoise.queries import QueryBuilder, Table
from pypika_tortoise.terms import Case, Criterion, LiteralValue, Term

from hub.fragments import ONE_OF, Fragment, all_of, column_text, compared, fragment_of

_ZERO, _ONE = LiteralValue("0"), LiteralValue("1")


class Exists(Criterion):
    """EXISTS (subquery); the subquery may refer to the outer table."""

    def __init__(self, query: QueryBuilder, alias: str | None = None) -> None:
        super().__init__(alias)
        self.query = query

    def get_sql(self, ctx: SqlContext) -> str:
        """The criterion's text, with every column qualified by its table."""
        inner = ctx.copy(subquery=False, with_namespace=True, with_alias=False)
        return f"EXISTS ({self.query.get_sql(inner)})"


class Scalar(Term):
    """(subquery) as a value: the one column of its one row, null without one."""

    def __init__(self, query: QueryBuilder, alias: str | None = None) -> None:
        super().__init__(alias)
        self.query = query

    def get_sql(self, ctx: SqlContext) -> str:
        """The term's text, with every column qualified by its table."""
        inner = ctx.copy(subquery=False, with_namespace=True, with_alias=False)
        return f"({self.query.get_sql(inner)})"


def is_false(criterion: Criterion) -> Criterion:
    """NOT, in two-valued logic: true where the criterion is false *or unknown*.

    Plain NOT drops the rows whose column is null, and a client who asks for everything but
    `level = BEGINNER` expects courses without a level in the answer.
    """
    if type(criterion) is Fragment:
        return Fragment(f"({criterion.text}) IS NOT TRUE", criterion.values)
    negated: Criterion = truth(criterion) == _ZERO
    return negated


def truth(criterion: Criterion) -> Term:
    """The criterion as 1 or 0; unknown is 0. Literals, for PostgreSQL cannot guess the type of a
    parameter here.
    """
    return Case().when(criterion, _ONE).else_(_ZERO)


def is_true(flag: Term) -> Criterion:
    """The criterion of a term that is 1 or 0."""
    criterion: Criterion = flag == _ONE
    return criterion


def never() -> Criterion:
    """A criterion that no row meets."""
    return Fragment("1 = 0")


def is_in(term: Term, values: Sequence[Any]) -> Criterion:
    """`term` is one of `values`; an empty list matches nothing.

    The text is the same for two values and for a hundred, which are one parameter.
    """
    if not values:
        return never()
    if len(values) == 1:
        return compared(term, values[0])
    text = column_text(term)
    if text is None:
        return term.isin([_wrap(value) for value in values])
    return Fragment(f"{text}{ONE_OF}", (tuple(values),))


def is_one_of(column: Term, values: Any) -> Criterion:
    """A column is one of `values`: a tuple, or a slot where one will be."""
    text = column_text(column)
    assert text is not None, "a column of a table"
    return Fragment(f"{text}{ONE_OF}", (values,))


def there_is(table: Table, *criteria: Criterion) -> Criterion:
    """EXISTS (a row of `table`, which has no alias, for which the criteria hold).

    They may refer to the outer row.
    """
    where, values = all_of(criteria)
    name = table.get_table_name()
    text = f'EXISTS (SELECT 1 FROM "{name}" WHERE {where})'  # noqa: S608
    return Fragment(text, tuple(values))


def same(left: Term, right: Term) -> Criterion:
    """Two columns of different tables are equal: what joins a subquery to its outer row."""
    return Fragment(f"{fragment_of(left).text} = {fragment_of(right).text}")


def _wrap(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
