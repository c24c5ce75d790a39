"""A merchant signs in and changes the shop; a worker sees it, and the neighbour's stays."""

from typing import Any

from tests.factories.identity import OTHER_PHONE
from tests.schema.merchants.conftest import Street

ERRORS = "errors { __typename code message path ... on VersionConflict { current } }"
UPDATE = f"""mutation($input: UpdateMerchantInput!) {{ updateMerchant(input: $input) {{
  merchant {{ name summary phone version isOpenNow amenities {{ code }} }} {ERRORS} }} }}"""
CREATE = f"""mutation($input: CreateOfferingInput!) {{ createOffering(input: $input) {{
  offering {{ id title dailyQuota version place {{ name }} schedule {{ weekday opens }} }}
  {ERRORS} }} }}"""
CHANGE = f"""mutation($input: UpdateOfferingInput!) {{ updateOffering(input: $input) {{
  offering {{ title version }} {ERRORS} }} }}"""
WITHDRAW = f"""mutation($input: WithdrawOfferingInput!) {{ withdrawOffering(input: $input) {{
  offering {{ title version }} {ERRORS} }} }}"""
SHOP = """query($id: ID!) { merchant(by: {id: $id}) { name summary version isOpenNow
  offerings { nodes { title dailyQuota } } } }"""

HOURS = {
    "weekly": [{"days": ["MON"], "opens": "09:00", "closes": "21:00"}],
    "holidays": [],
    "exceptions": [{"startsOn": "2026-05-01", "endsOn": "2026-05-04", "isClosed": True}],
}


async def public(street: Street, key: str) -> Any:
    token, street.client.token = street.client.token, None
    shown = (await street.client.ask(SHOP, {"id": key}))["merchant"]
    street.client.token = token
    return shown


def codes(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(each["code"], each["path"]) for each in payload["errors"]]


async def test_a_merchants_day(street: Street) -> None:
    await street.enter()
    key = street.my_id
    payload = await street.do(
        UPDATE, id=key, expectedVersion=1, summary="手工面", openingHours=HOURS
    )
    assert payload["errors"] == []
    assert (payload["merchant"]["summary"], payload["merchant"]["version"]) == ("手工面", 2)
    made = await street.do(
        CREATE,
        placeId=key,
        kind="MEAL",
        title="十元面",
        audience="骑手",
        dailyQuota=10,
        schedule=[{"days": ["WED"], "opens": "14:00", "closes": "16:00"}],
    )
    assert made["errors"] == []
    offering = made["offering"]
    assert offering["schedule"] == [{"weekday": 3, "opens": "14:00"}]
    changed = await street.do(CHANGE, id=offering["id"], expectedVersion=1, title="八元面")
    assert changed["offering"] == {"title": "八元面", "version": 2}
    shown = await public(street, key)
    assert shown["offerings"]["nodes"] == [{"title": "八元面", "dailyQuota": 10}]
    assert (shown["summary"], shown["isOpenNow"]) == ("手工面", True)

    stale = await street.do(UPDATE, id=key, expectedVersion=1, summary="旧")
    assert codes(stale) == [("VERSION_CONFLICT", ["input", "expectedVersion"])]
    assert (stale["errors"][0]["current"], stale["merchant"]) == (2, None)
    gone = await street.do(WITHDRAW, id=offering["id"], expectedVersion=2)
    assert gone["offering"] == {"title": "八元面", "version": 3}
    assert (await public(street, key))["offerings"]["nodes"] == []


async def test_the_neighbours_shop_is_not_there(street: Street) -> None:
    await street.enter()
    before = await public(street, street.neighbours_id)
    refused = await street.do(UPDATE, id=street.neighbours_id, expectedVersion=1, name="我的")
    assert codes(refused) == [("NOT_FOUND", ["input", "id"])]
    refused = await street.do(
        CREATE, placeId=street.neighbours_id, kind="MEAL", title="面", audience="骑手"
    )
    assert codes(refused) == [("NOT_FOUND", ["input", "placeId"])]
    assert await public(street, street.neighbours_id) == before


async def test_a_worker_may_change_nothing(street: Street) -> None:
    await street.enter(OTHER_PHONE)
    before = await public(street, street.my_id)
    refused = await street.do(UPDATE, id=street.my_id, expectedVersion=1, name="我的")
    assert codes(refused) == [("NOT_FOUND", ["input", "id"])]
    street.leave()
    answer = await street.client.send(
        UPDATE, {"input": {"id": street.my_id, "expectedVersion": 1, "name": "我的"}}
    )
    assert answer.error["extensions"]["code"] == "UNAUTHENTICATED"
    assert await public(street, street.my_id) == before


async def test_what_does_not_fit_is_named_and_unknown_fields_are_refused(street: Street) -> None:
    await street.enter()
    before = await public(street, street.my_id)
    refused = await street.do(UPDATE, id=street.my_id, expectedVersion=1, amenityCodes=["none"])
    assert codes(refused) == [("INVALID", ["input", "amenityCodes", "0"])]
    bad = {"weekly": [{"days": ["MON"], "opens": "9", "closes": "21:00"}]}
    refused = await street.do(UPDATE, id=street.my_id, expectedVersion=1, openingHours=bad)
    assert codes(refused) == [("INVALID", ["input", "openingHours", "weekly", "0", "opens"])]
    given = {"id": street.my_id, "expectedVersion": 1, "townId": street.my_id}
    answer = await street.client.send(UPDATE, {"input": given})
    assert answer.error["extensions"]["code"] == "BAD_USER_INPUT"
    assert await public(street, street.my_id) == before
