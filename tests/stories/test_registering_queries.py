"""The README's section about registered queries: a manifest, a request by id, and nothing else."""

import re
from pathlib import Path

import httpx
import pytest

from tests.stories.house import open_house, wait_for
from tests.stories.readme import commands, section, sent

SECTION = section("Registering a front end's queries")


@pytest.mark.slow
def test_the_section_works_as_it_stands(home: dict[str, str], tmp_path: Path) -> None:
    (command,) = commands(SECTION)
    (text,) = re.findall(r"`(\{.*?\})` as a manifest", SECTION)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(text, encoding="utf-8")
    switches = {"HUB_DOCUMENTS_ENABLED": "true", "HUB_DOCUMENTS_ENFORCED": "true"}
    with open_house(tmp_path, **home, **switches) as house:
        url = f"{house.url}/graphql"
        unknown = httpx.get(url, params={"documentId": "home"}, timeout=10).json()
        assert unknown["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"

        assert "Registered 1; 0 were registered before." in house.run(
            "documents", "register", str(manifest)
        )

        def look() -> str | None:
            found = httpx.get(url, params={"documentId": "home"}, timeout=10).json()
            return None if "errors" in found else "there"

        assert wait_for(look)
        assert len(sent(house, command, {})["nodes"]) == 3
        other = httpx.post(url, json={"query": "{ __typename }"}, timeout=10).json()
        assert other["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"

        assert "Removed 1." in house.run("documents", "remove", "home")
        assert wait_for(lambda: "gone" if look() is None else None)
