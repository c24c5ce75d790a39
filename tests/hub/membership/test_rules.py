"""Whom seats are for, and how old somebody is on a day."""

from datetime import date
from typing import Any

import pytest

from hub.errors import Invalid
from hub.membership.rules import (
    GROUP_WORDS,
    Candidate,
    NotEligible,
    ReasonCode,
    WorkerGroup,
    age_on,
    assert_birth_date,
    assert_eligible,
    is_eligible,
    reasons_against,
)

NOBODY = Candidate()
SOMEBODY = Candidate(
    is_member=True,
    group=WorkerGroup.COURIER,
    town_slug="panhuo",
    age=30,
    completed_course_slugs=frozenset({"traffic-safety"}),
    has_invitation=True,
)
EVERYTHING = {
    "members_only": True,
    "groups": ["courier", "delivery_rider"],
    "towns": ["panhuo"],
    "minimum_age": 18,
    "maximum_age": 45,
    "completed_courses": ["traffic-safety"],
    "invitation": True,
}


def test_everybody_may_where_nothing_is_asked() -> None:
    assert is_eligible({}, NOBODY)
    assert is_eligible({"groups": [], "towns": [], "members_only": False}, NOBODY)
    assert is_eligible(EVERYTHING, SOMEBODY)


@pytest.mark.parametrize(
    ("eligibility", "changes", "codes"),
    [
        ({"members_only": True}, {"is_member": False}, ["MEMBERS_ONLY"]),
        ({"groups": ["truck_driver"]}, {}, ["GROUP"]),
        ({"groups": ["courier"]}, {"group": None}, ["PROFILE_INCOMPLETE"]),
        ({"towns": ["zhonghe"]}, {}, ["TOWN"]),
        ({"towns": ["zhonghe"]}, {"town_slug": None}, ["PROFILE_INCOMPLETE"]),
        ({"minimum_age": 30}, {}, []),
        ({"minimum_age": 31}, {}, ["AGE"]),
        ({"maximum_age": 30}, {}, []),
        ({"maximum_age": 29}, {}, ["AGE"]),
        ({"maximum_age": 0}, {}, ["AGE"]),
        ({"minimum_age": 18}, {"age": None}, ["PROFILE_INCOMPLETE"]),
        ({"completed_courses": ["traffic-safety", "law"]}, {}, ["COURSE"]),
        ({"invitation": True}, {"has_invitation": False}, ["INVITATION"]),
    ],
)
def test_one_reason(eligibility: dict[str, Any], changes: dict[str, Any], codes: list[str]) -> None:
    values = {name: getattr(SOMEBODY, name) for name in Candidate.__slots__}
    reasons = reasons_against(eligibility, Candidate(**{**values, **changes}))
    assert [each.code.name for each in reasons] == codes
    assert all(each.chinese and each.message for each in reasons)


def test_every_reason_at_once() -> None:
    with pytest.raises(NotEligible) as refusal:
        assert_eligible(EVERYTHING, NOBODY)
    reasons = refusal.value.data["reasons"]
    assert [each.code for each in reasons] == [
        ReasonCode.PROFILE_INCOMPLETE,
        ReasonCode.MEMBERS_ONLY,
        ReasonCode.COURSE,
        ReasonCode.INVITATION,
    ]
    assert reasons[0].chinese == "请先在个人资料中填写所属群体、所在镇街、出生日期。"
    assert all(each.chinese in refusal.value.chinese for each in reasons)


def test_the_eight_groups_have_their_names() -> None:
    eight = {"货车司机", "快递员", "护工护理员", "家政服务员", "商场信息员", "网约送餐员"}
    assert eight | {"房产中介员", "保安员"} <= {chinese for _, chinese in GROUP_WORDS.values()}
    assert set(GROUP_WORDS) == set(WorkerGroup)


@pytest.mark.parametrize(
    ("born_on", "day", "age"),
    [
        ("2000-06-15", "2026-06-14", 25),
        ("2000-06-15", "2026-06-15", 26),
        ("2000-06-15", "2026-06-16", 26),
        ("2000-12-31", "2026-01-01", 25),
        ("2000-01-01", "2025-12-31", 25),
        ("2000-02-29", "2026-02-28", 25),
        ("2000-02-29", "2026-03-01", 26),
        ("2000-02-29", "2028-02-28", 27),
        ("2000-02-29", "2028-02-29", 28),
        ("2026-06-15", "2026-06-15", 0),
    ],
)
def test_ages(born_on: str, day: str, age: int) -> None:
    assert age_on(date.fromisoformat(born_on), date.fromisoformat(day)) == age


@pytest.mark.parametrize(
    ("born_on", "will_do"),
    [
        ("2010-06-15", True),
        ("2010-06-16", False),
        ("2030-01-01", False),
        ("1906-06-15", True),
        ("1905-06-15", False),
    ],
)
def test_days_on_which_workers_are_born(born_on: str, *, will_do: bool) -> None:
    today = date(2026, 6, 15)
    if will_do:
        assert_birth_date(date.fromisoformat(born_on), today=today)
        return
    with pytest.raises(Invalid):
        assert_birth_date(date.fromisoformat(born_on), today=today)
