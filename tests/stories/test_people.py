"""People: an administrator, an editor, a merchant and a worker, from the first sign-in on."""

import re
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest

from hub.clock import now
from tests.stories.house import Caller, House, wait_for

ADMINISTRATOR, EDITOR, MERCHANT = "13712345601", "13712345602", "13712345603"
WORKER = "13712345604"
SHOP, NEIGHBOUR = "yifan-fast-food", "laowang-breakfast"

VIEWER = "{ viewer { roles isSecondFactorMissing } }"
ENROL = "mutation { enrolTotp { secret errors { code } } }"
CONFIRM = """mutation($input: ConfirmTotpInput!) { confirmTotp(input: $input) {
  recoveryCodes viewer { roles isSecondFactorMissing } errors { code } } }"""
GIVE_ROLE = """mutation($input: GiveRoleInput!) { giveRole(input: $input) {
  grant { role personId scope { kind id } } errors { code path } } }"""
INVITE = """mutation($input: InvitePlaceStaffInput!) { invitePlaceStaff(input: $input) {
  staff { role phoneMasked } errors { code path } } }"""
CREATE = """mutation($input: CreateCourseInput!) { createCourse(input: $input) {
  course { id } revision { itemId number state } errors { code path } } }"""
PREVIEW = """mutation($input: CreatePreviewLinkInput!) { createPreviewLink(input: $input) {
  token errors { code } } }"""
SCHEDULE = """mutation($input: SchedulePublishInput!) { schedulePublish(input: $input) {
  revisions { itemId number state } errors { code path } } }"""
COURSE = "query($id: ID!) { course(by: {id: $id}) { title summary version } }"
SHOP_PAGE = """query($slug: String!) { merchant(by: {slug: $slug}) {
  id version summary openingHours { rule weekday opens closes }
  offerings(first: 20) { nodes { id version title dailyQuota } } } }"""
UPDATE_SHOP = """mutation($input: UpdateMerchantInput!) { updateMerchant(input: $input) {
  merchant { version } errors { code path } } }"""
UPDATE_OFFERING = """mutation($input: UpdateOfferingInput!) { updateOffering(input: $input) {
  offering { version title dailyQuota } errors { code path } } }"""
CREATE_OFFERING = """mutation($input: CreateOfferingInput!) { createOffering(input: $input) {
  offering { id title } errors { code path } } }"""
WITHDRAW_OFFERING = """mutation($input: WithdrawOfferingInput!) { withdrawOffering(input: $input) {
  offering { id } errors { code path } } }"""

NEW_COURSE = {"title": "雨天骑行", "summary": "慢一点。", "level": "BEGINNER", "delivery": "ONLINE"}
HOURS = {
    "weekly": [{"days": ["MON", "SAT"], "opens": "08:30", "closes": "22:15"}],
    "holidays": [],
}


@pytest.mark.slow
def test_people(house: House) -> None:
    """Who may do what is given, used, refused to others, and seen by everybody."""
    administrator = _first_administrator(house)
    editor = _editor(house, administrator)
    course = _draft_seen_by_link_only(house, editor)
    _published_at_its_time(house, editor, course)
    before = {slug: _page(house, slug) for slug in (SHOP, NEIGHBOUR)}
    merchant = _merchant(house, administrator, before[SHOP]["id"])
    _change_own_shop(merchant, before[SHOP])
    _worker_sees_it(house, before[SHOP])
    _cannot_touch(merchant, before[NEIGHBOUR])
    assert _page(house, NEIGHBOUR) == before[NEIGHBOUR]


def _first_administrator(house: House) -> Caller:
    printed = house.run("user", "create", "--phone", ADMINISTRATOR, "--role", "administrator")
    secret = re.search(r"secret=([A-Z2-7]+)", printed)
    assert secret is not None
    administrator = Caller(house, ADMINISTRATOR)
    viewer = administrator.sign_in(secret=secret[1])
    assert viewer["phoneMasked"] == "137****5601"
    assert "ADMINISTRATOR" in viewer["roles"]
    assert viewer["isSecondFactorMissing"] is False
    return administrator


def _editor(house: House, administrator: Caller) -> Caller:
    """A worker is made an editor, and is one as soon as there is a second factor."""
    editor = Caller(house, EDITOR)
    assert editor.sign_in()["roles"] == ["WORKER"]
    assert editor.refusals(CREATE, **NEW_COURSE) == ["FORBIDDEN"]
    role = {"phone": EDITOR, "role": "EDITOR", "scope": {"kind": "DISTRICT"}}
    assert editor.refusals(GIVE_ROLE, **role) == ["FORBIDDEN"]
    administrator.done(GIVE_ROLE, **role)
    wait_for(lambda: editor.ask(VIEWER)["isSecondFactorMissing"] or None)
    assert editor.refusals(CREATE, **NEW_COURSE) != []
    secret = editor.ask(ENROL)["secret"]
    confirmed = editor.done(CONFIRM, code=pyotp.TOTP(secret).now())
    assert len(confirmed["recoveryCodes"]) == 10
    assert "EDITOR" in confirmed["viewer"]["roles"]
    assert confirmed["viewer"]["isSecondFactorMissing"] is False
    return editor


