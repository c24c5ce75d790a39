"""How a shop joins: somebody applies, a reviewer of its town decides, each step audited.

An approval writes the shop, what it offers and its keeper's role in one transaction. All steps
wait for the lock of those who write content (`as_unit`): of two reviewers who read the same
version one decides, and the same shop is not twice open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub.access.service import Lookups, give_role_by_decision
from hub.audit import service as audit
from hub.auth import Grant, Role, Scope, ScopeKind, Viewer, require_person
from hub.bulk import insert_rows, update_rows
from hub.catalogue import KINDS_BY_NAME
from hub.content import clean_text
from hub.editing.queries import found_by_slugs
from hub.editing.service.inputs import assert_references, checked, merged, with_slugs
from hub.editing.service.revisions import as_unit, assert_known, author_of
from hub.encryption import encrypt
from hub.errors import Conflict, Invalid
from hub.ids import new_id
from hub.kinds import Row
from hub.merchants.models import MerchantApplication
from hub.merchants.queries import (
    APPLICATIONS_TO_DECIDE,
    CONTACT_PURPOSE,
    OWN_APPLICATIONS,
    application_of,
    contact_name_of,
    count_open_applications,
    open_application,
    written_application,
)
from hub.merchants.rules import (
    APPLICATIONS_OPEN_MAX,
    CONTACT_NAME_MAX_CHARS,
    DECIDED,
    PROPOSED_OFFERINGS_MAX,
    UNNAMED,
    ApplicationState,
    Decision,
    application_not_found,
    assert_changeable,
    assert_decidable,
    assert_not_applicant,
    assert_reasoned,
    assert_room,
    assert_street_in_town,
    assert_version,
    shop_key,
    shop_taken,
)
from hub.merchants.service.keeping import named_for_keepers, publish_new
from hub.records import Record


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an applicant says: keys of the file models of a merchant and its offerings.

    In a change, what `shop` leaves out stays and None clears it; None for the others: they stay.
    """

    shop: Mapping[str, Any]
    offerings: Sequence[Mapping[str, Any]] | None = None
    contact_name: str | None = None


