"""Objects: which type each value has, and whether it is one that was declared."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from graphql import GraphQLError, GraphQLObjectType
from graphql.pyutils import inspect

from schema.execution.info import Resolving
from schema.execution.plan import FieldPlan, FieldSet, Selection

Failed = Callable[[int, Exception], None]


def by_type(
    field: FieldPlan,
    selection: Selection,
    *,
    values: Sequence[Any],
    resolving: Resolving,
    failed: Failed,
) -> Iterable[tuple[FieldSet, list[int]]]:
    """The values' indexes by the fields that are selected of them, in the order they come.

    `failed` is told of a value that has no type, or none that is possible here.
    """
    if selection.only is not None and of_declared_type(
        selection.only.type, values, resolving=resolving, field=field
    ):
        return [(selection.only, list(range(len(values))))]
    found: dict[FieldSet, list[int]] = {}
    for index, value in enumerate(values):
        try:
            fields = selection.only or _resolved(field, selection, value, resolving)
            _check(fields.type, value, resolving, field)
        except Exception as error:  # noqa: BLE001 - told as an error of the field
            failed(index, error)
        else:
            found.setdefault(fields, []).append(index)
    return found.items()


def of_declared_type(
    declared: GraphQLObjectType, rows: Sequence[Any], *, resolving: Resolving, field: FieldPlan
) -> bool:
    """Whether all rows are values of the type, none of them None or an exception."""
    kinds = set(map(type, rows))
    if any(kind is type(None) or issubclass(kind, Exception) for kind in kinds):
        return False
    check = declared.is_type_of
    if check is None or getattr(check, "is_always_so", False):
        return True
    info = resolving.core_info(field)
    try:
        return all(check(row, info) is True for row in rows)
    except Exception:  # noqa: BLE001 - asked again row by row
        return False


def _resolved(field: FieldPlan, selection: Selection, value: Any, resolving: Resolving) -> FieldSet:
    assert selection.resolve_type is not None, "an abstract type"
    name = selection.resolve_type(value, resolving.core_info(field), selection.type)
    fields = selection.by_type.get(name) if isinstance(name, str) else None
    if fields is None:
        raise GraphQLError(_no_type(field, selection, value, name=name, resolving=resolving))
    return fields


def _no_type(
    field: FieldPlan, selection: Selection, value: Any, *, name: Any, resolving: Resolving
) -> str:
    """What graphql-core says of a value whose type is none of those that are possible."""
    abstract, place = selection.type, f"'{field.parent_type}.{field.name}'"
    if name is None:
        return (
            f"Abstract type '{abstract}' must resolve to an Object type at runtime for field "
            f"{place}. Either the '{abstract}' type should provide a 'resolve_type' function or "
            "each possible type should provide an 'is_type_of' function."
        )
    if not isinstance(name, str):
        return (
            f"Abstract type '{abstract}' must resolve to an Object type at runtime for field "
            f"{place} with value {inspect(value)}, received '{inspect(name)}', which is not a "
            "valid Object type name."
        )
    found = resolving.schema.get_type(name)
    if found is None:
        return (
            f"Abstract type '{abstract}' was resolved to a type '{name}' that does not exist "
            "inside the schema."
        )
    if not isinstance(found, GraphQLObjectType):
        return f"Abstract type '{abstract}' was resolved to a non-object type '{name}'."
    return f"Runtime Object type '{name}' is not a possible type for '{abstract}'."


def _check(declared: GraphQLObjectType, value: Any, resolving: Resolving, field: FieldPlan) -> None:
    check = declared.is_type_of
    if check is not None and not check(value, resolving.core_info(field)):
        raise GraphQLError(f"Expected value of type '{declared}' but got: {inspect(value)}.")
