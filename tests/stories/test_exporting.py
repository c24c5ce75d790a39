"""An export over HTTP: asked for, followed, fetched; and by whom and how it is not."""

import csv
import io
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from openpyxl import load_workbook

from hub.sample_people import SAMPLE_TOTP_SECRET
from tests.stories.house import Caller, House, wait_for

ADMINISTRATOR, EDITOR = "13800000001", "13800000002"
EXPORT = """mutation($input: ExportAuditInput!) { exportAudit(input: $input) {
  job { id status resultUrl } errors { code } } }"""
FOLLOW = "query($id: ID!) { node(id: $id) { ... on Job { status progress message resultUrl } } }"
MINE = "{ viewer { jobs { nodes { id } } } }"


@pytest.mark.slow
def test_exporting(house: House) -> None:
    """The file comes to who asked for it, and to nobody with anything less than its address."""
    house.run("user", "sample", "--quiet")
    administrator, editor = Caller(house, ADMINISTRATOR), Caller(house, EDITOR)
    administrator.sign_in(secret=SAMPLE_TOTP_SECRET)
    editor.sign_in(secret=SAMPLE_TOTP_SECRET)
    job, url = _exported(administrator, "CSV")
    _is_whole(house, url)
    _is_a_workbook(house, _exported(administrator, "XLSX")[1])
    _not_without_its_signature(house, url)
    assert editor.ask(FOLLOW, id=job) is None
    assert editor.ask(MINE) == {"jobs": {"nodes": []}}
    assert len(administrator.ask(MINE)["jobs"]["nodes"]) == 2
    assert editor.refusals(EXPORT, format="CSV") == ["FORBIDDEN"]
    assert "token=" not in house.log
    assert "nothing was given up" in house.run("doctor")


def _exported(caller: Caller, form: str) -> tuple[str, str]:
    """The id of a job and the address of its file, as soon as there is one."""
    job = caller.done(EXPORT, format=form)["job"]

    def look() -> str | None:
        node: dict[str, Any] = caller.ask(FOLLOW, id=job["id"])
        assert node["status"] != "FAILED", node
        url: str | None = node["resultUrl"]
        return url

    return job["id"], wait_for(look)


def _is_whole(house: House, url: str) -> None:
    answer = httpx.get(house.url + url)
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[-1]["action"] == "identity.signed_in"  # the last deed before the asking
    name = urlsplit(url).path.rpartition("/")[2]
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    head = httpx.head(house.url + url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(answer.content))


def _is_a_workbook(house: House, url: str) -> None:
    answer = httpx.get(house.url + url)
    book = load_workbook(io.BytesIO(answer.content))
    rows = list(book.active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert rows[0][1] == "at"
    assert len(rows) > 1


def _not_without_its_signature(house: House, url: str) -> None:
    path, _, token = url.partition("?token=")
    other = token[:-1] + ("0" if token[-1] != "0" else "1")
    for wrong in (
        path,
        f"{path}?token={other}",
        f"{path}?token=",
        f"{path}x?token={token}",
        f"/exports/?token={token}",
        f"/exports/../hub.sqlite3?token={token}",
        f"/exports/%2e%2e/secret.key?token={token}",
    ):
        answer = httpx.get(house.url + wrong)
        assert answer.status_code == 404, wrong
        assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND" or ".." in wrong
    assert httpx.post(house.url + url).status_code == 405
