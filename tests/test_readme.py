"""The README's queries give the README's answers, and its commands and links are there."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.app import create_app
from hub.clock import frozen
from hub.settings import Settings
from tests.schema.client import started

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAIRS = re.findall(r"```graphql\n(.*?)```\n```json\n(.*?)```", README, re.DOTALL)
NOW = datetime.fromisoformat("2026-11-23T12:00:00+08:00")


def test_there_are_queries_with_answers() -> None:
    assert len(PAIRS) >= 6
    assert README.count("```graphql") == len(PAIRS)


@pytest.mark.parametrize(("query", "answer"), PAIRS)
async def test_a_query_gives_its_answer(query: str, answer: str, sample_settings: Settings) -> None:
    app = create_app(sample_settings)
    transport = httpx.ASGITransport(app)
    async with started(app), httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        with frozen(NOW):
            response = await http.post("/graphql", json={"query": query})
    body = response.json()
    expected = json.loads(answer)
    if "errors" in expected:
        assert [_without_changing_parts(error) for error in body["errors"]] == expected["errors"]
    else:
        assert body.get("errors") is None
        assert body["data"] == expected


def _without_changing_parts(error: dict[str, Any]) -> dict[str, Any]:
    error.pop("locations")
    error["extensions"].pop("requestId")
    return error


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z-]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
