"""Documents as the hub knows them: parsed, measured and validated once, kept by their SHA-256.

A refused document is remembered with its errors, so that sending it again costs nothing.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import structlog
from graphql import (
    ASTValidationRule,
    DocumentNode,
    ExecutableDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.validation import (
    DeferStreamDirectiveLabel,
    DeferStreamDirectiveOnRootField,
    DeferStreamDirectiveOnValidOperationsRule,
    MaxIntrospectionDepthRule,
    OverlappingFieldsCanBeMergedRule,
    StreamDirectiveOnListField,
    ValidationContext,
)
from graphql.validation.validate import ValidationAbortedError
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from hub.settings import Settings
from schema.cost import evaluate, literal_size, variable_size
from schema.errors import ErrorBody, document_error
from schema.execution.conditions import condition_names
from schema.limits import NESTING_MAX, Excess, Limits, NestedTooDeeply, OperationMeasure
from schema.request import document_hash

# A parsed document weighs some sixty times its text.
TEXT_BYTES_MAX: Final = 2 * 1024 * 1024
ERRORS_MAX: Final = 20

# graphql-core allows half a second of comparing fields by pairs; this is some 20 ms, and enough
# for forty fragments that each repeat a few fields of the others.
_OVERLAP_BUDGET = 10_000
_ABORTED = "Validation aborted."

_NUL_ESCAPE = re.compile(r"\\u(?:0000|\{0+\})")

_log = structlog.get_logger(__name__)


class BoundedOverlappingFieldsRule(OverlappingFieldsCanBeMergedRule):
    """The rule of the specification, which gives up early on fields that overlap by thousands."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = _OVERLAP_BUDGET


# The hub's schema has no @defer and no @stream, which leaves them to KnownDirectivesRule;
# introspection is measured with the limits.
_REPLACED = frozenset(
    {
        DeferStreamDirectiveLabel,
        DeferStreamDirectiveOnRootField,
        DeferStreamDirectiveOnValidOperationsRule,
        MaxIntrospectionDepthRule,
        OverlappingFieldsCanBeMergedRule,
        StreamDirectiveOnListField,
    }
)
VALIDATION_RULES: Final[tuple[type[ASTValidationRule], ...]] = (
    *(rule for rule in specified_rules if rule not in _REPLACED),
    BoundedOverlappingFieldsRule,
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)


