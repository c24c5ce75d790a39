"""The house rules as functions: a source goes in, findings come out."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.architecture.source import DOMAINS, Source

FILE_LINES_MAX = 400
TEST_LINES_MAX = 500
POSITIONAL_MAX = 2
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "base", "misc"}
DOMAIN_FILES = {"__init__", "models", "rules", "queries", "service", "content"}

ASKS_THE_TIME = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.gmtime",
    "time.localtime",
}
BARE_TRANSACTIONS = {"tortoise.transactions", "tortoise.transactions.in_transaction"}
READS_OR_WRITES = {
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "mkdir",
    "urlopen",
}
ALTERS = {
    *{"append", "appendleft", "extend", "insert", "add", "update", "setdefault"},
    *{"pop", "popleft", "popitem", "remove", "discard", "clear", "sort", "reverse"},
}
GIVEN = {"self", "cls", "scope", "receive", "send"}
"""Arguments whose place is not ours to choose: the language's and ASGI's."""


def too_long(source: Source) -> Iterator[str]:
    """When a file passes its length, split the noun, not the file."""
    limit = TEST_LINES_MAX if source.path.startswith("tests/") else FILE_LINES_MAX
    lines = source.text.count("\n")
    if lines > limit:
        yield f"{lines} lines, at most {limit}"


def init_with_code(source: Source) -> Iterator[str]:
    """`__init__.py` files hold a docstring and nothing else."""
    if PurePosixPath(source.path).name != "__init__.py":
        return
    if not ast.get_docstring(source.tree):
        yield "has no docstring"
    if len(source.tree.body) > 1:
        yield f"line {source.tree.body[1].lineno}: holds more than a docstring"


def vague_name(source: Source) -> Iterator[str]:
    """Modules are nouns that say what they own."""
    for part in PurePosixPath(source.path).with_suffix("").parts:
        if part in VAGUE_NAMES:
            yield f"the name {part} says nothing"


def strange_domain_file(source: Source) -> Iterator[str]:
    """Knowing one domain's folder is knowing all."""
    parts = PurePosixPath(source.path).with_suffix("").parts
    if (
        len(parts) > 2
        and parts[0] == "hub"
        and parts[1] in DOMAINS
        and parts[2] not in DOMAIN_FILES
    ):
        yield f"a domain has no {parts[2]}"


def foreign_models(source: Source) -> Iterator[str]:
    """A domain calls another domain's queries or service; its tables are its own."""
    parts = PurePosixPath(source.path).parts
    if parts[0] != "hub" or parts[1] not in DOMAINS:
        return
    for line, name in source.imports:
        for domain in DOMAINS:
            if domain != parts[1] and f"{name}.".startswith(f"hub.{domain}.models."):
                yield f"line {line}: imports {name}"


def asks_the_time(source: Source) -> Iterator[str]:
    """Time comes from `hub.clock`; `time.monotonic` and `perf_counter` measure durations."""
    for line, name in source.names():
        if name in ASKS_THE_TIME:
            yield f"line {line}: {name}"


def bare_transaction(source: Source) -> Iterator[str]:
    """Tortoise's own transaction leaks when its task is cancelled."""
    for line, name in source.imports:
        if name in BARE_TRANSACTIONS:
            yield f"line {line}: imports {name}"
    for line, name in source.names():
        if name.rpartition(".")[2] == "in_transaction":
            yield f"line {line}: {name}"


def schema_transaction(source: Source) -> Iterator[str]:
    """A resolver decides nothing: transactions are opened by services."""
    for line, name in source.imports:
        if name == "hub.database.transaction":
            yield f"line {line}: imports {name}"
    for line, name in source.names():
        if name == "hub.database.transaction":
            yield f"line {line}: {name}"


def resolver_catches(source: Source) -> Iterator[str]:
    """A domain's GraphQL module never catches: one translator tells refusals from failures."""
    if PurePosixPath(source.path).with_suffix("").parts[1] not in DOMAINS:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Try | ast.TryStar) and node.handlers:
            yield f"line {node.lineno}: catches"


def module_state(source: Source) -> Iterator[str]:
    """No module keeps what changes: nothing at its level is altered, and there is no `global`."""
    kept = {
        target.id
        for node in source.tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and _is_mutable(node.value)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for inner in ast.walk(source.tree):
        if isinstance(inner, ast.Global):
            yield f"line {inner.lineno}: global {', '.join(inner.names)}"
        for name in kept & _altered(inner):
            yield f"line {getattr(inner, 'lineno', 0)}: alters {name}"


def works_at_import(source: Source) -> Iterator[str]:
    """Importing a module reads and writes nothing."""
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for call in [inner for inner in ast.walk(node) if isinstance(inner, ast.Call)]:
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            name = call.func.id if isinstance(call.func, ast.Name) else name
            if name in READS_OR_WRITES:
                yield f"line {call.lineno}: {name}() at import"


def many_positional(source: Source) -> Iterator[str]:
    """Keyword-only after the second argument, in what other modules call."""
    for function in source.functions():
        given = [argument.arg for argument in function.args.posonlyargs + function.args.args]
        names = tuple(name for name in given if name not in GIVEN)
        if len(names) > POSITIONAL_MAX and not function.name.startswith("_"):
            yield f"line {function.lineno}: {function.name} takes {len(names)} positional arguments"


def _is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return True
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id in {"list", "dict", "set", "defaultdict", "deque", "OrderedDict"}
    )


def _altered(node: ast.AST) -> set[str]:
    """The plain names whose contents this one node changes."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign | ast.Delete):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    found = {
        target.value.id
        for target in targets
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name)
    }
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.attr in ALTERS
    ):
        found.add(node.func.value.id)
    return found
