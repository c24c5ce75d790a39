"""Criteria and terms that the query builder lacks, or has in three-valued logic."""

from collections.abc import Sequence
from enum import Enum
from typing import Any

from pypika_tortoise.context import SqlContext
from pypika_tortoise.queries import QueryBuilder
from pypika_tortoise.terms import Case, Criterion, LiteralValue, Term

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
    criterion: Criterion = _ONE == _ZERO
    return criterion


def is_in(term: Term, values: Sequence[Any]) -> Criterion:
    """`term IN (values)`; an empty list matches nothing."""
    if not values:
        return never()
    return term.isin([_wrap(value) for value in values])


def _wrap(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
