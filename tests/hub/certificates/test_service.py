"""Certificates: numbered without gaps, verified with a code, revoked once, printed."""

import asyncio
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pypdf
import pytest

from hub.auth import ANONYMOUS, DISTRICT, Grant, Role, Scope, ScopeKind, Viewer
from hub.certificates.queries import (
    CERTIFICATES,
    is_pdf_link,
    pdf_url,
    seen_by_number,
    verify_url,
)
from hub.certificates.rules import is_number
from hub.certificates.service.drawing import printed
from hub.certificates.service.issuing import issue, revoke_certificate
from hub.certificates.service.printing import Printer, sheet_of
from hub.database import fetch_all, transaction
from hub.errors import Conflict, HubError, Invalid, NotFound, Unauthenticated, Unavailable
from hub.ids import new_id
from hub.learning.queries import COURSES
from hub.listing import ListQuery
from hub.pagination import page_request
from hub.records import Record
from hub.settings import Settings, install_settings
from tests.factories import learning
from tests.factories.identity import OTHER_PHONE
from tests.factories.learners import ISSUER, NOW, learner, of_person

pytestmark = pytest.mark.usefixtures("database")


async def certified(viewer: Viewer, **values: object) -> Record:
    """The viewer's certificate of a new course."""
    given = {"certificate_title": "结业证书", "certificate_issuer": ISSUER, **values}
    course = await learning.course(**given)
    row = (await COURSES.by_ids(viewer, [course.id]))[0]
    assert row is not None
    return await transaction(lambda: issue(viewer, row))


async def audited() -> list[str]:
    rows = await fetch_all("SELECT action FROM audit_entry ORDER BY id", [])
    return [row[0] for row in rows if row[0].startswith("certificates.")]


async def test_numbers_are_counted_up_by_the_year_of_the_district() -> None:
    eve = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    viewer = await learner(now=eve)
    first, second = await certified(viewer), await certified(viewer)
    third = await certified(Viewer(viewer.actor, eve + timedelta(seconds=1)))
    assert first.number.startswith("XG-2026-000001-")
    assert second.number.startswith("XG-2026-000002-")
    assert third.number.startswith("XG-2027-000001-")
    assert all(is_number(each.number) for each in (first, second, third))
    assert await audited() == ["certificates.issued"] * 3


async def test_simultaneous_certificates_have_numbers_of_their_own() -> None:
    viewer = await learner()
    rows = await asyncio.gather(*(certified(viewer) for _ in range(12)))
    assert sorted(int(row.number.split("-")[2]) for row in rows) == list(range(1, 13))


async def test_a_number_is_not_lost_with_a_transaction() -> None:
    viewer = await learner()

    async def broken() -> None:
        await certified(viewer)
        raise NotFound("no")

    with pytest.raises(NotFound):
        await transaction(broken)
    assert (await certified(viewer)).number.startswith("XG-2026-000001-")


async def test_strangers_need_the_code_and_see_a_masked_name() -> None:
    viewer, stranger = await learner(), Viewer(ANONYMOUS, NOW)
    row = await certified(viewer)
    seen = await seen_by_number(stranger, f" {row.number.lower()} ", code=row.code.lower())
    assert seen is not None
    assert (seen.holder_name, seen.is_holder, seen.is_whole) == ("王*哥", False, False)
    assert seen.issued_on == date(2026, 11, 24)
    other = await learner(OTHER_PHONE)
    for who in (stranger, other):
        for code in (None, "", "AAAAAAAA", "中文"):
            assert await seen_by_number(who, row.number, code=code) is None
    own = await seen_by_number(viewer, row.number, code=None)
    assert own is not None
    assert own.holder_name == "王小哥"
    assert await seen_by_number(stranger, "XG-2026-000009-9", code=row.code) is None


async def test_a_list_has_ones_own() -> None:
    mine, yours = await learner(), await learner(OTHER_PHONE)
    row = await certified(mine)
    assert await CERTIFICATES.by_ids(yours, [row.id]) == [None]
    assert (await CERTIFICATES.page(yours, ListQuery(page_request(9)))).rows == []
    assert [
        each.id for each in (await CERTIFICATES.page(mine, ListQuery(page_request(9)))).rows
    ] == [row.id]


def with_role(role: Role, scope: Scope = DISTRICT) -> Viewer:
    return Viewer(of_person(new_id(), Grant(role, scope)), NOW)


async def test_an_editor_revokes_once() -> None:
    viewer, editor = await learner(), with_role(Role.EDITOR)
    row = await certified(viewer)
    revoked = await revoke_certificate(editor, row.id, reason=" 由他人代学 ")
    assert (revoked.revoked_at, revoked.revoked_by) == (NOW, editor.actor.person_id)
    assert revoked.revocation_reason == "由他人代学"
    assert await audited() == ["certificates.issued", "certificates.revoked"]
    with pytest.raises(Conflict):
        await revoke_certificate(editor, row.id, reason="again")
    assert len(await audited()) == 2
    seen = await seen_by_number(Viewer(ANONYMOUS, NOW), row.number, code=row.code)
    assert seen is not None
    assert seen.row.revoked_at == NOW


