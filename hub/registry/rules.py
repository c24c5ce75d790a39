"""The manifests that front-end tools write, and what an id may be. Knows no schema."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

APOLLO_FORMAT: Final = "apollo-persisted-query-manifest"
APOLLO_VERSION: Final = 1
DOCUMENTS_MAX: Final = 10_000
"""Documents that may be registered at a time: every serving process holds them all."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:=/+-]{0,199}")
_SHA256 = re.compile(r"(?:sha256:)?([0-9A-Fa-f]{64})")
_SHOWN_CHARS: Final = 80


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One document of a manifest; `name` and `kind` are empty where the format has none.

    `document_id` is in its one form (`normal_id`).
    """

    file: str
    document_id: str
    text: str
    name: str = ""
    kind: str = ""

    @property
    def label(self) -> str:
        """What people know it by."""
        return self.name or self.document_id


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a manifest cannot be registered; `line` counts within the operation's own text.

    Without an operation it counts within the file. 0 where there is no line to name.
    """

    file: str
    reason: str
    operation: str = ""
    line: int = 0

    def __str__(self) -> str:
        places = [self.file, self.operation, f"line {self.line}" if self.line else ""]
        return f"{', '.join(place for place in places if place)}: {self.reason}"


def text_hash(text: str) -> str:
    """The SHA-256 of a document's text in UTF-8, in lower-case hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def normal_id(document_id: str) -> str:
    """The one form of an id: a SHA-256 in lower-case hex without `sha256:`, all others as is."""
    found = _SHA256.fullmatch(document_id)
    return found[1].lower() if found else document_id


def is_sha256(document_id: str) -> bool:
    """Whether an id in its one form is a SHA-256."""
    return _SHA256.fullmatch(document_id) is not None


def parse_manifest(file: str, content: bytes) -> tuple[list[ManifestEntry], list[Problem]]:
    """The documents of a manifest and what is wrong with it.

    Two forms are read: Apollo's (`{"format": "apollo-persisted-query-manifest", "version": 1,
    "operations": [{"id", "name", "type", "body"}]}`) and the map of ids to texts that Relay,
    GraphQL Code Generator and gql.tada write.
    """
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        return [], [Problem(file, f"is not JSON: {error.msg}", line=error.lineno)]
    if not isinstance(value, dict):
        return [], [Problem(file, "is neither a map of ids to documents nor Apollo's manifest.")]
    if "format" in value or "operations" in value:
        return _of_apollo(file, value)
    return _sorted_out(_of_map(file, value))


def _of_apollo(file: str, value: Mapping[str, Any]) -> tuple[list[ManifestEntry], list[Problem]]:
    form, version = value.get("format"), value.get("version")
    if (form, version) != (APOLLO_FORMAT, APOLLO_VERSION):
        told = f"says format {form!r}, version {version!r}"
        wanted = f"{APOLLO_FORMAT!r}, version {APOLLO_VERSION}"
        return [], [Problem(file, f"{told}; what is read is {wanted}.")]
    operations = value.get("operations")
    if not isinstance(operations, list):
        return [], [Problem(file, "has no list `operations`.")]
    return _sorted_out(_apollo_entry(file, each, number=n) for n, each in enumerate(operations))


def _apollo_entry(file: str, value: Any, *, number: int) -> ManifestEntry | Problem:
    names = ("id", "body", "name", "type")
    if not isinstance(value, dict) or any(not isinstance(value.get(key), str) for key in names):
        where = f"operations[{number}]"
        return Problem(file, "needs the texts `id`, `name`, `type` and `body`.", where)
    document_id, text, name, kind = (value[key] for key in names)
    return ManifestEntry(file, normal_id(document_id), text, name, kind)


def _of_map(file: str, value: Mapping[str, Any]) -> Iterator[ManifestEntry | Problem]:
    for document_id, text in value.items():
        if isinstance(text, str):
            yield ManifestEntry(file, normal_id(document_id), text)
        else:
            yield Problem(file, "is no text.", document_id[:_SHOWN_CHARS])


def _sorted_out(
    found: Iterable[ManifestEntry | Problem],
) -> tuple[list[ManifestEntry], list[Problem]]:
    entries: list[ManifestEntry] = []
    problems: list[Problem] = []
    for each in found:
        if isinstance(each, Problem):
            problems.append(each)
        else:
            entries.append(each)
            problems.extend(_id_problems(each))
    return entries, problems


def _id_problems(entry: ManifestEntry) -> Iterator[Problem]:
    if not _ID.fullmatch(entry.document_id):
        reason = (
            "the id has to be 1 to 200 letters, digits and _ . : = / + -, a letter or digit first."
        )
        yield Problem(entry.file, reason, entry.label[:_SHOWN_CHARS])
    elif is_sha256(entry.document_id) and text_hash(entry.text) != entry.document_id:
        reason = f"the id has the form of a SHA-256, but the text's is {text_hash(entry.text)}."
        yield Problem(entry.file, reason, entry.label)


def differing_ids(entries: Iterable[ManifestEntry]) -> Iterator[Problem]:
    """Ids that stand for two texts in what is to be registered together."""
    texts: dict[str, str] = {}
    for entry in entries:
        if texts.setdefault(entry.document_id, entry.text) != entry.text:
            reason = f"the id {entry.document_id} stands for another document too."
            yield Problem(entry.file, reason, entry.label)
