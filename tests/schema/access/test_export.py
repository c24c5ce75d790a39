"""The audit as a file: asked for by who may read it, written behind, handed out to who asked."""

from datetime import timedelta
from typing import Any

import pytest

from hub.audit.service import record
from hub.auth import DISTRICT, Grant, Role
from hub.clock import frozen
from hub.jobs.models import Job, OutboxRow
from hub.jobs.rules import JOBS_AT_ONCE_MAX
from hub.jobs.service.bell import Bell
from hub.jobs.service.results import exports_folder, result_file
from hub.jobs.service.running import Runner
from hub.settings import Settings
from hub.worker import task_registry
from tests.factories.people import actor, insert_administrator
from tests.schema.access.conftest import NOW
from tests.schema.acting import ActingClient

EXPORT = """mutation($input: ExportAuditInput!) { exportAudit(input: $input) {
  job { id status progress message resultUrl createdAt finishedAt }
  errors { code message path } } }"""
FOLLOW = """query($id: ID!) { node(id: $id) { id ... on Job {
  status progress message resultUrl finishedAt } } }"""
LOG = "{ auditLog { nodes { action objectKind objectId after } } }"
CSV = {"input": {"format": "CSV"}}


async def run_due(settings: Settings) -> None:
    with frozen(NOW):
        await Runner(task_registry(), bell=Bell(), settings=settings).run_due()


