"""How competitions are judged, as content folders say it: in, out, and what is refused."""

from typing import Any

import pytest

from hub.catalogue import KINDS_BY_NAME
from hub.competitions.models import Division, Stage
from hub.competitions.rules import AdvanceKind
from hub.errors import ContentInvalid
from hub.items import read_item
from hub.loading import load_data
from hub.records import Select, fetch_records

TIMES = {"starts_at": "2026-12-01T01:00:00+00:00", "ends_at": "2026-12-01T03:00:00+00:00"}
CRITERIA = [
    {"slug": "safety", "label": "安全", "maximum": 100, "weight": "0.60"},
    {"slug": "speed", "label": "速度", "maximum": 50},
]


def competition(*, stage: dict[str, Any] | None = None, **division: Any) -> dict[str, Any]:
    final = {"slug": "final", "kind": "final", "name": "决赛", **TIMES, "criteria": CRITERIA}
    team = {"slug": "team", "name": "团体组", "entrant": "team", "team_size": {"maximum": 3}}
    return {
        "slug": "contest",
        "title": "比武",
        "organiser": "总工会",
        "year": 2026,
        **TIMES,
        "divisions": [{**team, **division}],
        "stages": [{**final, **(stage or {})}],
    }


RULES = {
    "drop_extremes": True,
    "tie_break": "speed",
    "advance": {"kind": "score_at_least", "score": "60.00"},
}


@pytest.mark.usefixtures("database")
async def test_what_is_loaded_is_read_again() -> None:
    freeze = "2026-11-30T01:00:00+00:00"
    given = competition(stage=RULES, substitutes_maximum=2, roster_freezes_at=freeze)
    await load_data({"competitions": [given]})
    stage, division = await Stage.get(slug="final"), await Division.get(slug="team")
    assert (stage.advance_kind, stage.drop_extremes) == (AdvanceKind.SCORE_AT_LEAST, True)
    assert (division.substitutes_maximum, stage.criteria[1]["weight"]) == (2, "1.00")
    kind = KINDS_BY_NAME["competitions"]
    (row,) = await fetch_records(Select(kind.model))
    item = await read_item(kind, row)
    read = item["stages"][0]
    assert {key: read[key] for key in RULES} == RULES
    assert [each["slug"] for each in read["criteria"]] == ["safety", "speed"]
    assert item["divisions"][0]["roster_freezes_at"] == freeze
    assert (await load_data({"competitions": [given]})).changed == 0


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (competition(stage={"tie_break": "beauty"}), "none of its criteria"),
        (competition(stage={"advance": {"kind": "top_n"}}), "has `number`"),
        (competition(stage={"advance": {"kind": "by_hand", "score": "1"}}), "has `score`"),
        (competition(stage={"criteria": [CRITERIA[0], CRITERIA[0]]}), "twice"),
        (competition(stage={"criteria": [{**CRITERIA[0], "weight": "0"}]}), "0"),
        (competition(substitutes_maximum=21), "20"),
        (
            competition(entrant="individual", team_size={}, substitutes_maximum=1),
            "leave `substitutes_maximum` out",
        ),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("database")
async def test_what_does_not_fit_is_refused(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ContentInvalid) as refused:
        await load_data({"competitions": [given]})
    assert reason in str(refused.value)
    assert await Stage.all().count() == 0
