"""What does not fit is said in Chinese to the people of the district, without English in it."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from hub.catalogue import KINDS, KINDS_BY_NAME
from hub.content import FileModel
from hub.editing.service.inputs import checked
from hub.errors import Invalid
from hub.reasons import chinese_reason_of

COURSE = {"slug": "c", "title": "课", "level": "beginner", "delivery": "online"}
SESSION = {
    "slug": "s",
    "title": "班",
    "starts_at": "2026-03-01T09:00:00+08:00",
    "ends_at": "2026-03-01T10:00:00+08:00",
}
EVENT = {
    "slug": "e",
    "kind": "talk",
    "title": "例会",
    "organiser": "工会",
    "address": "人民路",
    "starts_at": SESSION["starts_at"],
    "ends_at": SESSION["ends_at"],
}
SHOP = {
    "slug": "m",
    "name": "店",
    "address": "路",
    "town": "t",
    "category": "food",
    "location": {"latitude": 29.8, "longitude": 121.5},
}


def weekly(opens: str, closes: str, *days: str) -> dict[str, Any]:
    return {"days": list(days or ("mon",)), "opens": opens, "closes": closes}


@pytest.mark.parametrize(
    ("kind", "values", "told"),
    [
        ("courses", {**COURSE, "title": None}, "title 必填。"),
        ("courses", {**COURSE, "title": ""}, "title 不能为空。"),
        ("courses", {**COURSE, "title": "长" * 161}, "title 最多 160 个字。"),
        ("courses", {**COURSE, "title": "一\n二"}, "title 须为一行文字，不含制表符。"),
        ("courses", {**COURSE, "title": "一\0"}, "title 含有非文字字符 U+0000。"),
        ("courses", {**COURSE, "slug": "A B"}, "slug 只能由小写字母、数字和连字符组成"),
        ("courses", {**COURSE, "cover_url": "x"}, "coverUrl 须为网址"),
        ("courses", {**COURSE, "level": "high"}, "level 不在可选值之内。"),
        ("courses", {**COURSE, "colour": "red"}, "colour 不是可用的字段。"),
        ("courses", {**COURSE, "sessions": [SESSION, SESSION]}, "sessions 重复出现 s。"),
        (
            "courses",
            {**COURSE, "sessions": [{**SESSION, "ends_at": SESSION["starts_at"]}]},
            "sessions.0.endsAt 须晚于 startsAt",
        ),
        ("courses", {**COURSE, "sessions": [{**SESSION, "starts_at": "1"}]}, "须为带时差的时间"),
        ("courses", {**COURSE, "sessions": [{**SESSION, "timezone": "x"}]}, "不是时区名称"),
        ("events", {**EVENT, "address": None}, "input 须有场所或地址。"),
        ("events", {**EVENT, "place": "p"}, "已有场所"),
        ("events", {**EVENT, "starts_at": "1800-01-01T00:00:00Z"}, "须在 1901 年到 2199 年之间"),
        ("merchants", {**SHOP, "location": {"latitude": 99}}, "latitude 不能大于 90"),
        ("merchants", {**SHOP, "amenities": ["a", "a"]}, "重复出现 a。"),
        ("merchants", {**SHOP, "hours": {}}, "是空的"),
        (
            "merchants",
            {**SHOP, "hours": {"weekly": [weekly("9", "10:00")]}},
            'weekly.0.opens 须为时刻，如 "09:00"',
        ),
        (
            "merchants",
            {**SHOP, "hours": {"weekly": [weekly("09:00", "12:00"), weekly("11:00", "13:00")]}},
            "在周一有时段在 11:00 重叠。",
        ),
        ("merchants", {**SHOP, "hours": {"weekly": [weekly("09:00", "09:00")]}}, "与开始时刻相同"),
        ("merchants", {**SHOP, "hours": {"exceptions": [{"closed": True}]}}, "须有起止日期"),
    ],
)
@pytest.mark.usefixtures("settings")
def test_reasons(kind: str, values: dict[str, Any], told: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(
            KINDS_BY_NAME[kind], {key: each for key, each in values.items() if each is not None}
        )
    assert told in refused.value.chinese


def models_in(annotation: Any) -> set[type[FileModel]]:
    """Every file model somewhere in an annotation, with those in it."""
    if isinstance(annotation, type) and issubclass(annotation, FileModel):
        inner = (models_in(each.annotation) for each in annotation.model_fields.values())
        return {annotation}.union(*inner)
    return set().union(*(models_in(each) for each in getattr(annotation, "__args__", ())))


POOL = {"slug": "p", "title": "名额", "capacity": 3}
QUOTA = {"slug": "a", "town": "panhuo", "capacity": 2}
LOTS = {"allocation": "lottery", "draws_at": "2026-03-02T09:00:00+08:00"}
CLOSED = {"closes_at": "2026-03-01T09:00:00+08:00"}
FORM = {"slug": "f", "title": "表"}
ASKED = {"slug": "size", "kind": "choice", "label": "尺码", "choices": ["L", "M"]}
QUIZ = {"slug": "q", "lesson": "l", "title": "测验"}
SINGLE = {"slug": "a", "kind": "single_choice", "text": "?", "options": ["1", "2"]}
STAGE = {"slug": "s", "kind": "final", "name": "决赛"} | {
    "starts_at": "2026-03-01T09:00:00+08:00",
    "ends_at": "2026-03-01T12:00:00+08:00",
}
CRITERION = {"slug": "safety", "label": "安全", "maximum": 100}


def contest(**stage: Any) -> dict[str, Any]:
    """A competition with one stage."""
    times = {key: STAGE[key] for key in ("starts_at", "ends_at")}
    division = {"slug": "d", "name": "组", "entrant": "individual"}
    return {
        "slug": "c",
        "title": "大赛",
        "organiser": "工会",
        "year": 2026,
        **times,
        "divisions": [division],
        "stages": [{**STAGE, **stage}],
    }


def quiz(question: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A quiz of one question."""
    return {**QUIZ, "questions": [question], **more}


