"""Leave to send: rights, sizes, room; what is written down; what becomes of leftovers."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from hub.assets.rules import UPLOADS_AT_ONCE_MAX, shown_size
from hub.assets.service import uploads as module
from hub.assets.service.owning import delete_asset, note_attached, update_asset
from hub.assets.service.uploads import (
    PROCESS_TASK,
    Wish,
    create_upload,
    expire_uploads,
    finish_upload,
)
from hub.auth import ANONYMOUS, DISTRICT, Action, Actor, Grant, Role, Scope, ScopeKind, Viewer
from hub.clock import frozen
from hub.database import fetch_all, recorded_statements, transaction
from hub.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from hub.ids import new_id
from hub.settings import Settings, install_settings
from media.kinds import AssetKind, AssetState, UploadState
from media.refusals import Refused
from media.spool import Draft, spool_path
from media.storage import blob_key, current_storage
from tests.factories.identity import NOW
from tests.factories.media import (
    PDF,
    asked,
    assets,
    editor,
    hash_of,
    mp4,
    picture,
    uploads,
    wav,
)
from tests.factories.people import actor, service

IMAGE, VIDEO, AUDIO, CAPTIONS, DOCUMENT = AssetKind
pytestmark = pytest.mark.usefixtures("database")


def worker() -> Actor:
    return actor(at=NOW)


def keeper() -> Actor:
    return actor(Grant(Role.MERCHANT, Scope(ScopeKind.PLACE, uuid4())), at=NOW)


async def sent(who: Actor, content: bytes, kind: AssetKind = DOCUMENT) -> None:
    """Send a file and have it kept."""
    upload = await asked(who, content, kind=kind)
    draft = Draft(upload.id)
    try:
        draft.resume(0)
        draft.append(content)
        with frozen(NOW):
            await finish_upload(upload, draft.path, sha256=hash_of(content))
        draft.remove()
    finally:
        draft.close()


async def audit() -> list[tuple[str, str]]:
    rows = await fetch_all('SELECT "action", "object_kind" FROM "audit_entry" ORDER BY "id"', [])
    return [(row[0], row[1]) for row in rows]


async def test_who_may_send_what() -> None:
    programme = Grant(Role.EDITOR, Scope(ScopeKind.PROGRAM, uuid4()))
    expired = Grant(Role.EDITOR, DISTRICT, NOW)
    for who, allowed in (
        (worker(), {DOCUMENT}),
        (keeper(), {DOCUMENT, IMAGE}),
        (actor(Grant(Role.CASE_OFFICER, DISTRICT), at=NOW), {DOCUMENT}),
        (actor(expired, at=NOW), {DOCUMENT}),
        (actor(programme, at=NOW), set(AssetKind)),
        (editor(), set(AssetKind)),
    ):
        taken = set()
        for kind in AssetKind:
            try:
                await create_upload(Viewer(who, NOW), Wish(kind, "x", 5))
                taken.add(kind)
            except Forbidden:
                pass
        assert taken == allowed


@pytest.mark.parametrize("who", [ANONYMOUS, service(Action.EDIT_CONTENT)])
async def test_only_people_send(who: Actor) -> None:
    for kind in AssetKind:
        with pytest.raises(Unauthenticated):
            await create_upload(Viewer(who, NOW), Wish(kind, "x", 5))
    assert await uploads() == []


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        (Wish(DOCUMENT, "x", 0), ("input", "sizeBytes")),
        (Wish(DOCUMENT, "x", -1), ("input", "sizeBytes")),
        (Wish(DOCUMENT, "x", 20 * 2**20 + 1), ("input", "sizeBytes")),
        (Wish(IMAGE, "x", 20 * 2**20 + 1), ("input", "sizeBytes")),
        (Wish(CAPTIONS, "x", 2**20 + 1), ("input", "sizeBytes")),
        (Wish(AUDIO, "x", 200 * 2**20 + 1), ("input", "sizeBytes")),
        (Wish(VIDEO, "x", 2 * 2**30 + 1), ("input", "sizeBytes")),
        (Wish(DOCUMENT, "x", 5, "abc"), ("input", "sha256")),
        (Wish(DOCUMENT, "x", 5, "A" * 64), ("input", "sha256")),
    ],
)
async def test_a_wish_that_cannot_be(wish: Wish, path: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        await create_upload(Viewer(editor(), NOW), wish)
    assert refused.value.path == path
    assert await uploads() == []
    assert await audit() == []


async def test_everybody_has_so_much_room(database: Settings) -> None:
    install_settings(database.model_copy(update={"media_quota_bytes": 1000}))
    who = worker()
    await sent(who, PDF + b"\n" * (600 - len(PDF)))
    await asked(who, b"x" * 300)
    with pytest.raises(Conflict, match="0 KiB of it is left"):
        await create_upload(Viewer(who, NOW), Wish(DOCUMENT, "x", 101))
    assert len(await uploads()) == 2
    await create_upload(Viewer(who, NOW), Wish(DOCUMENT, "x", 100))
    await create_upload(Viewer(worker(), NOW), Wish(DOCUMENT, "x", 1000))
    await create_upload(Viewer(editor(), NOW), Wish(DOCUMENT, "x", 5000))


async def test_nobody_gets_more_room_by_asking_at_once(database: Settings) -> None:
    install_settings(database.model_copy(update={"media_quota_bytes": 1000}))
    viewer = Viewer(worker(), NOW)
    wishes = [create_upload(viewer, Wish(DOCUMENT, "x", 300)) for _ in range(12)]
    done = await asyncio.gather(*wishes, return_exceptions=True)
    assert [type(each) for each in done if isinstance(each, BaseException)] == [Conflict] * 9
    assert len(await uploads()) == 3


async def test_so_many_uploads_at_once() -> None:
    who = worker()
    for _ in range(UPLOADS_AT_ONCE_MAX):
        await asked(who, PDF)
    with pytest.raises(Conflict, match="are under way"):
        await create_upload(Viewer(who, NOW), Wish(DOCUMENT, "x", 5))
    assert len(await uploads()) == UPLOADS_AT_ONCE_MAX


async def test_asking_takes_few_statements() -> None:
    who = worker()
    for _ in range(3):
        await sent(who, PDF + uuid4().bytes.hex().encode())
    with recorded_statements() as statements:
        await create_upload(Viewer(who, NOW), Wish(DOCUMENT, "x", 5, "a" * 64))
    assert len([each for each in statements if "advisory" not in each]) == 6


async def test_ones_own_content_is_known_and_nobody_elses() -> None:
    who, other = worker(), worker()
    await sent(who, PDF)
    [asset] = await assets()
    wish = Wish(DOCUMENT, "另一个名字.pdf", len(PDF), hash_of(PDF))
    known = await create_upload(Viewer(who, NOW), wish)
    assert known.asset is not None
    assert (known.asset.id, known.upload) == (asset.id, None)
    unknown = await create_upload(Viewer(other, NOW), wish)
    assert unknown.asset is None
    assert unknown.upload is not None
    as_picture = Wish(IMAGE, "x.png", len(PDF), hash_of(PDF))
    assert (await create_upload(Viewer(editor(who.person_id), NOW), as_picture)).asset is None


async def test_videos_and_sounds_wait_to_be_processed() -> None:
    who = editor()
    await sent(who, mp4(), VIDEO)
    await sent(who, wav(), AUDIO)
    await sent(who, picture(), IMAGE)
    found = {asset.kind: (asset.state, asset.progress) for asset in await assets()}
    assert found == {
        VIDEO: (AssetState.STORED, 0),
        AUDIO: (AssetState.STORED, 0),
        IMAGE: (AssetState.READY, 100),
    }
    tasks = await fetch_all('SELECT "task", "key" FROM "outbox"', [])
    waiting = {asset.id for asset in await assets() if asset.kind is not IMAGE}
    assert {(row[0], row[1]) for row in tasks} == {
        (PROCESS_TASK, f"asset:{each}") for each in waiting
    }


async def test_what_is_done_is_written_down() -> None:
    who = worker()
    await sent(who, PDF)
    upload = await asked(who, PDF, sha256="a" * 64)
    draft = Draft(upload.id)
    try:
        draft.append(PDF)
        with pytest.raises(Refused):
            await finish_upload(upload, draft.path, sha256=hash_of(PDF))
    finally:
        draft.close()
    [asset] = await assets()
    await update_asset(Viewer(who, NOW), asset.id, changes={"name": "新名字"})
    await delete_asset(Viewer(who, NOW), asset.id)
    assert await audit() == [
        ("assets.upload_created", "Upload"),
        ("assets.uploaded", "Asset"),
        ("assets.upload_created", "Upload"),
        ("assets.upload_refused", "Upload"),
        ("assets.updated", "Asset"),
        ("assets.deleted", "Asset"),
    ]


async def test_leftovers_expire() -> None:
    who = worker()
    late, held, fresh = [await asked(who, PDF) for _ in range(3)]
    holder = Draft(held.id)
    for upload in (late, fresh):
        draft = Draft(upload.id)
        draft.append(b"%PDF")
        draft.close()
    end = NOW + timedelta(hours=24)
    assert await expire_uploads(now=end - timedelta(seconds=1)) == 0
    assert await expire_uploads(now=end) == 2
    holder.close()
    states = {each.id: each.state for each in await uploads()}
    assert states == {
        late.id: UploadState.EXPIRED,
        held.id: UploadState.OPEN,
        fresh.id: UploadState.EXPIRED,
    }
    assert not spool_path(late.id).exists()
    assert await expire_uploads(now=end) == 1
    assert not spool_path(held.id).exists()


async def test_an_upload_that_was_ended_makes_no_asset() -> None:
    who = worker()
    upload = await asked(who, PDF)
    draft = Draft(upload.id)
    draft.append(PDF)
    draft.close()
    await expire_uploads(now=NOW + timedelta(hours=24))
    path = spool_path(upload.id)
    path.write_bytes(PDF)
    await finish_upload(upload, path, sha256=hash_of(PDF))
    assert await assets() == []


async def test_bytes_that_a_sweep_took_meanwhile_are_put_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    storage, key = current_storage(), blob_key(hash_of(PDF))
    upload = await asked(worker(), PDF)
    path = spool_path(upload.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PDF)
    insert = module._insert_asset

    async def swept(*given: object) -> None:
        await insert(*given)  # type: ignore[arg-type]
        await storage.delete(key)

    monkeypatch.setattr(module, "_insert_asset", swept)
    await finish_upload(upload, path, sha256=hash_of(PDF))
    assert await storage.stat(key) is not None


async def test_only_ones_own_assets_change() -> None:
    who = worker()
    await sent(who, PDF)
    [asset] = await assets()
    for viewer in (Viewer(worker(), NOW), Viewer(editor(), NOW)):
        with pytest.raises(NotFound):
            await update_asset(viewer, asset.id, changes={"name": "x"})
        with pytest.raises(NotFound):
            await delete_asset(viewer, asset.id)
    with pytest.raises(Unauthenticated):
        await delete_asset(Viewer(ANONYMOUS, NOW), asset.id)
    for missing in (None, new_id()):
        with pytest.raises(NotFound):
            await delete_asset(Viewer(who, NOW), missing)
    assert str(await assets()) == str([asset])


async def test_an_asset_is_renamed_and_looked_at() -> None:
    who = editor()
    await sent(who, picture(), IMAGE)
    [asset] = await assets()
    viewer = Viewer(who, NOW)
    changes = {"name": "../门口.exe", "focal_point": (0.25, 1)}
    changed = await update_asset(viewer, asset.id, changes=changes)
    assert (changed.name, changed.focal_x, changed.focal_y) == ("门口.png", 0.25, 1)
    cleared = await update_asset(viewer, asset.id, changes={"focal_point": None})
    assert (cleared.name, cleared.focal_x, cleared.focal_y) == ("门口.png", None, None)
    for point in ((-0.1, 0), (0, 1.1), (float("nan"), 0)):
        with pytest.raises(Invalid):
            await update_asset(viewer, asset.id, changes={"focal_point": point})
    assert str(await update_asset(viewer, asset.id, changes={})) == str(cleared)


async def test_what_something_names_is_kept() -> None:
    who = editor()
    await sent(who, picture(), IMAGE)
    await sent(who, PDF, DOCUMENT)
    paper, image = sorted(await assets(), key=lambda each: str(each.kind))
    await transaction(lambda: note_attached([image.id], now=NOW, is_public=True))
    await transaction(lambda: note_attached([paper.id], now=NOW, is_public=False))
    for refused, error in (([paper.id], Invalid), ([image.id, new_id()], NotFound)):
        with pytest.raises(error):
            await transaction(
                lambda ids=refused: note_attached(ids, now=NOW, is_public=True)  # type: ignore[misc]
            )
    found = {each.kind: (each.is_shown, each.attached_at) for each in await assets()}
    assert found == {IMAGE: (True, NOW), DOCUMENT: (False, NOW)}
    for asset in (paper, image):
        with pytest.raises(Conflict):
            await delete_asset(Viewer(who, NOW), asset.id)
    assert len(await assets()) == 2


def test_sizes_are_readable() -> None:
    sizes = [1023, 5000, 2**20, 1.5 * 2**30]
    assert [shown_size(int(each)) for each in sizes] == ["1 KiB", "5 KiB", "1.0 MiB", "1.5 GiB"]
