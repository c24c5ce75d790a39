"""Tables of those who compete and judge. Rows are ended, never deleted.

`slot` is 1 while a row counts and null once it is over, so that an index can hold each once.
"""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from hub.contests.rules import EntryState, ObjectionState, ScoringState


class Admission(Model):
    """The numbers of a division (its id is the division's): its letters, and the last one given."""

    id = fields.UUIDField(primary_key=True)
    competition: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Competition", related_name=False, on_delete=fields.CASCADE
    )
    prefix = fields.CharField(max_length=4)
    last_number = fields.IntField(default=0)

    class Meta:
        table = "admission"
        unique_together = (("competition_id", "prefix"),)


class Entry(Model):
    """That somebody, or a team, competes in a division.

    It belongs to one registration. `number` is given once the registration holds a seat.
    """

    id = fields.UUIDField(primary_key=True)
    registration: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Registration", related_name=False, on_delete=fields.RESTRICT
    )
    competition: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Competition", related_name=False, on_delete=fields.RESTRICT
    )
    division: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Division", related_name=False, on_delete=fields.RESTRICT
    )
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.RESTRICT
    )
    number = fields.IntField(null=True)
    admission_number = fields.CharField(max_length=16, null=True)
    display_name = fields.CharField(max_length=80)
    is_name_public = fields.BooleanField(default=False)
    state = fields.CharEnumField(EntryState, max_length=16, default=EntryState.ACTIVE)
    reason = fields.CharField(max_length=500, default="")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "entry"
        indexes = (
            Index(fields=("person_id", "created_at", "id"), name="entry_person"),
            Index(fields=("competition_id", "state"), name="entry_competition"),
        )
        constraints = (
            UniqueConstraint(fields=("registration_id",), name="entry_registration"),
            UniqueConstraint(fields=("division_id", "number"), name="entry_number"),
        )


class Team(Model):
    """The team of an entry. `members` counts the captain too; `substitutes` stand beside."""

    id = fields.UUIDField(primary_key=True)
    entry: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Entry", related_name=False, on_delete=fields.RESTRICT
    )
    captain: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.RESTRICT
    )
    name = fields.CharField(max_length=80)
    members = fields.IntField(default=1)
    substitutes = fields.IntField(default=0)
    created_at = fields.DatetimeField()

    class Meta:
        table = "team"
        constraints = (
            CheckConstraint(check="members >= 0 AND substitutes >= 0", name="team_counts"),
            UniqueConstraint(fields=("entry_id",), name="team_entry"),
        )


class TeamMember(Model):
    """That somebody is in a team; in one of a division at a time."""

    id = fields.UUIDField(primary_key=True)
    team: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Team", related_name=False, on_delete=fields.RESTRICT
    )
    division_id = fields.UUIDField()
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.RESTRICT
    )
    is_substitute = fields.BooleanField(default=False)
    slot = fields.IntField(null=True)
    joined_at = fields.DatetimeField()
    left_at = fields.DatetimeField(null=True)

    class Meta:
        table = "team_member"
        indexes = (
            Index(fields=("team_id", "joined_at", "id"), name="member_team"),
            Index(fields=("person_id", "slot"), name="member_person"),
        )
        constraints = (
            UniqueConstraint(fields=("division_id", "person_id", "slot"), name="member_once"),
        )


class TeamInvitation(Model):
    """A code by which people join a team, kept as its digest; a team has one that counts."""

    id = fields.UUIDField(primary_key=True)
    team: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Team", related_name=False, on_delete=fields.RESTRICT
    )
    code_digest = fields.CharField(max_length=64, unique=True)
    slot = fields.IntField(null=True)
    created_by = fields.UUIDField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "team_invitation"
        constraints = (UniqueConstraint(fields=("team_id", "slot"), name="team_invitation_once"),)


class StageScoring(Model):
    """How far the scoring of a stage is (its id is the stage's); without a row it is open."""

    id = fields.UUIDField(primary_key=True)
    state = fields.CharEnumField(ScoringState, max_length=16, default=ScoringState.OPEN)
    closed_at = fields.DatetimeField(null=True)
    computed_at = fields.DatetimeField(null=True)
    published_at = fields.DatetimeField(null=True)
    objections_until = fields.DatetimeField(null=True)
    finalised_at = fields.DatetimeField(null=True)

    class Meta:
        table = "stage_scoring"


