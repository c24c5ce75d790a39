"""The deployment guide says what the code does: every setting, its default, the commands."""

import json
import re
import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings

from hub.settings import Settings
from tests.architecture.source import ROOT

GUIDE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(HUB_\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


def shown(default: object) -> str:
    """A default as the guide's table shows it."""
    if default is None:
        return "unset"
    if default == "":
        return "empty"
    if isinstance(default, list):
        return f"`{json.dumps(default)}`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_every_setting_has_a_row_with_its_default() -> None:
    rows = {name: default for name, default, _ in ROW.findall(GUIDE)}
    fields = {
        f"HUB_{name.upper()}": shown(field.get_default(call_default_factory=True))
        for name, field in Settings.model_fields.items()
    }
    assert rows == fields


def test_settings_are_listed_once_and_in_order() -> None:
    """The hub's own first, then those of each part of it in a table of their own."""
    rows = [name for name, _, _ in ROW.findall(GUIDE)]
    parts: list[Any] = [part for part in Settings.__bases__ if part is not BaseSettings]
    inherited = {name for part in parts for name in part.model_fields}
    own = [name for name in Settings.model_fields if name not in inherited]
    fields = own + [name for part in parts for name in part.model_fields]
    assert rows == [f"HUB_{name.upper()}" for name in fields]


def test_only_settings_that_exist_are_spoken_of() -> None:
    known = {f"HUB_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"\bHUB_[A-Z_]+\b", GUIDE)) <= known


def test_units_are_in_the_names() -> None:
    unnamed = {
        name
        for name, field in Settings.model_fields.items()
        if field.annotation is float and not name.endswith("_seconds")
    }
    assert not unnamed


def test_links_inside_the_guide_lead_somewhere() -> None:
    anchors = {
        title.lower().replace(" ", "-") for title in re.findall(r"^## (.+)$", GUIDE, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", GUIDE)) == anchors


def test_the_backup_of_sqlite_is_whole_while_the_hub_writes(tmp_path: Path) -> None:
    [line] = re.findall(r"^python3 -c .*VACUUM INTO.*$", GUIDE, re.MULTILINE)
    (tmp_path / "var").mkdir()
    live = sqlite3.connect(tmp_path / "var" / "hub.sqlite3")
    live.execute("PRAGMA journal_mode=WAL")
    live.execute("CREATE TABLE seat (id INTEGER PRIMARY KEY)")
    live.execute("INSERT INTO seat VALUES (1)")
    live.commit()
    live.execute("INSERT INTO seat VALUES (2)")

    command = [sys.executable, *shlex.split(line)[1:]]
    subprocess.run(command, cwd=tmp_path, check=True)

    copy = sqlite3.connect(tmp_path / "hub-backup.sqlite3")
    assert copy.execute("SELECT id FROM seat").fetchall() == [(1,)]
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copy.close()
    live.close()
