"""Vocabulary and pure decisions of membership: groups, ages, and whom seats are for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from hub.errors import Conflict, HubError, Invalid, NotFound

AGE_MIN_YEARS = 16
"""The least age at which one may work (劳动法, article 15)."""

AGE_MAX_YEARS = 120
REASON_MAX_CHARS = 500


class WorkerGroup(StrEnum):
    """The eight groups (八大群体) of the national union's drive, and who is served beside them."""

    TRUCK_DRIVER = "truck_driver"
    COURIER = "courier"
    CARE_WORKER = "care_worker"
    DOMESTIC_WORKER = "domestic_worker"
    MALL_CLERK = "mall_clerk"
    DELIVERY_RIDER = "delivery_rider"
    ESTATE_AGENT = "estate_agent"
    SECURITY_GUARD = "security_guard"
    RIDE_HAILING_DRIVER = "ride_hailing_driver"
    OTHER = "other"


GROUP_WORDS: Mapping[WorkerGroup, tuple[str, str]] = {
    WorkerGroup.TRUCK_DRIVER: ("truck drivers", "货车司机"),
    WorkerGroup.COURIER: ("couriers", "快递员"),
    WorkerGroup.CARE_WORKER: ("care workers", "护工护理员"),
    WorkerGroup.DOMESTIC_WORKER: ("domestic workers", "家政服务员"),
    WorkerGroup.MALL_CLERK: ("mall clerks", "商场信息员"),
    WorkerGroup.DELIVERY_RIDER: ("delivery riders", "网约送餐员"),
    WorkerGroup.ESTATE_AGENT: ("estate agents", "房产中介员"),
    WorkerGroup.SECURITY_GUARD: ("security guards", "保安员"),
    WorkerGroup.RIDE_HAILING_DRIVER: ("ride-hailing drivers", "网约车司机"),
    WorkerGroup.OTHER: ("other workers", "其他劳动者"),
}
"""What each group is called, in English and as people of the district say."""


class ReasonCode(StrEnum):
    """Why seats are not for somebody."""

    MEMBERS_ONLY = "members_only"
    GROUP = "group"
    TOWN = "town"
    AGE = "age"
    COURSE = "course"
    INVITATION = "invitation"
    PROFILE_INCOMPLETE = "profile_incomplete"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, with a sentence that says what to do where something can be done."""

    code: ReasonCode
    message: str
    chinese: str


class NotEligible(HubError):
    """The person is none of those whom the seats are for.

    `data["reasons"]` has a `Reason` for everything that is missing, not for the first alone.
    """

    code: ClassVar[str] = "NOT_ELIGIBLE"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody as the rules see them on the day they sign up.

    `age` is in completed years. `completed_course_slugs` need to hold no more than the courses
    that are asked for. `town_id` is what a registration keeps of the town.
    """

    is_member: bool = False
    group: WorkerGroup | None = None
    town_slug: str | None = None
    age: int | None = None
    completed_course_slugs: frozenset[str] = frozenset()
    has_invitation: bool = False
    town_id: UUID | None = None


def reasons_against(eligibility: Mapping[str, Any], candidate: Candidate) -> list[Reason]:
    """Everything that keeps a candidate from seats with these rules; empty where nothing does.

    `eligibility` is a pool's: `members_only`, `groups`, `towns`, `minimum_age`, `maximum_age`,
    `completed_courses`, `invitation`; what is left out asks for nothing.
    """
    return [
        *_incomplete(eligibility, candidate),
        *_not_a_member(eligibility, candidate),
        *_of_another_group(eligibility, candidate),
        *_of_another_town(eligibility, candidate),
        *_of_another_age(eligibility, candidate),
        *_without_courses(eligibility, candidate),
        *_not_invited(eligibility, candidate),
    ]


def is_eligible(eligibility: Mapping[str, Any], candidate: Candidate) -> bool:
    """Whether nothing keeps the candidate from these seats."""
    return not reasons_against(eligibility, candidate)


def assert_eligible(eligibility: Mapping[str, Any], candidate: Candidate) -> None:
    """Raises NotEligible with every reason at once."""
    if reasons := reasons_against(eligibility, candidate):
        raise NotEligible(
            " ".join(each.message for each in reasons),
            chinese="".join(each.chinese for each in reasons),
            reasons=reasons,
        )


def _incomplete(eligibility: Mapping[str, Any], candidate: Candidate) -> Iterator[Reason]:
    by_age = _has_age_bound(eligibility)
    missing = [
        words
        for is_asked, value, words in (
            (eligibility.get("groups"), candidate.group, ("your group", "所属群体")),
            (eligibility.get("towns"), candidate.town_slug, ("your town", "所在镇街")),
            (by_age, candidate.age, ("your day of birth", "出生日期")),
        )
        if is_asked and value is None
    ]
    if missing:
        told = " and ".join(english for english, _ in missing)
        in_chinese = "、".join(chinese for _, chinese in missing)
        yield Reason(
            ReasonCode.PROFILE_INCOMPLETE,
            f"First enter {told} in your profile.",
            f"请先在个人资料中填写{in_chinese}。",
        )


