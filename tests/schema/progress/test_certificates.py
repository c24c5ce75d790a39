"""Certificates over GraphQL and HTTP: held, verified, printed, revoked."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from hub.auth import ANONYMOUS
from hub.certificate_pages import CertificatePages
from hub.clock import frozen
from hub.database import fetch_all
from schema.relay import encode_id
from tests.factories import learning
from tests.factories.learners import NOW
from tests.schema.progress.conftest import CLAIM, MINE, REVOKE, VERIFY, School

PERSONAL = ("code", "pdfUrl", "revocationReason")


@pytest.fixture
async def pages() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(CertificatePages())
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        yield http


def local(url: str) -> str:
    """The path and the query of an address."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


async def verified(school: School, **by: Any) -> Any:
    return (await school.client.ask(VERIFY, {"by": by}))["certificate"]


def codes(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(each["code"], each["path"]) for each in payload["errors"]]


async def test_the_holder_has_all_of_it(school: School) -> None:
    held = await school.complete()
    assert re.fullmatch(r"XG-2026-000001-\d", held["number"])
    assert (held["holderName"], held["issuedOn"]) == ("王小哥", "2026-11-24")
    assert held["courseTitle"] == held["course"]["title"] == school.taught.course.title
    assert held["code"] in held["verifyUrl"]
    assert (held["isRevoked"], held["revocationReason"]) == (False, None)
    own = await verified(school, number=held["number"])
    assert own == held


async def test_strangers_verify_with_the_code(school: School) -> None:
    held = await school.complete()
    for actor in (ANONYMOUS, school.other):
        school.become(actor)
        assert await verified(school, number=held["number"]) is None
        assert await verified(school, number=held["number"], code="AAAAAAAA") is None
        seen = await verified(school, number=held["number"], code=held["code"])
        assert seen == {
            **held,
            "holderName": "王*哥",
            **dict.fromkeys(PERSONAL),
        }
    school.become(school.other)
    assert (await school.client.ask(MINE))["viewer"]["certificates"]["nodes"] == []
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert (await school.client.ask(node, {"id": held["id"]}))["node"] is None


async def test_a_revoked_one_says_so_everywhere(school: School, pages: httpx.AsyncClient) -> None:
    held = await school.complete()
    for actor in (school.worker, school.other):
        school.become(actor)
        refused = await school.do(REVOKE, id=held["id"], reason="x")
        assert codes(refused) == [("NOT_FOUND", ["input", "id"])]
    school.become(school.editor)
    found = await verified(school, number=held["number"])
    assert (found["id"], found["holderName"], found["pdfUrl"]) == (held["id"], "王小哥", None)
    refused = await school.do(REVOKE, id=held["id"], reason=" ")
    assert codes(refused) == [("INVALID", ["input", "reason"])]
    revoked = await school.do(REVOKE, id=held["id"], reason="由他人代学")
    assert revoked["certificate"]["revocationReason"] == "由他人代学"
    assert codes(await school.do(REVOKE, id=held["id"], reason="x")) == [("CONFLICT", [])]
    school.become()
    seen = await verified(school, number=held["number"], code=held["code"])
    assert (seen["isRevoked"], seen["revocationReason"]) == (True, None)
    with frozen(NOW):
        assert (await pages.get(local(held["pdfUrl"]))).status_code == 410
        facts = (await pages.get(local(held["verifyUrl"]))).json()
    assert facts["isRevoked"] is True
    school.become(school.worker)
    (mine,) = (await school.client.ask(MINE))["viewer"]["certificates"]["nodes"]
    assert (mine["isRevoked"], mine["pdfUrl"]) == (True, None)
    assert mine["revocationReason"] == "由他人代学"


async def test_the_pdf_is_behind_a_link_that_ends(school: School, pages: httpx.AsyncClient) -> None:
    held = await school.complete()
    path = local(held["pdfUrl"])
    with frozen(NOW + timedelta(minutes=29)):
        answer = await pages.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["cache-control"] == "private, no-store"
    assert held["number"] in answer.headers["content-disposition"]
    bare = path.partition("?")[0]
    for bad in (bare, f"{path}x", path.replace("signature=", "signature=0"), f"{bare}?{'&' * 99}"):
        assert (await pages.get(bad)).status_code == 403
    with frozen(NOW + timedelta(minutes=31)):
        assert (await pages.get(path)).status_code == 403
    await fetch_all("DELETE FROM certificate RETURNING id", [])
    with frozen(NOW):
        assert (await pages.get(path)).status_code == 404


async def test_the_qr_code_leads_to_masked_facts(school: School, pages: httpx.AsyncClient) -> None:
    held = await school.complete()
    facts = (await pages.get(local(held["verifyUrl"]))).json()
    assert facts == {
        "number": held["number"],
        "title": "结业证书",
        "holderName": "王*哥",
        "courseTitle": held["courseTitle"],
        "issuer": held["issuer"],
        "issuedOn": "2026-11-24",
        "isRevoked": False,
    }
    for bad in (f"/certificates/{held['number']}", "/certificates/?code=x", "/certificates/%00"):
        assert (await pages.get(bad)).status_code == 404


async def test_a_name_is_asked_for_when_it_is_missing(school: School) -> None:
    await fetch_all("UPDATE person SET display_name = '' RETURNING id", [])
    with pytest.raises(ValueError, match="not enough"):
        await school.complete()
    key = encode_id("Course", school.taught.course.id)
    refused = await school.do(CLAIM, courseId=key)
    assert codes(refused) == [("CONFLICT", ["input", "courseId"])]
    assert "updateProfile" in refused["errors"][0]["message"]
    await fetch_all("UPDATE person SET display_name = '赵六' RETURNING id", [])
    claimed = await school.do(CLAIM, courseId=key)
    assert claimed["certificate"]["holderName"] == "赵六"
    assert (await school.do(CLAIM, courseId=key))["certificate"]["id"] == claimed["certificate"][
        "id"
    ]
    other = encode_id("Course", (await learning.course()).id)
    assert codes(await school.do(CLAIM, courseId=other)) == [("CONFLICT", ["input", "courseId"])]
