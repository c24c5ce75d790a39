"""The cache of prepared documents: what it keeps, and how much."""

import gc

import pytest
from graphql import OperationType, Token

from schema.documents import ERRORS_MAX, TEXT_BYTES_MAX, Documents
from schema.limits import Limits
from schema.operations import graphql_schema
from tests.schema.toy import SCHEMA, settings


def documents(**changes: object) -> Documents:
    schema, values = graphql_schema(SCHEMA), settings(**changes)
    return Documents(schema, values, limits=Limits(schema, values))


def test_the_same_text_is_prepared_once() -> None:
    cache = documents()
    first = cache.prepared("{ echo }")
    assert cache.prepared("{ echo }") is first
    assert cache.prepared("{ echo  }") is not first
    assert len(cache) == 2


def test_refusals_are_remembered_with_their_errors() -> None:
    cache = documents(limit_depth=2)
    invalid = cache.prepared("{ unknown }")
    assert invalid.errors[0]["message"] == "Cannot query field 'unknown' on type 'Query'."
    assert invalid.document is None
    assert cache.prepared("{ unknown }") is invalid
    deep = cache.prepared("{ courses { nodes { id } } }")
    assert deep.excess is not None
    assert (deep.excess.key, deep.excess.count, deep.excess.limit) == ("limit_depth", 3, 2)
    assert cache.prepared("{ courses { nodes { id } } }") is deep
    broken = cache.prepared("{")
    assert broken.errors[0]["locations"] == [{"line": 1, "column": 2}]


def test_the_least_recently_used_goes_first() -> None:
    cache = documents(document_cache_entries=2)
    first, second = cache.prepared("{ a: echo }"), cache.prepared("{ b: echo }")
    assert cache.prepared("{ a: echo }") is first
    cache.prepared("{ c: echo }")
    assert len(cache) == 2
    assert cache.prepared("{ a: echo }") is first
    assert cache.prepared("{ b: echo }") is not second


def test_the_text_is_bounded_in_bytes() -> None:
    cache = documents()
    padding = "课" * 20_000
    for number in range(60):
        cache.prepared(f"# {number} {padding}\n{{ echo }}")
    assert cache.text_bytes <= TEXT_BYTES_MAX
    assert len(cache) == TEXT_BYTES_MAX // len(f"# 59 {padding}\n{{ echo }}".encode())
    cache.prepared("#" * (TEXT_BYTES_MAX + 1))
    assert (len(cache), cache.text_bytes) == (0, 0)


def test_errors_are_few_and_short() -> None:
    cache = documents()
    many = cache.prepared("{ " + " ".join(f"x{i}" for i in range(500)) + " }")
    assert len(many.errors) == ERRORS_MAX + 1
    long = cache.prepared("{ " + "x" * 50_000 + " }")
    assert len(long.errors[0]["message"]) < 600


def test_operations_know_their_kind_and_name() -> None:
    document = documents().prepared("query A { echo } mutation B { signIn }")
    assert document.operation("A").kind is OperationType.QUERY
    assert document.operation("B").kind is OperationType.MUTATION


@pytest.mark.parametrize("times", [20, 100])
def test_a_refused_document_leaves_little_to_the_garbage_collector(times: int) -> None:
    cache = documents()
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(item, Token) for item in gc.get_objects())
        text = "query($n: Int) { " + "courses(first: $n) { nodes { id unknown } } " * times + "}"
        assert cache.prepared(text).document is None
        left = sum(isinstance(item, Token) for item in gc.get_objects()) - before
    finally:
        gc.enable()
    assert left <= 3 * times, "all but the variables, which validation keeps in a cycle"


def test_fields_that_overlap_by_thousands_are_refused() -> None:
    cache = documents()
    for document in (
        "{ " + "courses { nodes { id } } " * 300 + "}",
        "{ courses { nodes { " + "id " * 900 + "} } }",
    ):
        prepared = cache.prepared(document)
        assert prepared.excess is not None
        assert prepared.excess.key == "limit_overlap"


def test_fragments_of_many_components_may_overlap() -> None:
    fragments = [f"fragment f{i} on Course {{ id title tags }}" for i in range(40)]
    spreads = " ".join(f"...f{i}" for i in range(40))
    document = f"{{ courses {{ nodes {{ {spreads} }} }} }} {' '.join(fragments)}"
    assert documents().prepared(document).document is not None
