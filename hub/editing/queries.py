"""Reads of editing: where an item stands, what it refers to, and the revisions one may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pypika_tortoise import functions as sql_functions
from pypika_tortoise.queries import Table
from pypika_tortoise.terms import Criterion

from hub.auth import Action, Scope, ScopeKind, Viewer, is_allowed
from hub.catalogue import KINDS_BY_NAME
from hub.criteria import is_in, never
from hub.editing.models import PreviewLink, Revision
from hub.editing.rules import (
    OPEN_STATES,
    PUBLICATION_KEYS,
    TYPE_NAMES,
    ItemId,
    RevisionState,
    is_overtaken,
    is_wording_open,
    version_of,
)
from hub.filters import column
from hub.items import read_item
from hub.kinds import Kind, Row, points_to
from hub.listing import Listing
from hub.publishing import PublicationState, state_at
from hub.records import Ordering, Record, Select, fetch_records, fetch_records_by, table_of

_revision = table_of(Revision)
_is_kept = _revision.state != RevisionState.DISCARDED.value


@dataclass(frozen=True, slots=True)
class Area:
    """The programme and the town that an item lies in, if any."""

    program_id: UUID | None = None
    town_id: UUID | None = None

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The scopes in which a role reaches the item, beside the district."""
        program = (Scope(ScopeKind.PROGRAM, self.program_id),) if self.program_id else ()
        town = (Scope(ScopeKind.TOWN, self.town_id),) if self.town_id else ()
        return program + town


@dataclass(frozen=True, slots=True)
class Found:
    """Something that an item may refer to: a live row, or an item not published yet."""

    kind: Kind
    id: UUID
    slug: str
    is_public: bool
    area: Area


@dataclass(slots=True)
class Standing:
    """An item between its live row and its newest revision; one of the two is there."""

    kind: Kind
    item_id: UUID
    newest: Record | None
    live: Record | None

    @property
    def slug(self) -> str:
        """The item's stable name."""
        return str(self.newest.slug if self.newest else getattr(self.live, self.kind.key))

    @property
    def live_version(self) -> int | None:
        """The version of the live row, if there is one."""
        return self.live.version if self.live else None

    @property
    def version(self) -> int:
        """The version that a caller has to name."""
        newest = self.newest
        return version_of(
            newest.number if newest else None,
            live=self.live_version,
            live_known=newest.live_version if newest else None,
        )

    @property
    def is_overtaken(self) -> bool:
        """Whether the live row says something that no revision says."""
        newest = self.newest
        known = newest.live_version if newest else None
        return newest is None or is_overtaken(live=self.live_version, live_known=known)

    async def values(self) -> Row:
        """What the next revision begins from: the newest one, or the live row past it."""
        newest = self.newest
        if newest is not None and not self.is_overtaken:
            is_wording = is_wording_open(newest.state, place_id=newest.place_id)
            if self.live is None or not is_wording:
                return dict(newest.values)
        return await self.live_values()

    @property
    def waiting_wording(self) -> Record | None:
        """The newest revision where it is keepers' wording that waits for a reviewer."""
        newest = self.newest
        if newest is None or newest.place_id is None:
            return None
        return newest if newest.state is RevisionState.SUBMITTED else None

    async def live_values(self) -> Row:
        """What the live row says, as plain values, without its publication."""
        assert self.live is not None
        values = await read_item(self.kind, self.live)
        return {key: value for key, value in values.items() if key not in PUBLICATION_KEYS}


async def standing_of(item: ItemId) -> Standing | None:
    """Where an item stands; None where no kind of those named has it."""
    if item.id is None:
        return None
    newest = await newest_revision(item.id)
    for name in item.kinds:
        kind = KINDS_BY_NAME[name]
        live = next(iter(await _live_rows(kind, [item.id], by="id")), None)
        if live is not None or (newest is not None and _is_draft_of(newest, name)):
            return Standing(kind, item.id, newest, live)
    return None


def _is_draft_of(newest: Record, name: str) -> bool:
    """Whether a revision makes an item of a kind that has no live row: not once it is discarded."""
    return newest.kind == name and newest.state is not RevisionState.DISCARDED


async def newest_revision(item_id: UUID) -> Record | None:
    """The newest revision of an item."""
    select = Select(Revision, (_revision.item_id == item_id,))
    order = [Ordering("number", descending=True)]
    return next(iter(await fetch_records(select, order=order, limit=1)), None)


async def revision_numbered(item_id: UUID, number: int) -> Record | None:
    """One revision of an item."""
    select = Select(Revision, (_revision.item_id == item_id, _revision.number == number))
    return next(iter(await fetch_records(select)), None)


