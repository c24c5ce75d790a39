"""The benchmark measures the same thing twice: the hand-written answers are the hub's."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from hub import database as hub_database
from hub.loading import load_folder
from hub.settings import Settings
from tests.benchmarks.content import DISTRICT
from tests.benchmarks.inprocess import AnswersDiffer, Pair, assert_same
from tests.benchmarks.people import SIGNED_IN_QUERIES
from tests.benchmarks.reference import REFERENCES, Variables
from tests.benchmarks.servers import ROOT


@pytest.fixture
async def loaded(settings: Settings) -> Settings:
    """Settings of a database with the sample district in it."""
    await hub_database.open_database(settings)
    try:
        await load_folder(DISTRICT)
    finally:
        await hub_database.close_database()
    return settings


@pytest.mark.slow
async def test_by_hand_is_what_the_hub_says(loaded: Settings) -> None:
    async with Pair(loaded) as pair:
        sets = await pair.variables()
        for name in REFERENCES:
            await pair.assert_equal(name, sets[name])
            assert await has_rows(pair, name, sets[name]), f"{name} compares nothing"


async def has_rows(pair: Pair, name: str, sets: list[Variables]) -> bool:
    """Whether some set of variables has an answer worth comparing."""
    answers = [await pair.ask_hand(name, variables) for variables in sets]
    return any("'id':" in repr(answer) for answer in answers)


async def test_other_answers_are_found_out() -> None:
    async def hub() -> dict[str, object]:
        return {"courses": [{"id": "a", "title": "b"}]}

    async def hand() -> dict[str, object]:
        return {"courses": [{"title": "b", "id": "a"}]}

    await assert_same("Home", hub, hub)
    with pytest.raises(AnswersDiffer, match="Home: the answers differ at byte 14"):
        await assert_same("Home", hub, hand)


@pytest.mark.slow
def test_the_short_form_measures_every_query(tmp_path: Path) -> None:
    written = tmp_path / "figures.json"
    command = ["-m", "tests.benchmarks", "--quick", "--engine", "sqlite", "--json", str(written)]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    (measured,) = orjson.loads(written.read_bytes())["measured"]
    assert [each["query"] for each in measured["comparisons"]] == list(REFERENCES)
    names = [*SIGNED_IN_QUERIES, "requestSignInCode", "signIn, wrong"]
    assert [each["name"] for each in measured["people"]] == names
    for each in measured["comparisons"]:
        assert each["hub"]["requests"] > 0
        assert each["hand"]["requests"] > 0
