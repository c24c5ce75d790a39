"""The README's section about editing: its commands, one after another, against a real hub."""

from typing import Any

import pytest

from hub.sample_people import SAMPLE_TOTP_SECRET
from tests.stories.house import Caller, House
from tests.stories.readme import commands, section, sent

EDITOR, REVIEWER = "13800000002", "13800000003"
SECTION = section("Editing")
COMMANDS = commands(SECTION)
COURSE = "query($id: ID!) { course(by: {id: $id}) { title lessons { nodes { title } } } }"


@pytest.mark.slow
def test_the_section_works_as_it_stands(house: House) -> None:
    """Drafted, reviewed, published as a unit, scheduled, brought back, put away, restored."""
    house.run("user", "sample")
    known: dict[str, str] = {}
    for name, phone in (("EDITOR_TOKEN", EDITOR), ("REVIEWER_TOKEN", REVIEWER)):
        person = Caller(house, phone)
        person.sign_in(secret=SAMPLE_TOTP_SECRET)
        known[name] = person.access_token
    remaining = iter(COMMANDS)

    def done() -> Any:
        told = sent(house, next(remaining), known)
        assert told["errors"] == []
        return told

    def shown() -> Any:
        return Caller(house).ask(COURSE, id=known["COURSE_ID"])

    known["COURSE_ID"] = done()["revision"]["itemId"]
    known["LESSON_ID"] = done()["revision"]["itemId"]
    assert done()["revision"] == {"state": "SUBMITTED"}
    assert done()["revision"]["state"] == "APPROVED"
    assert shown() is None
    assert [each["state"] for each in done()["revisions"]] == ["PUBLISHED"] * 2
    assert shown() == {"title": "雨天骑行", "lessons": {"nodes": [{"title": "慢一点"}]}}

    changed = done()
    assert changed["course"] == {"title": "雨天骑行"}
    assert [each["path"] for each in changed["revision"]["changes"]] == ["title"]
    (waiting,) = done()["revisions"]
    assert waiting == {"state": "SCHEDULED", "publishAt": "2098-12-31T16:00:00Z"}
    assert shown()["title"] == "雨天骑行"
    assert done()["revisions"] == [{"state": "DRAFT"}]
    assert done()["revision"] == {"number": 3, "state": "DRAFT"}
    done()
    assert shown() is None
    done()
    assert shown() is None
    assert next(remaining, None) is None
