"""New slugs of items: free ones, and everything that was written with the old one.

Rows refer by id, but for pools that ask for a completed course; revisions refer by slug. So that a
draft, or what an item said last year, still refers to the same item, its new slug is written into
every revision that names the old one.
"""

from uuid import UUID

from hub.bulk import update_rows
from hub.catalogue import KINDS_BY_NAME
from hub.editing.models import Revision
from hub.editing.queries import Standing, revisions_naming, taken_slugs
from hub.enrollment.service.changes import follow_course
from hub.errors import Invalid
from hub.kinds import Kind, pointed_anew
from hub.records import Select, fetch_records_by


async def assert_slug_free(kind: Kind, slug: str, *, but: UUID | None = None) -> None:
    """Raises Invalid for a slug that another item of the table than `but` has, or once had."""
    if await taken_slugs(kind, [slug], but=but):
        raise slug_taken(slug, path=("input", kind.key))


def slug_taken(slug: str, *, path: tuple[str | int, ...]) -> Invalid:
    """What is said of a slug that is another item's."""
    return Invalid(f"The slug {slug} is taken.", chinese=f"标识 {slug} 已被占用。", path=path)


async def rename_live(standing: Standing, *, index: int) -> bool:
    """Give the live row of an item the slug of its newest revision; whether it had another.

    Raises Invalid where another row has it, naming the item by its place in `ids`.
    """
    kind, live, newest = standing.kind, standing.live, standing.newest
    assert newest is not None
    old = getattr(live, kind.key, newest.slug)
    if live is None or old == newest.slug:
        return False
    if await fetch_records_by(Select(kind.model), [newest.slug], column=kind.key):
        raise slug_taken(newest.slug, path=("input", "ids", index))
    await update_rows(kind.model, [{"id": live.id, kind.key: newest.slug}], columns=[kind.key])
    await point_anew(kind, old, to=newest.slug)
    if kind.name == "courses":
        await follow_course(old, to=newest.slug)
    return True


async def point_anew(kind: Kind, old: str, *, to: str) -> None:
    """Write the new slug of an item into every revision that refers to the item by its old one."""
    changes = []
    for revision in await revisions_naming(kind, old):
        item = KINDS_BY_NAME[revision.kind].item
        values = pointed_anew(revision.values, item, kind=kind.name, slugs={old: to})
        if values != revision.values:
            changes.append({"id": revision.id, "values": values})
    await update_rows(Revision, changes, columns=["values"])
