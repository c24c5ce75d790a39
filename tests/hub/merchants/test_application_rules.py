"""The steps of an application, as tables."""

import pytest

from hub.errors import Conflict, Invalid, ReviewRequired
from hub.ids import new_id
from hub.merchants.rules import (
    APPLICATIONS_OPEN_MAX,
    DECIDED,
    OPEN_STATES,
    REASON_MAX_CHARS,
    ApplicationState,
    Decision,
    assert_changeable,
    assert_decidable,
    assert_not_applicant,
    assert_reasoned,
    assert_room,
    assert_street_in_town,
    shop_key,
    shop_taken,
)

SOMEBODY, TOWN = new_id(), new_id()


@pytest.mark.parametrize(
    ("state", "is_changeable", "is_decidable"),
    [
        (ApplicationState.SUBMITTED, True, True),
        (ApplicationState.RETURNED, True, False),
        (ApplicationState.APPROVED, False, False),
        (ApplicationState.REFUSED, False, False),
        (ApplicationState.WITHDRAWN, False, False),
    ],
)
def test_who_may_act_in_which_state(
    state: ApplicationState, *, is_changeable: bool, is_decidable: bool
) -> None:
    for check, holds in ((assert_changeable, is_changeable), (assert_decidable, is_decidable)):
        if holds:
            check(state)
            continue
        with pytest.raises(Conflict) as raised:
            check(state)
        assert raised.value.path == ("input", "id")
        assert raised.value.chinese != raised.value.message


def test_every_decision_has_its_state_and_every_state_is_told_of() -> None:
    assert set(DECIDED) == set(Decision)
    assert {*DECIDED.values(), *OPEN_STATES, ApplicationState.WITHDRAWN} == set(ApplicationState)


@pytest.mark.parametrize(
    ("decision", "reason", "is_fine"),
    [
        (Decision.APPROVE, "", True),
        (Decision.APPROVE, "欢迎", True),
        (Decision.RETURN, "", False),
        (Decision.REFUSE, "", False),
        (Decision.RETURN, "请补充地址", True),
        (Decision.REFUSE, "不在本街道", True),
        (Decision.REFUSE, "长" * REASON_MAX_CHARS, True),
        (Decision.REFUSE, "长" * (REASON_MAX_CHARS + 1), False),
        (Decision.APPROVE, "长" * (REASON_MAX_CHARS + 1), False),
    ],
)
def test_which_decisions_need_a_reason(decision: Decision, reason: str, *, is_fine: bool) -> None:
    if is_fine:
        assert_reasoned(decision, reason)
        return
    with pytest.raises(Invalid) as raised:
        assert_reasoned(decision, reason)
    assert raised.value.path == ("input", "reason")


def test_nobody_decides_on_their_own() -> None:
    assert_not_applicant(SOMEBODY, new_id())
    assert_not_applicant(SOMEBODY, None)
    with pytest.raises(ReviewRequired):
        assert_not_applicant(SOMEBODY, SOMEBODY)


def test_there_is_room_for_a_few() -> None:
    assert_room(APPLICATIONS_OPEN_MAX - 1)
    with pytest.raises(Conflict):
        assert_room(APPLICATIONS_OPEN_MAX)


def test_a_street_lies_in_the_town_of_its_shop() -> None:
    assert_street_in_town(None, TOWN)
    assert_street_in_town(TOWN, TOWN)
    with pytest.raises(Invalid) as raised:
        assert_street_in_town(new_id(), TOWN)
    assert raised.value.path == ("input", "streetId")


@pytest.mark.parametrize(
    ("name", "address", "is_same"),
    [
        ("老王面馆", "潘火路 1 号", True),
        (" 老王 面馆", "潘火路1号", True),
        ("老王面馆", "潘火路１号", True),
        ("老王面馆二店", "潘火路 1 号", False),
        ("老王面馆", "潘火路 11 号", False),
        ("老王面馆潘火路", "1 号", False),
    ],
)
def test_what_is_the_same_shop(name: str, address: str, *, is_same: bool) -> None:
    key = shop_key(name, address)
    assert (key == shop_key("老王面馆", "潘火路 1 号")) is is_same
    assert len(key) == 64
    assert shop_key("KFC", "A1") == shop_key("kfc", "a 1")


def test_a_shop_that_is_taken_is_told_by_its_name() -> None:
    assert shop_taken().path == ("input", "name")
    assert shop_taken().chinese != shop_taken().message
