"""A shop applies, a reviewer decides: every outcome, and nothing changed after a refusal."""

import asyncio
from typing import Any

import pytest

from hub.access.queries import grants_of
from hub.audit.models import AuditEntry
from hub.auth import Action, Grant, Role, Scope, ScopeKind, Viewer
from hub.directory.queries import MERCHANTS, OFFERINGS, hours_by_place_ids
from hub.errors import (
    Conflict,
    HubError,
    Invalid,
    NotFound,
    ReviewRequired,
    Unauthenticated,
    VersionConflict,
)
from hub.filters import Condition, Operator
from hub.ids import new_id
from hub.listing import ListQuery
from hub.merchants.queries import contact_name_of
from hub.merchants.rules import APPLICATIONS_OPEN_MAX, ApplicationState, Decision
from hub.merchants.service.applications import (
    Proposal,
    apply_as_merchant,
    update_application,
    withdraw_application,
)
from hub.merchants.service.keeping import update_place
from hub.pagination import PageRequest
from hub.publishing import StoredState
from hub.records import Ordering, Record, Select, fetch_records
from tests.factories import directory
from tests.factories.editors import NOW, nobody, of_program, reviewer
from tests.factories.people import service
from tests.hub.merchants.applying import (
    CONTACT,
    OFFER,
    Quarter,
    applicant,
    make_quarter,
    reviewer_of,
)
from tests.hub.merchants.conftest import TABLES as WRITTEN
from tests.hub.merchants.conftest import refused

TABLES = (*WRITTEN, "merchant_application", "role_grant", "revocation")
FIRST = ListQuery(PageRequest(20, None, backward=False))


@pytest.fixture
async def quarter(database: object) -> Quarter:
    """A town with a street, a reviewer and an applicant."""
    return await make_quarter()


async def audited() -> list[Record]:
    """What was written down since there is an applicant."""
    entries = await fetch_records(Select(AuditEntry), order=[Ordering("id")])
    return [each for each in entries if each.action != "identity.person_created"]


async def test_an_application_is_kept_with_little_about_people(quarter: Quarter) -> None:
    row = await quarter.apply()
    assert (row.state, row.version, row.created_at) == (ApplicationState.SUBMITTED, 1, NOW)
    assert (row.applicant_id, row.town_id) == (quarter.person.id, quarter.town.id)
    assert row.street_id == quarter.street.id
    assert (row.shop["name"], row.shop["town"]) == ("老王面馆", quarter.town.slug)
    assert "slug" not in row.shop
    assert [each["title"] for each in row.offerings] == ["十元面"]
    assert CONTACT not in row.contact_name_encrypted
    assert contact_name_of(row) == CONTACT
    (entry,) = await audited()
    assert (entry.action, entry.object_id) == ("merchants.application_submitted", row.id)
    assert CONTACT not in str(entry.after)
    assert "0574" not in str(entry.after)
    assert (await MERCHANTS.page(nobody(), FIRST)).rows == []


async def test_said_again_it_is_the_same(quarter: Quarter) -> None:
    row = await quarter.apply()
    told = await asyncio.gather(*(quarter.apply() for _ in range(3)))
    assert {each.id for each in told} == {row.id}
    assert len(await audited()) == 1
    for values in ({"summary": "别的"}, {"name": "老王 面馆"}):
        refusal = await refused(quarter.apply(**values), Conflict, *TABLES)
        assert refusal.path == ("input", "name")
    other = apply_as_merchant(applicant(), proposal=quarter.proposal())
    await refused(other, Conflict, *TABLES)


async def test_what_has_ended_may_be_applied_for_again(quarter: Quarter) -> None:
    row = await quarter.apply()
    await withdraw_application(quarter.viewer, row.id, expected_version=1)
    second = await quarter.apply()
    await quarter.decide(second, Decision.REFUSE)
    third = await quarter.apply()
    assert len({row.id, second.id, third.id}) == 3


async def test_a_person_has_a_few_open_at_most(quarter: Quarter) -> None:
    deeds = [quarter.apply(address=f"潘火路 {number} 号") for number in range(8)]
    told = await asyncio.gather(*deeds, return_exceptions=True)
    made = [each for each in told if isinstance(each, Record)]
    assert len(made) == APPLICATIONS_OPEN_MAX
    assert sum(type(each) is Conflict for each in told) == 8 - APPLICATIONS_OPEN_MAX
    await refused(quarter.apply(address="别处"), Conflict, *TABLES)
    await withdraw_application(quarter.viewer, made[0].id, expected_version=1)
    assert (await quarter.apply(address="别处")).version == 1