async def asked(client: ActingClient, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    payload: dict[str, Any] = (await client.ask(EXPORT, variables or CSV))["exportAudit"]
    return payload


async def followed(client: ActingClient, job_id: str) -> dict[str, Any] | None:
    node: dict[str, Any] | None = (await client.ask(FOLLOW, {"id": job_id}))["node"]
    return node


async def file_of(url: str, *, at: Any = NOW) -> str | None:
    found = await result_file(url.partition("?token=")[2], now=at)
    return found.path.read_text(encoding="utf-8-sig") if found else None


async def test_an_export_is_written_behind_and_followed(
    client: ActingClient, database: Settings
) -> None:
    with frozen(NOW - timedelta(hours=1)):
        await record(client.actor, "tests.done", after={"text": "=1+1"})
    job = (await asked(client))["job"]
    assert (job["status"], job["progress"], job["resultUrl"]) == ("QUEUED", 0, None)
    with frozen(NOW + timedelta(seconds=1)):
        await record(client.actor, "tests.done_later")
    await run_due(database)
    done = await followed(client, job["id"])
    assert done is not None
    assert (done["status"], done["progress"], done["message"]) == ("SUCCEEDED", 100, "2 rows.")
    text = await file_of(done["resultUrl"])
    assert text is not None
    assert "tests.done" in text
    assert "tests.done_later" not in text
    assert done["resultUrl"].startswith("/exports/audit-20261125-020000.csv?token=")
    assert await OutboxRow.all().count() == 0


async def test_the_audit_says_who_exported_what(client: ActingClient) -> None:
    where = {"action": {"eq": "tests.done"}, "occurredAt": {"gte": "2026-11-25T00:00:00Z"}}
    job = (await asked(client, {"input": {"format": "NDJSON", "where": where}}))["job"]
    entry = (await client.ask(LOG))["auditLog"]["nodes"][0]
    assert (entry["action"], entry["objectKind"], entry["objectId"]) == (
        "audit.exported",
        "Job",
        job["id"],
    )
    assert entry["after"]["format"] == "ndjson"
    assert "tests.done" in str(entry["after"]["where"])


async def test_only_what_is_asked_for_is_in_the_file(
    client: ActingClient, database: Settings
) -> None:
    with frozen(NOW - timedelta(hours=1)):
        for action in ("tests.done", "tests.done_too", "tests.not_done"):
            await record(client.actor, action)
    where = {
        "or": [{"action": {"in": ["tests.done", "tests.done_too"]}}],
        "not": {"occurredAt": {"gt": "2026-11-25T02:00:00Z"}},
    }
    job = (await asked(client, {"input": {"format": "NDJSON", "where": where}}))["job"]
    await run_due(database)
    done = await followed(client, job["id"])
    assert done is not None
    lines = (await file_of(done["resultUrl"]) or "").splitlines()
    assert len(lines) == 2


async def test_a_job_is_its_askers_alone(client: ActingClient) -> None:
    job = (await asked(client))["job"]
    asker, client.actor = client.actor, await insert_administrator(at=NOW)
    assert await followed(client, job["id"]) is None
    client.actor = asker
    assert await followed(client, job["id"]) is not None


async def test_who_may_not_read_it_any_more_gets_no_file(
    client: ActingClient, database: Settings
) -> None:
    job = (await asked(client))["job"]
    await run_due(database)
    client.actor = actor(Grant(Role.EDITOR, DISTRICT), at=NOW, person_id=client.actor.person_id)
    node = await followed(client, job["id"])
    assert node is not None
    assert (node["status"], node["resultUrl"]) == ("SUCCEEDED", None)


async def test_an_old_proof_is_refused_and_nothing_is_asked(client: ActingClient) -> None:
    client.actor = await insert_administrator(at=NOW, has_stepped_up=False)
    payload = await asked(client)
    assert payload["job"] is None
    assert [error["code"] for error in payload["errors"]] == ["STEP_UP_REQUIRED"]
    assert await Job.all().count() + await OutboxRow.all().count() == 0
    assert (await client.ask(LOG))["auditLog"]["nodes"] == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
async def test_no_other_role_may_export(client: ActingClient, role: Role) -> None:
    client.actor = actor(Grant(role, DISTRICT), at=NOW)
    answer = await client.send(EXPORT, CSV)
    assert answer.error["extensions"]["code"] == "FORBIDDEN"
    assert await Job.all().count() == 0


async def test_too_many_at_once_are_refused(client: ActingClient, database: Settings) -> None:
    for _ in range(JOBS_AT_ONCE_MAX):
        assert (await asked(client))["errors"] == []
    refused = await asked(client)
    assert [error["code"] for error in refused["errors"]] == ["CONFLICT"]
    assert await Job.all().count() == await OutboxRow.all().count() == JOBS_AT_ONCE_MAX
    await run_due(database)
    assert (await asked(client))["errors"] == []


async def test_what_is_given_up_says_so(client: ActingClient, database: Settings) -> None:
    job = (await asked(client))["job"]
    await Job.all().update(parameters={"format": "nonsense", "where": None})
    await OutboxRow.all().update(attempts=7)
    await run_due(database)
    node = await followed(client, job["id"])
    assert node is not None
    assert (node["status"], node["resultUrl"]) == ("FAILED", None)
    assert node["message"].startswith("It could not be done.")
    assert list(exports_folder().iterdir() if exports_folder().exists() else []) == []


async def test_a_run_after_the_end_changes_nothing(
    client: ActingClient, database: Settings
) -> None:
    await asked(client)
    await run_due(database)
    before = await Job.all().values()
    row = before[0]
    await task_registry().task("audit.export").run({"job": str(row["id"])})
    assert await Job.all().values() == before


@pytest.mark.parametrize(
    ("change", "later"),
    [
        (lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"), timedelta()),
        (lambda token: "A" + token[1:] if token[0] != "A" else "B" + token[1:], timedelta()),
        (lambda token: token.partition(".")[0], timedelta()),
        (lambda token: "", timedelta()),
        (lambda token: "小哥" + token, timedelta()),
        (lambda token: token * 9, timedelta()),
        (lambda token: token, timedelta(minutes=10)),
    ],
)
async def test_an_address_is_good_as_it_is_and_for_a_while(
    client: ActingClient, database: Settings, change: Any, later: timedelta
) -> None:
    job = (await asked(client))["job"]
    await run_due(database)
    node = await followed(client, job["id"])
    assert node is not None
    name, _, token = node["resultUrl"].partition("?token=")
    assert await file_of(f"{name}?token={token}", at=NOW + timedelta(minutes=9)) is not None
    assert await file_of(f"{name}?token={change(token)}", at=NOW + later) is None


async def test_asking_and_following_cost_a_fixed_number_of_statements(
    client: ActingClient,
) -> None:
    assert len((await client.send(EXPORT, CSV)).statements) == 5
    job = (await asked(client))["job"]
    assert len((await client.send(FOLLOW, {"id": job["id"]})).statements) == 1
