"""Numbers that tell slips, codes, and what strangers see of a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.certificates.rules import (
    CODE_ALPHABET,
    CODE_CHARS,
    certificate_number,
    check_digit,
    code_from,
    is_number,
    masked_name,
    normal_number,
    reason_given,
)
from hub.errors import Invalid


@pytest.mark.parametrize(("digits", "check"), [("0794", 5), ("3", 5), ("", 1)])
def test_the_check_digit_is_that_of_iso_7064(digits: str, check: int) -> None:
    """The example of ISO/IEC 7064 for MOD 11,10 is 07945."""
    assert check_digit(digits) == check


serials = st.integers(1, 2_000_000)


@given(serial=serials, year=st.integers(2020, 2999), place=st.integers(0, 30), by=st.integers(1, 9))
def test_a_wrong_digit_is_told(serial: int, year: int, place: int, by: int) -> None:
    number = certificate_number("YZ", year, serial=serial)
    assert is_number(number)
    digits = [index for index, char in enumerate(number) if char.isdigit()]
    spot = digits[place % len(digits)]
    wrong = number[:spot] + str((int(number[spot]) + by) % 10) + number[spot + 1 :]
    assert not is_number(wrong)


def test_numbers_read_well() -> None:
    assert certificate_number("YZ", 2026, serial=123) == "YZ-2026-000123-7"
    assert certificate_number("XG3", 2026, serial=1_234_567).startswith("XG3-2026-1234567-")
    assert normal_number(" yz-2026-000123-7 ") == "YZ-2026-000123-7"


@pytest.mark.parametrize("text", ["", "YZ-2026-000123", "YZ-2026-000123-72", "YZ-²026-000123-7"])
def test_what_is_no_number(text: str) -> None:
    assert not is_number(text)


def test_codes_are_made_of_plain_characters() -> None:
    code = code_from(range(CODE_CHARS))
    assert len(code) == CODE_CHARS
    assert not set("01OILU") & set(CODE_ALPHABET)


@pytest.mark.parametrize(
    ("name", "masked"),
    [("王", "*"), ("王五", "王*"), ("王小哥", "王*哥"), ("欧阳小哥", "欧**哥"), ("Li", "L*")],
)
def test_strangers_see_a_masked_name(name: str, masked: str) -> None:
    assert masked_name(name) == masked


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\0b"])
def test_a_revocation_says_why(reason: str) -> None:
    with pytest.raises(Invalid):
        reason_given(reason)
    assert reason_given(" 代学 ") == "代学"
