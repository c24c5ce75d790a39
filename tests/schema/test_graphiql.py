"""The GraphiQL page, its files, and the build that makes them; see also `tests/browser`."""

from pathlib import Path

import httpx
import pytest

from schema.graphiql import build, page
from tests.schema.toy import Answer, ask, endpoint

HTML = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def opened(folder: Path = page.DIST) -> Answer:
    """What a browser gets that opens the endpoint."""
    app = endpoint()
    app._page = page.GraphiQLPage(folder)
    return await ask(app, method="GET", headers=HTML)


async def test_the_files_are_kept_by_browsers_and_named_by_their_content() -> None:
    transport = httpx.ASGITransport(page.GraphiQLAssets())
    client = httpx.AsyncClient(transport=transport, base_url="http://hub.test")
    manifest = page.read_manifest(page.DIST)
    assert manifest is not None, "run: python -m schema.graphiql.build"
    for name, media_type in ((manifest.script, "text/javascript"), (manifest.style, "text/css")):
        answer = await client.get(f"{page.ASSETS_PREFIX}{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    for name in ("manifest.json", "../page.py", "..%2Fpage.py", "none-AAAAAAAA.js", ""):
        assert (await client.get(f"{page.ASSETS_PREFIX}{name}")).status_code == 404


def test_the_bundle_is_of_these_very_inputs() -> None:
    assert build.built_digest() == build.input_digest(), "run: python -m schema.graphiql.build"


async def test_the_page_trusts_nobody_but_the_hub() -> None:
    policies = {(await opened()).headers["content-security-policy"] for _ in range(2)}
    assert len(policies) == 2, "the nonce is used once"
    for policy in policies:
        assert "unsafe" not in policy
        assert "http" not in policy


async def test_without_a_bundle_the_page_says_how_to_get_one(tmp_path: Path) -> None:
    answer = await opened(tmp_path)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "GraphiQL 尚未安装" in answer.body.decode()
    assert "GraphiQL is not installed" in answer.body.decode()


async def test_browsers_get_no_page_where_it_is_off() -> None:
    answer = await ask(endpoint(), method="GET", query_string=b"query={echo}", headers=HTML)
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("problem", ["no npm", "npm fails", "npm hangs"])
def test_a_failed_build_says_why_and_leaves_what_was_there(
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = page.read_manifest(page.DIST)
    monkeypatch.setattr(build, "input_digest", lambda: "changed")
    monkeypatch.setattr(build, "_INSTALL_SECONDS", 0.2)
    monkeypatch.setattr(build, "_wheel", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    if problem != "no npm":
        script = "echo no registry >&2; exit 1" if problem == "npm fails" else "exec /bin/sleep 5"
        (tmp_path / "npm").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tmp_path / "npm").chmod(0o755)
    assert build.main([]) == 0
    assert build.main(["--required"]) == 1
    assert "GraphiQL was not built" in capsys.readouterr().err
    assert page.read_manifest(page.DIST) == before
