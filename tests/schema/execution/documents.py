"""Documents made up from a schema: aliases, fragments, directives, variables and defaults."""

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

DEPTH = 4
_WIDTH = 5


@dataclass
class Draft:
    """A document in the making."""

    schema: GraphQLSchema
    draw: DrawFn
    without: frozenset[str]
    fragments: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    aliases: int = 0

    def pick(self, *choices: Any) -> Any:
        """One of the choices."""
        return self.draw(st.sampled_from(choices))

    def variable(self, type_name: str, value: Any, default: str | None = None) -> str:
        """Declare a variable, and give it a value unless its default has to do."""
        name = f"v{len(self.declared)}"
        has_default = default is not None and self.pick(True, False)
        self.declared.append(f"${name}: {type_name}" + (f" = {default}" if has_default else ""))
        if not has_default or self.pick(True, False):
            self.values[name] = value
        return f"${name}"


@st.composite
def documents(
    draw: DrawFn, schema: GraphQLSchema, without: frozenset[str] = frozenset()
) -> tuple[str, dict[str, Any]]:
    """A document with one query, and values for its variables."""
    draft = Draft(schema, draw, without)
    assert schema.query_type is not None
    body = _selection(draft, schema.query_type, DEPTH)
    head = f"query Q({', '.join(draft.declared)})" if draft.declared else "query Q"
    return " ".join([head, body, *draft.fragments]), draft.values


def _selection(draft: Draft, of: Any, depth: int) -> str:
    count = draft.draw(st.integers(1, _WIDTH))
    parts = [_part(draft, of, depth) for _ in range(count)]
    return "{ " + " ".join(parts) + " }"


def _part(draft: Draft, of: Any, depth: int) -> str:
    kind = draft.pick("field", "field", "field", "field", "inline", "spread", "typename")
    if kind == "typename" or (kind != "inline" and not hasattr(of, "fields")):
        return "__typename"
    if depth > 1 and kind in {"inline", "spread"}:
        return _fragment(draft, of, depth - 1, is_named=kind == "spread")
    return _field(draft, of, depth) if hasattr(of, "fields") else "__typename"


def _fragment(draft: Draft, of: Any, depth: int, *, is_named: bool) -> str:
    possible = [of]
    if not isinstance(of, GraphQLObjectType):
        possible += list(draft.schema.get_possible_types(of))
    else:
        possible += [each for each in of.interfaces if isinstance(each, GraphQLInterfaceType)]
    within = draft.pick(*possible)
    body = _selection(draft, within, depth)
    if not is_named:
        condition = f" on {within.name}" if draft.pick(True, False) or within is not of else ""
        return f"...{condition}{_directive(draft)} {body}"
    name = f"F{len(draft.fragments)}"
    draft.fragments.append(f"fragment {name} on {within.name} {body}")
    return f"...{name}{_directive(draft)}"


def _field(draft: Draft, of: Any, depth: int) -> str:
    names = [name for name in of.fields if name not in draft.without]
    if depth <= 1:
        names = [
            name for name in names if not is_composite_type(get_named_type(of.fields[name].type))
        ]
    if not names:
        return "__typename"
    name = draft.pick(*names)
    definition = of.fields[name]
    arguments = _arguments(draft, definition)
    named = get_named_type(definition.type)
    body = f" {_selection(draft, named, depth - 1)}" if is_composite_type(named) else ""
    alias = ""
    if arguments or body or draft.pick(True, False, False):
        draft.aliases += 1
        alias = f"a{draft.aliases}: "
    return f"{alias}{name}{arguments}{_directive(draft)}{body}"


def _directive(draft: Draft) -> str:
    if draft.pick(True, True, True, True, False):
        return ""
    name, value = draft.pick("skip", "include"), draft.pick(True, False)
    literal = "true" if value else "false"
    if draft.pick(True, False):
        return f" @{name}(if: {literal})"
    return f" @{name}(if: {draft.variable('Boolean!', value, default=literal)})"


def _arguments(draft: Draft, definition: Any) -> str:
    given = []
    for name, argument in definition.args.items():
        if is_non_null_type(argument.type) or draft.pick(True, False):
            given.append(f"{name}: {_value(draft, argument.type)}")
    return f"({', '.join(given)})" if given else ""


def _value(draft: Draft, of: Any) -> str:
    """A literal of an input type, or a variable with such a value."""
    literal, value = _constant(draft, of)
    if draft.pick(True, True, False):
        return literal
    return draft.variable(str(of), value, default=literal)


def _constant(draft: Draft, of: Any) -> tuple[str, Any]:
    if is_non_null_type(of):
        return _constant(draft, of.of_type)
    if is_list_type(of):
        pairs = [_constant(draft, of.of_type) for _ in range(draft.draw(st.integers(0, 2)))]
        return "[" + ", ".join(pair[0] for pair in pairs) + "]", [pair[1] for pair in pairs]
    if isinstance(of, GraphQLEnumType):
        name = draft.pick(*of.values)
        return name, name
    if isinstance(of, GraphQLInputObjectType):
        chosen = [name for name in of.fields if draft.pick(True, False)]
        fields = {name: _constant(draft, of.fields[name].type) for name in chosen}
        text = "{" + ", ".join(f"{name}: {each[0]}" for name, each in fields.items()) + "}"
        return text, {name: each[1] for name, each in fields.items()}
    text, value = draft.pick(*_SCALARS[of.name])
    return str(text), value


_SCALARS: dict[str, list[tuple[str, Any]]] = {
    "Int": [("1", 1), ("13", 13), ("-4", -4)],
    "Float": [("0.5", 0.5)],
    "String": [('"x"', "x"), ('""', "")],
    "ID": [('"i"', "i")],
    "Boolean": [("true", True)],
}