class StageEntry(Model):
    """That an entry has gone on to a stage. Everybody competes in the first that is judged."""

    id = fields.UUIDField(primary_key=True)
    stage: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Stage", related_name=False, on_delete=fields.RESTRICT
    )
    entry: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Entry", related_name=False, on_delete=fields.RESTRICT
    )
    added_at = fields.DatetimeField()

    class Meta:
        table = "stage_entry"
        unique_together = (("stage_id", "entry_id"),)


class StageJudge(Model):
    """That somebody judges a stage."""

    id = fields.UUIDField(primary_key=True)
    stage: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Stage", related_name=False, on_delete=fields.RESTRICT
    )
    person: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Person", related_name=False, on_delete=fields.RESTRICT
    )
    slot = fields.IntField(null=True)
    assigned_by = fields.UUIDField(null=True)
    assigned_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "stage_judge"
        indexes = (Index(fields=("person_id", "slot"), name="judge_person"),)
        constraints = (
            UniqueConstraint(fields=("stage_id", "person_id", "slot"), name="judge_once"),
        )


class ConflictOfInterest(Model):
    """That somebody may not judge an entry (回避)."""

    id = fields.UUIDField(primary_key=True)
    entry: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Entry", related_name=False, on_delete=fields.RESTRICT
    )
    person_id = fields.UUIDField()
    reason = fields.CharField(max_length=500)
    declared_by = fields.UUIDField(null=True)
    declared_at = fields.DatetimeField()

    class Meta:
        table = "conflict_of_interest"
        unique_together = (("entry_id", "person_id"),)


class ScoreSheet(Model):
    """What a judge gives an entry: points by criterion, as decimal text."""

    id = fields.UUIDField(primary_key=True)
    judge: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.StageJudge", related_name=False, on_delete=fields.RESTRICT
    )
    stage_id = fields.UUIDField()
    entry: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Entry", related_name=False, on_delete=fields.RESTRICT
    )
    points: Any = fields.JSONField()
    version = fields.IntField(default=1)
    submitted_at = fields.DatetimeField()

    class Meta:
        table = "score_sheet"
        unique_together = (("judge_id", "entry_id"),)
        indexes = (Index(fields=("stage_id", "entry_id"), name="sheet_stage"),)


class StageResult(Model):
    """What an entry achieved in a stage, ranked within its division.

    `dropped` is how many of the judges' totals were left out; `is_advanced` is null until that is
    decided.
    """

    id = fields.UUIDField(primary_key=True)
    stage: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Stage", related_name=False, on_delete=fields.RESTRICT
    )
    entry: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Entry", related_name=False, on_delete=fields.RESTRICT
    )
    division_id = fields.UUIDField()
    score = fields.DecimalField(max_digits=12, decimal_places=2)
    tie_break = fields.DecimalField(max_digits=12, decimal_places=2, null=True)
    rank = fields.IntField()
    judges = fields.IntField()
    dropped = fields.IntField(default=0)
    is_advanced = fields.BooleanField(null=True)
    corrected_at = fields.DatetimeField(null=True)
    correction_reason = fields.CharField(max_length=500, default="")

    class Meta:
        table = "stage_result"
        unique_together = (("stage_id", "entry_id"),)
        indexes = (
            Index(fields=("stage_id", "division_id", "rank", "id"), name="result_stage"),
            Index(fields=("entry_id",), name="result_entry"),
        )


class Objection(Model):
    """What somebody says against a result; its words stand here encrypted."""

    id = fields.UUIDField(primary_key=True)
    stage: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Stage", related_name=False, on_delete=fields.RESTRICT
    )
    entry: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "hub.Entry", related_name=False, on_delete=fields.RESTRICT
    )
    person_id = fields.UUIDField()
    text_encrypted = fields.TextField()
    state = fields.CharEnumField(ObjectionState, max_length=16, default=ObjectionState.OPEN)
    slot = fields.IntField(null=True)
    reason = fields.CharField(max_length=500, default="")
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "objection"
        indexes = (Index(fields=("stage_id", "state"), name="objection_stage"),)
        constraints = (
            UniqueConstraint(fields=("stage_id", "entry_id", "slot"), name="objection_open_once"),
        )
