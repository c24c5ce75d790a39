"""Addresses of private files, and every way to bend one."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hub.settings import install_settings
from media.signing import ADDRESS_LASTS, PRIVATE_PATH, grant_in, private_address
from tests.conftest import make_settings

NOW = datetime(2026, 3, 2, 9, 1, tzinfo=UTC)
ASSET = UUID("0195563d-0000-7000-8000-000000000001")
OTHER = UUID("0195563d-0000-7000-8000-000000000002")


@pytest.fixture(autouse=True)
def _settings(tmp_path: object) -> None:
    install_settings(make_settings(tmp_path))  # type: ignore[arg-type]


def parts(address: str) -> tuple[str, str]:
    token, _, name = address.removeprefix(PRIVATE_PATH).partition("/")
    return token, name


def test_an_address_names_a_file_and_its_end() -> None:
    token, name = parts(private_address(ASSET, name="a.pdf", now=NOW))
    grant = grant_in(token, name=name, now=NOW)
    assert grant is not None
    assert (grant.asset_id, grant.variant, grant.is_folder) == (ASSET, "", False)
    assert NOW + ADDRESS_LASTS <= grant.ends_at <= NOW + ADDRESS_LASTS * 1.5


def test_it_ends() -> None:
    token, name = parts(private_address(ASSET, name="a.pdf", now=NOW))
    grant = grant_in(token, name=name, now=NOW)
    assert grant is not None
    assert grant_in(token, name=name, now=grant.ends_at - timedelta(seconds=1)) == grant
    assert grant_in(token, name=name, now=grant.ends_at) is None


def test_asked_again_soon_it_is_the_same() -> None:
    first = private_address(ASSET, name="a.pdf", now=NOW)
    assert private_address(ASSET, name="a.pdf", now=NOW + timedelta(minutes=3)) == first
    assert private_address(ASSET, name="a.pdf", now=NOW + timedelta(minutes=6)) != first


def test_a_thumbnail_is_another_address() -> None:
    whole = parts(private_address(ASSET, name="a.jpg", now=NOW))
    small = parts(private_address(ASSET, name="a.jpg", variant="w160.webp", now=NOW))
    assert whole != small
    grant = grant_in(small[0], name="a.jpg", now=NOW)
    assert grant is not None
    assert grant.variant == "w160.webp"


def test_a_folder_is_good_for_what_lies_below() -> None:
    token, name = parts(private_address(ASSET, name="master.m3u8", variant="hls/", now=NOW))
    assert name == "master.m3u8"
    for below in ("master.m3u8", "240p/0001.m4s"):
        grant = grant_in(token, name=below, now=NOW)
        assert grant is not None
        assert grant.is_folder


def test_names_of_all_kinds_are_written_as_addresses() -> None:
    address = private_address(ASSET, name="收据 1/2?.pdf", now=NOW)
    assert address.endswith("/%E6%94%B6%E6%8D%AE%201%2F2%3F.pdf")


def test_bent_addresses_let_nobody_in() -> None:
    token, name = parts(private_address(ASSET, name="a.pdf", now=NOW))
    text, _, digest = token.partition(".")
    other = parts(private_address(OTHER, name="a.pdf", now=NOW))[0]
    longer = parts(private_address(ASSET, name="a.pdf", now=NOW, lasts=timedelta(days=9)))[0]
    for bent in (
        "",
        ".",
        text,
        f"{text}.",
        f".{digest}",
        f"{text}.{digest[:-1]}",
        f"{other.partition('.')[0]}.{digest}",
        f"{longer.partition('.')[0]}.{digest}",
        f"{text}=.{digest}",
        f"{text}é.{digest}",
        token + "x" * 400,
        "\x00" * 30,
    ):
        assert grant_in(bent, name=name, now=NOW) is None, bent
    for lying in ("b.pdf", "a.html", "", "a.pdf/x"):
        assert grant_in(token, name=lying, now=NOW) is None


def test_another_hub_made_another_key(tmp_path: object) -> None:
    token, name = parts(private_address(ASSET, name="a.pdf", now=NOW))
    changed = make_settings(tmp_path, secret_key="another secret that is long enough")  # type: ignore[arg-type]
    install_settings(changed)
    assert grant_in(token, name=name, now=NOW) is None
