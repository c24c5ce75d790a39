"""Loading writes what differs and nothing else, all of it or nothing."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hub import clock, loading
from hub.bulk import insert_rows
from hub.directory.models import (
    Amenity,
    Offering,
    OpeningInterval,
    Place,
    PlaceAmenity,
    PlacePhoto,
    Town,
)
from hub.directory.rules import HoursRule, PlaceKind, StationLevel
from hub.errors import Conflict, ContentInvalid
from hub.events.models import Opening
from hub.learning.models import Course, CourseSession, Lesson, Program
from hub.loading import Counts, load_data, load_folder
from hub.publishing import StoredState
from hub.records import Select, fetch_records
from hub.settings import Settings
from tests.hub.content.folders import MERCHANT, SMALL, TOWN, contents, load, one

pytestmark = pytest.mark.usefixtures("database")

T0 = datetime(2026, 3, 1, tzinfo=UTC)
T1 = T0 + timedelta(hours=1)


async def test_rows_say_what_the_files_say(tmp_path: Path) -> None:
    with clock.frozen(T0):
        report = await load(tmp_path / "c", **SMALL)
    assert report.kinds["lessons"] == Counts(created=3)
    place = await one(Place, "noodles")
    assert (place.kind, place.sort_name) == (PlaceKind.MERCHANT, "laojiemianguan")
    assert (place.latitude, place.longitude, place.timezone) == (29.8, 121.6, "Asia/Shanghai")
    assert abs(place.x**2 + place.y**2 + place.z**2 - 1) < 1e-12
    assert (place.version, place.created_at, place.updated_at) == (1, T0, T0)
    assert (place.state, place.published_at) == (
        StoredState.PUBLISHED,
        datetime(2025, 12, 31, 16, tzinfo=UTC),
    )
    assert (place.zones, place.level) == ([], None)
    course = await one(Course, "first-aid")
    assert "<h2>学什么</h2>" in course.body_html
    assert course.body_markdown.startswith("## 学什么")
    session = await one(CourseSession, "one")
    assert (session.place_id, session.timezone) == (place.id, "Asia/Shanghai")
    lessons = [await one(Lesson, slug) for slug in ("l1", "l2", "l3")]
    assert [lesson.position for lesson in lessons] == [1, 2, 3]
    assert [lesson.is_free_preview for lesson in lessons] == [True, False, False]


async def test_hours_become_minutes(tmp_path: Path) -> None:
    await load(tmp_path / "c", **SMALL)
    rows = await fetch_records(Select(OpeningInterval))
    weekly = sorted(
        (row.weekday, row.opens_minute, row.closes_minute)
        for row in rows
        if row.rule is HoursRule.WEEKLY
    )
    assert weekly == [*((day, 540, 1260) for day in range(1, 6)), (6, 1080, 1560)]
    [holiday] = [row for row in rows if row.rule is HoursRule.HOLIDAY]
    assert holiday.opens_minute is None
    [exception] = [row for row in rows if row.rule is HoursRule.EXCEPTION]
    assert (str(exception.starts_on), str(exception.ends_on)) == ("2026-02-16", "2026-02-23")
    assert (exception.note, exception.closes_minute) == ("春节", None)


async def test_loading_again_changes_nothing(tmp_path: Path) -> None:
    with clock.frozen(T0):
        await load(tmp_path / "c", **SMALL)
    before = await contents()
    with clock.frozen(T1):
        report = await load(tmp_path / "c", **SMALL)
    assert report.changed == 0
    assert await contents() == before


async def test_only_what_differs_is_written(tmp_path: Path) -> None:
    with clock.frozen(T0):
        await load(tmp_path / "c", **SMALL)
    changed = SMALL | {"lessons": SMALL["lessons"].replace("title: 二", "title: 贰")}
    with clock.frozen(T1):
        report = await load(tmp_path / "c", **changed)
    assert report.kinds["lessons"] == Counts(updated=1, unchanged=2)
    lesson = await one(Lesson, "l2")
    assert (lesson.title, lesson.version) == ("贰", 2)
    assert (lesson.created_at, lesson.updated_at) == (T0, T1)
    assert (await one(Lesson, "l1")).updated_at == T0
    assert (await one(Course, "first-aid")).version == 1


@pytest.mark.parametrize(
    ("was", "becomes", "model"),
    [
        ("amenities: [wifi, water]", "amenities: [wifi]", PlaceAmenity),
        ("alt: 店内", "alt: 里间", PlacePhoto),
        ('closes: "21:00"', 'closes: "20:00"', OpeningInterval),
        ("holidays: closed", 'holidays: [{opens: "10:00", closes: "12:00"}]', OpeningInterval),
    ],
)
async def test_a_part_that_differs_changes_its_item(
    tmp_path: Path, was: str, becomes: str, model: Any
) -> None:
    with clock.frozen(T0):
        await load(tmp_path / "c", **SMALL)
    before = await contents()
    with clock.frozen(T1):
        report = await load(tmp_path / "c", **SMALL | {"merchants": MERCHANT.replace(was, becomes)})
    assert report.kinds["merchants"] == Counts(updated=1)
    after = await contents()
    different = {name for name in before if before[name] != after[name]}
    assert different == {"Place", model.__name__}
    assert (await one(Place, "noodles")).version == 2


async def test_a_part_with_a_slug_keeps_its_row(tmp_path: Path) -> None:
    await load(tmp_path / "c", **SMALL)
    kept = await one(CourseSession, "two")
    courses = SMALL["courses"].replace("slug: one", "slug: three").replace("礼堂", "大礼堂")
    await load(tmp_path / "c", **SMALL | {"courses": courses})
    after = await one(CourseSession, "two")
    assert (after.id, after.venue_name) == (kept.id, "大礼堂")
    slugs = {row.slug for row in await fetch_records(Select(CourseSession))}
    assert slugs == {"two", "three"}
    assert (await one(Course, "first-aid")).version == 2


async def test_lessons_swap_their_positions(tmp_path: Path) -> None:
    await load(tmp_path / "c", **SMALL)
    lines = SMALL["lessons"].strip().split("\n")
    report = await load(tmp_path / "c", **SMALL | {"lessons": "\n".join(reversed(lines))})
    assert report.kinds["lessons"] == Counts(updated=2, unchanged=1)
    assert [(await one(Lesson, slug)).position for slug in ("l1", "l2", "l3")] == [3, 2, 1]


async def test_what_the_folder_does_not_name_stays(tmp_path: Path) -> None:
    await load(tmp_path / "c", **SMALL)
    before = await contents()
    await load(tmp_path / "c", topics="- {slug: health, label: 健康}\n")
    assert await contents() == before


async def test_references_reach_what_is_only_in_the_database(tmp_path: Path) -> None:
    await load(tmp_path / "c", **SMALL)
    offering = "- {slug: o, place: noodles, kind: water, title: 水, audience: 所有人}\n"
    await load(tmp_path / "c", offerings=offering)
    assert (await one(Offering, "o")).place_id == (await one(Place, "noodles")).id


async def test_a_scheduled_item_is_published_with_a_window(tmp_path: Path) -> None:
    text = "- {slug: p, name: 微课, state: scheduled, published_at: 2027-01-01T00:00:00+08:00}\n"
    await load(tmp_path / "c", programs=text)
    program = await one(Program, "p")
    assert program.state is StoredState.PUBLISHED
    assert program.published_at == datetime(2026, 12, 31, 16, tzinfo=UTC)


async def test_the_district_says_the_time_zone(tmp_path: Path) -> None:
    district = "{name: 区, city: 市, province: 省, timezone: Asia/Urumqi}"
    await load(tmp_path / "c", **SMALL, district=district)
    assert (await one(Place, "noodles")).timezone == "Asia/Urumqi"
    assert (await one(CourseSession, "one")).timezone == "Asia/Urumqi"


async def test_coordinates_of_chinese_maps_are_brought_to_wgs84(tmp_path: Path) -> None:
    town = TOWN.replace("longitude: 121.6}", "longitude: 121.6, datum: GCJ02}")
    await load(tmp_path / "c", towns=town)
    record = await one(Town, "panhuo")
    assert (record.latitude, record.longitude) == (29.8026386, 121.5959132)


async def test_schedules_and_money_are_exact(tmp_path: Path) -> None:
    await load(
        tmp_path / "c",
        **SMALL,
        offerings="- {slug: o, place: noodles, kind: water, title: 水, audience: 所有人,"
        ' schedule: [{days: [wed, mon], opens: "13:00", closes: "17:00"}]}\n',
        employers="- {slug: e, name: 快递公司}\n",
        events="- {slug: fair, kind: job_fair, title: 招聘会, organiser: 工会, place: noodles,"
        " starts_at: 2026-03-01T09:00:00+08:00, ends_at: 2026-03-01T12:00:00+08:00,"
        " openings: [{slug: x, employer: e, job: 分拣员, headcount: 3,"
        " pay: {minimum: 6500.5, maximum: '9000', period: month}}]}\n",
    )
    assert (await one(Offering, "o")).schedule == [
        {"weekday": 1, "opens_minute": 780, "closes_minute": 1020},
        {"weekday": 3, "opens_minute": 780, "closes_minute": 1020},
    ]
    opening = await one(Opening, "x")
    assert (opening.pay_minimum, opening.pay_maximum) == (Decimal("6500.50"), Decimal("9000.00"))


async def test_a_station_has_a_level(tmp_path: Path) -> None:
    station = MERCHANT.replace("  category: restaurant\n", "")
    await load(tmp_path / "c", towns=TOWN, amenities=SMALL["amenities"], stations=station)
    assert (await one(Place, "noodles")).level is StationLevel.STANDARD


async def test_an_amenity_is_found_by_its_code(tmp_path: Path) -> None:
    await load(tmp_path / "c", amenities="- {code: wifi, label: 无线, icon: wifi}\n")
    report = await load(tmp_path / "c", amenities="- {code: wifi, label: Wi-Fi, icon: wifi}\n")
    assert report.kinds["amenities"] == Counts(updated=1)
    assert [row.label for row in await fetch_records(Select(Amenity))] == ["Wi-Fi"]


async def test_an_error_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = insert_rows

    async def failing(model: Any, rows: Any) -> None:
        if model is Lesson:
            raise RuntimeError("the disk is gone")
        await insert(model, rows)

    monkeypatch.setattr(loading, "insert_rows", failing)
    with pytest.raises(RuntimeError, match="disk"):
        await load(tmp_path / "c", **SMALL)
    assert not any((await contents()).values())


async def test_a_load_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    task: asyncio.Task[Any]

    def progress(name: str, done: int, total: int) -> None:
        if name == "courses":
            task.cancel()

    await load(tmp_path / "empty")
    folder = tmp_path / "c"
    folder.mkdir()
    for kind, text in SMALL.items():
        (folder / f"{kind}.yaml").write_text(text, encoding="utf-8")
    task = asyncio.ensure_future(load_folder(folder, progress=progress))
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.2)
    assert not any((await contents()).values())


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from hub.database import open_database
from hub.loading import load_folder
from hub.settings import Settings

seen = []
def progress(name, done, total):
    seen.append(name)
    if seen.count("lessons") == 2:  # once checked, once written
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    await open_database(Settings())
    await load_folder(Path(sys.argv[1]), progress=progress)

asyncio.run(main())
"""


