"""The README's section about tickets: a code, its keys and its picture, a scan and another."""

import httpx
import pytest

from hub.sample_people import SAMPLE_TOTP_SECRET
from tests.stories.house import Caller, House
from tests.stories.readme import commands, section, sent

WORKER, ADMINISTRATOR = "13800000008", "13800000001"
SECTION = section("At the door")
COMMANDS = commands(SECTION)
COURSE = '{ course(by: {slug: "ebike-safety-basics"}) { id } }'
ENROLL = """mutation($input: EnrollInCourseInput!) { enrollInCourse(input: $input) {
  registration { id } errors { code } } }"""


@pytest.mark.slow
def test_the_section_works_as_it_stands(house: House) -> None:
    house.run("user", "sample")
    worker, administrator = Caller(house, WORKER), Caller(house, ADMINISTRATOR)
    worker.sign_in()
    administrator.sign_in(secret=SAMPLE_TOTP_SECRET)
    course_id = worker.ask(COURSE)["id"]
    worker.done(ENROLL, courseId=course_id, idempotencyKey="first")
    known = {"FIRST_TOKEN": worker.access_token, "ADMINISTRATOR_TOKEN": administrator.access_token}
    tickets, keys, scan = COMMANDS

    (node,) = sent(house, tickets, known)["tickets"]["nodes"]
    assert (node["ticket"]["validFrom"], node["ticket"]["validUntil"]) == (None, None)
    picture = httpx.get(house.url + node["ticket"]["qrPngUrl"], timeout=10)
    assert picture.headers["content-type"] == "image/png"
    address = keys.split()[-1].replace("http://127.0.0.1:8000", house.url)
    (key,) = httpx.get(address, timeout=10).json()["keys"]
    assert key["algorithm"] == "Ed25519"

    known["TICKET_CODE"] = node["ticket"]["code"]
    first = sent(house, scan, known)
    assert (first["isFirst"], first["arrived"], first["errors"]) == (True, 1, [])
    assert first["registration"]["state"] == "ATTENDED"
    assert first["registration"]["person"]["phoneMasked"] == "138****0008"
    second = sent(house, scan.replace("scan-1", "scan-2"), known)
    assert (second["isFirst"], second["first"]) == (False, first["first"])
