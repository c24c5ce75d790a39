"""The hub's vocabularies as GraphQL enums, each value with its description."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

import strawberry

E = TypeVar("E", bound=Enum)


def describe_enum(
    vocabulary: type[E], *, description: str, values: Mapping[E, str], name: str | None = None
) -> type[E]:
    """Make a GraphQL enum of a vocabulary of `hub`, which knows no GraphQL.

    Raises ValueError when a value has no description: the schema documents everything.
    """
    missing = [value.name for value in vocabulary if value not in values]
    if missing:
        raise ValueError(f"{vocabulary.__name__}: no description for {', '.join(missing)}")
    made: Any = strawberry.enum(vocabulary, name=name, description=description)
    for definition in made.__strawberry_definition__.values:
        definition.description = values[vocabulary[definition.name]]
    return vocabulary
