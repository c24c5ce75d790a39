"""Files that are no films, or are meant to do harm: refused by name, and the hub lives."""

import asyncio
import os
import signal
import struct
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from media.processes import Caps, ProcessFailed, run_apart
from media.video.making import LOOKING, MAKING, look, make
from tests.factories.films import film, recording


async def _refused(path: Path, media_type: str = "video/mp4") -> str:
    with pytest.raises(ProcessFailed) as refused:
        await look(path, media_type)
    return refused.value.code


async def test_a_film_that_was_cut_off_is_truncated_wherever_its_contents_stand(
    tmp_path: Path,
) -> None:
    for in_front in (True, False):
        path = film(tmp_path / f"{in_front}.mp4", in_front=in_front)
        content = path.read_bytes()
        for keep in (len(content) - 1, len(content) // 2, 20, 5):
            path.write_bytes(content[:keep])
            assert await _refused(path) == "truncated", (in_front, keep)


async def test_a_webm_that_was_cut_off_is_truncated(tmp_path: Path) -> None:
    path = film(tmp_path / "lesson.webm", codecs=("libvpx-vp9", "libopus"))
    path.write_bytes(path.read_bytes()[:-100])
    assert await _refused(path, "video/webm") == "truncated"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unreadable"),
        (b"\0" * 4_096, "unreadable"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n", "unreadable"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "unreadable"),
        (b"<svg onload=alert(1)>" * 100, "unreadable"),
        (struct.pack(">I4s", 8, b"moov"), "no_picture"),
        (struct.pack(">I4sQ", 1, b"moov", 2**63), "truncated"),
        (struct.pack(">I4s", 3, b"moov"), "unreadable"),
    ],
)
async def test_what_is_no_film_is_not_opened_as_one(
    tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "lying.mp4"
    path.write_bytes(content)
    assert await _refused(path) == code


async def test_a_playlist_is_no_recording_either(tmp_path: Path) -> None:
    path = tmp_path / "lying.mp3"
    path.write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    assert await _refused(path, "audio/mpeg") in ("unreadable", "no_sound")


async def test_sound_is_no_film_and_a_type_without_a_reader_is_refused(tmp_path: Path) -> None:
    path = recording(tmp_path / "talk.mp4")
    assert await _refused(path) == "no_picture"
    assert await _refused(path, "video/x-flv") == "unsupported"


async def test_a_film_of_huge_or_tiny_pictures_is_refused(tmp_path: Path) -> None:
    wide = film(tmp_path / "wide.mp4", size=(8_208, 32), seconds=1, rate=1)
    assert await _refused(wide) == "too_large"
    tiny = film(tmp_path / "tiny.mp4", size=(8, 8), codecs=("mpeg4", None))
    assert await _refused(tiny) == "too_small"


async def test_time_memory_and_room_have_their_caps(tmp_path: Path) -> None:
    path = film(tmp_path / "lesson.mp4", size=(1280, 720), seconds=4)
    for caps, codes in (
        (replace(MAKING, seconds=0.6), {"took_too_long"}),
        (replace(MAKING, silent_seconds=0.05), {"took_too_long"}),
        (replace(MAKING, memory_bytes=230 * 2**20), {"took_too_much_memory", "crashed"}),
        (replace(MAKING, file_bytes=2_000), {"no_room", "crashed"}),
    ):
        folder = tmp_path / str(hash(caps))
        folder.mkdir()
        with pytest.raises(ProcessFailed) as failed:
            await make(path, "video/mp4", folder=folder, on_progress=_nobody, caps=caps)
        assert failed.value.code in codes, caps
        assert not (folder / "hls" / "master.m3u8").exists()


_SLEEPER = """
import os, pathlib, time
from media.apart import serve_one
def work(job, say):
    say({"pid": os.getpid(), "secret": os.environ.get("HUB_SECRET_KEY", "")})
    time.sleep(600)
serve_one(work)
"""

_HUB = """
import asyncio, sys
from media.processes import Caps, run_apart
async def on_step(step):
    print(step["pid"], flush=True)
caps = Caps(memory_bytes=2**31, file_bytes=2**20, seconds=600, silent_seconds=600)
asyncio.run(run_apart("media_sleeper", {}, caps=caps, on_step=on_step))
"""


@pytest.fixture
def sleeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A process that says who it is and does nothing more."""
    (tmp_path / "media_sleeper.py").write_text(_SLEEPER)
    monkeypatch.setenv("HUB_SECRET_KEY", "s" * 40)
    monkeypatch.chdir(tmp_path)  # where `python -m` looks first
    return "media_sleeper"


async def test_a_process_is_gone_with_the_work_that_was_cancelled(sleeper: str) -> None:
    told: asyncio.Future[dict[str, object]] = asyncio.get_running_loop().create_future()

    async def on_step(step: object) -> None:
        told.set_result(dict(step))  # type: ignore[call-overload]

    work = asyncio.create_task(run_apart(sleeper, {}, caps=LOOKING, on_step=on_step))
    said = await told
    assert said["secret"] == ""  # nothing of the hub's settings
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not _lives(int(str(said["pid"])))


async def test_a_process_is_gone_with_the_hub_that_was_killed(sleeper: str) -> None:
    hub = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", textwrap.dedent(_HUB)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert hub.stdout is not None
    pid = int(await hub.stdout.readline())
    assert _lives(pid)
    hub.send_signal(signal.SIGKILL)
    await hub.wait()
    await asyncio.to_thread(_assert_ends, pid)


async def test_a_process_that_dies_has_crashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "media_dying.py").write_text("import os\nos.abort()\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProcessFailed) as failed:
        await run_apart("media_dying", {}, caps=Caps(2**31, 2**20, 60, 60))
    assert failed.value.code == "crashed"


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _assert_ends(pid: int) -> None:
    for _ in range(3_000):
        if not _lives(pid):
            return
        time.sleep(0.01)
    pytest.fail("the process lives on")


async def _nobody(percent: int) -> None:
    """Nobody follows."""
