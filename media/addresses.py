"""Paths of what is public: the name of a file is the hash of its content, so it never changes."""

import re
from typing import Final

PUBLIC_PATH: Final = "/media/public/"
"""Where public files lie."""

_PUBLIC: Final = re.compile(r"/media/public/([0-9a-f]{64})\.([a-z0-9]{1,10})")


def public_path(sha256: str, extension: str) -> str:
    """Where everybody finds a file that content shows."""
    return f"{PUBLIC_PATH}{sha256}.{extension}"


def variant_path(sha256: str, variant: str) -> str:
    """Where everybody finds what is made of such a file, like `hls/master.m3u8`."""
    return f"{PUBLIC_PATH}{sha256}/{variant}"


def sha256_in(address: str | None) -> str | None:
    """The hash of the file that an address names; None for an address elsewhere, or none."""
    found = _PUBLIC.fullmatch(address) if address else None
    return found[1] if found else None


def extension_in(address: str) -> str | None:
    """The ending of the file that an address names; None for an address elsewhere."""
    found = _PUBLIC.fullmatch(address)
    return found[2] if found else None