async def revisions_by_ids(ids: Sequence[UUID]) -> list[Record]:
    """The revisions with these ids that there are, in no order."""
    return await fetch_records_by(Select(Revision), ids, column="id")


async def revisions_of(item_id: UUID) -> list[Record]:
    """Every revision of an item, newest first."""
    select = Select(Revision, (_revision.item_id == item_id,))
    return await fetch_records(select, order=[Ordering("number", descending=True)])


async def link_rows(link_id: UUID) -> list[Record]:
    """The rows of a preview link, in the order in which it was asked for; empty for none."""
    select = Select(PreviewLink, (table_of(PreviewLink).link_id == link_id,))
    return await fetch_records(select, order=[Ordering("position")])


async def working_authors(item_id: UUID) -> set[UUID]:
    """Who wrote the revisions of an item since it was last published."""
    authors: set[UUID] = set()
    for row in await revisions_of(item_id):
        if row.published_at is not None:
            break
        if row.author_id is not None:
            authors.add(row.author_id)
    return authors


async def _live_rows(kind: Kind, values: Sequence[Any], *, by: str) -> list[Record]:
    rows = await fetch_records_by(Select(kind.model), values, column=by)
    return [row for row in rows if all(getattr(row, c) == v for c, v in kind.fixed.items())]


async def found_by_ids(
    kinds: Sequence[str], ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, Found]:
    """What has these ids among `kinds`."""
    return {each.id: each for each in await _found(kinds, ids, by_id=True, now=now)}


async def found_by_slugs(
    kinds: Sequence[str], slugs: Sequence[str], *, now: datetime
) -> dict[str, Found]:
    """What has these slugs (or codes) among `kinds`; a live row goes before a draft."""
    found = await _found(kinds, slugs, by_id=False, now=now)
    return {each.slug: each for each in reversed(found)}


async def _found(
    kinds: Sequence[str], values: Sequence[Any], *, by_id: bool, now: datetime
) -> list[Found]:
    if not values:
        return []
    found = []
    for name in kinds:
        kind = KINDS_BY_NAME[name]
        rows = await _live_rows(kind, values, by="id" if by_id else kind.key)
        areas = await _areas_of(kind, rows)
        found += [_found_live(kind, row, now, area=areas[row.id]) for row in rows]
    named = _revision.item_id if by_id else _revision.slug
    select = Select(Revision, (is_in(_revision.kind, kinds), is_in(named, values), _is_kept))
    drafts = await fetch_records(select, order=[Ordering("number", descending=True)])
    seen = {each.id for each in found}
    for row in drafts:
        if row.item_id not in seen:
            seen.add(row.item_id)
            area = Area(row.program_id, row.town_id)
            found.append(Found(KINDS_BY_NAME[row.kind], row.item_id, row.slug, False, area))
    return found


async def _areas_of(kind: Kind, rows: Sequence[Record]) -> dict[UUID, Area]:
    """Where each of these live rows lies; a lesson lies where its course does."""
    own = {"programs": "program_id", "towns": "town_id"}.get(kind.name)
    owners = {row.id: row for row in rows}
    if kind.name == "lessons":
        courses = await _live_rows(KINDS_BY_NAME["courses"], [r.course_id for r in rows], by="id")
        by_id = {course.id: course for course in courses}
        owners = {row.id: by_id.get(row.course_id, row) for row in rows}
    return {
        key: Area(
            row.id if own == "program_id" else getattr(row, "program_id", None),
            row.id if own == "town_id" else getattr(row, "town_id", None),
        )
        for key, row in owners.items()
    }


def _found_live(kind: Kind, row: Record, now: datetime, *, area: Area) -> Found:
    is_public = kind.name not in TYPE_NAMES or is_visible(row, now)
    return Found(kind, row.id, getattr(row, kind.key), is_public, area)


def is_visible(row: Record, now: datetime) -> bool:
    """Whether the public may see a live row at `now`."""
    window = {"published_at": row.published_at, "expires_at": row.expires_at}
    return state_at(row.state, now=now, **window) is PublicationState.PUBLISHED


_POINTERS = {
    "program": "program_id",
    "course": "program_id",
    "lesson": "program_id",
    "town": "town_id",
    "place": "town_id",
}
"""Keys of an item that say where it lies; of two that say the same the first one holds."""


