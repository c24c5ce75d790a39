"""What quotas and towns of a pool cannot become: by the content folder and by the editors' desk."""

from pathlib import Path
from typing import Any

import pytest

from hub.clock import frozen
from hub.directory.models import Town
from hub.enrollment.models import Pool, PoolQuota
from hub.errors import ContentInvalid
from schema.relay import encode_id
from tests.factories.enrollment import signed_up
from tests.factories.identity import NOW
from tests.hub.content.folders import contents, load
from tests.schema.attendance.conftest import Square, stored

TOWNS = """
- {slug: panhuo, name: 潘火街道, kind: subdistrict, location: {latitude: 29.8, longitude: 121.6}}
- {slug: xiaying, name: 下应街道, kind: subdistrict, location: {latitude: 29.8, longitude: 121.5}}
"""
POOL = """
- slug: supper
  title: 暖年夜饭
  capacity: 9
  allocation: town_quotas
  quotas:
    - {slug: first, town: panhuo, capacity: 3}
    - {slug: second, town: xiaying, capacity: 3}
"""
COURSE = "- {slug: first-aid, title: 急救入门, level: beginner, delivery: online}\n"
UPDATE = """mutation($input: UpdatePoolInput!) { updatePool(input: $input) {
  revision { number } errors { code message path } } }"""
PUBLISH = """mutation($input: ItemsInput!) { publish(input: $input) {
  errors { code message path } } }"""

LOWER, DROPPED, ELSEWHERE = (
    POOL.replace("panhuo, capacity: 3", "panhuo, capacity: 1"),
    POOL.replace("    - {slug: first, town: panhuo, capacity: 3}\n", ""),
    POOL.replace("first, town: panhuo", "first, town: xiaying"),
)


async def two_seats_taken(square: Square, folder: Path) -> Pool:
    """The pool with two seats taken on the quota of `panhuo` and none on the other."""
    with frozen(NOW):
        await load(folder, towns=TOWNS, pools=POOL)
    pool, town = await Pool.get(slug="supper"), await Town.get(slug="panhuo")
    for _ in range(2):
        person_id = (await square.person()).person_id
        assert person_id is not None
        await signed_up(person_id, pool=pool.id, now=NOW, town_id=town.id)
    return pool


async def refused_load(folder: Path, **files: str) -> Any:
    """The one problem of a load, after which everything is as it was."""
    before = await contents()
    with pytest.raises(ContentInvalid) as refusal, frozen(NOW):
        await load(folder, **files)
    assert await contents() == before
    (problem,) = refusal.value.data["problems"]
    return problem


@pytest.mark.parametrize(
    ("pools", "where", "reason", "chinese"),
    [
        (LOWER, ".quotas[0].capacity", "less than the 2 seats", "不能少于已占用的 2 个名额"),
        (DROPPED, ".quotas", "leaves out `first`, of which 2", "不能去掉 first：已占用 2"),
        (ELSEWHERE, ".quotas[0].town", "cannot change: 2 seats", "已占用 2 个名额，不能更改镇街"),
    ],
)
async def test_a_load_leaves_quotas_that_are_taken(
    square: Square, tmp_path: Path, pools: str, where: str, reason: str, chinese: str
) -> None:
    await two_seats_taken(square, tmp_path / "c")
    problem = await refused_load(tmp_path / "c", towns=TOWNS, pools=pools)
    assert (problem.file, problem.line) == ("pools.yaml", 7)
    assert problem.path == f"pools[0]{where}"
    assert reason in problem.reason
    assert chinese in problem.chinese


async def test_a_load_changes_quotas_that_nobody_takes(square: Square, tmp_path: Path) -> None:
    pool = await two_seats_taken(square, tmp_path / "c")
    fewer = POOL.replace("panhuo, capacity: 3", "panhuo, capacity: 2")
    second = "    - {slug: second, town: xiaying, capacity: 3}\n"
    with frozen(NOW):
        await load(tmp_path / "c", towns=TOWNS, pools=fewer.replace(second, ""))
    (quota,) = await PoolQuota.filter(pool_id=pool.id)
    assert (quota.capacity, quota.taken) == (2, 2)


