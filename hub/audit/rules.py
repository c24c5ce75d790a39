"""The form of an entry: how actions are named, and what is never written down."""

import re
from collections.abc import Mapping
from typing import Any

BLANK = "[left out]"
"""What stands for a sensitive value: that it was set or changed is told, what it is is not."""

SENSITIVE_FIELDS = frozenset(
    {
        "access_token",
        "answers",
        "bank_card",
        "birth_date",
        "code",
        "diagnosis",
        "digest",
        "email",
        "full_name",
        "home_address",
        "id_number",
        "legal_name",
        "new_phone",
        "openid",
        "password",
        "phone",
        "recovery_codes",
        "refresh_token",
        "secret",
        "token",
        "totp_secret",
        "unionid",
    }
)
"""Fields whose values no entry holds, under any of their forms (`phone_cipher`, `phone_index`)."""

PUBLIC_FIELDS = frozenset({"code_kind", "phone_verified_at"})
"""Names that look sensitive and are not."""

_ACTION = re.compile(r"[a-z][a-z_]{1,30}\.[a-z][a-z_]{1,40}")
_KIND = re.compile(r"[A-Z][A-Za-z]{1,39}")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def assert_named(action: str, kind: str | None) -> None:
    """Raises ValueError unless the action reads `domain.what_was_done` and the kind is a type's.

    These are the words of programmers, not of callers.
    """
    if not _ACTION.fullmatch(action):
        raise ValueError(f"{action!r} is no action: write domain.what_was_done")
    if kind is not None and not _KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} is no kind of object: write the name of its type")


def is_sensitive(field: str) -> bool:
    """Whether a field's value must not be written down, in snake_case or camelCase."""
    name = _HUMP.sub("_", field).lower()
    if name in PUBLIC_FIELDS:
        return False
    return any(
        name == word or name.startswith(f"{word}_") or name.endswith(f"_{word}")
        for word in SENSITIVE_FIELDS
    )


def without_sensitive(values: Any) -> Any:
    """The same values with the sensitive ones blanked, however deep they lie; null stays null."""
    if isinstance(values, Mapping):
        return {
            str(name): BLANK
            if value is not None and is_sensitive(str(name))
            else without_sensitive(value)
            for name, value in values.items()
        }
    if isinstance(values, list | tuple | set | frozenset):
        return [without_sensitive(value) for value in values]
    return values
