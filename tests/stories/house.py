"""A hub in a process of its own, and people who talk to it over HTTP."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pyotp

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.05
COMMAND = "import sys; from hub.cli import main; sys.argv[0] = 'hub'; main()"
REQUEST_CODE = """mutation($input: PhoneInput!) { requestSignInCode(input: $input) {
  errors { code message } } }"""
SIGN_IN = """mutation($input: SignInInput!) { signIn(input: $input) {
  session { accessToken refreshToken }
  viewer { id phoneMasked roles isSecondFactorMissing } errors { code message } } }"""


def wait_for(look: Callable[[], T | None]) -> T:
    """What `look` sees as soon as it sees something."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if (seen := look()) is not None:
            return seen
        time.sleep(PAUSE_SECONDS)
    raise AssertionError("nothing came")


class House:
    """A hub that runs: its address, its log, and its command line."""

    def __init__(
        self, url: str, log: Path, environment: dict[str, str], *, process: subprocess.Popen[bytes]
    ) -> None:
        self.url = url
        self._process = process
        self._log_file = log
        self._environment = environment

    @property
    def log(self) -> str:
        """All that it has said so far."""
        return self._log_file.read_text(encoding="utf-8")

    def kill(self) -> None:
        """End the process at once, as a power cut would."""
        self._process.kill()
        self._process.wait(timeout=30)

    def run(self, *arguments: str, timeout_seconds: float = 60.0) -> str:
        """What the command `hub` says, which has to succeed in time."""
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, *arguments],
            env=self._environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sent_code(self, phone: str, purpose: str = "sign_in") -> str:
        """The newest code that the log says was sent to a phone."""
        line = re.compile(rf"sms to={phone} purpose={purpose} code=(\d+)")

        def look() -> str | None:
            found = line.findall(self.log)
            return str(found[-1]) if found else None

        return wait_for(look)


class Caller:
    """Somebody with an HTTP client: anonymous until they sign in."""

    def __init__(self, house: House, phone: str = "") -> None:
        self.phone = phone
        self.refresh_token = ""
        self._house = house
        self.access_token = ""

    def move_to(self, house: House) -> None:
        """Go on at another address, with the same token."""
        self._house = house

    def send(
        self, document: str, variables: dict[str, Any] | None = None, *, preview: str = ""
    ) -> httpx.Response:
        """The answer to a document; on the path of previews with a token for that."""
        headers = {"accept": "application/graphql-response+json", "accept-language": "en"}
        if self.access_token:
            headers["authorization"] = f"Bearer {self.access_token}"
        if preview:
            headers["x-preview-token"] = preview
        return httpx.post(
            f"{self._house.url}{'/preview' if preview else ''}/graphql",
            json={"query": document, "variables": variables or {}},
            headers=headers,
            timeout=10,
        )

    def ask(self, document: str, *, preview: str = "", **variables: Any) -> Any:
        """The first field of an answer without errors."""
        body = self.send(document, variables, preview=preview).json()
        assert "errors" not in body, body
        return next(iter(body["data"].values()))

    def do(self, document: str, **given: Any) -> dict[str, Any]:
        """The payload of a mutation."""
        payload: dict[str, Any] = self.ask(document, input=given)
        return payload

    def done(self, document: str, **given: Any) -> dict[str, Any]:
        """The payload of a mutation that has to be done."""
        payload = self.do(document, **given)
        assert payload["errors"] == []
        return payload

    def refusals(self, document: str, **given: Any) -> list[str]:
        """The codes with which a mutation is refused, in its payload or above it."""
        body = self.send(document, {"input": given}).json()
        if "errors" in body:
            return [each["extensions"]["code"] for each in body["errors"]]
        return [each["code"] for each in next(iter(body["data"].values()))["errors"]]

    def sign_in(self, *, secret: str = "") -> dict[str, Any]:
        """Sign in with the code of the log, staff with their authenticator; gives `viewer`."""
        self.done(REQUEST_CODE, phone=self.phone)
        proof = {"phone": self.phone, "code": self._house.sent_code(self.phone)}
        if secret:
            proof["secondFactor"] = pyotp.TOTP(secret).now()
        payload = self.done(SIGN_IN, **proof)
        self.access_token = payload["session"]["accessToken"]
        self.refresh_token = payload["session"]["refreshToken"]
        viewer: dict[str, Any] = payload["viewer"]
        return viewer


@contextmanager
def open_house(folder: Path, **settings: str) -> Iterator[House]:
    """`hub serve` on a free port, with its data in `folder`, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environment = kept | {"HUB_DATA_DIR": str(folder), "HUB_PORT": str(port)} | settings
    log = folder / "hub.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "serve"],
            env=environment,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: _has_started(process, url, log))
        yield House(url, log, environment, process=process)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _has_started(process: subprocess.Popen[bytes], url: str, log: Path) -> bool | None:
    assert process.poll() is None, log.read_text(encoding="utf-8")
    try:
        return httpx.get(f"{url}/healthz", timeout=5).status_code == 200 or None
    except httpx.TransportError:
        return None
