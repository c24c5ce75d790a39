from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from hub.competitions.rules import AdvanceKind
from hub.contests.rules import EntryState, ObjectionState, ScoringState


class Migration(migrations.Migration):
    dependencies = [("hub", "0011_seats")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Admission",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "competition",
                    fields.ForeignKeyField(
                        "hub.Competition",
                        source_field="competition_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("prefix", fields.CharField(max_length=4)),
                ("last_number", fields.IntField(default=0)),
            ],
            options={
                "table": "admission",
                "app": "hub",
                "unique_together": (("competition_id", "prefix"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "registration",
                    fields.ForeignKeyField(
                        "hub.Registration",
                        source_field="registration_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "competition",
                    fields.ForeignKeyField(
                        "hub.Competition",
                        source_field="competition_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "division",
                    fields.ForeignKeyField(
                        "hub.Division",
                        source_field="division_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "hub.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField(null=True)),
                ("admission_number", fields.CharField(null=True, max_length=16)),
                ("display_name", fields.CharField(max_length=80)),
                ("is_name_public", fields.BooleanField(default=False)),
                (
                    "state",
                    fields.CharEnumField(
                        default=EntryState.ACTIVE,
                        description="",
                        enum_type=EntryState,
                        max_length=16,
                    ),
                ),
                ("reason", fields.CharField(default="", max_length=500)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "entry", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ConflictOfInterest",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "entry",
                    fields.ForeignKeyField(
                        "hub.Entry",
                        source_field="entry_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("person_id", fields.UUIDField()),
                ("reason", fields.CharField(max_length=500)),
                ("declared_by", fields.UUIDField(null=True)),
                ("declared_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "conflict_of_interest",
                "app": "hub",
                "unique_together": (("entry_id", "person_id"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Medal",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("competition_id", fields.UUIDField()),
                (
                    "entry",
                    fields.ForeignKeyField(
                        "hub.Entry",
                        source_field="entry_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("prize_position", fields.IntField()),
                ("honour_id", fields.UUIDField()),
                ("laureate_id", fields.UUIDField(unique=True)),
                ("awarded_by", fields.UUIDField(null=True)),
                ("awarded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "medal", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Objection",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "stage",
                    fields.ForeignKeyField(
                        "hub.Stage",
                        source_field="stage_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "entry",
                    fields.ForeignKeyField(
                        "hub.Entry",
                        source_field="entry_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("person_id", fields.UUIDField()),
                ("text_encrypted", fields.TextField(unique=False)),
                (
                    "state",
                    fields.CharEnumField(
                        default=ObjectionState.OPEN,
                        description="",
                        enum_type=ObjectionState,
                        max_length=16,
                    ),
                ),
                ("slot", fields.IntField(null=True)),
                ("reason", fields.CharField(default="", max_length=500)),
                ("decided_by", fields.UUIDField(null=True)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "objection", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StageEntry",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "stage",
                    fields.ForeignKeyField(
                        "hub.Stage",
                        source_field="stage_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "entry",
                    fields.ForeignKeyField(
                        "hub.Entry",
                        source_field="entry_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("added_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "stage_entry",
                "app": "hub",
                "unique_together": (("stage_id", "entry_id"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StageJudge",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "stage",
                    fields.ForeignKeyField(
                        "hub.Stage",
                        source_field="stage_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "hub.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("slot", fields.IntField(null=True)),
                ("assigned_by", fields.UUIDField(null=True)),
                ("assigned_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "stage_judge", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ScoreSheet",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "judge",
                    fields.ForeignKeyField(
                        "hub.StageJudge",
                        source_field="judge_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("stage_id", fields.UUIDField()),
                (
                    "entry",
                    fields.ForeignKeyField(
                        "hub.Entry",
                        source_field="entry_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("points", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("version", fields.IntField(default=1)),
                ("submitted_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "score_sheet",
                "app": "hub",
                "unique_together": (("judge_id", "entry_id"),),
                "indexes": [Index(fields=["stage_id", "entry_id"], name="sheet_stage")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StageResult",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "stage",
                    fields.ForeignKeyField(
                        "hub.Stage",
                        source_field="stage_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "entry",
                    fields.ForeignKeyField(
                        "hub.Entry",
                        source_field="entry_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("division_id", fields.UUIDField()),
                ("score", fields.DecimalField(max_digits=12, decimal_places=2)),
                ("tie_break", fields.DecimalField(null=True, max_digits=12, decimal_places=2)),
                ("rank", fields.IntField()),
                ("judges", fields.IntField()),
                ("dropped", fields.IntField(default=0)),
                ("is_advanced", fields.BooleanField(null=True)),
                (
                    "corrected_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("correction_reason", fields.CharField(default="", max_length=500)),
            ],
            options={
                "table": "stage_result",
                "app": "hub",
                "unique_together": (("stage_id", "entry_id"),),
                "indexes": [
                    Index(fields=["stage_id", "division_id", "rank", "id"], name="result_stage"),
                    Index(fields=["entry_id"], name="result_entry"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StageScoring",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        default=ScoringState.OPEN,
                        description="",
                        enum_type=ScoringState,
                        max_length=16,
                    ),
                ),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "computed_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "published_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "objections_until",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "finalised_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={"table": "stage_scoring", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Team",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "entry",
                    fields.ForeignKeyField(
                        "hub.Entry",
                        source_field="entry_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "captain",
                    fields.ForeignKeyField(
                        "hub.Person",
                        source_field="captain_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=80)),
                ("members", fields.IntField(default=1)),
                ("substitutes", fields.IntField(default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "team", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TeamInvitation",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "team",
                    fields.ForeignKeyField(
                        "hub.Team",
                        source_field="team_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("code_digest", fields.CharField(unique=True, max_length=64)),
                ("slot", fields.IntField(null=True)),
                ("created_by", fields.UUIDField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "team_invitation", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TeamMember",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "team",
                    fields.ForeignKeyField(
                        "hub.Team",
                        source_field="team_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("division_id", fields.UUIDField()),
                (
                    "person",
                    fields.ForeignKeyField(
                        "hub.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("is_substitute", fields.BooleanField(default=False)),
                ("slot", fields.IntField(null=True)),
                ("joined_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("left_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "team_member", "app": "hub", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Division",
            name="roster_freezes_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Division",
            name="substitutes_maximum",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Stage",
            name="advance_kind",
            field=fields.CharEnumField(
                default=AdvanceKind.BY_HAND,
                description="",
                db_default=AdvanceKind.BY_HAND,
                enum_type=AdvanceKind,
                max_length=16,
            ),
        ),
        ops.AddField(
            model_name="Stage",
            name="advance_number",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Stage",
            name="advance_score",
            field=fields.DecimalField(null=True, max_digits=12, decimal_places=2),
        ),
        ops.AddField(
            model_name="Stage",
            name="criteria",
            field=fields.JSONField(default=list, db_default=[], encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="Stage",
            name="drop_extremes",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Stage",
            name="tie_break",
            field=fields.CharField(null=True, max_length=120),
        ),
        # Tortoise makes no constraint of those that a new model has; a step of its own makes it. On
        # SQLite that builds the table anew and forgets its indexes: they come last.
        ops.AddConstraint(
            "Team", CheckConstraint(check="members >= 0 AND substitutes >= 0", name="team_counts")
        ),
        ops.AddConstraint(
            "Entry", UniqueConstraint(fields=("division_id", "number"), name="entry_number")
        ),
        ops.AddConstraint(
            "TeamMember",
            UniqueConstraint(fields=("division_id", "person_id", "slot"), name="member_once"),
        ),
        ops.AddConstraint("Medal", UniqueConstraint(fields=("entry_id",), name="medal_entry")),
        ops.AddConstraint("Team", UniqueConstraint(fields=("entry_id",), name="team_entry")),
        ops.AddConstraint(
            "Entry", UniqueConstraint(fields=("registration_id",), name="entry_registration")
        ),
        ops.AddConstraint(
            "Objection",
            UniqueConstraint(fields=("stage_id", "entry_id", "slot"), name="objection_open_once"),
        ),
        ops.AddConstraint(
            "StageJudge",
            UniqueConstraint(fields=("stage_id", "person_id", "slot"), name="judge_once"),
        ),
        ops.AddConstraint(
            "TeamInvitation",
            UniqueConstraint(fields=("team_id", "slot"), name="team_invitation_once"),
        ),
        ops.AddIndex("Entry", Index(fields=["person_id", "created_at", "id"], name="entry_person")),
        ops.AddIndex("Entry", Index(fields=["competition_id", "state"], name="entry_competition")),
        ops.AddIndex(
            "Medal", Index(fields=["competition_id", "prize_position"], name="medal_competition")
        ),
        ops.AddIndex("Objection", Index(fields=["stage_id", "state"], name="objection_stage")),
        ops.AddIndex("StageJudge", Index(fields=["person_id", "slot"], name="judge_person")),
        ops.AddIndex(
            "TeamMember", Index(fields=["team_id", "joined_at", "id"], name="member_team")
        ),
        ops.AddIndex("TeamMember", Index(fields=["person_id", "slot"], name="member_person")),
    ]
