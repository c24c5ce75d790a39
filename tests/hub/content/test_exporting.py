"""What is exported loads back as it was, byte for byte."""

from pathlib import Path

import pytest

from hub import database as hub_database
from hub import exporting
from hub.documents import write_document
from hub.errors import Conflict
from hub.exporting import export_folder
from hub.generation.city import CitySize, generate_city
from hub.loading import load_data, load_folder
from hub.migrating import migrate
from hub.settings import Settings, install_settings
from tests.conftest import SAMPLE, make_settings
from tests.hub.content.folders import SMALL, contents, load

TINY = CitySize(
    merchants=60,
    stations=20,
    instructors=5,
    courses=6,
    lessons_per_course=5,
    employers=4,
    events=60,
    competitions=3,
    laureates=20,
)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def into_an_empty_database(folder: Path, again: Path, *, home: Path) -> None:
    """Load a folder into a database of its own, and export that."""
    settings = make_settings(home)
    await hub_database.close_database()
    install_settings(settings)
    await migrate(settings)
    await hub_database.open_database(settings)
    await load_folder(folder)
    await export_folder(again)


@pytest.mark.parametrize("source", ["sample", "city"])
async def test_there_and_back(database: Settings, tmp_path: Path, source: str) -> None:
    if source == "sample":
        await load_folder(SAMPLE)
    else:
        await load_data(generate_city(TINY))
    counts = await export_folder(tmp_path / "first")
    before = await contents()
    merchants = (tmp_path / "first/merchants.yaml").read_text(encoding="utf-8")
    assert counts["merchants"] == merchants.count("- slug: ")
    report = await load_folder(tmp_path / "first")
    assert report.changed == 0
    assert await contents() == before
    (tmp_path / "other").mkdir()
    await into_an_empty_database(tmp_path / "first", tmp_path / "second", home=tmp_path / "other")
    assert files(tmp_path / "first") == files(tmp_path / "second")


@pytest.mark.usefixtures("database")
async def test_what_a_file_looks_like(tmp_path: Path) -> None:
    await load(tmp_path / "c", **SMALL)
    await export_folder(tmp_path / "out")
    text = (tmp_path / "out/merchants.yaml").read_text(encoding="utf-8")
    assert text == (
        "- slug: noodles\n"
        "  name: 老街面馆\n"
        "  address: 潘火路 1 号\n"
        "  town: panhuo\n"
        "  location: {latitude: 29.8, longitude: 121.6}\n"
        "  amenities: [water, wifi]\n"
        "  photos:\n"
        "  - {url: /media/a.jpg, alt: 门口}\n"
        "  - {url: /media/b.jpg, alt: 店内}\n"
        "  hours:\n"
        "    weekly:\n"
        '    - {days: [mon, tue, wed, thu, fri], opens: "09:00", closes: "21:00"}\n'
        '    - {days: [sat], opens: "18:00", closes: "02:00"}\n'
        "    holidays: closed\n"
        "    exceptions:\n"
        "    - {from: 2026-02-16, until: 2026-02-23, closed: true, note: 春节}\n"
        "  category: restaurant\n"
    )
    courses = (tmp_path / "out/courses.yaml").read_text(encoding="utf-8")
    assert "  body: |-\n    ## 学什么\n\n    - 心肺复苏\n" in courses


@pytest.mark.usefixtures("database")
async def test_positions_that_two_folders_left_behind_stay(tmp_path: Path) -> None:
    await load(tmp_path / "c", topics="- {slug: a, label: 甲}\n- {slug: b, label: 乙}\n")
    await load(tmp_path / "c", topics="- {slug: c, label: 丙}\n")
    await export_folder(tmp_path / "out")
    assert (await load_folder(tmp_path / "out")).changed == 0


@pytest.mark.usefixtures("database")
async def test_another_time_zone(tmp_path: Path) -> None:
    await load(tmp_path / "c", **SMALL)
    await export_folder(tmp_path / "out", timezone="Asia/Tokyo")
    text = (tmp_path / "out/courses.yaml").read_text(encoding="utf-8")
    assert "starts_at: 2026-03-01T10:00:00+09:00" in text
    assert "timezone: Asia/Shanghai" in text
    report = await load_folder(tmp_path / "out", timezone="Asia/Tokyo")
    assert report.changed == 0


@pytest.mark.usefixtures("database")
async def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    await load(tmp_path / "c", **SMALL)
    before = files(tmp_path / "c")
    with pytest.raises(Conflict, match="not empty"):
        await export_folder(tmp_path / "c")
    (tmp_path / "file").write_text("")
    with pytest.raises(Conflict, match="is a file"):
        await export_folder(tmp_path / "file", force=True)
    assert files(tmp_path / "c") == before


@pytest.mark.usefixtures("database")
async def test_force_replaces_content_and_nothing_else(tmp_path: Path) -> None:
    await load(tmp_path / "c", **SMALL)
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "README.md").write_text("mine")
    (folder / "district.yaml").write_text("timezone: Asia/Tokyo")
    (folder / "topics.json").write_text("[]")
    (folder / "employers.yaml").write_text("- {slug: gone, name: x}")
    await export_folder(folder, force=True)
    assert set(files(folder)) == {
        "README.md",
        "district.yaml",
        *(f"{kind}.yaml" for kind in SMALL),
    }
    assert b"+09:00" in (folder / "courses.yaml").read_bytes()


@pytest.mark.usefixtures("database")
async def test_an_export_that_fails_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load(tmp_path / "c", **SMALL)

    def failing(path: Path, *args: object, **kwargs: object) -> None:
        if path.name == "courses.yaml":
            raise OSError("no space left")
        write_document(path, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(exporting, "write_document", failing)
    with pytest.raises(OSError, match="space"):
        await export_folder(tmp_path / "deep" / "out")
    assert list((tmp_path / "deep").iterdir()) == []
