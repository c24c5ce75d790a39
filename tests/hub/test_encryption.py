"""Encrypted values, blind indexes, digests, masks."""

import pytest

from hub.encryption import (
    Undecipherable,
    are_equal,
    blind_index,
    decrypt,
    encrypt,
    keyed_digest,
    mask_middle,
    mask_phone,
    random_digits,
    random_token,
)
from hub.settings import Settings, install_settings

SECRET = "the first secret of this hub, long enough"
KEYS = {"2027": "a newer key for columns, long enough too"}


@pytest.fixture(autouse=True)
def _settings() -> None:
    install(SECRET)


def install(secret: str, keys: dict[str, str] | None = None) -> None:
    install_settings(Settings(secret_key=secret, encryption_keys=keys or {}))


def test_what_is_encrypted_opens_for_its_purpose_only() -> None:
    stored = encrypt("13812345678", purpose="person.phone")
    assert "13812345678" not in stored
    assert decrypt(stored, purpose="person.phone") == "13812345678"
    with pytest.raises(Undecipherable):
        decrypt(stored, purpose="person.name")


def test_equal_texts_give_different_values() -> None:
    assert encrypt("x", purpose="a") != encrypt("x", purpose="a")


@pytest.mark.parametrize("damage", ["", "1.0.", "1.0.AAAA", "2.0.AAAA", "1.9.AAAA", "nonsense"])
def test_what_is_no_value_of_ours_does_not_open(damage: str) -> None:
    with pytest.raises(Undecipherable):
        decrypt(damage, purpose="a")


def test_a_changed_value_does_not_open() -> None:
    stored = encrypt("13812345678", purpose="a")
    flipped = stored[:-1] + ("A" if stored[-1] != "A" else "B")
    changed = stored[:10] + ("A" if stored[10] != "A" else "B") + stored[11:]
    for damaged in (changed, flipped[:-4]):
        with pytest.raises(Undecipherable):
            decrypt(damaged, purpose="a")


def test_keys_are_rotated_without_losing_old_values() -> None:
    old = encrypt("old", purpose="a")
    assert old.startswith("1.0.")
    install(SECRET, KEYS)
    new = encrypt("new", purpose="a")
    assert new.startswith("1.2027.")
    assert (decrypt(old, purpose="a"), decrypt(new, purpose="a")) == ("old", "new")
    install(SECRET)
    with pytest.raises(Undecipherable):
        decrypt(new, purpose="a")


def test_another_secret_opens_nothing_and_finds_nothing() -> None:
    stored, index = encrypt("x", purpose="a"), blind_index("x", purpose="a")
    install("another secret of another hub, long enough")
    assert blind_index("x", purpose="a") != index
    with pytest.raises(Undecipherable):
        decrypt(stored, purpose="a")


def test_digests_hang_on_purpose_and_on_where_parts_end() -> None:
    assert blind_index("x", purpose="a") == blind_index("x", purpose="a")
    assert blind_index("x", purpose="a") != blind_index("x", purpose="b")
    assert blind_index("x", purpose="a") != keyed_digest("x", purpose="a")
    assert keyed_digest("ab", "c", purpose="a") != keyed_digest("a", "bc", purpose="a")
    assert are_equal("ab", "ab")
    assert not are_equal("ab", "é")


def test_tokens_and_codes_are_random() -> None:
    assert len({random_token() for _ in range(1_000)}) == 1_000
    assert {len(random_token()) for _ in range(10)} == {43}
    codes = [random_digits(6) for _ in range(2_000)]
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert any(code.startswith("0") for code in codes)


@pytest.mark.parametrize(
    ("text", "front", "back", "masked"),
    [
        ("13812341234", 3, 4, "138****1234"),
        ("330212199001011234", 1, 1, "3****************4"),
        ("6222021234567890", 0, 4, "************7890"),
        ("abc", 2, 2, "***"),
        ("", 1, 1, ""),
    ],
)
def test_the_middle_is_masked(text: str, front: int, back: int, masked: str) -> None:
    assert mask_middle(text, front=front, back=back) == masked


def test_a_phone_is_masked() -> None:
    assert mask_phone("13812341234") == "138****1234"
