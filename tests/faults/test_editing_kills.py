"""A server that is killed while it publishes several items leaves all of them published or none."""

import random
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.sample_people import SAMPLE_TOTP_SECRET
from tests.stories.conftest import home
from tests.stories.house import Caller, House, open_house

__all__ = ["home"]

EDITOR = "13800000002"
ROUNDS = 2
ROUNDS_LONG = 50
COURSES = "{ courses(first: 8) { nodes { id title version } } }"
UPDATE = """mutation($input: UpdateCourseInput!) { updateCourse(input: $input) {
  revision { itemId number } errors { code } } }"""
PUBLISH = """mutation($input: ItemsInput!) { publish(input: $input) {
  revisions { number state } errors { code path } } }"""
NEWEST = """query($id: ID!) { revisions(id: $id, first: 1) {
  nodes { number state title } } }"""


@pytest.mark.slow
def test_a_kill_leaves_all_or_nothing(home: dict[str, str], tmp_path: Path) -> None:
    kill_again_and_again(home, tmp_path, rounds=ROUNDS)


@pytest.mark.fault
def test_many_kills_leave_all_or_nothing(home: dict[str, str], tmp_path: Path) -> None:
    outcomes = kill_again_and_again(home, tmp_path, rounds=ROUNDS_LONG)
    assert outcomes == {True, False}, "the kills were all too early, or all too late"


def kill_again_and_again(home: dict[str, str], folder: Path, *, rounds: int) -> set[bool]:
    """Publish eight courses and kill the server meanwhile; whether they were published, seen."""
    dice, outcomes = random.Random(2026), set()
    editor, given, usual = None, {}, 0.0
    for number in range(rounds + 1):
        with open_house(folder, **home) as house:
            if editor is None:
                editor = signed_in(house)
                usual = publication_seconds(editor)
            else:
                editor.move_to(house)
                outcomes.add(are_published(editor, given, title=f"第{number}轮"))
            if number < rounds:
                given = drafted(editor, f"第{number + 1}轮")
                sent = threading.Thread(target=publish_quietly, args=(editor, given))
                sent.start()
                time.sleep(dice.uniform(0, usual * 1.5))
                house.kill()
                sent.join()
    return outcomes


def signed_in(house: House) -> Caller:
    """The editor of the sample people."""
    house.run("user", "sample")
    editor = Caller(house, EDITOR)
    editor.sign_in(secret=SAMPLE_TOTP_SECRET)
    return editor


def publication_seconds(editor: Caller) -> float:
    """How long it takes when nobody is in the way."""
    given = drafted(editor, "先")
    begun = time.perf_counter()
    editor.done(PUBLISH, **given)
    return time.perf_counter() - begun


def drafted(editor: Caller, title: str) -> dict[str, Any]:
    """A draft over every course; what `publish` is to be asked for."""
    ids, versions = [], []
    for course in editor.ask(COURSES)["nodes"]:
        newest = editor.ask(NEWEST, id=course["id"])["nodes"]
        version = newest[0]["number"] if newest else course["version"]
        made = editor.done(UPDATE, id=course["id"], expectedVersion=version, title=title)
        ids.append(course["id"])
        versions.append(made["revision"]["number"])
    return {"ids": ids, "expectedVersions": versions}


def publish_quietly(editor: Caller, given: dict[str, Any]) -> None:
    """Ask for it; who is killed answers nothing."""
    try:
        editor.done(PUBLISH, **given)
    except httpx.TransportError:
        return


def are_published(editor: Caller, given: dict[str, Any], *, title: str) -> bool:
    """Whether the courses are, which they are all or none, live row and revision alike."""
    shown = {each["id"]: each["title"] for each in editor.ask(COURSES)["nodes"]}
    live = {shown[key] == title for key in given["ids"]}
    newest = [editor.ask(NEWEST, id=key)["nodes"][0] for key in given["ids"]]
    assert [each["number"] for each in newest] == given["expectedVersions"]
    assert {each["title"] for each in newest} == {title}
    states = {each["state"] for each in newest}
    assert (live, states) in (({True}, {"PUBLISHED"}), ({False}, {"DRAFT"}))
    return live == {True}
