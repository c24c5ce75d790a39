"""Rows are read with the columns that the selection needs, and it is never one too few.

Every field of every type is asked for alone, on every kind of way to a row, by both executors:
the reference one reads all columns. A field that says too little of what it needs fails here.
"""

import inspect
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

from hub.clock import frozen
from hub.settings import Settings
from schema.context import make_context
from schema.documents import Documents
from schema.execution.arguments import core_schema
from schema.execution.executor import Executor
from schema.execution.reference import execute_reference
from schema.limits import Limits
from schema.request import RequestInfo
from schema.root import build_schema
from tests.schema.api.conftest import NOW

CORE = core_schema(build_schema())
REQUEST = RequestInfo("a request", {}, "zh-CN", "127.0.0.1")
Composite = GraphQLObjectType | GraphQLInterfaceType
DEPTH = 5
FIRST = 3


def documents() -> Iterator[tuple[str, str]]:
    """A name and a document for every field that takes no argument, at its first place."""
    assert CORE.query_type is not None
    waiting: deque[tuple[Composite, tuple[str, ...]]] = deque([(CORE.query_type, ())])
    seen: set[tuple[str, str]] = set()
    while waiting:
        of, path = waiting.popleft()
        through = path[-1].split("(")[0] if path else ""
        if len(path) > DEPTH or (of.name, through) in seen:
            continue
        seen.add((of.name, through))
        for name, field in of.fields.items():
            named: Any = get_named_type(field.type)
            if any(is_required_argument(each) for each in field.args.values()):
                continue
            step = f"{name}(first: {FIRST})" if "first" in field.args else name
            if isinstance(named, Composite):
                waiting.append((named, (*path, step)))
            if path:
                below = " { __typename }" if is_composite_type(named) else ""
                yield f"{of.name}.{name} by {through}", _wrapped(path, step + below)


def _wrapped(path: tuple[str, ...], inner: str) -> str:
    for step in reversed(path):
        inner = f"{step} {{ {inner} }}"
    return f"{{ {inner} }}"


async def _done(result: Any) -> ExecutionResult:
    found: ExecutionResult = await result if inspect.isawaitable(result) else result
    return found


async def test_no_field_lacks_a_column(sample: Settings) -> None:
    schema = build_schema()
    settings = sample.model_copy(update={"limit_cost": 10**9, "limit_depth": 30})
    limits = Limits(CORE, settings, single_use=frozenset())
    prepare = Documents(CORE, settings, limits=limits).prepared
    executor = Executor(schema, is_concurrent=not settings.uses_sqlite)
    wrong = []
    count = rows = 0
    with frozen(NOW):
        for name, text in documents():
            operation = prepare(text).operation(None)
            found = await _done(executor.execute(operation, {}, context=make_context(REQUEST)))
            expected = await _done(
                execute_reference(schema, operation, variables={}, context=make_context(REQUEST))
            )
            count += 1
            rows += str(found.data).count("{") > len(text.split("{")) - 2
            if found.data != expected.data or len(found.errors or ()) != len(expected.errors or ()):
                wrong.append(f"{name}: {found.errors or found.data} != {expected.data}")
    assert not wrong, "\n".join(wrong)
    assert executor.planned == count > 300
    assert rows > count / 2, "most ways lead to rows of the sample"


@pytest.mark.parametrize(
    ("document", "table", "read", "spared"),
    [
        ("{ courses { nodes { title } } }", "course", "title", "summary"),
        ("{ courses { edges { node { slug } } } }", "course", "slug", "title"),
        ("{ courses { nodes { lessons { nodes { kind } } } } }", "lesson", "kind", "body_html"),
        ("{ courses { nodes { instructor { name } } } }", "instructor", "name", "bio"),
        ("{ merchants { nodes { name } } }", "place", "name", "address"),
        ('{ course(by: {slug: "first-aid"}) { title } }', "course", "title", "body_html"),
    ],
)
async def test_no_column_is_read_that_is_not_needed(
    sample: Settings, *, document: str, table: str, read: str, spared: str
) -> None:
    statements = await _statements(sample, document)
    text = next(each for each in statements if f'FROM "{table}"' in each)
    assert f'"{read}"' in text
    assert f'"{spared}"' not in text


async def test_a_count_alone_reads_no_page(sample: Settings) -> None:
    (statement,) = await _statements(sample, "{ courses { totalCount isTotalCapped } }")
    assert "COUNT" in statement
    assert len(await _statements(sample, "{ courses { totalCount nodes { __typename } } }")) == 2


async def _statements(settings: Settings, document: str) -> list[str]:
    from hub.database import recorded_statements

    limits = Limits(CORE, settings, single_use=frozenset())
    operation = Documents(CORE, settings, limits=limits).prepared(document).operation(None)
    with frozen(NOW), recorded_statements() as statements:
        context = make_context(REQUEST)
        result = await _done(Executor(build_schema()).execute(operation, {}, context=context))
    assert not result.errors
    return list(statements)
