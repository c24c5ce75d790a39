"""The README's section about signing in: its commands, one after another, against a real hub."""

import re

import pytest

from tests.stories.house import ROOT, House, sent

PHONE = "13800000008"
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("\n## Signing in\n")[2].partition("\n## ")[0]
COMMANDS = re.findall(r"```sh\n(curl .*?)```", SECTION, re.DOTALL)


@pytest.mark.slow
def test_the_section_works_as_it_stands(house: House) -> None:
    """A worker asks for a code, signs in, is known, and stays signed in."""
    assert len(COMMANDS) == 4
    house.run("user", "sample")
    request_code, sign_in, viewer, refresh = COMMANDS
    asked = sent(house, request_code, {})
    assert asked["errors"] == []
    assert asked["retryAfterSeconds"] == 60
    (line,) = re.findall(r"`(sms to=.*?)code=\d{6}`", SECTION)
    code = house.sent_code(PHONE)
    assert f"{line}code={code}" in house.log

    opened = sent(house, sign_in, {"CODE": code})
    assert opened["errors"] == []
    assert opened["viewer"]["roles"] == ["WORKER"]
    tokens = opened["session"]
    known = {"ACCESS_TOKEN": tokens["accessToken"], "REFRESH_TOKEN": tokens["refreshToken"]}

    me = sent(house, viewer, known)
    assert (me["displayName"], me["phoneMasked"]) == (
        opened["viewer"]["displayName"],
        "138****0008",
    )
    assert [each["isCurrent"] for each in me["sessions"]] == [True]

    fresh = sent(house, refresh, known)
    assert fresh["errors"] == []
    assert fresh["session"]["accessToken"] != tokens["accessToken"]
    known["ACCESS_TOKEN"] = fresh["session"]["accessToken"]
    assert sent(house, viewer, known)["phoneMasked"] == "138****0008"
    used = sent(house, sign_in, {"CODE": code})
    assert [each["code"] for each in used["errors"]] == ["CODE_INVALID"]