def _draft_seen_by_link_only(house: House, editor: Caller) -> str:
    anybody = Caller(house)
    made = editor.done(CREATE, **NEW_COURSE)
    key: str = made["revision"]["itemId"]
    assert made["course"] is None
    assert made["revision"] == {"itemId": key, "number": 1, "state": "DRAFT"}
    token = editor.done(PREVIEW, ids=[key])["token"]
    assert anybody.ask(COURSE, id=key) is None
    assert anybody.ask(COURSE, id=key, preview=token)["title"] == NEW_COURSE["title"]
    assert anybody.send(COURSE, {"id": key}, preview=f"{token}x").status_code == 401
    changed = anybody.send(ENROL, preview=token)
    assert (changed.status_code, "data" in changed.json()) == (405, False)
    assert anybody.ask(COURSE, id=key) is None
    return key


def _published_at_its_time(house: House, editor: Caller, key: str) -> None:
    anybody = Caller(house)
    at = now() + timedelta(seconds=2)
    window = {"publishAt": at.isoformat(), "expireAt": (at + timedelta(days=1)).isoformat()}
    stale = {"ids": [key], "expectedVersions": [7], **window}
    assert editor.refusals(SCHEDULE, **stale) == ["VERSION_CONFLICT"]
    assert anybody.refusals(SCHEDULE, **stale) == ["UNAUTHENTICATED"]
    scheduled = editor.done(SCHEDULE, **{**stale, "expectedVersions": [1]})
    assert scheduled["revisions"] == [{"itemId": key, "number": 1, "state": "PUBLISHED"}]

    def shown() -> tuple[Any, datetime] | None:
        course = anybody.ask(COURSE, id=key)
        return (course, now()) if course else None

    course, seen_at = wait_for(shown)
    assert seen_at >= at
    assert course == {"title": NEW_COURSE["title"], "summary": "慢一点。", "version": 1}


def _page(house: House, slug: str) -> Any:
    """A shop's page as anybody sees it who has not signed in."""
    return Caller(house).ask(SHOP_PAGE, slug=slug)


def _merchant(house: House, administrator: Caller, shop: str) -> Caller:
    """Somebody new is invited by phone, and runs the shop from the first sign-in on."""
    invitation = {"placeId": shop, "phone": MERCHANT, "role": "MERCHANT"}
    assert Caller(house).refusals(INVITE, **invitation) == ["UNAUTHENTICATED"]
    wrong = {**invitation, "role": "STATION_KEEPER"}
    assert administrator.refusals(INVITE, **wrong) == ["INVALID"]
    invited = administrator.done(INVITE, **invitation)
    assert invited["staff"] == {"role": "MERCHANT", "phoneMasked": "137****5603"}
    merchant = Caller(house, MERCHANT)
    assert set(merchant.sign_in()["roles"]) == {"WORKER", "MERCHANT"}
    return merchant


def _change_own_shop(merchant: Caller, page: Any) -> None:
    own = {"id": page["id"], "openingHours": HOURS, "summary": "新的时间。"}
    version = page["version"]
    assert merchant.refusals(UPDATE_SHOP, **own, expectedVersion=version + 1) == [
        "VERSION_CONFLICT"
    ]
    changed = merchant.done(UPDATE_SHOP, **own, expectedVersion=version)
    assert changed["merchant"]["version"] == version + 1
    offering = page["offerings"]["nodes"][0]
    change = {"id": offering["id"], "expectedVersion": offering["version"]}
    changed = merchant.done(UPDATE_OFFERING, **change, title="小哥晚餐", dailyQuota=88)
    assert changed["offering"]["title"] == "小哥晚餐"


def _worker_sees_it(house: House, before: Any) -> None:
    """Signed in or not; and may only look."""
    page = _page(house, SHOP)
    worker = Caller(house, WORKER)
    assert worker.sign_in()["roles"] == ["WORKER"]
    own = {"id": page["id"], "expectedVersion": page["version"], "summary": "不是我的。"}
    assert worker.refusals(UPDATE_SHOP, **own) == ["NOT_FOUND"]
    assert worker.ask(SHOP_PAGE, slug=SHOP) == page
    assert (page["summary"], page["version"]) == ("新的时间。", before["version"] + 1)
    weekly = [each for each in page["openingHours"] if each["rule"] == "WEEKLY"]
    assert [(each["weekday"], each["opens"], each["closes"]) for each in weekly] == [
        (1, "08:30", "22:15"),
        (6, "08:30", "22:15"),
    ]
    first, *others = page["offerings"]["nodes"]
    assert (first["title"], first["dailyQuota"]) == ("小哥晚餐", 88)
    assert others == before["offerings"]["nodes"][1:]


def _cannot_touch(merchant: Caller, page: Any) -> None:
    """The neighbour's shop, and what it offers, answer as if they were not there."""
    shop = {"id": page["id"], "expectedVersion": page["version"]}
    offering = page["offerings"]["nodes"][0]
    given = {"id": offering["id"], "expectedVersion": offering["version"]}
    new = {"placeId": page["id"], "kind": "MEAL", "title": "抢生意", "audience": "小哥"}
    for document, values in (
        (UPDATE_SHOP, {**shop, "openingHours": HOURS}),
        (UPDATE_OFFERING, {**given, "title": "抢生意"}),
        (WITHDRAW_OFFERING, given),
        (CREATE_OFFERING, new),
    ):
        assert merchant.refusals(document, **values) == ["NOT_FOUND"]
