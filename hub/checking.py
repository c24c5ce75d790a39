"""Takes a content folder in, and finds everything that is wrong with it, without the database.

Nothing is reported twice and nothing is hidden by something else: an item with a mistake still
counts as there for those that refer to it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from tortoise.models import Model

from hub.catalogue import DISTRICT, KINDS, KINDS_BY_NAME, DistrictFile
from hub.content import DEFAULT_TIMEZONE, Item, Problem
from hub.documents import Document, Mark, Unreadable, read_document
from hub.errors import ContentInvalid
from hub.illustrations.specification import MEDIA, Illustrate, Illustration, References, placed
from hub.kinds import Kind, Reference, Row, parts_of, references_in, row_of
from hub.reasons import Misfit, chinese_reason_of, reason_of
from hub.records import columns_of

Progress = Callable[[str, int, int], object]
"""Is told a kind's name, how many of its items are done, and how many there are."""

_SUFFIXES = (".yaml", ".yml", ".json")
_PROGRESS_STEP = 200


_PROBLEMS_SHOWN = 5
_ILLUSTRATIONS: TypeAdapter[list[Illustration]] = TypeAdapter(list[Illustration])


@dataclass(frozen=True, slots=True)
class Entry:
    """One valid item on its way into the database: its row, and those of its parts."""

    kind: Kind
    key: str
    index: int
    row: Row
    parts: dict[str, list[Row]]
    document: Document

    def problem(self, path: Sequence[str | int], reason: str, *, chinese: str) -> Problem:
        """Something wrong with this item at `path` within it."""
        where, name = (self.index, *path), self.kind.name
        return problem_at(self.document, where, name=name, reason=reason, chinese=chinese)

    def misfit(self, path: Sequence[str | int], misfit: Misfit) -> Problem:
        """The same, for a refusal of one of the domains' own rules."""
        return self.problem(path, str(misfit), chinese=misfit.chinese)


@dataclass(frozen=True, slots=True)
class Pointer:
    """A place in a file that refers to another item."""

    kind: Kind
    path: tuple[str | int, ...]
    reference: Reference
    document: Document

    def problem(self, reason: str, *, chinese: str) -> Problem:
        """Something wrong with this reference."""
        name = self.kind.name
        return problem_at(self.document, self.path, name=name, reason=reason, chinese=chinese)