def _not_a_member(eligibility: Mapping[str, Any], candidate: Candidate) -> Iterator[Reason]:
    if eligibility.get("members_only") and not candidate.is_member:
        yield Reason(
            ReasonCode.MEMBERS_ONLY,
            "For members of the union only; ask the union of your town to confirm that you are.",
            "仅限工会会员报名，请联系所在镇街工会入会或确认会员身份。",
        )


def _of_another_group(eligibility: Mapping[str, Any], candidate: Candidate) -> Iterator[Reason]:
    groups = [WorkerGroup(each) for each in eligibility.get("groups", ())]
    if groups and candidate.group is not None and candidate.group not in groups:
        told = ", ".join(GROUP_WORDS[each][0] for each in groups)
        in_chinese = "、".join(GROUP_WORDS[each][1] for each in groups)
        yield Reason(ReasonCode.GROUP, f"For {told} only.", f"仅限{in_chinese}报名。")


def _of_another_town(eligibility: Mapping[str, Any], candidate: Candidate) -> Iterator[Reason]:
    towns = eligibility.get("towns", ())
    if towns and candidate.town_slug is not None and candidate.town_slug not in towns:
        yield Reason(
            ReasonCode.TOWN,
            "For workers of other towns than the one in your profile.",
            "仅限指定镇街的劳动者报名，您填写的镇街不在其中。",
        )


def _has_age_bound(eligibility: Mapping[str, Any]) -> bool:
    return any(eligibility.get(key) is not None for key in ("minimum_age", "maximum_age"))


def _of_another_age(eligibility: Mapping[str, Any], candidate: Candidate) -> Iterator[Reason]:
    least, most, age = eligibility.get("minimum_age"), eligibility.get("maximum_age"), candidate.age
    if age is None:
        return
    if least is not None and age < least:
        yield Reason(
            ReasonCode.AGE, f"From the age of {least} only.", f"须年满 {least} 周岁方可报名。"
        )
    if most is not None and age > most:
        yield Reason(
            ReasonCode.AGE, f"Up to the age of {most} only.", f"仅限 {most} 周岁及以下报名。"
        )


def _without_courses(eligibility: Mapping[str, Any], candidate: Candidate) -> Iterator[Reason]:
    wanted = eligibility.get("completed_courses", ())
    left = [slug for slug in wanted if slug not in candidate.completed_course_slugs]
    if left:
        yield Reason(
            ReasonCode.COURSE,
            f"First complete {'this course' if len(left) == 1 else 'these courses'}: "
            f"{', '.join(left)}.",
            f"请先完成要求的课程学习（还差 {len(left)} 门）。",
        )


def _not_invited(eligibility: Mapping[str, Any], candidate: Candidate) -> Iterator[Reason]:
    if eligibility.get("invitation") and not candidate.has_invitation:
        yield Reason(
            ReasonCode.INVITATION,
            "By invitation only; enter the code that the organiser gave you.",
            "需凭邀请码报名，请填写主办方发放的邀请码。",
        )


def age_on(born_on: date, day: date) -> int:
    """Completed years on a day. Who was born on 29 February gets a year older on 1 March in years
    that have no such day.
    """
    has_had_birthday = (day.month, day.day) >= (born_on.month, born_on.day)
    return day.year - born_on.year - (0 if has_had_birthday else 1)


def assert_birth_date(born_on: date, *, today: date) -> None:
    """Raises Invalid for a day on which no worker was born."""
    if not AGE_MIN_YEARS <= age_on(born_on, today) <= AGE_MAX_YEARS:
        raise Invalid(
            f"Workers are between {AGE_MIN_YEARS} and {AGE_MAX_YEARS} years old.",
            chinese=f"出生日期有误：年龄须在 {AGE_MIN_YEARS} 到 {AGE_MAX_YEARS} 周岁之间。",
            path=("input", "bornOn"),
        )


def tidy_reason(reason: str) -> str:
    """Why a membership is confirmed or ended, trimmed. Raises Invalid where it is empty or long."""
    text = reason.strip()
    if not 1 <= len(text) <= REASON_MAX_CHARS or "\0" in text:
        raise Invalid(
            f"Give a reason of 1 to {REASON_MAX_CHARS} characters.",
            chinese=f"请填写理由，1 到 {REASON_MAX_CHARS} 个字。",
            path=("input", "reason"),
        )
    return text


def person_not_found() -> NotFound:
    """What is said of somebody who is not there, or not the asker's to decide on."""
    return NotFound(
        "There is no such person.", chinese="没有这个用户。", path=("input", "personId")
    )


def assert_not_own(own_id: UUID | None, person_id: UUID) -> None:
    """Raises Conflict for somebody who would confirm their own membership."""
    if own_id == person_id:
        raise Conflict(
            "Somebody else has to decide on your own membership.",
            chinese="不能确认本人的会员身份，请由其他管理人员办理。",
        )