async def test_a_kill_half_way_leaves_nothing(tmp_path: Path, database: Settings) -> None:
    folder = tmp_path / "c"
    folder.mkdir()
    for kind, text in SMALL.items():
        (folder / f"{kind}.yaml").write_text(text, encoding="utf-8")
    environment = os.environ | {
        "HUB_DATABASE_URL": database.resolved_database_url,
        "HUB_DATA_DIR": str(database.data_dir),
    }
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", KILLED, str(folder)],
        env=environment,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == -signal.SIGKILL
    assert not any((await contents()).values())
    assert (await load_folder(folder)).kinds["lessons"] == Counts(created=3)


async def test_values_load_like_files() -> None:
    report = await load_data({"topics": [{"slug": "a", "label": "甲"}]})
    assert report.kinds == {"topics": Counts(created=1)}
    with pytest.raises(ContentInvalid, match="label: is required"):
        await load_data({"topics": [{"slug": "a"}]})


async def test_somebody_else_wrote_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load(tmp_path / "c", topics="- {slug: a, label: 甲}\n")

    async def blind(*args: Any, **kwargs: Any) -> list[Any]:
        return []

    monkeypatch.setattr(loading, "_records_by", blind)
    with pytest.raises(Conflict, match="nothing was changed"):
        await load(tmp_path / "c", topics="- {slug: a, label: 乙}\n")
