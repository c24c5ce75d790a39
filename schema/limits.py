"""How much one document may ask: measured before validation, in one pass memoised per fragment.

A document is measured twice. `scan` counts tokens without parsing, for parsing is what a flood
attacks first. `survey` walks the parsed document and gives each operation its depth, aliases,
root fields and cost; a fragment is walked once however often it is spread, so a bomb of 2^n
spreads costs as much as its text. Nothing here may rely on the document being valid.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_introspection_query,
    parse,
)

from hub.settings import Settings
from schema.cost import (
    COST_MAX,
    DEFAULT_PAGE_SIZE,
    Expression,
    FieldSize,
    SchemaSizes,
    Total,
    evaluate,
    product,
    requested_size,
)

# Mutations that try a secret or send a message: twice in one request would halve every counter.
SINGLE_USE_MUTATIONS: Final = frozenset(
    {"requestSignInCode", "signIn", "signInWithWechat", "refreshSession"}
)

# What keeps parsing and validation of any document within 50 ms; see `tests/schema/test_hostile`.
# None of them is near what a large page of an application writes (about 300 selections).
SELECTIONS_MAX: Final = 1_000
VALUE_TOKENS_MAX: Final = 2_000
DEFINITIONS_MAX: Final = 100
NESTING_MAX: Final = 60

# GraphiQL's own introspection query is 15 levels deep; it must pass whatever `limit_depth` is.
_INTROSPECTION_DEPTH_MAX = 20
# From a type to its fields to their types and on: the standard query does it once.
_INTROSPECTION_LISTS_MAX = 2
_TYPE_LISTS = frozenset({"fields", "inputFields", "interfaces", "possibleTypes"})
_INTROSPECTION_ROOTS = frozenset({"__schema", "__type"})

_TOKEN = re.compile(
    r'[_A-Za-z][_0-9A-Za-z]*+|"""(?:[^"\\]|\\"""|\\|"(?!""))*+"""|"(?:[^"\\\n\r]|\\.)*+"'
    r"|-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|\.\.\.|#[^\n\r]*+|[^\s,\ufeff]"
)


@dataclass(frozen=True, slots=True)
class Excess:
    """A limit that is passed: `key` names its sentence; `count` and `limit` go into it.

    A hard one guards the process itself and is refused even when limits only warn.
    """

    key: str
    count: int
    limit: int
    name: str = ""
    is_hard: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """What the tokens tell: how many, how many selections at least, how many in parentheses."""

    tokens: int
    selections: int
    value_tokens: int


@dataclass(slots=True)
class Measure:
    """What one selection set asks for, with everything below it.

    `per_item` is the part of the cost that a connection's page size multiplies. `fields` and
    `single_use` are about this level only. Costs inside `__schema` and `__type` stand apart;
    `type_lists` counts how often one goes on from a type to the types it is made of.
    """

    depth: int = 0
    aliases: int = 0
    fields: int = 0
    cost: Total = field(default_factory=Total)
    per_item: Total = field(default_factory=Total)
    introspection_cost: int = 0
    introspection_depth: int = 0
    type_lists: int = 0
    single_use: dict[str, int] = field(default_factory=dict)

    def include(self, other: "Measure") -> None:
        """Add a fragment's selections, which stand on this level."""
        self.depth = max(self.depth, other.depth)
        self.aliases += other.aliases
        self.fields += other.fields
        self.cost.add(other.cost)
        self.per_item.add(other.per_item)
        self.introspection_cost = min(self.introspection_cost + other.introspection_cost, COST_MAX)
        self.introspection_depth = max(self.introspection_depth, other.introspection_depth)
        self.type_lists = max(self.type_lists, other.type_lists)
        for name, count in other.single_use.items():
            self.single_use[name] = self.single_use.get(name, 0) + count


@dataclass(frozen=True, slots=True)
class OperationMeasure:
    """What one operation asks for; `cost` may still depend on variables."""

    cost: Expression
    uses_introspection: bool
    excesses: tuple[Excess, ...]


