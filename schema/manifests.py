"""Whether the documents of a manifest can be executed by this version of the hub."""

from collections.abc import Iterator, Sequence
from typing import Final

from graphql import OperationType

from hub.registry.rules import ManifestEntry, Problem
from hub.registry.service import NewDocument
from hub.settings import Settings
from schema.cost import evaluate
from schema.documents import Documents, PreparedDocument
from schema.limits import Limits
from schema.operations import graphql_schema
from schema.root import build_schema
from schema.texts import text

_ENGLISH: Final = "en"


def documents_of_schema(settings: Settings) -> Documents:
    """What documents are judged by: the hub's schema under the limits of `settings`."""
    schema = graphql_schema(build_schema())
    return Documents(schema, settings, limits=Limits(schema, settings))


def judged(
    entries: Sequence[ManifestEntry], settings: Settings, *, documents: Documents
) -> tuple[list[NewDocument], list[Problem]]:
    """Every document with what is in it, and the problems of those that would be refused.

    What variables decide is counted as nothing: a document is refused here only if it would be
    whatever they are.
    """
    good: list[NewDocument] = []
    problems: list[Problem] = []
    for entry in entries:
        prepared = documents.prepared(entry.text)
        found = list(_problems(entry, prepared, limit=settings.limit_cost))
        problems += found
        if not found:
            good.append(_described(entry, prepared))
    return good, problems


def _described(entry: ManifestEntry, prepared: PreparedDocument) -> NewDocument:
    names = tuple(operation.name or "" for operation in prepared.operations)
    kinds = dict.fromkeys(operation.kind.value for operation in prepared.operations)
    return NewDocument(entry, kind=" ".join(kinds)[:16], operations=names)


def _problems(entry: ManifestEntry, prepared: PreparedDocument, *, limit: int) -> Iterator[Problem]:
    if excess := prepared.excess:
        values = {"count": excess.count, "limit": excess.limit, "name": excess.name}
        yield _problem(entry, text(excess.key, _ENGLISH, **values))
    for error in prepared.errors:
        lines = [place["line"] for place in error.get("locations", ())]
        yield _problem(entry, error["message"], line=lines[0] if lines else 0)
    if prepared.document is None:
        return
    if not prepared.operations:
        yield _problem(entry, "has no operation.")
    for operation in prepared.operations:
        if operation.kind is OperationType.SUBSCRIPTION:
            yield _problem(entry, "is a subscription, which the hub does not have.")
        cost = evaluate(operation.measure.cost, lambda _name: 0)
        if cost > limit:
            yield _problem(entry, text("limit_cost", _ENGLISH, count=cost, limit=limit))
    yield from _mislabelled(entry, prepared)


def _mislabelled(entry: ManifestEntry, prepared: PreparedDocument) -> Iterator[Problem]:
    """What a manifest says of a document and the document does not."""
    if not (entry.name or entry.kind):
        return
    found = {(operation.name or "", operation.kind.value) for operation in prepared.operations}
    if (entry.name, entry.kind) not in found:
        yield _problem(entry, f"has no {entry.kind} of this name.")


def _problem(entry: ManifestEntry, reason: str, *, line: int = 0) -> Problem:
    return Problem(entry.file, reason, entry.label, line)
