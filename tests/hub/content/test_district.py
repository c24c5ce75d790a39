"""Whose hub it is: one row, kept with the content."""

from pathlib import Path

import pytest

from hub.directory.queries import the_district
from hub.exporting import export_folder
from hub.loading import load_folder
from tests.hub.content.folders import SMALL, load

pytestmark = pytest.mark.usefixtures("database")

YINZHOU = "name: 鄞州区\ncity: 宁波市\nprovince: 浙江省\ntimezone: Asia/Shanghai\n"
URUMQI = "name: 天山区\ncity: 乌鲁木齐市\nprovince: 新疆\ntimezone: Asia/Urumqi\n"


async def test_there_is_none_before_it_is_loaded(tmp_path: Path) -> None:
    await load(tmp_path / "c", **SMALL)
    assert await the_district() is None
    await export_folder(tmp_path / "out")
    assert not (tmp_path / "out" / "district.yaml").exists()


async def test_it_is_loaded_once_and_changed_in_place(tmp_path: Path) -> None:
    first = await load(tmp_path / "c", **SMALL, district=YINZHOU)
    assert first.kinds["district"].created == 1
    again = await load(tmp_path / "c", **SMALL, district=YINZHOU)
    assert again.changed == 0
    changed = await load(tmp_path / "c", district=URUMQI)
    assert changed.kinds["district"].updated == 1
    district = await the_district()
    assert district is not None
    assert (district.name, district.timezone) == ("天山区", "Asia/Urumqi")


async def test_it_is_exported_and_loads_back(tmp_path: Path) -> None:
    await load(tmp_path / "c", **SMALL, district=URUMQI)
    await export_folder(tmp_path / "out")
    assert (tmp_path / "out" / "district.yaml").read_text(encoding="utf-8") == URUMQI
    assert "timezone" not in (tmp_path / "out" / "merchants.yaml").read_text(encoding="utf-8")
    assert (await load_folder(tmp_path / "out")).changed == 0


async def test_a_new_export_into_a_folder_replaces_its_district(tmp_path: Path) -> None:
    await load(tmp_path / "c", **SMALL, district=YINZHOU)
    await export_folder(tmp_path / "out")
    await load(tmp_path / "c", district=URUMQI)
    await export_folder(tmp_path / "out", force=True)
    assert (tmp_path / "out" / "district.yaml").read_text(encoding="utf-8") == URUMQI
    assert [path.name for path in (tmp_path / "out").glob(".*")] == []