class NestedTooDeeply(Exception):
    """Selection sets and fragments are nested past what recursion is allowed to follow."""


def scan(text: str, *, tokens_max: int) -> Scan:
    """Count the tokens of a document without parsing it, stopping after `tokens_max` + 1.

    Comments count, as in graphql-core's parser. What cannot be a token counts as one for each
    character, so that the count is never below the parser's.
    """
    tokens = [match.group() for match in islice(_TOKEN.finditer(text), tokens_max + 1)]
    inside = names = others = value_tokens = 0
    for token in tokens:
        first = token[0]
        if first == "(":
            inside += 1
        elif first == ")":
            inside = max(inside - 1, 0)
        elif inside:
            value_tokens += 1
        elif first in ":@":
            others += 1
        elif first == "_" or first.isalpha():
            names += 1
    return Scan(len(tokens), max(names - others, 0), value_tokens)


class Limits:
    """The limits of one schema under one configuration, and the measuring of documents by them."""

    def __init__(
        self,
        schema: GraphQLSchema,
        settings: Settings,
        *,
        single_use: frozenset[str] = SINGLE_USE_MUTATIONS,
    ) -> None:
        self._sizes = SchemaSizes(schema)
        self._settings = settings
        self._single_use = single_use
        self._introspection_cost_max = 2 * self._standard_introspection_cost()

    def scan_excesses(self, text: str) -> list[Excess]:
        """The limits that the bare text of a document passes."""
        tokens_max = self._settings.limit_tokens
        found = scan(text, tokens_max=tokens_max)
        return _passed(
            Excess("limit_tokens", found.tokens, tokens_max),
            Excess("limit_selections", found.selections, SELECTIONS_MAX),
            Excess("limit_values", found.value_tokens, VALUE_TOKENS_MAX),
        )

    def survey(
        self, document: DocumentNode
    ) -> list[tuple[OperationDefinitionNode, OperationMeasure]]:
        """Each operation of the document with its measure. Raises NestedTooDeeply."""
        surveyor = _Surveyor(document, sizes=self._sizes, single_use=self._single_use)
        return [
            (definition, self._operation_measure(definition, surveyor))
            for definition in document.definitions
            if isinstance(definition, OperationDefinitionNode)
        ]

    def definition_excesses(self, document: DocumentNode) -> list[Excess]:
        """Whether the document defines more operations and fragments than one request needs."""
        return _passed(Excess("limit_definitions", len(document.definitions), DEFINITIONS_MAX))

    def _operation_measure(
        self, operation: OperationDefinitionNode, surveyor: "_Surveyor"
    ) -> OperationMeasure:
        measure = surveyor.operation(operation)
        cost = Total()
        cost.add(measure.cost)
        cost.add(product(DEFAULT_PAGE_SIZE, measure.per_item))
        # What variables decide is asked again by each request; this much it costs at least.
        floor = Excess("limit_cost", evaluate(cost, lambda _: 0), self._settings.limit_cost)
        return OperationMeasure(
            cost=cost if cost.terms else cost.known,
            uses_introspection=measure.introspection_depth > 0,
            excesses=(*self._measure_excesses(operation, measure), *_passed(floor)),
        )

    def _measure_excesses(
        self, operation: OperationDefinitionNode, measure: Measure
    ) -> Iterable[Excess]:
        settings = self._settings
        checks = [
            Excess("limit_depth", measure.depth, settings.limit_depth),
            Excess("limit_aliases", measure.aliases, settings.limit_aliases),
            Excess("limit_introspection", measure.introspection_depth, _INTROSPECTION_DEPTH_MAX),
            Excess("limit_introspection", measure.type_lists, _INTROSPECTION_LISTS_MAX),
            Excess("limit_introspection", measure.introspection_cost, self._introspection_cost_max),
        ]
        if operation.operation is OperationType.MUTATION:
            checks.append(
                Excess("limit_root_mutations", measure.fields, settings.limit_root_mutations)
            )
            checks += [
                Excess("limit_once", count, 1, name=name, is_hard=True)
                for name, count in measure.single_use.items()
            ]
        return _passed(*checks)

    def _standard_introspection_cost(self) -> int:
        document = parse(get_introspection_query(), no_location=True)
        surveyor = _Surveyor(document, sizes=self._sizes, single_use=frozenset())
        operation = document.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        return surveyor.operation(operation).introspection_cost


