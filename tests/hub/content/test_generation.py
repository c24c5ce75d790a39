"""The made-up city is the same every time, valid, and as large as it says."""

from collections import Counter
from pathlib import Path

import pytest

from hub.catalogue import KINDS_BY_NAME
from hub.checking import Checked, as_documents, check_documents, unknown_references
from hub.generation.city import CITY, CitySize, generate_city
from hub.loading import load_data

SMALL = CitySize(100, 30, 10, 20, 12, 10, 50, 5, 30)


def silent(name: str, done: int, total: int) -> None:
    pass


def test_the_same_every_time() -> None:
    assert generate_city(SMALL) == generate_city(SMALL)


def test_it_is_as_large_as_it_says() -> None:
    city = generate_city(CITY)
    assert set(city) == set(KINDS_BY_NAME)
    assert len(city["merchants"]) == 8_433
    assert len(city["stations"]) == 2_433
    assert len(city["courses"]) == 1_000
    assert len(city["lessons"]) == 12_000
    assert len(city["events"]) == 3_000
    assert len(city["towns"]) == len(city["friendly_streets"]) == 25
    assert 1.8 < len(city["offerings"]) / len(city["merchants"]) < 2.3


def test_it_is_valid_and_illustrative() -> None:
    checked = check_documents(as_documents(generate_city(SMALL)), Checked(), progress=silent)
    assert checked.problems == []
    known = {(entry.kind.name, entry.key) for entry in checked.all_entries()}
    missing = unknown_references(
        checked, lambda reference: any((kind, reference.slug) in known for kind in reference.kinds)
    )
    assert list(missing) == []
    assert all(
        entry.row["is_illustrative"] for entry in checked.all_entries() if "state" in entry.row
    )


def test_every_state_and_kind_of_hours_occurs() -> None:
    city = generate_city(CitySize(1_500, 300, 10, 20, 12, 10, 200, 5, 30))
    states = Counter(item.get("state", "published") for item in city["merchants"])
    assert set(states) == {"published", "draft", "archived", "scheduled"}
    assert sum("expires_at" in item for item in city["merchants"]) > 0
    hours = [item.get("hours") for item in city["merchants"]]
    assert None in hours
    assert any(each and "holidays" in each for each in hours)
    assert any(each and "exceptions" in each for each in hours)
    closes = {row["closes"] for each in hours if each for row in each["weekly"]}
    assert {"24:00", "02:00"} <= closes


@pytest.mark.usefixtures("database")
async def test_it_loads_and_loads_again(tmp_path: Path) -> None:
    first = await load_data(generate_city(SMALL))
    assert first.kinds["merchants"].created == 100
    assert (await load_data(generate_city(SMALL))).changed == 0
