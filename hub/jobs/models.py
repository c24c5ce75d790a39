"""Tables of background work: the outbox, the clock of what is done regularly, jobs of people."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from hub.jobs.rules import JobState


class OutboxRow(Model):
    """One call of a task that is still to be made, written by the deed that wants it.

    `run_at` is when it may be taken next: the instant asked for, the end of a lease, or the end of
    a pause after a failure. `claim` names the runner's hold on it. `again_at` says that it was
    asked for once more while it ran. The payload holds keys of rows and nothing personal; of an
    error only its kind is kept.
    """

    id = fields.UUIDField(primary_key=True)
    task = fields.CharField(max_length=80)
    payload: Any = fields.JSONField()
    key = fields.CharField(max_length=160, null=True, unique=True)
    created_at = fields.DatetimeField()
    run_at = fields.DatetimeField()
    again_at = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    claim = fields.UUIDField(null=True)
    parked_at = fields.DatetimeField(null=True)
    last_error = fields.CharField(max_length=80, default="")

    class Meta:
        table = "outbox"
        indexes = (
            Index(fields=("parked_at", "run_at", "id"), name="outbox_due"),
            Index(fields=("claim",), name="outbox_claim"),
        )


class PeriodicTask(Model):
    """When a task that is done regularly is due next; its row decides who asks for it."""

    name = fields.CharField(primary_key=True, max_length=80)
    next_at = fields.DatetimeField()

    class Meta:
        table = "periodic_task"


class Job(Model):
    """Work that a person waits for, and its result while it is kept.

    `parameters` is what was asked, without anything personal. `needs` is the permission without
    which the result is not handed out any more. The file lies in the folder of exports under the
    job's key.
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=80)
    requested_by = fields.UUIDField()
    parameters: Any = fields.JSONField()
    needs = fields.CharField(max_length=40, null=True)
    state = fields.CharEnumField(JobState, max_length=16)
    progress = fields.IntField(default=0)
    message = fields.CharField(max_length=300, default="")
    message_chinese = fields.CharField(max_length=300, default="")
    file_name = fields.CharField(max_length=120, null=True)
    media_type = fields.CharField(max_length=120, null=True)
    created_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)
    result_expires_at = fields.DatetimeField(null=True)

    class Meta:
        table = "job"
        indexes = (
            Index(fields=("requested_by", "created_at", "id"), name="job_person"),
            Index(fields=("created_at", "id"), name="job_created"),
            Index(fields=("result_expires_at",), name="job_expiry"),
        )
