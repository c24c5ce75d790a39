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
