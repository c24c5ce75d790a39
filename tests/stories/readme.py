"""The commands of the README, sent as they stand to a hub that runs."""

import re
import shlex
from collections.abc import Mapping
from typing import Any

import httpx

from tests.stories.house import ROOT, House

README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text of a section of the README."""
    text = README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    assert text, title
    return text


def commands(text: str) -> list[str]:
    """The `curl` commands of a section in their order."""
    blocks = re.findall(r"```sh\n(curl .*?)```", text, re.DOTALL)
    parts = (re.split(r"^curl ", block, flags=re.MULTILINE)[1:] for block in blocks)
    return [f"curl {each}" for block in parts for each in block]


def sent(house: House, command: str, known: Mapping[str, str]) -> Any:
    """What the hub answers to a `curl` command, with what is known by then put in."""
    for name, value in known.items():
        command = command.replace(name, value)
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:2] == ["curl", "-s"]
    assert words[2] == "http://127.0.0.1:8000/graphql"
    options = list(zip(words[3::2], words[4::2], strict=True))
    headers = dict(value.split(": ", 1) for name, value in options if name == "-H")
    (body,) = [value for name, value in options if name == "-d"]
    answer = httpx.post(f"{house.url}/graphql", content=body.encode(), headers=headers).json()
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))
