"""A shop joins: a worker applies, a reviewer returns it, it is corrected, approved, and kept."""

from typing import Any

import pyotp
import pytest

from hub.sample_people import SAMPLE_TOTP_SECRET
from tests.stories.house import Caller, House, wait_for
from tests.stories.readme import commands, section, sent

ADMINISTRATOR, REVIEWER, STRANGER = "13712345701", "13712345702", "13712345703"
WORKER, OTHER = "13712345704", "13712345705"
TOWN, STREET, NEIGHBOUR = "panhuo", "panhuo-street", "laowang-breakfast"

ENROL = "mutation { enrolTotp { secret errors { code } } }"
CONFIRM = """mutation($input: ConfirmTotpInput!) { confirmTotp(input: $input) {
  viewer { roles } errors { code } } }"""
GIVE_ROLE = """mutation($input: GiveRoleInput!) { giveRole(input: $input) {
  grant { role } errors { code path } } }"""
VIEWER = "{ viewer { roles isSecondFactorMissing } }"
PLACES = """query($street: String!) { friendlyStreet(by: {slug: $street}) {
  id town { id } merchants(first: 100) { totalCount nodes { name } } } }"""
TOWNS = "{ towns { nodes { id slug } } }"
SHOP = """query($slug: String!) { merchant(by: {slug: $slug}) { id version summary } }"""
MERCHANT = """query($id: ID!) { merchant(by: {id: $id}) {
  name address version street { slug } openingHours { weekday opens }
  offerings { nodes { title dailyQuota } } } }"""
STEP = """%s(input: $input) { application { id state version reason merchant { id } }
  errors { code path } } }"""
APPLY = "mutation($input: ApplyAsMerchantInput!) { " + STEP % "applyAsMerchant"
UPDATE = "mutation($input: UpdateMerchantApplicationInput!) { " + STEP % "updateMerchantApplication"
DECIDE = "mutation($input: DecideMerchantApplicationInput!) { " + STEP % "decideMerchantApplication"
WAITING = """{ merchantApplications(where: {state: {eq: SUBMITTED}}) { totalCount
  nodes { id version name address contactName applicant { displayName phoneMasked } } } }"""
OWN = """{ viewer { roles merchantApplications { nodes { id state version reason
  merchant { id } } } } }"""
NODE = "query($id: ID!) { node(id: $id) { id } }"
UPDATE_SHOP = """mutation($input: UpdateMerchantInput!) { updateMerchant(input: $input) {
  merchant { version summary } errors { code path } } }"""
STAFF = "query($id: ID!) { placeStaff(placeId: $id) { nodes { role displayName phoneMasked } } }"


@pytest.mark.slow
def test_joining_the_street(house: House) -> None:
    """From the application to the first change of its keeper; nobody else gets in between."""
    towns = {each["slug"]: each["id"] for each in Caller(house).ask(TOWNS)["nodes"]}
    administrator = _administrator(house)
    reviewer = _reviewer(house, administrator, REVIEWER, towns[TOWN])
    elsewhere = next(key for slug, key in towns.items() if slug != TOWN)
    stranger = _reviewer(house, administrator, STRANGER, elsewhere)
    before = Caller(house).ask(PLACES, street=STREET)
    worker = Caller(house, WORKER)
    worker.sign_in()
    application = _applied(house, worker, before)
    _returned(worker, reviewer, stranger, application)
    shop = _approved(house, worker, reviewer, application)
    after = Caller(house).ask(PLACES, street=STREET)
    assert after["merchants"]["totalCount"] == before["merchants"]["totalCount"] + 1
    assert "小汪修车铺" in [each["name"] for each in after["merchants"]["nodes"]]
    _keeps_it(house, worker, shop)


def _administrator(house: House) -> Caller:
    printed = house.run("user", "create", "--phone", ADMINISTRATOR, "--role", "administrator")
    administrator = Caller(house, ADMINISTRATOR)
    administrator.sign_in(secret=printed.partition("secret=")[2].partition("&")[0])
    return administrator


def _reviewer(house: House, administrator: Caller, phone: str, town: str) -> Caller:
    """Somebody who decides in one town, as soon as there is a second factor."""
    reviewer = Caller(house, phone)
    reviewer.sign_in()
    scope = {"kind": "TOWN", "id": town}
    administrator.done(GIVE_ROLE, phone=phone, role="REVIEWER", scope=scope)
    wait_for(lambda: reviewer.ask(VIEWER)["isSecondFactorMissing"] or None)
    secret = reviewer.ask(ENROL)["secret"]
    confirmed = reviewer.done(CONFIRM, code=pyotp.TOTP(secret).now())
    assert "REVIEWER" in confirmed["viewer"]["roles"]
    return reviewer


def _applied(house: House, worker: Caller, street: Any) -> dict[str, Any]:
    shop = {
        "name": "小汪修车铺",
        "category": "REPAIR",
        "townId": street["town"]["id"],
        "streetId": street["id"],
        "address": "潘火路",
        "location": {"latitude": 29.8345, "longitude": 121.6001},
        "contactName": "汪师傅",
        "openingHours": {"weekly": [{"days": ["MON"], "opens": "08:00", "closes": "20:00"}]},
        "offerings": [{"kind": "REPAIR", "title": "免费补胎", "audience": "骑手", "dailyQuota": 5}],
    }
    assert Caller(house).refusals(APPLY, **shop) == ["UNAUTHENTICATED"]
    assert worker.refusals(APPLY, **{**shop, "name": ""}) == ["INVALID"]
    made: dict[str, Any] = worker.done(APPLY, **shop)["application"]
    assert (made["state"], made["version"], made["merchant"]) == ("SUBMITTED", 1, None)
    assert worker.done(APPLY, **shop)["application"] == made
    other = Caller(house, OTHER)
    other.sign_in()
    assert other.refusals(APPLY, **shop) == ["CONFLICT"]
    assert other.ask(NODE, id=made["id"]) is None
    assert other.send(WAITING).json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    return made