@dataclass(frozen=True, slots=True, eq=False)
class PreparedOperation:
    """One operation that may run, with its measure and the sizes its variables default to.

    `conditions` are the variables that `@skip` and `@include` in its document look at; `plans` is
    where the executor keeps what it compiled, by their values, for as long as the operation is
    kept.
    """

    document: DocumentNode
    sha256: str
    name: str | None
    node: OperationDefinitionNode
    measure: OperationMeasure
    default_sizes: Mapping[str, int | None]
    conditions: tuple[str, ...] = ()
    plans: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.node.operation

    def cost(self, variables: Mapping[str, Any]) -> int:
        """What the operation costs with these variables, before they are coerced."""

        def size(name: str) -> int | None:
            if name in variables:
                return variable_size(variables[name])
            return self.default_sizes.get(name)

        return evaluate(self.measure.cost, size)


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document's text after all that does not depend on a request.

    Either `errors` (it is no valid document) or `excess` (it asks for too much) or neither; only
    then are there operations and the parsed document to run them from.
    """

    document: DocumentNode | None = None
    operations: tuple[PreparedOperation, ...] = ()
    errors: tuple[ErrorBody, ...] = ()
    excess: Excess | None = None

    def operation(self, name: str | None) -> PreparedOperation:
        """The operation to run. Raises GraphQLError when `name` does not decide it."""
        if name is None:
            if len(self.operations) == 1:
                return self.operations[0]
            raise GraphQLError("Must provide operation name if query contains multiple operations.")
        for operation in self.operations:
            if operation.name == name:
                return operation
        raise GraphQLError(f"Unknown operation named '{name[:100]}'.")


class Documents:
    """The bounded cache of prepared documents; the one used least recently goes first.

    It holds `settings.document_cache_entries` documents and 2 MiB of their text at most. `hits` and
    `misses` count what was found in it and what was not.
    """

    def __init__(self, schema: GraphQLSchema, settings: Settings, *, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._warns_only = settings.limits_warn_only
        self._hides_suggestions = not settings.shows_introspection
        self._entries_max = settings.document_cache_entries
        self._entries: OrderedDict[str, tuple[PreparedDocument, int]] = OrderedDict()
        self._bytes = 0
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def text_bytes(self) -> int:
        """How many bytes of document text are held."""
        return self._bytes

    def known(self, sha256: str) -> PreparedDocument | None:
        """The document whose text has this hash, if it is in the cache."""
        if (entry := self._entries.get(sha256)) is None:
            return None
        self._entries.move_to_end(sha256)
        self.hits += 1
        return entry[0]

    def prepared(self, text: str, *, sha256: str | None = None) -> PreparedDocument:
        """The document behind a text, from the cache or prepared now.

        Whoever knows the hash of the text already gives it as `sha256`.
        """
        key = sha256 or document_hash(text)
        if (document := self.known(key)) is not None:
            return document
        self.misses += 1
        document = self._prepare(text, key)
        self._keep(key, document, size=len(text.encode()))
        return document

    def _keep(self, key: str, document: PreparedDocument, *, size: int) -> None:
        self._entries[key] = (document, size)
        self._bytes += size
        while len(self._entries) > self._entries_max or self._bytes > TEXT_BYTES_MAX:
            _, (_, dropped) = self._entries.popitem(last=False)
            self._bytes -= dropped

    def _prepare(self, text: str, sha256: str) -> PreparedDocument:
        if excess := self._blocking(self._limits.scan_excesses(text)):
            return PreparedDocument(excess=excess)
        try:
            document = parse(text)
        except GraphQLSyntaxError as error:
            return PreparedDocument(errors=(document_error(error),))
        prepared = self._measured(document, sha256, has_nul=_NUL_ESCAPE.search(text) is not None)
        _unchain(document)
        if prepared.document is None:
            _dismantle(document)
        return prepared

    def _measured(self, document: DocumentNode, sha256: str, *, has_nul: bool) -> PreparedDocument:
        try:
            measured = self._limits.survey(document)
        except NestedTooDeeply:
            nested = Excess("limit_nesting", NESTING_MAX + 1, NESTING_MAX, is_hard=True)
            return PreparedDocument(excess=nested)
        excesses = self._limits.definition_excesses(document)
        excesses += [excess for _, measure in measured for excess in measure.excesses]
        if excess := self._blocking(excesses):
            return PreparedDocument(excess=excess)
        errors = _nul_errors(document) if has_nul else []
        errors += self._validation_errors(document)
        if errors and _gave_up(errors[-1]):
            return PreparedDocument(excess=Excess("limit_overlap", 0, 0, is_hard=True))
        if errors:
            return PreparedDocument(errors=tuple(document_error(error) for error in errors))
        conditions = condition_names(document)
        operations = (
            _prepared(node, measure, document=document, sha256=sha256, conditions=conditions)
            for node, measure in measured
        )
        return PreparedDocument(document, tuple(operations))

    def _validation_errors(self, document: DocumentNode) -> list[GraphQLError]:
        """GraphQL's verdict, at most `ERRORS_MAX` errors and one that says there are more.

        The rules are emptied afterwards: each is a cycle that holds the whole document, and what
        hostile documents leave to the garbage collector others wait for, 100 ms at a time.
        """
        rules: list[ASTValidationRule] = []

        def remembered(
            rule: type[ASTValidationRule],
        ) -> Callable[[ValidationContext], ASTValidationRule]:
            def make(context: ValidationContext) -> ASTValidationRule:
                rules.append(rule(context))
                return rules[-1]

            return make

        makers = [remembered(rule) for rule in VALIDATION_RULES]
        try:
            return validate(
                self._schema,
                document,
                cast("Collection[type[ASTValidationRule]]", makers),
                max_errors=ERRORS_MAX,
                hide_suggestions=self._hides_suggestions,
            )
        finally:
            for rule in rules:
                vars(rule).clear()

    def _blocking(self, excesses: Collection[Excess]) -> Excess | None:
        """The first limit that refuses the document; those that only warn are logged."""
        for excess in excesses:
            if excess.is_hard or not self._warns_only:
                return excess
            _log.warning("limit_passed", key=excess.key, count=excess.count, limit=excess.limit)
        return None


def _prepared(
    node: OperationDefinitionNode,
    measure: OperationMeasure,
    *,
    document: DocumentNode,
    sha256: str,
    conditions: tuple[str, ...],
) -> PreparedOperation:
    return PreparedOperation(
        document=document,
        sha256=sha256,
        conditions=conditions,
        name=node.name.value if node.name else None,
        node=node,
        measure=measure,
        default_sizes={
            item.variable.name.value: literal_size(item.default_value)
            for item in node.variable_definitions or ()
        },
    )


def _unchain(document: DocumentNode) -> None:
    """Cut the list of tokens that runs through a parsed document, both ways.

    Nodes keep the tokens that they start and end with, which is all that error locations need.
    The chain is a cycle of thousands of objects: left whole, a refused document would wait for the
    garbage collector, and a kept one would hold every token of its text.
    """
    token = document.loc.start_token if document.loc else None
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following


def _dismantle(document: DocumentNode) -> None:
    """Empty a refused document, which nobody will read again.

    A validation that gave up leaves cycles that point into it. Nodes are frozen against editing
    by visitors; this one is being thrown away.
    """
    for definition in document.definitions:
        if isinstance(definition, ExecutableDefinitionNode):
            object.__setattr__(definition.selection_set, "selections", ())


def _gave_up(error: GraphQLError) -> bool:
    """Whether validation stopped for its own sake, not because of too many errors."""
    return isinstance(error, ValidationAbortedError) and error.message == _ABORTED


def _nul_errors(document: DocumentNode) -> list[GraphQLError]:
    """Strings with a NUL character, which PostgreSQL cannot store or compare."""
    finder = _NulFinder()
    visit(document, finder)
    return [
        GraphQLError("String contains a NUL character (U+0000).", node) for node in finder.found
    ]


class _NulFinder(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[StringValueNode] = []

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        if "\0" in node.value and len(self.found) < ERRORS_MAX:
            self.found.append(node)
