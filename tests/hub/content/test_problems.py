"""Everything that is wrong with a folder is said at once, with its line, and nothing is loaded."""

from pathlib import Path

import pytest

from hub.checking import Checked, check_folder
from hub.errors import ContentInvalid
from hub.loading import load_folder
from tests.hub.content.folders import (
    AMENITIES,
    COURSE,
    LESSONS,
    MERCHANT,
    SMALL,
    TOWN,
    contents,
    load,
    write,
)


def silent(name: str, done: int, total: int) -> None:
    pass


def problems_of(folder: Path) -> list[str]:
    checked: Checked = check_folder(folder, timezone="Asia/Shanghai", progress=silent)
    return [str(problem) for problem in checked.problems]


PROGRAM = "- {slug: p, name: 微课%s}\n"
EVENT = (
    "- {slug: e, kind: talk, title: 例会, organiser: 工会, address: 人民路 1 号,"
    " starts_at: 2026-03-01T09:00:00+08:00, ends_at: 2026-03-01T10:00:00+08:00%s}\n"
)
OFFERING = "- {slug: o, place: noodles, kind: water, title: 水, audience: 所有人%s}\n"
COMPETITION = (
    "- {slug: c, title: 大赛, organiser: 工会, year: 2026, starts_at: 2026-03-01T00:00:00+08:00,"
    " ends_at: 2026-04-01T00:00:00+08:00, divisions: [{slug: d, name: 组, %s}], stages: [{slug: s,"
    " kind: final, name: 决赛, starts_at: 2026-03-0%dT00:00:00+08:00,"
    " ends_at: 2026-03-05T00:00:00+08:00}]}\n"
)
HOURS = MERCHANT[: MERCHANT.index("    weekly:")]


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        (
            "programs",
            PROGRAM % ", colour: red",
            "programs.yaml:1: programs[0].colour: is no known key",
        ),
        ("programs", "\n- slug: p\n", "programs.yaml:2: programs[0].name: is required"),
        ("programs", "- {slug: P 1, name: 甲}", "slug: is made of lower-case letters"),
        ("programs", "- {slug: p, name: 12580}", 'name: has to be text; put it in quotes: "12580"'),
        ("programs", '- {slug: p, name: "甲\\0"}', "name: holds the character U+0000"),
        ("programs", '- {slug: p, name: "甲\\e[1m"}', "name: holds the character U+001B"),
        ("programs", '- {slug: p, name: "甲\\n乙"}', "name: has to be one line"),
        ("programs", "- {slug: p, name: %s}" % ("字" * 121), "name: Value should have at most 120"),
        ("programs", PROGRAM % ", cover_url: javascript:alert(1)", "cover_url: is an address"),
        ("programs", PROGRAM % ", illustrative: 1", "illustrative: it should be a valid boolean"),
        ("programs", PROGRAM % ", state: live", "is 'live'; allowed are 'draft', 'scheduled'"),
        ("programs", PROGRAM % ", state: scheduled", "state scheduled needs published_at"),
        ("programs", PROGRAM % ", published_at: 2026-01-01", "is an instant with an offset"),
        (
            "programs",
            PROGRAM % ", published_at: 2026-02-30T00:00:00Z",
            "published_at: day is out of",
        ),
        ("programs", PROGRAM % ", published_at: 1026-02-20T00:00:00Z", "outside the years"),
        ("programs", PROGRAM % ", expires_at: 2025-01-01T00:00:00Z", "expires_at is not after"),
        (
            "programs",
            PROGRAM % ", position: 0",
            "position: it should be greater than or equal to 1",
        ),
        ("programs", "- text", "programs[0]: has to be a mapping"),
        ("programs", "slug: p", "programs: is not a list"),
        ("events", EVENT % ", ends_at: 2026-03-01T08:00:00+08:00", "has the key 'ends_at' twice"),
        ("events", EVENT.replace("T10:", "T09:") % "", "ends_at: is not after starts_at"),
        (
            "events",
            EVENT.replace("address: 人民路 1 号,", "") % "",
            "needs a `place` or an `address`",
        ),
        ("events", EVENT % ", place: noodles", "has a `place`, whose address and location hold"),
        ("events", EVENT % ", timezone: Mars/Base", "timezone: is no time zone"),
        (
            "events",
            EVENT % ", openings: [{slug: x, employer: e, job: 工, headcount: 1,"
            " pay: {minimum: 1, maximum: 2, period: day}}]",
            "openings: belong to a job fair",
        ),
        (
            "events",
            EVENT % ", openings: [{slug: x, employer: e, job: 工, headcount: 1,"
            " pay: {minimum: 3, maximum: 2, period: day}}]",
            "pay.maximum: is less than minimum",
        ),
        (
            "events",
            EVENT % ", registration_opens_at: 2026-03-01T00:00:00Z,"
            " registration_closes_at: 2026-02-01T00:00:00Z",
            "registration_closes_at: is not after registration_opens_at",
        ),
        ("offerings", OFFERING % ", daily_quota: -1", "daily_quota: it should be greater than"),
        ("offerings", OFFERING % ', daily_quota: "5"', "daily_quota: it should be a valid integer"),
        ("towns", TOWN.replace("29.8", "91"), "location.latitude: it should be less than"),
        ("towns", TOWN.replace("29.8", ".inf"), "location.latitude: it should be a valid number"),
        ("towns", TOWN.replace("121.6", "121.6, datum: GCJ"), "allowed are 'WGS84', 'GCJ02' or"),
        ("competitions", COMPETITION % ("entrant: team", 2), "is for teams: give `team_size"),
        (
            "competitions",
            COMPETITION % ("entrant: individual, team_size: {minimum: 1, maximum: 2}", 2),
            "is for individuals",
        ),
        (
            "competitions",
            COMPETITION.replace("04-01", "03-03") % ("entrant: individual", 2),
            "outside its",
        ),
        (
            "merchants",
            MERCHANT.replace("[wifi, water]", "[wifi, wifi]"),
            "amenities: has `wifi` twice",
        ),
        ("courses", COURSE.replace("slug: two", "slug: one"), "sessions: has `one` twice"),
        ("merchants", HOURS + "    weekly: []", "hours: is empty; leave `hours` out"),
        ("merchants", HOURS + "    holidays: open", "holidays: is `closed`, or a list"),
        (
            "merchants",
            HOURS + "    weekly: [{days: [mon], opens: 09:00, closes: 09:00}]",
            "closes: closes when it opens",
        ),
        (
            "merchants",
            HOURS + '    weekly: [{days: [mon], opens: "9:00", closes: "24:00"}]',
            "opens: is a time of day in quotes",
        ),
        (
            "merchants",
            HOURS + '    weekly: [{days: [mon, tue], opens: "09:00", closes: "12:00"},'
            ' {days: [tue], opens: "11:00", closes: "13:00"}]',
            "weekly: has intervals that overlap at 11:00 on tue",
        ),
        (
            "merchants",
            HOURS + "    exceptions: [{on: 2026-02-16, closed: true},"
            " {from: 2026-02-10, until: 2026-02-17, closed: true}]",
            "exceptions: has two exceptions for 2026-02-16",
        ),
        (
            "merchants",
            HOURS + "    exceptions: [{from: 2026-02-16, until: 2026-02-16, closed: true}]",
            "until: is not after first",
        ),
        ("merchants", HOURS + "    exceptions: [{on: 2026-02-16}]", "needs either `closed: true`"),
        ("merchants", HOURS + "    exceptions: [{closed: true}]", "needs `on: day`"),
        ("lessons", LESSONS.replace("kind: quiz", "position: 1, kind: quiz", 1), "taken by `l1`"),
    ],
)
def test_a_file_with_one_mistake(tmp_path: Path, kind: str, text: str, problem: str) -> None:
    found = problems_of(write(tmp_path / "c", **{kind: text}))
    assert len(found) == 1, found
    assert problem in found[0]
    assert found[0].startswith(f"{kind}.yaml:")


