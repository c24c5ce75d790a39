"""Errors of fields: where they stand in the answer, and how far null spreads from them.

While the plan runs, a failure is only noted under the dictionary or list that lacks a value. When
there is one, `settle` walks the finished answer in the order of the document, gives every error
its path, and lets null spread through types that have none (GraphQL specification, 6.4.4). What
would have come after the error that nulled a place is not told, as in an executor that stops there.
"""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError
from graphql.error import located_error

from schema.execution.plan import FieldPlan, FieldSet, Shape

Place = tuple[int, str | int]


class Failures:
    """What went wrong in one run."""

    def __init__(self) -> None:
        self._at: dict[Place, Exception] = {}
        self._sets: dict[int, FieldSet] = {}

    def __bool__(self) -> bool:
        return bool(self._at)

    def note(
        self, container: dict[str, Any] | list[Any], key: str | int, *, error: Exception
    ) -> None:
        """A value that is not there; `container` is part of the answer and stays alive."""
        self._at[id(container), key] = error

    def remember(self, answer: dict[str, Any], fields: FieldSet) -> None:
        """Which type an object of an interface or union turned out to have."""
        self._sets[id(answer)] = fields

    def settle(
        self, data: dict[str, Any], fields: Sequence[FieldPlan]
    ) -> tuple[bool, list[GraphQLError]]:
        """Give `data` its nulls below these root fields; whether all of it is null, and the errors
        in the order of the document. What has been settled is forgotten.
        """
        walk = _Walk(self._at, self._sets)
        is_nulled = walk.fields(data, fields, path=())
        self._at, self._sets = {}, {}
        return is_nulled, walk.errors


class _Walk:
    """One way through an answer. Its methods say whether what they looked at becomes null."""

    def __init__(self, at: dict[Place, Exception], sets: dict[int, FieldSet]) -> None:
        self._at = at
        self._sets = sets
        self.errors: list[GraphQLError] = []

    def fields(
        self, answer: dict[str, Any], fields: Sequence[FieldPlan], *, path: tuple[str | int, ...]
    ) -> bool:
        return any(
            self._place(answer, field.key, shape=field.shape, field=field, path=path)
            for field in fields
        )

    def _place(
        self,
        container: Any,
        key: str | int,
        *,
        shape: Shape,
        field: FieldPlan,
        path: tuple[str | int, ...],
    ) -> bool:
        """Look at one place; True when its container becomes null because of it."""
        here = (*path, key)
        error = self._at.get((id(container), key))
        if error is not None:
            self.errors.append(located(error, field, path=here))
        elif container[key] is None or not self._value(container[key], shape, field, here):
            return False
        container[key] = None
        return shape.is_non_null

    def _value(
        self, value: Any, shape: Shape, field: FieldPlan, path: tuple[str | int, ...]
    ) -> bool:
        if shape.item is not None:
            return any(
                self._place(value, index, shape=shape.item, field=field, path=path)
                for index in range(len(value))
            )
        if field.selection is None:
            return False
        fields = field.selection.only or self._sets[id(value)]
        return self.fields(value, fields.fields, path=path)


def located(error: Exception, field: FieldPlan, *, path: Sequence[str | int]) -> GraphQLError:
    """The error as graphql-core reports it: with its nodes and its path."""
    return located_error(error, list(field.nodes), list(path))


def null_refused(field: FieldPlan) -> TypeError:
    """What graphql-core says of None where there is no null."""
    return TypeError(
        f"Cannot return null for non-nullable field {field.parent_type.name}.{field.name}."
    )
