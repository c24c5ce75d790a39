"""Which variables decide what an operation selects."""

from graphql import DirectiveNode, DocumentNode, VariableNode, Visitor, visit

_CONDITIONS = {"skip", "include"}


def condition_names(document: DocumentNode) -> tuple[str, ...]:
    """The variables in `@skip` and `@include` anywhere in a document, in alphabetical order."""
    finder = _Finder()
    visit(document, finder)
    return tuple(sorted(finder.names))


class _Finder(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in _CONDITIONS:
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    self.names.add(argument.value.name.value)
