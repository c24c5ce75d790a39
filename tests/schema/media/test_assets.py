"""From the wish to the asset through the whole application, and who sees what of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from hub.app import create_app
from hub.assets.service.owning import note_attached
from hub.auth import Role
from hub.clock import frozen
from hub.database import transaction
from hub.settings import Settings
from hub.sms.console import ConsoleSms
from media.tickets import UPLOADS_PATH
from tests.factories.identity import (
    NOW,
    OTHER_PHONE,
    PHONE,
    Inbox,
    insert_person,
    insert_staff,
    totp,
)
from tests.factories.media import PDF, assets, hash_of, picture
from tests.schema.client import GraphQLClient, started
from tests.schema.identity.steps import sign_in

CREATE = """mutation($input: CreateUploadInput!) { createUpload(input: $input) {
  upload { id url kind name sizeBytes receivedBytes state refusal expiresAt asset { id } }
  asset { id } errors { code message path } } }"""
UPLOAD = """query($id: ID!) { node(id: $id) { ... on Upload {
  state receivedBytes refusal asset { id name mediaType url } } } }"""
ASSETS = """{ viewer { assets { totalCount nodes { id kind name mediaType sizeBytes sha256 state
  progress failure width height durationSeconds isPublic url createdAt
  focalPoint { x y } } } } }"""
UPDATE = """mutation($input: UpdateAssetInput!) { updateAsset(input: $input) {
  asset { name focalPoint { x y } } errors { code path } } }"""
DELETE = """mutation($input: DeleteAssetInput!) { deleteAsset(input: $input) {
  deletedId errors { code } } }"""


@dataclass
class Front:
    """A front end: GraphQL and plain HTTP to the same application, for who is signed in."""

    client: GraphQLClient
    http: httpx.AsyncClient
    inbox: Inbox

    async def enter(self, phone: str = PHONE, *, second_factor: str | None = None) -> None:
        self.client.token = None
        await sign_in(self.client, self.inbox, phone=phone, second_factor=second_factor)

    async def do(self, document: str, **given: Any) -> dict[str, Any]:
        answer = await self.client.ask(document, {"input": given})
        payload: dict[str, Any] = next(iter(answer.values()))
        return payload

    async def send(self, url: str, content: bytes, **headers: str) -> httpx.Response:
        own = {"authorization": f"Bearer {self.client.token}"} if self.client.token else {}
        with frozen(NOW):
            return await self.http.put(url, content=content, headers=own | headers)

    async def hand_in(self, content: bytes, *, kind: str = "DOCUMENT", name: str = "x") -> str:
        payload = await self.do(CREATE, kind=kind, name=name, sizeBytes=len(content))
        assert payload["errors"] == []
        assert (await self.send(payload["upload"]["url"], content)).status_code == 200
        found = await self.client.ask(UPLOAD, {"id": payload["upload"]["id"]})
        key: str = found["node"]["asset"]["id"]
        return key


@pytest.fixture
async def front(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Front]:
    inbox = Inbox()

    async def send(_self: ConsoleSms, phone: str, purpose: str, *, code: str) -> None:
        inbox.messages.append((phone, purpose, code))

    monkeypatch.setattr(ConsoleSms, "send", send)
    changes = {"log_level": "WARNING", "cors_origins": ["https://app.example"]}
    app = create_app(settings.model_copy(update=changes))
    transport = httpx.ASGITransport(app)
    async with started(app), httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        await insert_person(PHONE)
        await insert_staff(OTHER_PHONE, role=Role.EDITOR)
        front = Front(GraphQLClient(http, now=NOW), http, inbox)
        await front.enter()
        yield front


async def test_a_paper_is_handed_in(front: Front) -> None:
    name = "诊断证明.pdf"
    payload = await front.do(CREATE, kind="DOCUMENT", name=name, sizeBytes=len(PDF))
    upload = payload["upload"]
    assert upload == {
        "id": upload["id"],
        "url": upload["url"],
        "kind": "DOCUMENT",
        "name": name,
        "sizeBytes": len(PDF),
        "receivedBytes": 0,
        "state": "OPEN",
        "refusal": None,
        "expiresAt": "2026-03-03T01:30:00Z",
        "asset": None,
    }
    assert (payload["asset"], payload["errors"]) == (None, [])
    assert upload["url"].startswith(UPLOADS_PATH)
    total = len(PDF)
    part = await front.send(upload["url"], PDF[:20], **{"content-range": f"bytes 0-19/{total}"})
    assert part.status_code == 202
    half = (await front.client.ask(UPLOAD, {"id": upload["id"]}))["node"]
    assert (half["state"], half["receivedBytes"]) == ("OPEN", 20)
    await front.send(upload["url"], PDF[20:], **{"content-range": f"bytes 20-{total - 1}/{total}"})
    whole = (await front.client.ask(UPLOAD, {"id": upload["id"]}))["node"]
    assert (whole["state"], whole["receivedBytes"]) == ("STORED", total)
    assert (whole["asset"]["name"], whole["asset"]["mediaType"]) == (name, "application/pdf")

    listed = (await front.client.ask(ASSETS))["viewer"]["assets"]
    assert listed["totalCount"] == 1
    [asset] = listed["nodes"]
    assert asset == asset | {
        "id": whole["asset"]["id"],
        "kind": "DOCUMENT",
        "sizeBytes": total,
        "sha256": hash_of(PDF),
        "state": "READY",
        "progress": 100,
        "failure": None,
        "isPublic": False,
        "focalPoint": None,
        "createdAt": "2026-03-02T01:30:00Z",
    }
    again = await front.do(CREATE, kind="DOCUMENT", name="y", sizeBytes=total, sha256=hash_of(PDF))
    assert (again["upload"], again["asset"], again["errors"]) == (None, {"id": asset["id"]}, [])


async def test_refusals_are_told_in_both_languages(front: Front) -> None:
    for language, words in (("en", "The file is empty."), ("zh-CN", "文件是空的。")):
        front.client.language = language
        payload = await front.do(CREATE, kind="DOCUMENT", name="x", sizeBytes=0)
        assert payload["upload"] is None
        assert payload["errors"] == [
            {"code": "INVALID", "message": words, "path": ["input", "sizeBytes"]}
        ]
    upload = (await front.do(CREATE, kind="DOCUMENT", name="x.pdf", sizeBytes=30))["upload"]
    answer = await front.send(upload["url"], b"<html><script></script></html>")
    assert answer.status_code == 422
    told = (await front.client.ask(UPLOAD, {"id": upload["id"]}))["node"]
    assert (told["state"], told["refusal"], told["asset"]) == ("REFUSED", "ACTIVE_CONTENT", None)


async def test_kinds_need_rights(front: Front) -> None:
    given = {"kind": "VIDEO", "name": "x", "sizeBytes": 3_000_000_000}
    for code in ("FORBIDDEN", "UNAUTHENTICATED"):
        answer = await front.client.send(CREATE, {"input": given})
        assert answer.error["extensions"]["code"] == code
        front.client.token = None
    await front.enter(OTHER_PHONE, second_factor=totp(NOW))
    payload = await front.do(CREATE, **given)
    assert [(each["code"], each["path"]) for each in payload["errors"]] == [
        ("INVALID", ["input", "sizeBytes"])
    ]
    for size in (-1, 2**53, 1.5, "5", True):
        answer = await front.client.send(CREATE, {"input": given | {"sizeBytes": size}})
        assert answer.errors or answer.data["createUpload"]["errors"]


async def test_nobody_sees_what_another_handed_in(front: Front) -> None:
    key = await front.hand_in(PDF)
    left = (await front.do(CREATE, kind="DOCUMENT", name="x", sizeBytes=9))["upload"]
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    seen = await front.client.ask(document, {"ids": [key, left["id"]]})
    assert [each["__typename"] for each in seen["nodes"]] == ["Asset", "Upload"]
    await front.enter(OTHER_PHONE, second_factor=totp(NOW))
    assert (await front.client.ask(document, {"ids": [key, left["id"]]}))["nodes"] == [None, None]
    assert (await front.client.ask(ASSETS))["viewer"]["assets"]["nodes"] == []
    assert (await front.send(left["url"], b"123456789")).status_code == 404
    assert (await front.do(DELETE, id=key))["errors"] == [{"code": "NOT_FOUND"}]
    assert (await front.do(UPDATE, id=key, name="x"))["errors"][0]["code"] == "NOT_FOUND"
    front.client.token = None
    assert (await front.client.ask(document, {"ids": [key, left["id"]]}))["nodes"] == [None, None]
    assert (await front.client.ask("{ viewer { assets { nodes { id } } } }"))["viewer"] is None
    assert (await front.send(left["url"], b"123456789")).status_code == 401


async def test_an_asset_is_renamed_and_deleted(front: Front) -> None:
    await front.enter(OTHER_PHONE, second_factor=totp(NOW))
    key = await front.hand_in(picture(), kind="IMAGE")
    payload = await front.do(UPDATE, id=key, name="门口", focalPoint={"x": 0.5, "y": 0.25})
    assert payload["asset"] == {"name": "门口.png", "focalPoint": {"x": 0.5, "y": 0.25}}
    wrong = await front.do(UPDATE, id=key, focalPoint={"x": 0.5, "y": 1.25})
    assert wrong["errors"] == [{"code": "INVALID", "path": ["input", "focalPoint", "y"]}]
    kept = await front.hand_in(picture("JPEG"), kind="IMAGE")
    shown = next(each for each in await assets() if each.media_type == "image/jpeg")
    await transaction(lambda: note_attached([shown.id], now=NOW, is_public=True))
    [address] = [
        each["url"]
        for each in (await front.client.ask(ASSETS))["viewer"]["assets"]["nodes"]
        if each["isPublic"]
    ]
    assert address == f"/media/public/{hash_of(picture('JPEG'))}.jpg"
    assert (await front.do(DELETE, id=kept))["errors"] == [{"code": "CONFLICT"}]
    assert (await front.do(DELETE, id=key)) == {"deletedId": key, "errors": []}
    assert (await front.do(DELETE, id=key))["errors"] == [{"code": "NOT_FOUND"}]


async def test_the_list_takes_few_statements(front: Front) -> None:
    taken = []
    for number in range(1, 4):
        await front.hand_in(PDF + b"\n" * number)
        taken.append(len((await front.client.send(ASSETS)).statements))
    assert taken == [3, 3, 3]


async def test_pages_of_other_origins_may_send(front: Front) -> None:
    upload = (await front.do(CREATE, kind="DOCUMENT", name="x", sizeBytes=len(PDF)))["upload"]
    origin = {"origin": "https://app.example"}
    asked = {
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization, tus-resumable, upload-offset",
    }
    allowed = await front.http.options(upload["url"], headers=origin | asked)
    assert allowed.status_code == 200
    assert "PATCH" in allowed.headers["access-control-allow-methods"]
    sent = await front.send(upload["url"], PDF, **origin)
    assert sent.headers["access-control-allow-origin"] == "https://app.example"
    assert "upload-offset" in sent.headers["access-control-expose-headers"]
    strange = await front.http.options(
        upload["url"], headers={"origin": "https://evil.example"} | asked
    )
    assert "access-control-allow-origin" not in strange.headers
