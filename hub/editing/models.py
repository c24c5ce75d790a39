"""The tables of editing: what items say, said or will say, and the links that show it before."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from hub.editing.rules import RevisionState


class Revision(Model):
    """One version of one item, whole.

    `item_id` is the id of the live row, or the one reserved for an item that was never published.
    `live_version` is the version of the live row that the revision was made over, or that it
    became; 0 where there is none. `values` are those of a content folder, without the
    keys of publication, `changes` how they differ from the revision before. `author_id` is a person
    or a service; null is the hub itself, which keeps what the live row said before it was edited.
    `program_id` and `town_id` are the scopes the item lies in, for who may read it.

    A scheduled revision has `publish_at` and perhaps `expire_at`; those with one `unit_id` are
    published together. `place_id` is set where keepers of a place wait for a reviewer: `wording`
    is then what they said of it, and `values` what the item would say with it.
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=40)
    item_id = fields.UUIDField()
    slug = fields.CharField(max_length=120)
    number = fields.IntField()
    live_version = fields.IntField()
    state = fields.CharEnumField(RevisionState, max_length=16)
    values: Any = fields.JSONField()
    changes: Any = fields.JSONField()
    note = fields.CharField(max_length=500)
    author_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=500)
    program_id = fields.UUIDField(null=True)
    town_id = fields.UUIDField(null=True)
    publish_at = fields.DatetimeField(null=True)
    expire_at = fields.DatetimeField(null=True)
    unit_id = fields.UUIDField(null=True)
    scheduled_by = fields.UUIDField(null=True)
    place_id = fields.UUIDField(null=True)
    wording: Any = fields.JSONField(null=True)

    class Meta:
        table = "revision"
        unique_together = (("item_id", "number"),)
        indexes = (
            Index(fields=("state", "publish_at"), name="revision_due"),
            Index(fields=("unit_id",), name="revision_unit"),
            Index(fields=("place_id",), name="revision_place"),
            Index(fields=("kind", "slug"), name="revision_slug"),
            Index(fields=("state", "created_at", "id"), name="revision_state"),
            Index(fields=("author_id", "created_at", "id"), name="revision_author"),
        )


class PreviewLink(Model):
    """One revision that a preview link shows; a link has one row for each.

    `link_id` is what the token names. `program_id` and `town_id` are where the item lay when the
    link was made, for who may see and revoke it.
    """

    id = fields.UUIDField(primary_key=True)
    link_id = fields.UUIDField()
    position = fields.IntField()
    kind = fields.CharField(max_length=40)
    item_id = fields.UUIDField()
    revision_id = fields.UUIDField()
    number = fields.IntField()
    author_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    revoked_by = fields.UUIDField(null=True)
    program_id = fields.UUIDField(null=True)
    town_id = fields.UUIDField(null=True)

    class Meta:
        table = "preview_link"
        unique_together = (("link_id", "position"),)
        indexes = (Index(fields=("item_id", "created_at", "id"), name="preview_link_item"),)