@dataclass(frozen=True, slots=True)
class _Content:
    """What an application says, checked; ids are those of `shop`'s slugs."""

    shop: Row
    offerings: list[Row]
    contact_name: str
    town_id: UUID
    street_id: UUID | None

    @property
    def open_key(self) -> str:
        return shop_key(self.shop["name"], self.shop["address"])

    def columns(self) -> Row:
        return {
            "shop": self.shop,
            "offerings": self.offerings,
            "contact_name_encrypted": encrypt(self.contact_name, purpose=CONTACT_PURPOSE),
            "town_id": self.town_id,
            "street_id": self.street_id,
            "open_key": self.open_key,
        }

    def is_said_by(self, row: Record) -> bool:
        said = (row.shop, row.offerings, contact_name_of(row))
        return said == (self.shop, self.offerings, self.contact_name)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer decides, and why."""

    decision: Decision
    reason: str = ""


async def apply_as_merchant(viewer: Viewer, *, proposal: Proposal) -> Record:
    """Apply for a shop to join; the row of the application.

    Said again word for word by the same person while it is open, it is the same application.
    Raises Unauthenticated for nobody and for services, Invalid naming the input, and Conflict for
    a shop that is applied for already and for more open applications than a person may have.
    """
    person_id = require_person(viewer.actor)

    async def apply() -> Record:
        content = await _content(viewer, None, proposal)
        there = await open_application(content.open_key)
        if there is not None:
            if there.applicant_id == person_id and content.is_said_by(there):
                return there
            raise shop_taken()
        count = await count_open_applications(person_id, cap=APPLICATIONS_OPEN_MAX)
        assert_room(count)
        row = {
            **content.columns(),
            "id": new_id(),
            "applicant_id": person_id,
            "state": ApplicationState.SUBMITTED,
            "version": 1,
            "created_at": viewer.now,
            "submitted_at": viewer.now,
            "reason": "",
        }
        await insert_rows(MerchantApplication, [row])
        return await _audited(viewer, row["id"], before=None)

    return await as_unit(apply)


async def update_application(
    viewer: Viewer, application_id: UUID | None, *, expected_version: int, proposal: Proposal
) -> Record:
    """Change one's own open application; its row afterwards.

    One that was returned goes back to the reviewers, changed or not; otherwise a change of
    nothing leaves the version as it is. Raises Unauthenticated, NotFound for one that is not
    there or somebody else's, VersionConflict, Invalid, and Conflict for one that is decided or
    withdrawn and for a shop that is applied for already.
    """
    require_person(viewer.actor)

    async def update() -> Record:
        row = await _own_open(viewer, application_id, expected_version)
        content = await _content(viewer, row, proposal)
        there = await open_application(content.open_key)
        if there is not None and there.id != row.id:
            raise shop_taken()
        if row.state is ApplicationState.SUBMITTED and content.is_said_by(row):
            return row
        step = {"state": ApplicationState.SUBMITTED, "submitted_at": viewer.now}
        return await _changed(viewer, row, {**content.columns(), **step})

    return await as_unit(update)


async def withdraw_application(
    viewer: Viewer, application_id: UUID | None, *, expected_version: int
) -> Record:
    """Take one's own open application back for good; its row afterwards.

    Raises as `update_application` does.
    """
    require_person(viewer.actor)

    async def withdraw() -> Record:
        row = await _own_open(viewer, application_id, expected_version)
        return await _changed(viewer, row, {"state": ApplicationState.WITHDRAWN, **_ENDED})

    return await as_unit(withdraw)


async def decide_application(
    viewer: Viewer,
    application_id: UUID | None,
    *,
    expected_version: int,
    verdict: Verdict,
    lookups: Lookups,
) -> Record:
    """Approve, return or refuse an application of one's town; its row afterwards.

    An approval makes the shop and what it offers public at once, and the applicant its keeper: all
    of it or nothing. Raises Unauthenticated; NotFound for one that is not there or not the
    viewer's to decide; ReviewRequired for one's own; VersionConflict; Invalid for a decision
    without its reason; Conflict for one that waits for no reviewer, and for a shop that cannot be
    published as it is.
    """
    assert_known(viewer)
    reason = _text(verdict.reason, key="reason")
    assert_reasoned(verdict.decision, reason)

    async def decide() -> Record:
        row = await application_of(viewer, application_id, listing=APPLICATIONS_TO_DECIDE)
        if row is None:
            raise application_not_found()
        assert_not_applicant(row.applicant_id, viewer.actor.person_id)
        assert_version(expected_version, current=row.version)
        assert_decidable(row.state)
        change: Row = {
            "state": DECIDED[verdict.decision],
            "decided_by": author_of(viewer),
            "decided_at": viewer.now,
            "reason": reason,
        }
        if verdict.decision is not Decision.RETURN:
            change |= _ENDED
        if verdict.decision is Decision.APPROVE:
            change["merchant_id"] = await _joined(viewer, row, lookups)
        return await _changed(viewer, row, change)

    return await as_unit(decide)


_ENDED: Mapping[str, Any] = {"open_key": None, "contact_name_encrypted": None}
"""What an application that has come to its end no longer keeps."""


async def _joined(viewer: Viewer, row: Record, lookups: Lookups) -> UUID:
    """The id of the shop that an application has become, with its offerings and its keeper."""
    try:
        shop = await publish_new(
            viewer, "merchants", values=row.shop, action="merchants.place_created"
        )
        for position, offering in enumerate(row.offerings, 1):
            values = {**offering, "place": shop.slug, "position": position}
            await publish_new(
                viewer, "offerings", values=values, action="merchants.offering_created"
            )
    except Invalid as refusal:
        raise Conflict(
            f"It cannot be published as it is: {refusal.message} Return it to be corrected.",
            chinese=f"无法按现有内容发布：{refusal.chinese}请退回补正。",
            path=("input", "decision"),
        ) from refusal
    grant = Grant(Role.MERCHANT, Scope(ScopeKind.PLACE, shop.id))
    await give_role_by_decision(viewer.actor, row.applicant_id, grant=grant, lookups=lookups)
    shop_id: UUID = shop.id
    return shop_id


async def _own_open(viewer: Viewer, application_id: UUID | None, expected_version: int) -> Record:
    row = await application_of(viewer, application_id, listing=OWN_APPLICATIONS)
    if row is None:
        raise application_not_found()
    assert_version(expected_version, current=row.version)
    assert_changeable(row.state)
    return row


async def _content(viewer: Viewer, row: Record | None, proposal: Proposal) -> _Content:
    """What a proposal says, over what the application said before. Raises Invalid."""
    shop = await _checked_shop(viewer, row.shop if row else {}, proposal.shop)
    offerings, name = proposal.offerings, proposal.contact_name
    kept = row.offerings if row else []
    if name is None:
        name = (contact_name_of(row) if row else None) or ""
    town_id, street_id = await _where(viewer, shop)
    return _Content(
        shop,
        kept if offerings is None else _checked_offerings(offerings),
        _contact_name(name),
        town_id,
        street_id,
    )


async def _checked_shop(viewer: Viewer, before: Row, patch: Mapping[str, Any]) -> Row:
    kind = KINDS_BY_NAME["merchants"]
    with named_for_keepers():
        values = merged(before, await with_slugs(kind, patch, viewer=viewer))
        plain = checked(kind, {**values, kind.key: UNNAMED})
        await assert_references(kind, plain, viewer=viewer)
    return {key: value for key, value in plain.items() if key != kind.key}


def _checked_offerings(offerings: Sequence[Mapping[str, Any]]) -> list[Row]:
    if len(offerings) > PROPOSED_OFFERINGS_MAX:
        raise Invalid(
            f"offerings has more than {PROPOSED_OFFERINGS_MAX} items.",
            chinese=f"服务项目不能超过 {PROPOSED_OFFERINGS_MAX} 项。",
            path=("input", "offerings"),
        )
    return [_checked_offering(each, index) for index, each in enumerate(offerings)]


def _checked_offering(values: Mapping[str, Any], index: int) -> Row:
    kind, to_come = KINDS_BY_NAME["offerings"], {"slug": UNNAMED, "place": UNNAMED}
    try:
        plain = checked(kind, {**merged({}, values), **to_come})
    except Invalid as refusal:
        path = ("input", "offerings", index, *refusal.path[1:])
        raise Invalid(refusal.message, chinese=refusal.chinese, path=path) from refusal
    return {key: value for key, value in plain.items() if key not in to_come}


async def _where(viewer: Viewer, shop: Row) -> tuple[UUID, UUID | None]:
    """The town and the street that a shop names, which are there. Raises Invalid."""
    town = (await found_by_slugs(("towns",), [shop["town"]], now=viewer.now))[shop["town"]]
    slug = shop.get("street")
    if slug is None:
        return town.id, None
    street = (await found_by_slugs(("friendly_streets",), [slug], now=viewer.now))[slug]
    assert_street_in_town(street.area.town_id, town.id)
    return town.id, street.id


def _contact_name(name: str) -> str:
    name = _text(name, key="contactName")
    if not name or "\n" in name or len(name) > CONTACT_NAME_MAX_CHARS:
        raise Invalid(
            f"contactName has between 1 and {CONTACT_NAME_MAX_CHARS} characters on one line.",
            chinese=f"联系人姓名须为 1 到 {CONTACT_NAME_MAX_CHARS} 个字。",
            path=("input", "contactName"),
        )
    return name


def _text(value: str, *, key: str) -> str:
    try:
        return clean_text(value)
    except ValueError as error:
        raise Invalid(
            f"{key} {error}.", chinese=f"{key} 含有不允许的字符。", path=("input", key)
        ) from error


async def _changed(viewer: Viewer, row: Record, change: Mapping[str, Any]) -> Record:
    values = {"id": row.id, "version": row.version + 1, **change}
    columns = [name for name in values if name != "id"]
    await update_rows(MerchantApplication, [values], columns=columns)
    return await _audited(viewer, row.id, before=row)


async def _audited(viewer: Viewer, application_id: UUID, *, before: Record | None) -> Record:
    """The application as it is now, after its step was written down."""
    row = await written_application(application_id)
    step = row.state.value if before is None or before.state is not row.state else "changed"
    await audit.record(
        viewer.actor,
        f"merchants.application_{step}",
        object=("MerchantApplication", application_id),
        before=_told(before) if before else None,
        after=_told(row),
    )
    return row


def _told(row: Record) -> Row:
    """What the audit is told: of the people behind a shop no more than their ids."""
    told = {"state": row.state, "shop": row.shop, "offerings": row.offerings}
    return {**told, "reason": row.reason, "merchant_id": row.merchant_id}
