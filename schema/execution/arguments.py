"""Arguments of the fields of one request: coerced as graphql-core does, converted as Strawberry."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLSchema
from graphql.execution.values import VariableValues, get_argument_values
from strawberry import Schema
from strawberry.types.arguments import convert_arguments

from schema.execution.plan import FieldPlan

Arguments = Mapping[str, Any]


class Bound:
    """The values of one set of variables, and the arguments that fields get of them.

    Arguments are made when a field is first run, and may be used by several requests with the same
    variables: resolvers must not change what they are given. Where they cannot be made, the
    exception stands in their place, for it is an error of the field.
    """

    def __init__(
        self, schema: Schema, variable_values: VariableValues, *, hides_suggestions: bool
    ) -> None:
        self.variable_values = variable_values
        self._converter = schema.schema_converter
        self._hides_suggestions = hides_suggestions
        self._coerced: dict[FieldPlan, Arguments | Exception] = {}
        self._converted: dict[FieldPlan, Arguments | Exception] = {}

    def coerced(self, field: FieldPlan) -> Arguments | Exception:
        """What graphql-core hands to the resolver of a field."""
        made = self._coerced.get(field)
        if made is None:
            made = self._coerced[field] = self._coerce(field)
        return made

    def converted(self, field: FieldPlan) -> Arguments | Exception:
        """What Strawberry hands to the function behind the resolver."""
        made = self._converted.get(field)
        if made is None:
            made = self._converted[field] = self._convert(field)
        return made

    def _coerce(self, field: FieldPlan) -> Arguments | Exception:
        try:
            return get_argument_values(
                field.definition,
                field.nodes[0],
                self.variable_values,
                hide_suggestions=self._hides_suggestions,
            )
        except Exception as error:  # noqa: BLE001 - told as an error of the field
            return error

    def _convert(self, field: FieldPlan) -> Arguments | Exception:
        coerced = self.coerced(field)
        if isinstance(coerced, Exception) or not coerced:
            return coerced
        try:
            return convert_arguments(
                dict(coerced),
                field.definition.extensions["strawberry-definition"].arguments,
                scalar_registry=self._converter.scalar_registry,
                config=self._converter.config,
            )
        except Exception as error:  # noqa: BLE001 - told as an error of the field
            return error


def core_schema(schema: Schema) -> GraphQLSchema:
    """The graphql-core schema inside a Strawberry schema."""
    return schema._schema  # noqa: SLF001 - Strawberry has no public name for it
