"""The list of who signed up as a file, from the asking to what stands in it."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from hub.audit.models import AuditEntry
from hub.auth import Actor
from hub.clock import frozen
from hub.forms.models import Form
from hub.identity.models import Person
from hub.jobs.service.bell import Bell
from hub.jobs.service.results import result_file
from hub.jobs.service.running import Runner
from hub.settings import Settings
from hub.worker import task_registry
from schema.relay import encode_id
from tests.factories import enrollment
from tests.factories.identity import NOW
from tests.schema.attendance.conftest import Square, seated_event
from tests.schema.attendance.documents import CANCEL, EXPORT

FOLLOW = "query($id: ID!) { node(id: $id) { ... on Job { status message resultUrl } } }"
QUESTIONS = [
    {"slug": "size", "kind": "text", "label": "衣服尺码", "required": True},
    {"slug": "diet", "kind": "text", "label": "=忌口", "required": False},
]
FORMULA = "=1+1"


async def named(who: Actor, name: str) -> None:
    await Person.filter(id=who.person_id).update(display_name=name)


async def signed_up(square: Square) -> tuple[Any, list[dict[str, Any]]]:
    """Two people's registrations for an event, hostile in every text, and one of another event."""
    form: Form = await enrollment.form(questions=QUESTIONS)
    _, event = await seated_event(form_id=form.id, party_size_maximum=2)
    first, second = await square.person(), await square.person()
    await named(first, FORMULA)
    words = [{"question": "size", "value": FORMULA}, {"question": "diet", "value": '花生, "虾"'}]
    rows = [
        await square.register(first, event, partySize=2, companions=["@小李"], answers=words),
        await square.register(second, event, answers=[{"question": "size", "value": "XL"}]),
    ]
    await square.done(second, CANCEL, registrationId=rows[1]["id"], reason="-1+1")
    _, elsewhere = await seated_event()
    await square.register(first, elsewhere)
    return event, rows


async def exported(square: Square, settings: Settings, event: Any, form: str) -> Path:
    """The file of an export that a runner of the real tasks has written."""
    officer = square.organiser()
    given = {"eventId": encode_id("Event", event), "format": form}
    job = (await square.do(officer, EXPORT, **given))["job"]
    assert job["status"] == "QUEUED"
    with frozen(NOW):
        await Runner(task_registry(), bell=Bell(), settings=settings).run_due()
    done = (await square.ask(officer, FOLLOW, id=job["id"]))["node"]
    assert (done["status"], done["message"]) == ("SUCCEEDED", "2 rows.")
    assert (await square.ask(square.organiser(), FOLLOW, id=job["id"]))["node"] is None
    found = await result_file(done["resultUrl"].partition("?token=")[2], now=NOW)
    assert found is not None
    entry = await AuditEntry.get(action="registration.exported")
    assert (entry.person_id, entry.object_id) == (officer.person_id, event)
    assert entry.after == {"kind": "event", "id": str(event), "format": form.lower()}
    return found.path


async def test_csv_has_no_formula_and_a_column_for_each_question(
    square: Square, database: Settings
) -> None:
    event, _ = await signed_up(square)
    path = await exported(square, database, event, "CSV")
    rows = list(csv.DictReader(StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    assert list(rows[0])[-2:] == ["衣服尺码 (size)", "'=忌口 (diet)"]
    assert "answers" not in rows[0]
    first, second = rows
    assert (first["name"], first["phone"], first["state"]) == ("'=1+1", "139****0001", "confirmed")
    assert (first["party_size"], first["companions"]) == ("2", "'@小李")
    assert list(first.values())[-2:] == ["'=1+1", '花生, "虾"']
    assert (second["state"], second["reason"]) == ("cancelled", "'-1+1")
    assert list(second.values())[-2:] == ["XL", ""]
    cells = [cell for row in rows for cell in row.values()]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    assert "13900000001" not in path.read_text(encoding="utf-8-sig")


async def test_xlsx_keeps_texts_as_texts(square: Square, database: Settings) -> None:
    event, _ = await signed_up(square)
    path = await exported(square, database, event, "XLSX")
    with ZipFile(path) as book:
        parts = {name: book.read(name).decode() for name in book.namelist() if "xl/" in name}
    sheet = next(text for name, text in parts.items() if name.startswith("xl/worksheets/sheet"))
    assert "<f>" not in sheet
    assert "<f " not in sheet
    words = "".join(parts.values())
    for text in (FORMULA, "@小李", "衣服尺码 (size)", "=忌口 (diet)", "XL", "-1+1"):
        assert f">{text}<" in words
    assert "13900000001" not in words
