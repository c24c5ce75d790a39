"""Ticket codes: what was signed is read, and nothing else is."""

from datetime import date
from uuid import UUID

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from hub.ticket_codes import (
    CODE_CHARS,
    PREFIX,
    Ticket,
    key_id_of,
    public_key_of,
    read_ticket,
    sign_ticket,
)

SEED, OTHER_SEED = b"\x01" * 32, b"\x02" * 32
KEYS = {key_id_of(public_key_of(SEED)): public_key_of(SEED)}
TICKET = Ticket(UUID(int=1), UUID(int=2), serial=0, party_size=3, valid_until=date(2026, 6, 2))


@given(
    registration=st.uuids(),
    occasion=st.uuids(),
    serial=st.integers(0, 0xFFFF),
    party_size=st.integers(1, 0xFFFF),
    day=st.none() | st.dates(date(1970, 1, 1), date(2149, 6, 5)),
)
def test_what_was_signed_is_read(
    registration: UUID, occasion: UUID, serial: int, party_size: int, day: date | None
) -> None:
    ticket = Ticket(registration, occasion, serial, party_size, day)
    code = sign_ticket(ticket, seed=SEED)
    assert len(code) == CODE_CHARS
    assert read_ticket(code, public_keys=KEYS) == ticket
    assert read_ticket(f" {code.lower()}\n", public_keys=KEYS) == ticket


def test_a_change_of_any_character_is_seen() -> None:
    code = sign_ticket(TICKET, seed=SEED)
    for place in range(len(PREFIX), len(code) - 1):  # the last one holds two bits of padding
        changed = code[:place] + ("A" if code[place] != "A" else "B") + code[place + 1 :]
        assert read_ticket(changed, public_keys=KEYS) is None


@pytest.mark.parametrize(
    "code",
    ["", "XG1", "XG1" + "A" * 172, "XG2" + "A" * 172, "票" * 175, "XG1" + "1" * 172, "\0" * 175],
)
def test_no_code_at_all(code: str) -> None:
    assert read_ticket(code, public_keys=KEYS) is None


def test_a_code_of_another_hub() -> None:
    foreign = sign_ticket(TICKET, seed=OTHER_SEED)
    assert read_ticket(foreign, public_keys=KEYS) is None
    impostor = {key_id_of(public_key_of(OTHER_SEED)): public_key_of(SEED)}
    assert read_ticket(foreign, public_keys=impostor) is None


def test_it_is_a_qr_code_of_version_7() -> None:
    code = sign_ticket(TICKET, seed=SEED)
    qr = segno.make(code, error="m", boost_error=False)
    assert (qr.designator, qr.mode) == ("7-M", "alphanumeric")