def test_lines_and_paths_lead_to_the_mistake(tmp_path: Path) -> None:
    courses = COURSE.replace("ends_at: 2026-04-01T11", "ends_at: 2026-04-01T08")
    [found] = problems_of(write(tmp_path / "c", courses=courses))
    assert found.startswith("courses.yaml:15: courses[0].sessions[1].ends_at: is not after")


def test_a_slug_is_taken_once_in_a_table(tmp_path: Path) -> None:
    station = MERCHANT.replace("  category: restaurant\n", "")
    [found] = problems_of(write(tmp_path / "c", merchants=MERCHANT, stations=station))
    assert found.startswith("stations.yaml:2: stations[0].slug: `noodles` is taken by the item at")


def test_a_folder_is_made_of_known_files(tmp_path: Path) -> None:
    folder = write(tmp_path / "c", programs=PROGRAM % "")
    (folder / "programs.json").write_text("[]")
    (folder / "notes.txt").write_text("hello")
    (folder / ".hidden").write_text("hello")
    (folder / "courses.yaml").mkdir()
    found = sorted(problem.split(": ")[0] for problem in problems_of(folder))
    assert found == ["courses.yaml:1", "notes.txt:1", "programs.yaml:1"]


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    assert problems_of(tmp_path / "nowhere") == [f"{tmp_path}/nowhere:1: does not exist"]
    (tmp_path / "file").write_text("")
    assert problems_of(tmp_path / "file") == [f"{tmp_path}/file:1: is no folder"]