async def test_twice_at_once_by_two_is_once(quarter: Quarter) -> None:
    deeds = [apply_as_merchant(applicant(), proposal=quarter.proposal()) for _ in range(4)]
    told = await asyncio.gather(*deeds, return_exceptions=True)
    assert sum(isinstance(each, Record) for each in told) == 1
    assert sum(type(each) is Conflict for each in told) == 3


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": ""}, ("input", "name")),
        ({"phone": "1" * 41}, ("input", "phone")),
        ({"category": "bank"}, ("input", "category")),
        ({"location": {"latitude": 91.0, "longitude": 1.0}}, ("input", "location", "latitude")),
        ({"hours": {"weekly": [{"days": []}]}}, ("input", "openingHours", "weekly", 0, "opens")),
    ],
)
async def test_what_does_not_fit_is_named(quarter: Quarter, changes: Any, path: Any) -> None:
    assert (await refused(quarter.apply(**changes), Invalid, *TABLES)).path == path
    row = await quarter.apply()
    deed = update_application(
        quarter.viewer, row.id, expected_version=1, proposal=Proposal(changes)
    )
    assert (await refused(deed, Invalid, *TABLES)).path == path


async def test_offerings_contacts_and_streets_that_do_not_fit(quarter: Quarter) -> None:
    elsewhere = await directory.street()
    hidden = await directory.street(town_id=quarter.town.id, state=StoredState.DRAFT)
    shop = quarter.shop()
    street = shop["street"]
    cases: list[tuple[Proposal, tuple[object, ...]]] = [
        (Proposal(shop, [OFFER, {**OFFER, "title": ""}], CONTACT), ("offerings", 1, "title")),
        (
            Proposal(shop, [{**OFFER, "daily_quota": -1}], CONTACT),
            ("offerings", 0, "dailyQuota"),
        ),
        (Proposal(shop, [OFFER] * 11, CONTACT), ("offerings",)),
        (Proposal(shop, [], "  "), ("contactName",)),
        (Proposal(shop, [], "名" * 41), ("contactName",)),
        (Proposal(shop, [], "王\0"), ("contactName",)),
        (Proposal(shop, [], "王\n李"), ("contactName",)),
        (Proposal(shop, []), ("contactName",)),
        (
            Proposal({**shop, "street": type(street)(street.kinds, elsewhere.id)}, [], CONTACT),
            ("streetId",),
        ),
        (
            Proposal({**shop, "street": type(street)(street.kinds, hidden.id)}, [], CONTACT),
            ("streetId",),
        ),
        (Proposal({**shop, "town": type(street)(("towns",), None)}, [], CONTACT), ("townId",)),
    ]
    for proposal, path in cases:
        deed = apply_as_merchant(quarter.viewer, proposal=proposal)
        assert (await refused(deed, Invalid, *TABLES)).path == ("input", *path)


async def test_nobody_and_services_do_not_apply(quarter: Quarter) -> None:
    row = await quarter.apply()
    key = Viewer(service(*Action), NOW)
    for viewer in (nobody(), key):
        deeds: list[Any] = [
            apply_as_merchant(viewer, proposal=quarter.proposal()),
            update_application(viewer, row.id, expected_version=1, proposal=Proposal({})),
            withdraw_application(viewer, row.id, expected_version=1),
        ]
        for deed in deeds:
            await refused(deed, Unauthenticated, *TABLES)
    await refused(quarter.decide(row, Decision.REFUSE, by=nobody()), Unauthenticated, *TABLES)


async def test_an_applicant_changes_what_was_said(quarter: Quarter) -> None:
    row = await quarter.apply()
    change = Proposal({"name": "老王饭店", "phone": None}, [], "李老板")
    changed = await update_application(quarter.viewer, row.id, expected_version=1, proposal=change)
    assert (changed.version, changed.state) == (2, ApplicationState.SUBMITTED)
    assert (changed.shop["name"], changed.offerings) == ("老王饭店", [])
    assert "phone" not in changed.shop
    assert contact_name_of(changed) == "李老板"
    assert changed.shop["summary"] == "手工面"
    same = await update_application(
        quarter.viewer, row.id, expected_version=2, proposal=Proposal({})
    )
    assert same.version == 2
    stale = update_application(
        quarter.viewer, row.id, expected_version=1, proposal=Proposal({"name": "旧"})
    )
    assert (await refused(stale, VersionConflict, *TABLES)).data == {"current": 2}
    second = await quarter.apply(name="老王面馆")
    taken = update_application(
        quarter.viewer, second.id, expected_version=1, proposal=Proposal({"name": "老王饭店"})
    )
    assert (await refused(taken, Conflict, *TABLES)).path == ("input", "name")
    actions = [each.action for each in await audited()]
    assert actions[:2] == ["merchants.application_submitted", "merchants.application_changed"]