async def test_of_two_who_revoke_at_once_one_does() -> None:
    row = await certified(await learner())
    found = await asyncio.gather(
        *(revoke_certificate(with_role(Role.MANAGER), row.id, reason="x") for _ in range(6)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Conflict) for each in found) == 5
    assert (await audited()).count("certificates.revoked") == 1


async def test_whose_it_is_not_cannot_revoke() -> None:
    viewer, program = await learner(), await learning.program()
    row = await certified(viewer, program_id=program.id)
    elsewhere = Scope(ScopeKind.PROGRAM, new_id())
    cases: list[tuple[Viewer, UUID | None, str, type[HubError]]] = [
        (viewer, row.id, "mine", NotFound),
        (with_role(Role.EDITOR, elsewhere), row.id, "x", NotFound),
        (with_role(Role.REVIEWER), row.id, "x", NotFound),
        (with_role(Role.EDITOR), new_id(), "x", NotFound),
        (with_role(Role.EDITOR), None, "x", NotFound),
        (with_role(Role.EDITOR), row.id, " ", Invalid),
        (Viewer(ANONYMOUS, NOW), row.id, "x", Unauthenticated),
    ]
    for who, key, reason, refusal in cases:
        with pytest.raises(refusal):
            await revoke_certificate(who, key, reason=reason)
    assert await audited() == ["certificates.issued"]
    own = Scope(ScopeKind.PROGRAM, program.id)
    await revoke_certificate(with_role(Role.EDITOR, own), row.id, reason="x")


async def test_a_link_to_the_pdf_ends_and_is_bound_to_its_number(database: Settings) -> None:
    row = await certified(await learner())
    install_settings(database.model_copy(update={"public_url": "https://hub.example"}))
    link = urlsplit(pdf_url(row, now=NOW))
    assert (link.scheme, link.netloc) == ("https", "hub.example")
    assert link.path == f"/certificates/{row.number}.pdf"
    given = {name: values[0] for name, values in parse_qs(link.query).items()}
    expires, signature = given["expires"], given["signature"]
    last = NOW + timedelta(minutes=30) - timedelta(microseconds=1)
    assert is_pdf_link(row.number, expires, signature=signature, now=last)
    assert not is_pdf_link(row.number, expires, signature=signature, now=NOW + timedelta(hours=1))
    assert not is_pdf_link("XG-2026-000002-0", expires, signature=signature, now=NOW)
    assert not is_pdf_link(row.number, str(int(expires) + 1), signature=signature, now=NOW)
    for bad in ("", "x", "²", "9" * 30):
        assert not is_pdf_link(row.number, bad, signature=signature, now=NOW)


async def test_the_page_to_verify_is_the_front_ends_where_it_is_named(database: Settings) -> None:
    row = await certified(await learner())
    page = "https://union.example/verify/{number}?c={code}"
    install_settings(database.model_copy(update={"certificate_page_url": page}))
    assert verify_url(row) == f"https://union.example/verify/{row.number}?c={row.code}"


async def test_the_pdf_holds_its_text_and_its_fonts() -> None:
    row = await certified(await learner(), title="电动自行车安全骑行入门")
    content = printed(sheet_of(row))
    assert content == printed(sheet_of(row))
    (page,) = pypdf.PdfReader(io.BytesIO(content)).pages
    text = page.extract_text().replace("\0", "")  # pypdf reads each glyph as two bytes
    for words in (
        "结业证书",
        "王小哥",
        "《电动自行车安全骑行入门》",
        ISSUER,
        row.number,
        "2026 年 11 月 24 日",
    ):
        assert words in text
    assert round(page.mediabox.width) > round(page.mediabox.height)
    resources: Any = page["/Resources"]
    fonts = resources["/Font"]
    names = [each.get_object()["/BaseFont"] for each in fonts.values()]
    assert {name.partition("+")[2] for name in names} == {"NotoSerifSC", "NotoSansSC"}
    assert len(content) < 100_000


async def test_a_character_without_a_glyph_is_named() -> None:
    row = await certified(await learner(), title="龘😀")
    with pytest.raises(Unavailable, match="😀"):
        printed(sheet_of(row))


async def test_too_many_at_once_are_refused() -> None:
    sheet = sheet_of(await certified(await learner()))
    printer = Printer(printers=1, waiting_max=1)
    found = await asyncio.gather(*(printer.pdf(sheet) for _ in range(5)), return_exceptions=True)
    assert [isinstance(each, bytes) for each in found] == [True, True, False, False, False]
    assert all(isinstance(each, Unavailable) for each in found[2:])
    assert (await printer.pdf(sheet)).startswith(b"%PDF")
