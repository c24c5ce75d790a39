"""The README's section about learning: a worker watches, resumes, answers, and is certified."""

import httpx
import pytest

from tests.stories.house import Caller, House
from tests.stories.readme import commands, section, sent

SECTION = section("Learning")
COMMANDS = commands(SECTION)
WORKER = "13800000008"


@pytest.mark.slow
def test_the_section_works_as_it_stands(house: House) -> None:
    assert len(COMMANDS) == 8
    page, watch, resume, rest, start, submit, mine, verify = COMMANDS
    house.run("user", "sample")
    worker = Caller(house, WORKER)
    worker.sign_in()
    course = sent(house, page, {})
    lessons = course["lessons"]["nodes"]
    known = {f"LESSON_{number}": each["id"] for number, each in enumerate(lessons, 1)}
    known |= {"QUIZ_ID": lessons[3]["quiz"]["id"], "ACCESS_TOKEN": worker.access_token}

    watched = sent(house, watch, known)["progress"]
    assert watched == {
        "secondsWatched": 120,
        "durationSeconds": 270,
        "positionSeconds": 120,
        "isCompleted": False,
    }
    assert sent(house, watch, known)["progress"] == watched
    (going_on,) = sent(house, resume, known)["progress"]["nodes"]
    assert going_on["course"]["title"] == course["title"]
    assert going_on["summary"] == {
        "completedPercent": 12,
        "resumeLesson": {"title": lessons[0]["title"]},
        "resumePositionSeconds": 120,
    }
    sent(house, rest, known)
    attempt = sent(house, start, known)["attempt"]
    assert [each["key"] for each in attempt["questions"]] == ["1", "2", "3"]
    known["ATTEMPT_ID"] = attempt["id"]
    answered = sent(house, submit, known)["attempt"]
    assert (answered["scorePercent"], answered["isPassed"]) == (100, True)

    (held,) = sent(house, mine, known)["certificates"]["nodes"]
    assert held["courseTitle"] == course["title"]
    printed = httpx.get(held["pdfUrl"], timeout=20)
    assert (printed.status_code, printed.content[:4]) == (200, b"%PDF")
    assert held["pdfUrl"].startswith(house.url)
    assert httpx.get(held["verifyUrl"], timeout=20).json()["isRevoked"] is False
    known |= {"NUMBER": held["number"], "CERTIFICATE_CODE": held["code"]}
    verified = sent(house, verify, known)
    assert (verified["isRevoked"], verified["holderName"][0]) == (False, held["holderName"][0])
    assert "*" in verified["holderName"]