async def test_returned_corrected_and_approved(quarter: Quarter) -> None:
    row = await quarter.apply()
    returned = await quarter.decide(row, Decision.RETURN, "请写明门牌号")
    assert (returned.state, returned.reason) == (ApplicationState.RETURNED, "请写明门牌号")
    assert (returned.decided_by, returned.version) == (quarter.reviewer.actor.person_id, 2)
    await refused(quarter.decide(returned, Decision.APPROVE), Conflict, *TABLES)
    again = Proposal({"address": "潘火路 188 号"})
    mended = await update_application(quarter.viewer, row.id, expected_version=2, proposal=again)
    assert (mended.state, mended.version) == (ApplicationState.SUBMITTED, 3)
    done = await quarter.decide(mended, Decision.APPROVE, "")
    assert (done.state, done.reason) == (ApplicationState.APPROVED, "")
    assert (done.open_key, done.contact_name_encrypted) == (None, None)
    await assert_joined(quarter, done)
    assert [each.action for each in await audited()] == [
        "merchants.application_submitted",
        "merchants.application_returned",
        "merchants.application_submitted",
        "merchants.place_created",
        "merchants.offering_created",
        "access.role_given",
        "merchants.application_approved",
    ]


async def assert_joined(quarter: Quarter, row: Record) -> None:
    """The shop and what it offers are public, and its applicant runs it."""
    (shop,) = await MERCHANTS.by_ids(nobody(), [row.merchant_id])
    assert shop is not None
    assert (shop.name, shop.address, shop.street_id) == (
        "老王面馆",
        "潘火路 188 号",
        quarter.street.id,
    )
    assert (shop.town_id, shop.phone, shop.version) == (quarter.town.id, "0574-11112222", 1)
    (hours,) = await hours_by_place_ids([shop.id])
    assert [each.weekday for each in hours] == [1, 2]
    where = Condition("place", Operator.EQ, shop.id)
    (offering,) = (await OFFERINGS.page(nobody(), ListQuery(FIRST.request, where))).rows
    assert (offering.title, offering.daily_quota, offering.position) == ("十元面", 10, 1)
    grant = Grant(Role.MERCHANT, Scope(ScopeKind.PLACE, shop.id))
    assert await grants_of(quarter.person.id, NOW) == (grant,)
    keeper = Viewer(type(quarter.viewer.actor)(quarter.person.id, grants=(grant,)), NOW)
    await update_place(keeper, shop.id, expected_version=1, patch={"summary": "手工面"})


async def test_refused_and_withdrawn_are_the_end(quarter: Quarter) -> None:
    refusals = []
    row = await quarter.apply()
    refusals.append(await quarter.decide(row, Decision.REFUSE, "不在本街道"))
    row = await quarter.apply()
    refusals.append(await withdraw_application(quarter.viewer, row.id, expected_version=1))
    row = await quarter.apply()
    refusals.append(await quarter.decide(row, Decision.APPROVE, ""))
    assert [each.state.value for each in refusals] == ["refused", "withdrawn", "approved"]
    for each in refusals:
        assert (each.open_key, each.contact_name_encrypted) == (None, None)
        deeds: list[Any] = [
            update_application(
                quarter.viewer, each.id, expected_version=2, proposal=Proposal({"name": "新"})
            ),
            withdraw_application(quarter.viewer, each.id, expected_version=2),
            quarter.decide(each, Decision.APPROVE),
            quarter.decide(each, Decision.REFUSE),
        ]
        for deed in deeds:
            assert (await refused(deed, Conflict, *TABLES)).path == ("input", "id")


