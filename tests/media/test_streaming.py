"""Files over HTTP, from a real server: past the process, through threads, and from elsewhere."""

import email
import re
import socket
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import httpx
import pytest

from media.ranges import RANGES_MAX
from media.storage import PIECE_BYTES
from tests.media.serving import WAYS, Stored, handing_out, noise, store

SIZE = 3 * PIECE_BYTES + 17


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return store(tmp_path_factory.mktemp("media"), noise(SIZE))


@pytest.fixture(scope="module")
def client(stored: Stored, way: str) -> Iterator[httpx.Client]:
    with (
        handing_out(stored, way) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        yield client


def ask(client: httpx.Client, method: str = "GET", **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.request(method, "/", headers=given)


def test_the_whole_file(client: httpx.Client, stored: Stored) -> None:
    answer = ask(client)
    assert answer.status_code == 200
    assert answer.content == stored.content
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["etag"] == f'"{stored.file.etag}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, max-age=60"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "content-encoding" not in answer.headers


def test_headers_alone(client: httpx.Client) -> None:
    whole, head = ask(client), ask(client, "HEAD", range="bytes=0-9")
    assert head.status_code == 200
    assert head.content == b""
    differing = {"date", "x-request-id"}
    for name in set(whole.headers) - differing:
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-99", 10, 100),
        (f"bytes=100-{SIZE + 5}", 100, SIZE),
        ("bytes=1000-", 1000, SIZE),
        ("bytes=-500", SIZE - 500, SIZE),
        (f"bytes=-{SIZE * 2}", 0, SIZE),
        (f"bytes=0-{SIZE - 1}", 0, SIZE),
        (f"bytes={PIECE_BYTES - 1}-{PIECE_BYTES}", PIECE_BYTES - 1, PIECE_BYTES + 1),
    ],
)
def test_one_range(client: httpx.Client, stored: Stored, wanted: str, start: int, end: int) -> None:
    answer = ask(client, range=wanted)
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(end - start)
    assert answer.content == stored.content[start:end]


def parts_of(answer: httpx.Response) -> list[Message]:
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    found = email.message_from_bytes(head + answer.content).get_payload()
    assert isinstance(found, list)
    return [part for part in found if isinstance(part, Message)]


def test_several_ranges(client: httpx.Client, stored: Stored) -> None:
    spans = [(SIZE - 300_000, SIZE), (0, 5), (70_000, 70_001)]
    wanted = ",".join(f"{start}-{end - 1}" for start, end in spans)
    answer = ask(client, range=f"bytes={wanted}")
    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert "content-range" not in answer.headers
    assert len(answer.content) == int(answer.headers["content-length"])
    boundary = answer.headers["content-type"].partition("boundary=")[2].encode()
    for start, end in spans:
        head = f"\r\nContent-Range: bytes {start}-{end - 1}/{SIZE}\r\n\r\n".encode()
        assert head + stored.content[start:end] + b"\r\n--" + boundary in answer.content
    assert [part["content-type"] for part in parts_of(answer)] == ["video/mp4"] * 3


def test_what_is_not_there_is_left_out(client: httpx.Client, stored: Stored) -> None:
    answer = ask(client, range=f"bytes={SIZE}-,5-9,-0")
    assert (answer.status_code, answer.content) == (206, stored.content[5:10])


def test_nothing_that_is_there(client: httpx.Client) -> None:
    answer = ask(client, range=f"bytes={SIZE}-")
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{SIZE}"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "wanted", ["lines=0-9", "bytes=9-0", "bytes=x", "bytes=" + "0-0," * (RANGES_MAX + 1)]
)
def test_headers_that_say_nothing(client: httpx.Client, wanted: str) -> None:
    answer = ask(client, range=wanted)
    assert (answer.status_code, len(answer.content)) == (200, SIZE)


def test_what_is_known_is_not_sent(client: httpx.Client) -> None:
    first = ask(client)
    for condition in (
        {"if_none_match": first.headers["etag"]},
        {"if_none_match": f'"x", W/{first.headers["etag"]}'},
        {"if_modified_since": first.headers["last-modified"]},
    ):
        answer = ask(client, **condition, range="bytes=0-9")
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == first.headers["etag"]
        assert answer.headers["cache-control"] == "private, max-age=60"


