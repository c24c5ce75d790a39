"""A merchant lets somebody in by phone, who signs in and may change the shop until let go."""

from tests.factories.identity import OTHER_PHONE
from tests.schema.merchants.conftest import Street
from tests.schema.merchants.test_story import UPDATE, codes

INVITE = """mutation($input: InvitePlaceStaffInput!) { invitePlaceStaff(input: $input) {
  staff { id role phoneMasked givenAt } errors { code message path } } }"""
REMOVE = """mutation($input: RemovePlaceStaffInput!) { removePlaceStaff(input: $input) {
  staff { id } errors { code message path } } }"""


async def test_invited_by_phone(street: Street) -> None:
    await street.enter()
    given = {"placeId": street.my_id, "phone": OTHER_PHONE, "role": "MERCHANT"}
    payload = await street.do(INVITE, **given)
    assert payload["errors"] == []
    assert (payload["staff"]["role"], payload["staff"]["phoneMasked"]) == (
        "MERCHANT",
        "139****4321",
    )
    assert codes(await street.do(INVITE, **given))[0][0] == "CONFLICT"
    refused = await street.do(INVITE, **{**given, "placeId": street.neighbours_id})
    assert codes(refused) == [("NOT_FOUND", ["input", "placeId"])]
    keeper = street.client.token

    await street.enter(OTHER_PHONE)
    change = {"id": street.my_id, "expectedVersion": 1, "summary": "新来的写的"}
    assert (await street.do(UPDATE, **change))["errors"] == []
    helper, street.client.token = street.client.token, keeper
    removed = await street.do(REMOVE, id=payload["staff"]["id"])
    assert removed == {"staff": {"id": payload["staff"]["id"]}, "errors": []}
    street.client.token = helper
    again = await street.do(UPDATE, **{**change, "expectedVersion": 2})
    assert codes(again) == [("NOT_FOUND", ["input", "id"])]
