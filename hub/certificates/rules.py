"""Pure decisions about certificates: numbers, codes, what the public sees of a name."""

from collections.abc import Sequence
from uuid import UUID

from hub.auth import Scope, ScopeKind
from hub.errors import Conflict, Invalid, NotFound

CODE_CHARS = 8
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters that nobody mistakes for another: without 0 O, 1 I L, U."""

REASON_CHARS_MAX = 500

_SERIAL_DIGITS = 6
_MODULUS = 10


def series_of(prefix: str, year: int) -> str:
    """The series in which the certificates of a year are numbered."""
    return f"{prefix}-{year}"


def certificate_number(prefix: str, year: int, *, serial: int) -> str:
    """`YZ-2026-000123-7`: prefix, year, running number, and a digit that shows slips."""
    digits = f"{serial:0{_SERIAL_DIGITS}}"
    return f"{series_of(prefix, year)}-{digits}-{check_digit(f'{year}{digits}')}"


def check_digit(digits: str) -> int:
    """The check digit of ISO 7064 MOD 11,10 (GB/T 17710): finds every single wrong digit, and
    neighbours that changed places in all but one pair of a hundred.
    """
    product = _MODULUS
    for digit in digits:
        total = (product + int(digit)) % _MODULUS or _MODULUS
        product = total * 2 % (_MODULUS + 1)
    return (_MODULUS + 1 - product) % _MODULUS


def is_number(text: str) -> bool:
    """Whether a text is a certificate's number with its right check digit."""
    parts = text.split("-")
    if len(parts) < 4 or not all(part.isascii() and part.isdigit() for part in parts[-3:]):
        return False
    year, serial, digit = parts[-3:]
    return len(digit) == 1 and check_digit(year + serial) == int(digit)


def normal_number(text: str) -> str:
    """A number as it is kept, however somebody has typed it."""
    return text.strip().upper().replace(" ", "")


def code_from(randoms: Sequence[int]) -> str:
    """The short secret that these random numbers make."""
    return "".join(CODE_ALPHABET[each % len(CODE_ALPHABET)] for each in randoms)


def masked_name(name: str) -> str:
    """A name for strangers to compare: 王*哥, 王*; one character is a star."""
    if len(name) < 2:
        return "*"
    last = name[-1] if len(name) > 2 else ""
    return name[0] + "*" * (len(name) - 1 - len(last)) + last


def course_scopes(program_id: UUID | None) -> tuple[Scope, ...]:
    """The scopes in which a role reaches the certificates of a course, beside the district."""
    return (Scope(ScopeKind.PROGRAM, program_id),) if program_id else ()


def reason_given(text: str) -> str:
    """The reason of a revocation. Raises Invalid for none and for one that is too long."""
    reason = text.strip()
    if not reason or len(reason) > REASON_CHARS_MAX or "\0" in reason:
        raise Invalid(
            f"Say why, in at most {REASON_CHARS_MAX} characters.",
            chinese=f"请填写原因，最多 {REASON_CHARS_MAX} 个字符。",
            path=("input", "reason"),
        )
    return reason


def not_found() -> NotFound:
    """What is said of a certificate that is not there, and of one that is not the caller's."""
    return NotFound("There is no such certificate.", chinese="没有这份证书。", path=("input", "id"))


def revoked_already() -> Conflict:
    """What is said to somebody who revokes a certificate once more."""
    return Conflict("It has been revoked already.", chinese="该证书已被撤销。")


def nameless() -> Conflict:
    """What is said to somebody without a name, and what to do."""
    return Conflict(
        "The certificate needs your name: set it with updateProfile, then ask again.",
        chinese="证书需要您的姓名，请先在个人资料中填写，然后重新领取。",
        path=("input", "courseId"),
    )


def gives_none() -> Conflict:
    """What is said of a course without certificates."""
    return Conflict(
        "This course gives no certificate.",
        chinese="该课程不颁发证书。",
        path=("input", "courseId"),
    )