@pytest.mark.parametrize(
    ("first", "second", "chinese"),
    [
        (("panhuo", 1), ("xiaying", 3), "不能少于已占用的 2 个名额"),
        (None, ("xiaying", 3), "不能去掉 first：已占用 2 个名额"),
        (("xiaying", 3), ("panhuo", 3), "已占用 2 个名额，不能更改镇街"),
    ],
)
async def test_an_editor_leaves_quotas_that_are_taken(
    square: Square,
    tmp_path: Path,
    first: tuple[str, int] | None,
    second: tuple[str, int],
    chinese: str,
) -> None:
    pool = await two_seats_taken(square, tmp_path / "c")
    given = [("first", first), ("second", second)]
    quotas = [await quota_input(slug, *each) for slug, each in given if each is not None]
    before = await stored()
    refusal = await refused_publication(square, pool, quotas=quotas)
    assert (refusal["code"], refusal["path"]) == ("INVALID", ["input", "ids", "0"])
    assert chinese in refusal["message"]
    after = await stored()
    assert (after["pool"], after["pool_quota"]) == (before["pool"], before["pool_quota"])


async def quota_input(slug: str, town: str, capacity: int) -> dict[str, Any]:
    town_id = encode_id("Town", (await Town.get(slug=town)).id)
    return {"slug": slug, "townId": town_id, "capacity": capacity}


async def refused_publication(square: Square, pool: Pool, **patch: Any) -> dict[str, Any]:
    """Why a change of a pool that could be written down cannot be published."""
    editor, key = square.organiser(), encode_id("Pool", pool.id)
    square.client.language = "zh-CN"
    written = await square.do(editor, UPDATE, id=key, expectedVersion=1, **patch)
    assert written["errors"] == []
    number = written["revision"]["number"]
    (refusal,) = (await square.do(editor, PUBLISH, ids=[key], expectedVersions=[number]))["errors"]
    return dict(refusal)


RULES = "- {slug: supper, title: 暖年夜饭, capacity: 9,\n   eligibility: {%s}}\n"


async def test_a_load_refuses_towns_and_courses_that_are_none(
    square: Square, tmp_path: Path
) -> None:
    """Kept as they stand, they would shut everybody out and nobody would know why."""
    folder = tmp_path / "c"
    problem = await refused_load(folder, towns=TOWNS, pools=RULES % "towns: [panhuo, panhou]")
    assert str(problem) == "pools.yaml:2: pools[0].eligibility.towns[1]: `panhou` is none of towns"
    assert problem.chinese == "所指的 panhou 不存在"
    problem = await refused_load(folder, pools=RULES % "completed_courses: [first-aid]")
    assert (problem.line, problem.path) == (2, "pools[0].eligibility.completed_courses[0]")
    with frozen(NOW):
        rules = "towns: [panhuo], completed_courses: [first-aid]"
        await load(folder, towns=TOWNS, courses=COURSE, pools=RULES % rules)
    pool = await Pool.get(slug="supper")
    assert pool.eligibility == {"towns": ["panhuo"], "completed_courses": ["first-aid"]}


async def test_an_editor_names_towns_that_there_are(square: Square, tmp_path: Path) -> None:
    pool = await two_seats_taken(square, tmp_path / "c")
    given = {"id": encode_id("Pool", pool.id), "expectedVersion": 1}
    square.client.language = "zh-CN"
    before = await stored()
    payload = await square.do(
        square.organiser(), UPDATE, eligibility={"towns": ["panhuo", "xiayin"]}, **given
    )
    (refusal,) = payload["errors"]
    assert refusal["code"] == "INVALID"
    assert refusal["path"] == ["input", "eligibility", "towns", "1"]
    assert refusal["message"] == "所指的内容不存在。"
    assert await stored() == before
    payload = await square.do(
        square.organiser(), UPDATE, eligibility={"towns": ["panhuo"]}, **given
    )
    assert payload["errors"] == []