def test_the_district_is_checked(tmp_path: Path) -> None:
    found = problems_of(write(tmp_path / "c", district="{name: 区, timezone: Moon}"))
    assert len(found) == 3
    assert "district.yaml:1: district.timezone: is no time zone" in found[-1]


def test_an_empty_file_is_an_empty_list(tmp_path: Path) -> None:
    assert problems_of(write(tmp_path / "c", programs="# nothing yet\n")) == []


@pytest.mark.usefixtures("database")
async def test_all_problems_come_at_once_and_nothing_is_loaded(tmp_path: Path) -> None:
    files = SMALL | {
        "merchants": MERCHANT.replace("town: panhuo", "town: nowhere")
        .replace("[wifi, water]", "[wifi, magic]")
        .replace("category: restaurant", "category: casino"),
        "lessons": LESSONS.replace("course: first-aid", "course: second-aid", 1),
        "offerings": OFFERING.replace("noodles", "rice") % ", daily_quota: -1",
    }
    with pytest.raises(ContentInvalid) as refused:
        await load(tmp_path / "c", **files)
    found = [str(problem) for problem in refused.value.data["problems"]]
    assert found == [
        "lessons.yaml:2: lessons[0].course: `second-aid` is none of courses",
        "merchants.yaml:5: merchants[0].town: `nowhere` is none of towns",
        (
            "merchants.yaml:7: merchants[0].category: is 'casino'; allowed are 'restaurant', "
            "'convenience', 'barber', 'pharmacy', 'clinic', 'repair', 'bookshop', 'laundry', "
            "'fitness' or 'other'"
        ),
        "merchants.yaml:8: merchants[0].amenities[1]: `magic` is none of amenities",
        "offerings.yaml:1: offerings[0].daily_quota: it should be greater than or equal to 0",
        (
            "offerings.yaml:1: offerings[0].place: `rice` is none of merchants or stations or "
            "service_centres"
        ),
    ]
    assert not any((await contents()).values())


@pytest.mark.usefixtures("database")
async def test_the_database_has_a_say(tmp_path: Path) -> None:
    await load(tmp_path / "c", **SMALL)
    station = MERCHANT.replace("  category: restaurant\n", "")
    lesson = (
        "- {slug: new, course: first-aid, position: 2, kind: quiz, title: 新, duration_seconds: 1}"
    )
    with pytest.raises(ContentInvalid) as refused:
        await load(tmp_path / "c", stations=station, lessons=lesson)
    found = [str(problem) for problem in refused.value.data["problems"]]
    assert found == [
        "lessons.yaml:1: lessons[0].position: position 2 is taken by `l2` in the database",
        "stations.yaml:2: stations[0].slug: `noodles` is the slug of a merchant in the database",
    ]


@pytest.mark.usefixtures("database")
async def test_a_reference_that_is_no_slug_is_said_once(tmp_path: Path) -> None:
    merchant = MERCHANT.replace("town: panhuo", 'town: "a\\0b"')
    with pytest.raises(ContentInvalid) as refused:
        await load_folder(write(tmp_path / "c", amenities=AMENITIES, merchants=merchant))
    [problem] = refused.value.data["problems"]
    assert problem.path == "merchants[0].town"
