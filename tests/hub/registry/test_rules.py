"""Manifests as the tools write them, and ids."""

import hashlib

import orjson
import pytest

from hub.registry.rules import (
    ManifestEntry,
    differing_ids,
    normal_id,
    parse_manifest,
    text_hash,
)

TEXT = "query Home { courses { nodes { title } } }"
SHA256 = hashlib.sha256(TEXT.encode()).hexdigest()
APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": SHA256, "name": "Home", "type": "query", "body": TEXT}],
}


def reasons(value: object) -> list[str]:
    return [str(each) for each in parse_manifest("m.json", orjson.dumps(value))[1]]


def test_apollo_s_manifest_is_read() -> None:
    entries, problems = parse_manifest("m.json", orjson.dumps(APOLLO))
    assert entries == [ManifestEntry("m.json", SHA256, TEXT, "Home", "query")]
    assert problems == []


@pytest.mark.parametrize(
    ("document_id", "kept"),
    [
        (hashlib.md5(TEXT.encode()).hexdigest(), hashlib.md5(TEXT.encode()).hexdigest()),  # Relay
        (hashlib.sha1(TEXT.encode()).hexdigest(), hashlib.sha1(TEXT.encode()).hexdigest()),
        (SHA256, SHA256),
        (SHA256.upper(), SHA256),
        (f"sha256:{SHA256}", SHA256),  # gql.tada
        ("app/1.4:Home", "app/1.4:Home"),
    ],
)
def test_a_map_of_ids_to_texts_is_read(document_id: str, kept: str) -> None:
    entries, problems = parse_manifest("m.json", orjson.dumps({document_id: TEXT}))
    assert entries == [ManifestEntry("m.json", kept, TEXT)]
    assert problems == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([TEXT], "m.json: is neither a map of ids to documents nor Apollo's manifest."),
        ({"x": 1}, "m.json, x: is no text."),
        ({**APOLLO, "version": 2}, "version 2; what is read is"),
        ({**APOLLO, "format": "other"}, "says format 'other'"),
        ({**APOLLO, "operations": {}}, "has no list `operations`."),
        ({**APOLLO, "operations": [{"id": "x"}]}, "operations[0]: needs the texts"),
        ({"0" * 64: TEXT}, f"has the form of a SHA-256, but the text's is {SHA256}."),
        ({"sha256:" + "0" * 64: TEXT}, "has the form of a SHA-256"),
        ({"": TEXT}, "the id has to be"),
        ({"a b": TEXT}, "the id has to be"),
        ({"x" * 201: TEXT}, "the id has to be"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_said(value: object, reason: str) -> None:
    (found,) = reasons(value)
    assert reason in found


def test_a_file_that_is_not_json_is_named_with_its_line() -> None:
    _, (problem,) = parse_manifest("m.json", b'{\n"a": \n}')
    assert str(problem).startswith("m.json, line 3: is not JSON")


def test_an_id_stands_for_one_text() -> None:
    first, second = ManifestEntry("a", "x", TEXT), ManifestEntry("b", "x", "{ node }")
    assert list(differing_ids([first, first])) == []
    assert [each.file for each in differing_ids([first, second])] == ["b"]


def test_a_hash_has_one_form() -> None:
    assert normal_id(f"sha256:{SHA256.upper()}") == SHA256 == text_hash(TEXT)
    assert normal_id("sha256:ABC") == "sha256:ABC"