def test_another_version_is_not_sent(client: httpx.Client) -> None:
    for condition in (
        {"if_match": '"another"'},
        {"if_unmodified_since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        answer = ask(client, **condition)
        assert answer.status_code == 412
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_range_of_this_version_only(client: httpx.Client) -> None:
    first = ask(client)
    for known, status in (
        (first.headers["etag"], 206),
        (first.headers["last-modified"], 206),
        ('"another"', 200),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 200),
    ):
        assert ask(client, range="bytes=0-9", if_range=known).status_code == status
    stale = ask(client, range=f"bytes={SIZE}-", if_range='"another"')
    assert stale.status_code == 200


def test_an_empty_file(tmp_path: Path, way: str) -> None:
    with handing_out(store(tmp_path, b""), way) as port:
        answer = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
        assert (answer.status_code, answer.content) == (200, b"")
        ranged = httpx.get(
            f"http://127.0.0.1:{port}/", headers={"range": "bytes=0-"}, trust_env=False
        )
        assert ranged.status_code == 416


def test_a_file_that_is_not_there(tmp_path: Path, way: str) -> None:
    gone = store(tmp_path, b"x")
    gone.path.unlink()
    with handing_out(gone, way) as port:
        assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 404


@pytest.mark.parametrize(
    ("media_type", "disposition"),
    [
        ("image/webp", "inline"),
        ("audio/mp4", "inline"),
        ("text/vtt", "inline"),
        ("image/svg+xml", "attachment"),
        ("text/html", "attachment"),
        ("application/pdf", "attachment"),
        ("application/octet-stream", "attachment"),
    ],
)
def test_what_can_act_is_not_shown(tmp_path: Path, media_type: str, disposition: str) -> None:
    with handing_out(store(tmp_path, b"<svg>", media_type), "sendfile") as port:
        answer = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
    assert answer.headers["content-type"] == media_type
    name = "filename*=UTF-8''%E4%B8%80%E8%AF%BE%201.mp4"
    assert answer.headers["content-disposition"] == f"{disposition}; {name}"


def test_one_connection_for_many_answers(client: httpx.Client, stored: Stored) -> None:
    """What follows a file on its connection is where it should be."""
    for number in range(40):
        start = number * 9_973 % (SIZE - 200_000)
        answer = ask(client, range=f"bytes={start}-{start + 199_999}")
        assert answer.content == stored.content[start : start + 200_000]


def test_requests_that_do_not_wait_for_answers(stored: Stored, way: str) -> None:
    with handing_out(stored, way) as port, socket.create_connection(("127.0.0.1", port)) as line:
        for start in (0, 1_000, 500_000):
            line.sendall(request_for(start, 100_000))
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0\r\nConnection: close\r\n\r\n")
        received = b"".join(iter(lambda: line.recv(1 << 16), b""))
    heads = [match.end() for match in re.finditer(rb"HTTP/1.1 206.*?\r\n\r\n", received, re.S)]
    assert len(heads) == 4
    for start, head in zip((0, 1_000, 500_000), heads, strict=False):
        assert received[head : head + 100_000] == stored.content[start : start + 100_000]


def request_for(start: int, size: int) -> bytes:
    last = start + size - 1
    return f"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes={start}-{last}\r\n\r\n".encode()


def test_those_who_leave_harm_nobody(stored: Stored, way: str, tmp_path: Path) -> None:
    large = store(tmp_path / "large", noise(24 * 1024 * 1024))
    with handing_out(large, way) as port:
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port)) as line:
                line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                assert line.recv(100).startswith(b"HTTP/1.1 200")
        answer = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
    assert answer.content == large.content


def test_slow_readers_get_everything(tmp_path: Path, way: str) -> None:
    large = store(tmp_path, noise(12 * 1024 * 1024))
    with handing_out(large, way) as port, socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.connect(("127.0.0.1", port))
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        received = b"".join(iter(lambda: line.recv(50_000), b""))
    assert received.partition(b"\r\n\r\n")[2] == large.content


def test_a_file_that_was_cut_meanwhile_ends_the_connection(tmp_path: Path, way: str) -> None:
    """A client that counts sees that bytes miss; the server goes on."""
    large = store(tmp_path, noise(48 * 1024 * 1024))
    with handing_out(large, way) as port, socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert line.recv(10)
        with large.path.open("r+b") as file:
            file.truncate(1_000)
        received = 10
        try:
            while piece := line.recv(1 << 20):
                received += len(piece)
        except ConnectionResetError:
            pass
        assert received < len(large.content)
        assert httpx.head(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 200