def _returned(
    worker: Caller, reviewer: Caller, stranger: Caller, application: dict[str, Any]
) -> None:
    """Its town's reviewer sends it back; the one of another town does not even see it."""
    step = {"id": application["id"], "expectedVersion": 1}
    assert stranger.ask(WAITING)["totalCount"] == 0
    assert stranger.ask(NODE, id=application["id"]) is None
    assert stranger.refusals(DECIDE, **step, decision="APPROVE") == ["NOT_FOUND"]
    assert worker.refusals(DECIDE, **step, decision="APPROVE") == ["NOT_FOUND"]
    (waiting,) = reviewer.ask(WAITING)["nodes"]
    assert (waiting["name"], waiting["contactName"]) == ("小汪修车铺", "汪师傅")
    assert waiting["applicant"]["phoneMasked"] == "137****5704"
    assert reviewer.refusals(DECIDE, **step, decision="RETURN") == ["INVALID"]
    reason = "请写明门牌号"
    returned = reviewer.done(DECIDE, **step, decision="RETURN", reason=reason)["application"]
    assert (returned["state"], returned["version"]) == ("RETURNED", 2)
    assert reviewer.ask(WAITING)["totalCount"] == 0
    assert reviewer.refusals(DECIDE, **step, decision="APPROVE") == ["VERSION_CONFLICT"]
    (own,) = worker.ask(OWN)["merchantApplications"]["nodes"]
    assert (own["state"], own["reason"]) == ("RETURNED", reason)


def _approved(
    house: House, worker: Caller, reviewer: Caller, application: dict[str, Any]
) -> dict[str, Any]:
    """Corrected it waits again, and with the approval the shop is there; gives its id."""
    key = application["id"]
    mended = worker.done(UPDATE, id=key, expectedVersion=2, address="潘火街道潘火路 66 号")
    assert mended["application"]["state"] == "SUBMITTED"
    done = reviewer.done(DECIDE, id=key, expectedVersion=3, decision="APPROVE")["application"]
    assert done["state"] == "APPROVED"
    shop: dict[str, Any] = done["merchant"]
    assert Caller(house).ask(MERCHANT, id=shop["id"]) == {
        "name": "小汪修车铺",
        "address": "潘火街道潘火路 66 号",
        "version": 1,
        "street": {"slug": STREET},
        "openingHours": [{"weekday": 1, "opens": "08:00"}],
        "offerings": {"nodes": [{"title": "免费补胎", "dailyQuota": 5}]},
    }
    late = {"id": key, "expectedVersion": 4}
    assert worker.refusals(UPDATE, **late, name="别的") == ["CONFLICT"]
    assert reviewer.refusals(DECIDE, **late, decision="REFUSE", reason="晚了") == ["CONFLICT"]
    (own,) = worker.ask(OWN)["merchantApplications"]["nodes"]
    assert own["merchant"] == shop
    return shop


def _keeps_it(house: House, worker: Caller, shop: dict[str, Any]) -> None:
    """The applicant runs the shop, in the session that applied, and nobody else's."""
    wait_for(lambda: "MERCHANT" in worker.ask(OWN)["roles"] or None)
    change = {"id": shop["id"], "expectedVersion": 1, "summary": "补胎不要钱。"}
    updated = worker.done(UPDATE_SHOP, **change)
    assert updated["merchant"] == {"version": 2, "summary": "补胎不要钱。"}
    (keeper,) = worker.ask(STAFF, id=shop["id"])["nodes"]
    assert (keeper["role"], keeper["phoneMasked"]) == ("MERCHANT", "137****5704")
    neighbour = Caller(house).ask(SHOP, slug=NEIGHBOUR)
    theirs = {"id": neighbour["id"], "expectedVersion": neighbour["version"], "summary": "我的"}
    assert worker.refusals(UPDATE_SHOP, **theirs) == ["NOT_FOUND"]
    answer = worker.send(STAFF, {"id": neighbour["id"]}).json()
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert Caller(house).ask(SHOP, slug=NEIGHBOUR) == neighbour


@pytest.mark.slow
def test_the_readmes_section_works_as_it_stands(house: House) -> None:
    """Sample people apply and decide with its commands, and the shop is there."""
    house.run("user", "sample")
    ids, apply, waiting, decide = commands(section("Joining the friendly street"))
    street = sent(house, ids, {})
    worker, reviewer = Caller(house, "13800000008"), Caller(house, "13800000003")
    worker.sign_in()
    assert "REVIEWER" in reviewer.sign_in(secret=SAMPLE_TOTP_SECRET)["roles"]
    known = {"TOWN_ID": street["town"]["id"], "STREET_ID": street["id"]}
    known |= {"ACCESS_TOKEN": worker.access_token, "REVIEWER_TOKEN": reviewer.access_token}
    applied = sent(house, apply, known)
    assert (applied["errors"], applied["application"]["state"]) == ([], "SUBMITTED")
    assert sent(house, apply, known) == applied
    key = applied["application"]["id"]
    assert [each["id"] for each in sent(house, waiting, known)["nodes"]] == [key]
    decided = sent(house, decide, {**known, "APPLICATION_ID": key})
    assert (decided["errors"], decided["application"]["state"]) == ([], "APPROVED")
    shop = decided["application"]["merchant"]
    assert Caller(house).ask(MERCHANT, id=shop["id"])["name"] == shop["name"]