class _Surveyor:
    """One walk over one document; fragments are measured once and remembered."""

    def __init__(
        self, document: DocumentNode, *, sizes: SchemaSizes, single_use: frozenset[str]
    ) -> None:
        self._sizes = sizes
        self._single_use = single_use
        self._measured: dict[str, Measure] = {}
        self._fragments: Mapping[str, FragmentDefinitionNode] = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def operation(self, operation: OperationDefinitionNode) -> Measure:
        """The measure of an operation, from its root type."""
        root = self._sizes.root(operation.operation)
        return self._selections(operation.selection_set, root, nesting=1)

    def _selections(
        self, node: SelectionSetNode, type_name: str | None, *, nesting: int
    ) -> Measure:
        if nesting > NESTING_MAX:
            raise NestedTooDeeply
        measure = Measure()
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                self._add_field(measure, selection, type_name, nesting=nesting)
            elif isinstance(selection, FragmentSpreadNode):
                measure.include(self._fragment(selection.name.value, nesting=nesting + 1))
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = condition.name.value if condition else type_name
                measure.include(
                    self._selections(selection.selection_set, inner, nesting=nesting + 1)
                )
        return measure

    def _fragment(self, name: str, *, nesting: int) -> Measure:
        """A fragment's measure; nothing for one that is unknown or that we are inside of."""
        measure = self._measured.get(name)
        if measure is None:
            self._measured[name] = measure = Measure()
            fragment = self._fragments.get(name)
            if fragment is not None:
                condition = fragment.type_condition.name.value
                measure = self._selections(fragment.selection_set, condition, nesting=nesting)
                self._measured[name] = measure
        return measure

    def _add_field(
        self, measure: Measure, node: FieldNode, type_name: str | None, *, nesting: int
    ) -> None:
        name = node.name.value
        facts = self._sizes.field(type_name, name)
        measure.fields += 1
        measure.aliases += node.alias is not None
        measure.cost.add(facts.cost)
        measure.depth = max(measure.depth, 1)
        if name in self._single_use:
            measure.single_use[name] = measure.single_use.get(name, 0) + 1
        if node.selection_set is None:
            return
        child = self._selections(node.selection_set, facts.child, nesting=nesting + 1)
        measure.aliases += child.aliases
        type_lists = child.type_lists + (name in _TYPE_LISTS and facts.is_introspection)
        measure.type_lists = max(measure.type_lists, type_lists)
        if name in _INTROSPECTION_ROOTS:
            _add_introspection(measure, child)
        else:
            _add_child(measure, child, node=node, facts=facts)


def _add_introspection(measure: Measure, child: Measure) -> None:
    """Introspection is counted by itself: it reads no rows, and tools send it whole."""
    cost = child.cost.known + child.introspection_cost
    measure.introspection_cost = min(measure.introspection_cost + cost, COST_MAX)
    measure.introspection_depth = max(measure.introspection_depth, child.depth)


def _add_child(measure: Measure, child: Measure, *, node: FieldNode, facts: FieldSize) -> None:
    measure.depth = max(measure.depth, child.depth + 1)
    measure.introspection_depth = max(measure.introspection_depth, child.introspection_depth)
    measure.introspection_cost = min(
        measure.introspection_cost + facts.size * child.introspection_cost, COST_MAX
    )
    if facts.is_item:
        measure.per_item.add(child.cost)
        return
    size = requested_size(facts, node.arguments or ())
    if facts.gives_connection:
        measure.cost.add(child.cost)
        measure.cost.add(product(size, child.per_item))
    else:
        measure.cost.add(product(size, child.cost))


def _passed(*checks: Excess) -> list[Excess]:
    return [check for check in checks if check.count > check.limit]
