"""What may be written down, and how."""

import pytest

from hub.audit.rules import (
    BLANK,
    assert_named,
    is_sensitive,
    without_sensitive,
)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("phone", True),
        ("phone_cipher", True),
        ("newPhone", True),
        ("idNumber", True),
        ("bank_card_index", True),
        ("refreshToken", True),
        ("digest", True),
        ("title", False),
        ("role", False),
        ("person_id", False),
        ("phone_verified_at", False),
        ("phonetic", False),
    ],
)
def test_which_fields_are_sensitive(field: str, expected: bool) -> None:
    assert is_sensitive(field) is expected


def test_sensitive_values_are_blanked_however_deep() -> None:
    values = {
        "title": "x",
        "phone": "13800000001",
        "secret": None,
        "people": [{"idNumber": "330203199001011234", "name": "y"}],
    }
    assert without_sensitive(values) == {
        "title": "x",
        "phone": BLANK,
        "secret": None,
        "people": [{"idNumber": BLANK, "name": "y"}],
    }


@pytest.mark.parametrize("action", ["given", "Access.given", "access.", "access.role given", ""])
def test_a_badly_named_action_is_refused(action: str) -> None:
    with pytest.raises(ValueError, match="no action"):
        assert_named(action, None)


def test_a_badly_named_kind_is_refused() -> None:
    assert_named("access.role_given", "RoleGrant")
    with pytest.raises(ValueError, match="no kind"):
        assert_named("access.role_given", "role_grant")
