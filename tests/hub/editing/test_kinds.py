"""Every kind of content goes the same way: drafted, published, exported, changed, brought back."""

from pathlib import Path
from typing import Any

import pytest

from hub.catalogue import KINDS, KINDS_BY_NAME
from hub.documents import read_document
from hub.editing.queries import is_visible, standing_of
from hub.editing.rules import PUBLICATION_KEYS, TYPE_NAMES, ItemId, Target
from hub.editing.service.drafts import create_item, revert_to_revision, update_item
from hub.editing.service.publication import publish
from hub.exporting import export_folder
from hub.items import read_item
from hub.kinds import references_in
from hub.loading import load_folder
from hub.publishing import Content
from hub.records import Record, Select, fetch_records, fetch_records_by
from hub.settings import Settings
from tests.conftest import SAMPLE
from tests.factories.editors import NOW, editor

EDITED = sorted(TYPE_NAMES)


def test_every_kind_with_a_state_is_edited() -> None:
    assert {kind.name for kind in KINDS if issubclass(kind.model, Content)} == set(EDITED)


async def richest_of(name: str) -> Record:
    """The public item of a kind that says the most."""
    kind = KINDS_BY_NAME[name]
    rows = [row for row in await fetch_records(Select(kind.model)) if is_visible(row, NOW)]
    rows = [row for row in rows if all(getattr(row, c) == v for c, v in kind.fixed.items())]
    return max(rows, key=lambda row: len(repr(row)))


@pytest.mark.parametrize("name", EDITED)
@pytest.mark.usefixtures("database")
async def test_there_and_back(tmp_path: Path, name: str) -> None:
    """An item of the sample, created anew from its values, is exported as the sample's is."""
    await load_folder(SAMPLE)
    kind, viewer = KINDS_BY_NAME[name], editor()
    richest = await richest_of(name)
    values = await read_item(kind, richest)
    copied: dict[str, Any] = {**values, "slug": "a-copy"}
    if kind.has_unique_position:
        copied.pop("position")
    revision = await create_item(viewer, name, values=copied)
    target = Target(ItemId((name,), revision.item_id), revision.number)
    await publish(viewer, [target])
    await export_folder(tmp_path / "out")
    items = read_document(tmp_path / "out" / f"{name}.yaml").value
    original = next(each for each in items if each["slug"] == values["slug"])
    copy = next(each for each in items if each["slug"] == "a-copy")
    assert bare(copy) == bare(original)
    assert list(references_in(copy, kind.item)) == list(references_in(original, kind.item))
    row = (await fetch_records_by(Select(kind.model), [revision.item_id], column="id"))[0]
    assert (row.version, row.created_at is not None) == (1, True)


def bare(item: dict[str, Any]) -> dict[str, Any]:
    """An item without what a copy cannot share."""
    return {
        key: value
        for key, value in item.items()
        if key not in PUBLICATION_KEYS | {"slug", "position"}
    }


@pytest.mark.parametrize("name", EDITED)
async def test_change_and_revert(database: Settings, name: str) -> None:
    await load_folder(SAMPLE)
    kind, viewer = KINDS_BY_NAME[name], editor()
    row = await richest_of(name)
    item = ItemId((name,), row.id)
    before = await read_item(kind, row)
    word = "title" if "title" in kind.item.model_fields else "name"
    changed = await update_item(
        viewer, item, expected_version=row.version, patch={word: "改过的名字"}
    )
    assert changed.number == row.version + 1
    assert [each["path"] for each in changed.changes] == [[word]]
    assert await read_item(kind, await live(name, row)) == before
    await publish(viewer, [Target(item, changed.number)])
    now = await live(name, row)
    assert await read_item(kind, now) == {**before, word: "改过的名字"}
    assert now.version == changed.number
    back = await revert_to_revision(
        viewer, item, number=row.version, expected_version=changed.number
    )
    await publish(viewer, [Target(item, back.number)])
    assert await read_item(kind, await live(name, row)) == before
    standing = await standing_of(item)
    assert standing is not None
    assert standing.version == back.number == (await live(name, row)).version


async def live(name: str, row: Record) -> Record:
    return (await fetch_records_by(Select(KINDS_BY_NAME[name].model), [row.id], column="id"))[0]