@pytest.mark.parametrize(
    ("kind", "values", "told"),
    [
        ("pools", {**POOL, "allocation": "lottery"}, "抽签方式须填写，且仅抽签方式可填写 drawsAt"),
        ("pools", {**POOL, "quotas": [QUOTA]}, "仅按镇街配额可填写 quotas"),
        (
            "pools",
            {**POOL, "allocation": "town_quotas", "quotas": [{**QUOTA, "capacity": 4}]},
            "各镇街配额之和不能超过总名额 capacity",
        ),
        (
            "pools",
            {**POOL, "quotas_until": "2026-03-01T09:00:00+08:00"},
            "有 quotas 才能填写 quotasUntil",
        ),
        ("pools", {**POOL, **LOTS}, "抽签须有 closesAt，且不晚于 drawsAt"),
        ("pools", {**POOL, **LOTS, **CLOSED, "has_waiting_list": False}, "抽签须保留候补"),
        (
            "forms",
            {**FORM, "questions": [{**ASKED, "choices": []}]},
            "questions.0 选择题须填写，且仅选择题可填写 choices",
        ),
        (
            "forms",
            {
                **FORM,
                "questions": [
                    ASKED,
                    {**ASKED, "slug": "b", "show_when": {"question": "size", "equals": "XL"}},
                ],
            },
            "b 的显示条件（size 为“XL”）须为前面某一选择题的选项",
        ),
        ("quizzes", quiz({"slug": "a", "kind": "number", "text": "?"}), "数字题只填写 number"),
        ("quizzes", quiz({**SINGLE, "options": ["1"]}), "至少须有两个选项，且不填写 number"),
        ("quizzes", quiz({**SINGLE, "answers": ["3"]}), "须填写 answers，且均为选项之一"),
        ("quizzes", quiz({**SINGLE, "answers": ["1", "2"]}), "只能有一个正确答案"),
        ("quizzes", quiz({**SINGLE, "answers": ["1"]}, drawn_count=2), "共 1 题，不能抽取 2 题"),
        ("competitions", contest(advance={"kind": "top_n"}), "仅按名次晋级可填写 number"),
        ("competitions", contest(advance={"kind": "score_at_least"}), "仅按分数晋级可填写 score"),
        (
            "competitions",
            contest(criteria=[CRITERION], tie_break="speed"),
            "stages.0 同分依据 speed 须为评分项之一",
        ),
    ],
)
@pytest.mark.usefixtures("settings")
def test_reasons_of_seats_questions_and_stages(
    kind: str, values: dict[str, Any], told: str
) -> None:
    with pytest.raises(Invalid) as refused:
        checked(KINDS_BY_NAME[kind], values)
    assert told in refused.value.chinese


JUNK: tuple[Any, ...] = (
    None,
    "",
    "?",
    "x" * 60_000,
    -1,
    10**12,
    1.5,
    True,
    [],
    [1],
    ["?"],
    [{}],
    {},
    {"a": 1},
)


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_no_junk_brings_english_forth(kind: str) -> None:
    """Whatever a key is given, the reason is Chinese, and none is the one for want of a better."""
    for model in models_in(KINDS_BY_NAME[kind].item):
        for key, info in model.model_fields.items():
            for junk in JUNK:
                try:
                    model.model_validate({info.alias or key: junk})
                except ValidationError as error:
                    for details in error.errors():
                        reason = chinese_reason_of(details)
                        assert re.search("[\u4e00-\u9fff]", reason), (details["type"], reason)
                        assert reason != "不符合要求", (model, key, junk, details)