async def test_who_may_not_decide(quarter: Quarter) -> None:
    row = await quarter.apply()
    elsewhere = await directory.town()
    own = await reviewer_of(quarter.town.id)
    theirs = await apply_as_merchant(own, proposal=quarter.proposal(name="审核员的店"))
    editor = await reviewer_of(None, role=Role.EDITOR)
    manager = await reviewer_of(quarter.town.id, role=Role.MANAGER)
    no_factor = Viewer(type(own.actor)(own.actor.person_id, grants=own.actor.grants), NOW)
    cases: list[tuple[Viewer, Record, type[HubError]]] = [
        (quarter.viewer, row, NotFound),
        (await reviewer_of(elsewhere.id), row, NotFound),
        (reviewer(of_program(new_id())), row, NotFound),
        (editor, row, NotFound),
        (manager, row, NotFound),
        (no_factor, row, NotFound),
        (own, theirs, ReviewRequired),
    ]
    for viewer, asked, refusal in cases:
        for decision in Decision:
            deed = quarter.decide(asked, decision, by=viewer)
            assert (await refused(deed, refusal, *TABLES)).path == ("input", "id")
    messages = set()
    for key in (new_id(), row.id):
        deed = withdraw_application(applicant(), key, expected_version=1)
        messages.add(str(await refused(deed, NotFound, *TABLES)))
    assert len(messages) == 1


async def test_a_reviewer_whose_role_was_just_taken_approves_nothing(quarter: Quarter) -> None:
    """The session still knows of the role; the database does not, and the shop is not there."""
    row = await quarter.apply()
    scope = Scope(ScopeKind.TOWN, quarter.town.id)
    with pytest.raises(HubError):
        await quarter.decide(row, Decision.APPROVE, by=reviewer(scope))
    assert (await MERCHANTS.page(nobody(), FIRST)).rows == []
    assert await grants_of(quarter.person.id, NOW) == ()


async def test_services_and_the_district_decide(quarter: Quarter) -> None:
    first, second = await quarter.apply(), await quarter.apply(name="二店")
    key = Viewer(service(Action.DECIDE_MERCHANT_APPLICATION), NOW)
    done = await quarter.decide(first, Decision.APPROVE, by=key)
    assert (done.state, done.decided_by) == (ApplicationState.APPROVED, key.actor.service_id)
    district = await reviewer_of(None)
    done = await quarter.decide(second, Decision.APPROVE, by=district)
    assert done.state is ApplicationState.APPROVED


@pytest.mark.parametrize("reason", ["", " \n", "长" * 501, "不\0行"])
async def test_reasons_that_do_not_fit(quarter: Quarter, reason: str) -> None:
    row = await quarter.apply()
    for decision in (Decision.RETURN, Decision.REFUSE):
        deed = quarter.decide(row, decision, reason)
        assert (await refused(deed, Invalid, *TABLES)).path == ("input", "reason")


async def test_what_can_no_longer_be_published_is_a_conflict(quarter: Quarter) -> None:
    """Meanwhile the street has gone; everything is as it was, and it can be returned."""
    row = await quarter.apply()
    await quarter.street.delete()
    deed = quarter.decide(row, Decision.APPROVE)
    assert (await refused(deed, Conflict, *TABLES)).path == ("input", "decision")
    assert (await quarter.decide(row, Decision.RETURN)).state is ApplicationState.RETURNED


async def test_two_reviewers_at_once_and_one_wins(quarter: Quarter) -> None:
    row = await quarter.apply()
    others = [await reviewer_of(quarter.town.id) for _ in range(4)]
    deeds = [
        quarter.decide(row, decision, by=who)
        for who, decision in zip(others, [*Decision, Decision.APPROVE], strict=True)
    ]
    told = await asyncio.gather(*deeds, return_exceptions=True)
    (winner,) = [each for each in told if isinstance(each, Record)]
    assert sum(type(each) is VersionConflict for each in told) == 3
    shops = (await MERCHANTS.page(nobody(), FIRST)).rows
    assert len(shops) == (winner.state is ApplicationState.APPROVED)
    assert winner.version == 2


async def test_a_correction_and_a_decision_at_once(quarter: Quarter) -> None:
    row = await quarter.apply()
    change = Proposal({"name": "新名字"})
    told = await asyncio.gather(
        quarter.decide(row, Decision.APPROVE),
        update_application(quarter.viewer, row.id, expected_version=1, proposal=change),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Record) for each in told) == 1
    assert sum(type(each) is VersionConflict for each in told) == 1