async def area_of(kind: Kind, item_id: UUID, *, values: Mapping[str, Any], now: datetime) -> Area:
    """Where an item with these values lies."""
    area = {"program_id": item_id if kind.name == "programs" else None, "town_id": None}
    for key, part in _POINTERS.items():
        slug = values.get(key)
        if slug is None or area[part] is not None or key not in kind.item.model_fields:
            continue
        target = next(
            each for each in kind.item.model_fields[key].metadata if hasattr(each, "kinds")
        )
        found = (await found_by_slugs(target.kinds, [slug], now=now)).get(slug)
        area[part] = getattr(found.area, part) if found else None
    return Area(**area)


async def taken_slugs(kind: Kind, slugs: Iterable[str], *, but: UUID | None = None) -> set[str]:
    """Those of the slugs that an item of the same table has or had, published or not.

    The item with the id `but` is left out.
    """
    wanted = list(slugs)
    rows = await fetch_records_by(Select(kind.model), wanted, column=kind.key)
    family = [name for name, each in KINDS_BY_NAME.items() if each.model is kind.model]
    which = (is_in(_revision.kind, family), is_in(_revision.slug, wanted), _is_kept)
    select = Select(Revision, which)
    drafts = await fetch_records(select)
    return {getattr(row, kind.key) for row in rows if row.id != but} | {
        row.slug for row in drafts if row.item_id != but
    }


async def revisions_naming(kind: Kind, slug: str) -> list[Record]:
    """The revisions of all items that may refer to an item of a kind by this slug.

    It looks into the text of the values, so some of them may name the slug for something else.
    """
    pointing = [name for name in TYPE_NAMES if points_to(KINDS_BY_NAME[name].item, kind.name)]
    text = sql_functions.Cast(_revision.values, "text")
    which = (is_in(_revision.kind, pointing), text.like(f'%"{slug}"%'))
    return await fetch_records(Select(Revision, which))


async def unpublished_values(kind: Kind) -> list[Row]:
    """What the items of a kind say that were never published, in their newest revisions."""
    select = Select(
        Revision,
        (
            _revision.kind == kind.name,
            _revision.live_version == 0,
            is_in(_revision.state, sorted(OPEN_STATES)),
        ),
    )
    return [row.values for row in await fetch_records(select)]


def _readable(viewer: Viewer, table: Table = _revision) -> Sequence[Criterion]:
    """Rows of the programmes and towns that the viewer may edit or preview, and revisions in which
    keepers speak of places that the viewer keeps; else none.
    """
    if may_read(viewer, ()):
        return ()
    scopes = [grant.scope for grant in viewer.actor.grants if may_read(viewer, [grant.scope])]
    keys = {
        kind: [scope.key for scope in scopes if scope.kind is kind and scope.key is not None]
        for kind in (ScopeKind.PROGRAM, ScopeKind.TOWN)
    }
    criterion = _kept_wording(viewer) if table is _revision else never()
    if programs := keys[ScopeKind.PROGRAM]:
        criterion = criterion | is_in(table.program_id, programs)
    if towns := keys[ScopeKind.TOWN]:
        criterion = criterion | is_in(table.town_id, towns)
    return (criterion,)


def _kept_wording(viewer: Viewer) -> Criterion:
    """What keepers have said of the places that the viewer keeps, and nothing else of them."""
    scopes = [each.scope for each in viewer.actor.grants if each.scope.kind is ScopeKind.PLACE]
    kept = [
        scope.key
        for scope in scopes
        if is_allowed(viewer.actor, Action.UPDATE_PLACE, on=[scope], now=viewer.now)
    ]
    return is_in(_revision.place_id, kept) if kept else never()


def may_read(viewer: Viewer, scopes: Sequence[Scope]) -> bool:
    """Whether the viewer may see what is not published in these scopes."""
    return any(
        is_allowed(viewer.actor, action, on=scopes, now=viewer.now)
        for action in (Action.EDIT_CONTENT, Action.PREVIEW_CONTENT, Action.APPROVE_CONTENT)
    )


_FILTERS = {
    "item": column(_revision.item_id),
    "kind": column(_revision.kind),
    "state": column(_revision.state),
    "author": column(_revision.author_id),
}

REVISIONS = Listing(
    Revision,
    _readable,
    filters=lambda viewer: _FILTERS,
    default_order=(Ordering("number", descending=True),),
)
DRAFTS = Listing(
    Revision,
    lambda viewer: (*_readable(viewer), is_in(_revision.state, sorted(OPEN_STATES))),
    filters=lambda viewer: _FILTERS,
    default_order=(Ordering("created_at", descending=True),),
)
PREVIEW_LINKS = Listing(
    PreviewLink,
    lambda viewer: _readable(viewer, table_of(PreviewLink)),
    filters=lambda viewer: {"item": column(table_of(PreviewLink).item_id)},
    default_order=(Ordering("created_at", descending=True),),
)
