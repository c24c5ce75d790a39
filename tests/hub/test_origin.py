"""Whose address it is: what trusted proxies say, and nothing that a caller could make up."""

from ipaddress import ip_network

import pytest

from hub.origin import address_block, address_hash, client_address, current_origin, origin
from hub.settings import Settings, install_settings

PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48"))


def scope(peer: str | None, *forwarded: str) -> dict[str, object]:
    headers = [(b"x-forwarded-for", each.encode("latin-1")) for each in forwarded]
    return {"client": (peer, 1) if peer else None, "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", (), "192.0.2.1"),
        ("192.0.2.1", ("198.51.100.9",), "192.0.2.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.9",), "198.51.100.9"),
        ("10.0.0.1", ("203.0.113.5, 198.51.100.9",), "198.51.100.9"),
        ("10.0.0.1", ("203.0.113.5", "198.51.100.9, 10.0.0.2"), "198.51.100.9"),
        ("10.0.0.1", ("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        ("10.0.0.1", ("nonsense, 10.0.0.2",), "10.0.0.2"),
        ("10.0.0.1", ("\u00ff",), "10.0.0.1"),
        ("10.0.0.1", ("",), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.9:4711",), "198.51.100.9"),
        ("10.0.0.1", ("[2001:db8::7]:4711",), "2001:db8::7"),
        ("10.0.0.1", ("::ffff:198.51.100.9",), "198.51.100.9"),
        ("::ffff:10.0.0.1", ("198.51.100.9",), "198.51.100.9"),
        ("2001:db8:1::1", ("2001:db8:2::1",), "2001:db8:2::1"),
        ("10.0.0.1", (", ".join(["198.51.100.9"] + ["10.0.0.2"] * 50),), "10.0.0.2"),
        (None, ("198.51.100.9",), ""),
    ],
)
def test_the_address_behind_trusted_proxies(
    peer: str | None, forwarded: tuple[str, ...], expected: str
) -> None:
    assert client_address(scope(peer, *forwarded), PROXIES) == expected


def test_without_trusted_proxies_the_header_is_the_callers_word() -> None:
    assert client_address(scope("10.0.0.1", "198.51.100.9"), ()) == "10.0.0.1"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_what_is_counted_as_one_caller(address: str, expected: str) -> None:
    assert address_block(address) == expected


def test_a_hash_tells_same_from_other_and_needs_the_key() -> None:
    install_settings(Settings(secret_key="a" * 40))
    one = address_hash("192.0.2.1")
    assert one == address_hash("192.0.2.1") != address_hash("192.0.2.2")
    install_settings(Settings(secret_key="b" * 40))
    assert one != address_hash("192.0.2.1")
    assert address_hash("") == ""


def test_the_origin_ends_with_its_block() -> None:
    with origin("request-1", "192.0.2.1"):
        assert current_origin().request_id == "request-1"
    assert (current_origin().request_id, current_origin().address) == ("", "")
