"""The README's section about signing up: a course, and a waiting list that moves up."""

import re
from pathlib import Path

import pytest

from tests.stories.house import ROOT, Caller, House, sent

FIRST, SECOND = "13800000008", "13800000009"
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("\n## Signing up\n")[2].partition("\n## ")[0]
COMMANDS = re.findall(r"```sh\n(curl .*?)```", SECTION, re.DOTALL)
FILES = re.findall(r"```yaml\n# (\w+\.yaml)\n(.*?)```", SECTION, re.DOTALL)


@pytest.mark.slow
def test_the_section_works_as_it_stands(house: House, tmp_path: Path) -> None:
    """One enrols; two want one seat, the first gives it up, the second takes it."""
    house.run("user", "sample")
    known = {"FIRST_TOKEN": token(house, FIRST), "SECOND_TOKEN": token(house, SECOND)}
    course, enroll, event, register, cancel, mine, accept = COMMANDS

    known["COURSE_ID"] = sent(house, course, known)["id"]
    enrolled = [sent(house, enroll, known) for _ in range(2)]
    assert enrolled[0] == enrolled[1]
    assert enrolled[0]["errors"] == []
    assert enrolled[0]["registration"]["state"] == "CONFIRMED"

    folder = tmp_path / "row"
    folder.mkdir()
    for name, text in FILES:
        (folder / name).write_text(text, encoding="utf-8")
    house.run("load", str(folder))
    shown = sent(house, event, known)
    assert shown["seats"] == {"capacity": 1, "taken": 0, "waiting": 0, "isFull": False}
    assert shown["registration"] == {"isOpen": True, "closesAt": "2040-01-01T13:00:00Z"}
    known["EVENT_ID"] = shown["id"]

    first = sent(house, register, known)["registration"]
    as_second = register.replace("FIRST_TOKEN", "SECOND_TOKEN").replace("first-2", "second-1")
    second = sent(house, as_second, known)["registration"]
    assert (first["state"], first["waitlistPosition"]) == ("CONFIRMED", None)
    assert (second["state"], second["waitlistPosition"]) == ("WAITLISTED", 1)
    known |= {"FIRST_REGISTRATION": first["id"], "SECOND_REGISTRATION": second["id"]}

    assert sent(house, cancel, known)["registration"] == {"state": "CANCELLED"}
    (node,) = sent(house, mine, known)["registrations"]["nodes"]
    assert (node["id"], node["state"]) == (second["id"], "OFFERED")
    assert node["offeredUntil"] is not None
    assert node["occasion"]["title"] == "新年演出第一排"
    assert sent(house, accept, known)["registration"] == {"state": "CONFIRMED"}
    assert sent(house, event, known)["seats"]["isFull"] is True


def token(house: House, phone: str) -> str:
    """The access token of somebody who signs in."""
    caller = Caller(house, phone)
    caller.sign_in()
    return caller.access_token