@dataclass(slots=True)
class Checked:
    """What a folder holds.

    `pointers` and `keys` are also those of items with a mistake; `keys` has, for each table, where
    a slug was seen first.
    """

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    pointers: list[Pointer] = field(default_factory=list)
    keys: dict[type[Model], dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    problems: list[Problem] = field(default_factory=list)
    timezone: str = DEFAULT_TIMEZONE
    district: DistrictFile | None = None
    references: References = field(default_factory=References)

    def all_entries(self) -> Iterator[Entry]:
        """Every valid item, kind by kind."""
        for kind in KINDS:
            yield from self.entries.get(kind.name, ())


def problem_at(
    document: Document, path: Sequence[str | int], *, name: str, reason: str, chinese: str = ""
) -> Problem:
    """A problem of the value at `path` in a document, called `name` in the problem's path."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return Problem(document.name, document.line_of(path), name + "".join(steps), reason, chinese)


def check_folder(path: Path, *, timezone: str, progress: Progress) -> Checked:
    """Read and check every file of a folder; problems are in the result, nothing is raised."""
    checked = Checked(timezone=timezone)
    documents = _read_folder(path, checked)
    return check_documents(documents, checked, progress=progress)


def _read_folder(path: Path, checked: Checked) -> dict[str, Document]:
    if not path.is_dir():
        reason = "is no folder" if path.exists() else "does not exist"
        checked.problems.append(Problem(str(path), 1, "", reason))
        return {}
    documents: dict[str, Document] = {}
    for file in sorted(path.iterdir()):
        if file.name.startswith("."):
            continue
        refusal = _refusal(file, documents)
        if refusal is not None:
            checked.problems.append(Problem(file.name, 1, "", refusal))
            continue
        try:
            documents[file.stem] = read_document(file)
        except Unreadable as error:
            checked.problems.append(error.problem)
    return documents


def _refusal(file: Path, documents: Mapping[str, Document]) -> str | None:
    kinds = (DISTRICT, MEDIA, *KINDS_BY_NAME)
    if file.stem not in kinds or file.suffix not in _SUFFIXES:
        return f"is no file of a content folder; it may hold {', '.join(kinds)} (.yaml or .json)"
    if file.is_dir():
        return "is a folder; put the items into one file"
    if file.stem in documents:
        return f"stands beside {documents[file.stem].name}; keep one of the two"
    return None


def check_documents(
    documents: Mapping[str, Document], checked: Checked, *, progress: Progress
) -> Checked:
    """Check the documents of a folder, by kind."""
    if DISTRICT in documents:
        _check_district(documents[DISTRICT], checked)
    if MEDIA in documents:
        _check_media(documents[MEDIA], checked)
    for kind in KINDS:
        if kind.name in documents:
            document = _resolved(documents[kind.name], kind.name, checked)
            _check_kind(kind, document, checked, progress)
    for entry in checked.all_entries():
        _fill_timezones(entry, checked.timezone)
    _check_positions(checked)
    return checked


def _check_district(document: Document, checked: Checked) -> None:
    try:
        checked.district = DistrictFile.model_validate(document.value)
        checked.timezone = checked.district.timezone
    except ValidationError as error:
        for details in error.errors():
            reason = reason_of(details, DistrictFile.model_fields)
            checked.problems.append(
                problem_at(document, details["loc"], name=DISTRICT, reason=reason)
            )


def _check_media(document: Document, checked: Checked) -> None:
    try:
        illustrations = _ILLUSTRATIONS.validate_python(document.value or [])
    except ValidationError as error:
        for details in error.errors():
            told = {"reason": reason_of(details, Illustration.model_fields)}
            checked.problems.append(problem_at(document, details["loc"], name=MEDIA, **told))
        return
    for index, each in enumerate(illustrations):
        if (each.name, "") in checked.references.known:
            reason = f"`{each.name}` stands in the file already"
            problem = problem_at(document, (index, "name"), name=MEDIA, reason=reason)
            checked.problems.append(problem)
        checked.references.add(each)


def _resolved(document: Document, name: str, checked: Checked) -> Document:
    """The document with an address in the place of each reference to what is drawn."""
    references = checked.references
    references.unknown.clear()
    value = references.resolved(document.value)
    for path, text in references.unknown:
        reason, chinese = f"`{text}` is nothing that `{MEDIA}` describes", f"{text} 未在 {MEDIA} 中"
        problem = problem_at(document, path, name=name, reason=reason, chinese=chinese)
        checked.problems.append(problem)
    return replace(document, value=value)


async def draw_media(
    checked: Checked, illustrate: Illustrate | None, *, progress: Progress
) -> None:
    """Have drawn what a folder without a mistake describes, and put its addresses into the rows.

    Without `illustrate` nothing is drawn, and its addresses are left out.
    """
    wanted = checked.references.illustrations
    is_drawn = illustrate is not None and wanted and not checked.problems
    made = await illustrate(wanted, progress=progress) if illustrate and is_drawn else {}
    _place(checked, made)


def _place(checked: Checked, made: Mapping[str, str]) -> None:
    pieces = checked.references.known.values()
    addresses = {piece.stand_in: made.get(piece.stand_in) for piece in pieces}
    for entry in checked.all_entries() if addresses else ():
        entry.row.update(placed(entry.row, addresses) or {})
        for rows in entry.parts.values():
            rows[:] = [row for each in rows if (row := placed(each, addresses)) is not None]


def _check_kind(kind: Kind, document: Document, checked: Checked, progress: Progress) -> None:
    entries = checked.entries.setdefault(kind.name, [])
    items = [] if document.value is None else document.value
    if not isinstance(items, list):
        reason = "is not a list; start every item with a hyphen"
        checked.problems.append(problem_at(document, (), name=kind.name, reason=reason))
        return
    for index, value in enumerate(items):
        _check_key(kind, document, index, value, checked)
        checked.pointers += [
            Pointer(kind, (index, *path), reference, document)
            for path, reference in references_in(value, kind.item)
        ]
        item = _valid_item(kind, document, index, value, checked)
        if item is not None:
            row, parts = dict(kind.fixed) | row_of(item, kind.model), parts_of(item, kind)
            entries.append(Entry(kind, row[kind.key], index, row, parts, document))
        if (index + 1) % _PROGRESS_STEP == 0 or index + 1 == len(items):
            progress(kind.name, index + 1, len(items))


def _check_key(kind: Kind, document: Document, index: int, value: Any, checked: Checked) -> None:
    key = value.get(kind.key) if isinstance(value, dict) else None
    if not isinstance(key, str):
        return
    here = f"{document.name}:{document.line_of((index, kind.key))}"
    first = checked.keys[kind.model].setdefault(key, here)
    if first != here:
        reason = f"`{key}` is taken by the item at {first}"
        checked.problems.append(
            problem_at(document, (index, kind.key), name=kind.name, reason=reason)
        )


def _valid_item(
    kind: Kind, document: Document, index: int, value: Any, checked: Checked
) -> Item | None:
    try:
        return kind.item.model_validate(value)
    except ValidationError as error:
        for details in error.errors():
            reason = reason_of(details, kind.item.model_fields)
            path = (index, *details["loc"])
            told = {"reason": reason, "chinese": chinese_reason_of(details)}
            checked.problems.append(problem_at(document, path, name=kind.name, **told))
        return None


def _fill_timezones(entry: Entry, timezone: str) -> None:
    for row in (entry.row, *(row for rows in entry.parts.values() for row in rows)):
        if "timezone" in row and row["timezone"] is None:
            row["timezone"] = timezone


def _check_positions(checked: Checked) -> None:
    for kind in KINDS:
        if "position" in columns_of(kind.model):
            groups: dict[Reference | None, list[Entry]] = {}
            for entry in checked.entries.get(kind.name, ()):
                scope = entry.row[f"{kind.scope}_id"] if kind.scope else None
                groups.setdefault(scope, []).append(entry)
            for entries in groups.values():
                _number(entries, checked)


def _number(entries: Sequence[Entry], checked: Checked) -> None:
    """Give an item that names no position that of its order among the others."""
    taken: dict[int, Entry] = {}
    for number, entry in enumerate(entries, 1):
        if entry.row.get("position") is None:
            entry.row["position"] = number
        other = taken.setdefault(entry.row["position"], entry)
        if entry.kind.has_unique_position and other is not entry:
            position = entry.row["position"]
            reason = f"position {position} is taken by `{other.key}`"
            chinese = f"位置 {position} 已被 {other.key} 占用"
            checked.problems.append(entry.problem(("position",), reason, chinese=chinese))


def unknown_references(
    checked: Checked, is_known: Callable[[Reference], bool]
) -> Iterator[Problem]:
    """A problem for every reference to something that is nowhere."""
    for pointer in checked.pointers:
        if not is_known(pointer.reference):
            slug, kinds = pointer.reference.slug, " or ".join(pointer.reference.kinds)
            reason, chinese = f"`{slug}` is none of {kinds}", f"所指的 {slug} 不存在"
            yield pointer.problem(reason, chinese=chinese)


def as_documents(data: Mapping[str, Any]) -> dict[str, Document]:
    """Values that were made rather than read, as if each kind had come from a file."""
    return {name: Document(name, value, Mark(1)) for name, value in data.items()}


def assert_valid(problems: Sequence[Problem]) -> None:
    """Raise ContentInvalid with all problems in the order of files and lines, if there are any."""
    if not problems:
        return
    ordered = sorted(problems, key=lambda problem: (problem.file, problem.line, problem.path))
    shown = "\n".join(str(problem) for problem in ordered[:_PROBLEMS_SHOWN])
    more = len(ordered) - _PROBLEMS_SHOWN
    rest = f"\n... and {more} more" if more > 0 else ""
    raise ContentInvalid(
        f"The content has {len(ordered)} problems; nothing was loaded.\n{shown}{rest}",
        problems=ordered,
    )
