"""The page of permissions is true: it is printed from the tables that decide."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.auth import Action, Actor, Grant, Role, Scope, ScopeKind, is_allowed
from hub.ids import new_id
from hub.permissions import (
    ACTION_NAMES,
    GIVING_ACTIONS,
    ROLE_NAMES,
    ROLE_SCOPES,
    SCOPE_NAMES,
    SERVICE_ACTIONS,
    permissions_page,
)

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
CHINESE = re.compile(r"[\u4e00-\u9fff（）]+")


def test_the_committed_page_is_the_printed_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == permissions_page(), "run: make permissions"


def test_everything_has_its_words_in_both_languages() -> None:
    assert set(ROLE_NAMES) == set(ROLE_SCOPES) == set(GIVING_ACTIONS) == set(Role)
    assert set(ACTION_NAMES) == set(Action)
    assert set(SCOPE_NAMES) == set(ScopeKind)
    for chinese, english in (*ROLE_NAMES.values(), *ACTION_NAMES.values(), *SCOPE_NAMES.values()):
        assert CHINESE.fullmatch(chinese)
        assert english.endswith(".")


def cells(action: Action) -> list[str]:
    """The last row of the page that begins with the action: who may do it."""
    rows = [
        row for row in permissions_page().splitlines() if row.startswith(f"| `{action.name}` |")
    ]
    return [cell.strip() for cell in rows[-1].strip("|").split("|")][1:]


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_a_cell_says_what_the_code_decides(action: Action, role: Role) -> None:
    told = cells(action)[list(Role).index(role)]
    decided = []
    for kind in ScopeKind:
        scope = Scope(kind, None if kind is ScopeKind.DISTRICT else new_id())
        actor = Actor(person_id=new_id(), grants=(Grant(role, scope),), has_second_factor=True)
        if is_allowed(actor, action, on=[scope], now=NOW):
            decided.append(kind.value)
    assert told == (", ".join(decided) or "–")


@pytest.mark.parametrize("action", Action)
def test_a_service_may_what_its_key_may(action: Action) -> None:
    assert cells(action)[-1] == ("if its key has it" if action in SERVICE_ACTIONS else "–")
