"""When one can register: the same rule for events and competitions, by table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from hub.competitions import rules as competition_rules
from hub.events import rules as event_rules

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
LATER = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    "is_registration_open",
    [event_rules.is_registration_open, competition_rules.is_registration_open],
)
@pytest.mark.parametrize(
    ("opens_at", "closes_at", "ends_at", "expected"),
    [
        (None, None, LATER, False),
        (None, LATER, LATER, False),
        (NOW, None, LATER, True),
        (NOW, LATER, LATER, True),
        (NOW + TICK, LATER, LATER, False),
        (NOW - TICK, NOW, LATER, False),
        (NOW - TICK, NOW + TICK, LATER, True),
        (NOW - TICK, None, NOW, False),
        (NOW - TICK, LATER, NOW, False),
        (NOW - TICK, LATER, NOW + TICK, True),
        (LATER, NOW, LATER, False),
    ],
)
def test_registration(
    is_registration_open: Callable[..., bool],
    opens_at: datetime | None,
    closes_at: datetime | None,
    ends_at: datetime,
    expected: bool,
) -> None:
    assert is_registration_open(opens_at, closes_at, ends_at=ends_at, now=NOW) is expected
