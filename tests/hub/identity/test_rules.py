"""The rules of identity as tables."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.auth import DISTRICT, Grant, Role, Scope, ScopeKind
from hub.errors import Invalid, RateLimited
from hub.identity.rules import (
    Lifetimes,
    LifetimeTable,
    SendLimit,
    TryLimits,
    WrongTries,
    after_wrong_try,
    assert_may_send,
    assert_may_try,
    canonical_code,
    canonical_phone,
    device_label,
    is_live,
    is_staff,
    roles_of,
)

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SENDS = (SendLimit(1, MINUTE), SendLimit(5, HOUR), SendLimit(10, DAY))
TRIES = TryLimits(count=20, first_pause=MINUTE, longest_pause=DAY)


def wide(text: str) -> str:
    """The text as Chinese keyboards write it: in full-width characters."""
    return "".join(chr(ord(each) + 0xFEE0) if each != " " else each for each in text)


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        " 138 1234 5678 ",
        "138-1234-5678",
        "138.1234.5678",
        "(138) 1234-5678",
        "+8613812345678",
        "+86 138 1234 5678",
        "+86-138-1234-5678",
        "008613812345678",
        "8613812345678",
        "（+86）13812345678",
        wide("13812345678"),
        wide("+86 138 1234 5678"),
        "\u202d13812345678\u202c",
        "138\u00a01234\u30005678",
        "\ufeff13812345678\u200b",
    ],
)
def test_every_way_to_write_a_number_is_one_number(text: str) -> None:
    assert canonical_phone(text) == "13812345678"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1381234567",
        "138123456789",
        "12812345678",
        "23812345678",
        "057487654321",
        "10086",
        "+852 51234567",
        "+1 2025550123",
        "+86 057487654321",
        "+86+8613812345678",
        "13812345678,13987654321",
        "13812345678 or 1=1",
        "abc13812345678",
        "١٣٨١٢٣٤٥٦٧٨",
        "1" * 10_000,
    ],
)
def test_what_is_no_mainland_mobile_number_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        canonical_phone(text)
    assert refusal.value.path == ("input", "phone")
    assert "手机号" in refusal.value.chinese


@pytest.mark.parametrize(
    ("text", "code"),
    [("123456", "123456"), (" 123 456 ", "123456"), (wide("123456"), "123456"), ("ab-cd", "ABCD")],
)
def test_a_code_is_read_however_it_is_typed(text: str, code: str) -> None:
    assert canonical_code(text) == code


def ago(*seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=each) for each in seconds]


@pytest.mark.parametrize(
    ("sent_at", "wait_seconds"),
    [
        ([], None),
        (ago(60), None),
        (ago(59), 1),
        (ago(10), 50),
        (ago(0), 60),
        (ago(61, 700, 1400, 2100), None),
        (ago(61, 700, 1400, 2100, 3000), 600),
        (ago(61, 700, 1400, 2100, 3600), None),
        (ago(*range(4_000, 76_000, 8_000)), None),
        (ago(*range(4_000, 84_000, 8_000)), 86_400 - 76_000),
        (ago(-30), 90),  # a clock that was set back by half a minute
        (ago(-7_200), None),  # and by two hours: the day counts it, the hour does not
        (ago(*(-365 * 86_400 + each for each in range(20))), None),  # a year ahead for a moment
    ],
)
def test_sends_are_limited_by_minute_hour_and_day(
    sent_at: list[datetime], wait_seconds: int | None
) -> None:
    if wait_seconds is None:
        assert_may_send(sent_at, SENDS, now=NOW)
        return
    with pytest.raises(RateLimited) as refusal:
        assert_may_send(sent_at, SENDS, now=NOW)
    assert refusal.value.data == {"retryAfterSeconds": wait_seconds}


def tried(count: int, *, every: timedelta = timedelta(), start: datetime = NOW) -> WrongTries:
    tries = WrongTries()
    for number in range(count):
        tries = after_wrong_try(tries, TRIES, now=start + number * every)
    return tries


def test_nineteen_wrong_tries_are_free_and_the_twentieth_pauses() -> None:
    assert_may_try(tried(19), TRIES, now=NOW)
    with pytest.raises(RateLimited) as refusal:
        assert_may_try(tried(20), TRIES, now=NOW)
    assert refusal.value.data == {"retryAfterSeconds": 60}
    assert_may_try(tried(20), TRIES, now=NOW + MINUTE)


def test_each_further_pause_is_twice_as_long_up_to_a_day() -> None:
    tries, now, pauses = tried(19), NOW, []
    for _ in range(14):
        tries = after_wrong_try(tries, TRIES, now=now)
        assert tries.paused_until is not None
        pauses.append((tries.paused_until - now) // MINUTE)
        now = tries.paused_until
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440, 1440]


def test_an_hour_without_wrong_tries_after_a_pause_forgets_them() -> None:
    paused = tried(20)
    assert paused.paused_until is not None
    soon = after_wrong_try(paused, TRIES, now=paused.paused_until + HOUR - MINUTE)
    later = after_wrong_try(paused, TRIES, now=paused.paused_until + HOUR)
    assert (soon.count, soon.pauses) == (21, 2)
    assert (later.count, later.pauses) == (1, 0)


def test_wrong_tries_of_another_hour_do_not_count() -> None:
    tries = tried(19)
    assert after_wrong_try(tries, TRIES, now=NOW + HOUR).count == 1
    assert after_wrong_try(tries, TRIES, now=NOW + HOUR - MINUTE).count == 20


def test_a_pause_from_a_wrong_clock_does_not_last() -> None:
    paused = tried(20, start=NOW + timedelta(days=365))
    assert_may_try(paused, TRIES, now=NOW)


@pytest.mark.parametrize(
    ("after_seconds", "wrong_tries", "expected"),
    [
        (0, 0, True),
        (299, 4, True),
        (299, 5, False),
        (300, 0, False),
        (-60, 0, True),
        (-61, 0, False),
        (-86_400, 0, False),
    ],
)
def test_a_code_lives_five_minutes_and_five_wrong_tries(
    after_seconds: int, wrong_tries: int, expected: bool
) -> None:
    live = is_live(
        created_at=NOW,
        expires_at=NOW + timedelta(minutes=5),
        wrong_tries=wrong_tries,
        wrong_tries_max=5,
        now=NOW + timedelta(seconds=after_seconds),
    )
    assert live is expected


SHOP = Scope(ScopeKind.PLACE)
TABLE = LifetimeTable(
    worker=Lifetimes(timedelta(minutes=15), timedelta(days=30), slides=True),
    merchant=Lifetimes(timedelta(minutes=15), timedelta(days=7), slides=True),
    staff=Lifetimes(timedelta(minutes=10), timedelta(hours=12), slides=False),
)


@pytest.mark.parametrize(
    ("grants", "roles", "staff", "lifetimes"),
    [
        ([], [Role.WORKER], False, TABLE.worker),
        ([Grant(Role.MERCHANT, SHOP)], [Role.WORKER, Role.MERCHANT], False, TABLE.merchant),
        (
            [Grant(Role.STATION_KEEPER, SHOP)],
            [Role.WORKER, Role.STATION_KEEPER],
            False,
            TABLE.merchant,
        ),
        (
            [Grant(Role.MERCHANT, SHOP), Grant(Role.EDITOR, DISTRICT)],
            [Role.WORKER, Role.MERCHANT, Role.EDITOR],
            True,
            TABLE.staff,
        ),
        ([Grant(Role.EDITOR, DISTRICT, NOW)], [Role.WORKER], False, TABLE.worker),
        (
            [Grant(Role.EDITOR, DISTRICT, NOW + MINUTE)],
            [Role.WORKER, Role.EDITOR],
            True,
            TABLE.staff,
        ),
    ],
)
def test_what_somebody_is_decides_how_long_a_session_lasts(
    grants: list[Grant], roles: list[Role], staff: bool, lifetimes: Lifetimes
) -> None:
    assert roles_of(grants, now=NOW) == roles
    assert is_staff(grants, now=NOW) is staff
    assert TABLE.of(grants, now=NOW) == lifetimes


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        ("", ""),
        ("curl/8.5", ""),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4) MicroMessenger/8.0", "WeChat · iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/122.0 Mobile Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/122.0 Edg/122.0", "Edge · Windows"),
        ("\x1b[31m<script>", ""),
    ],
)
def test_a_device_is_told_in_a_few_words_of_ours(user_agent: str, label: str) -> None:
    assert device_label(user_agent) == label
