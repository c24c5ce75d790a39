"""Public addresses of media, as content names them: by the hash of what is in the file."""

import re
from typing import Final

PUBLIC_PATH: Final = "/media/public/"
"""Where public files lie."""

_PUBLIC: Final = re.compile(r"/media/public/([0-9a-f]{64})\.([a-z0-9]{1,10})")


def public_address(sha256: str, extension: str) -> str:
    """The address of a file itself."""
    return f"{PUBLIC_PATH}{sha256}.{extension}"


def variant_address(sha256: str, variant: str) -> str:
    """The address of what is made of a file: `hls/master.m3u8`."""
    return f"{PUBLIC_PATH}{sha256}/{variant}"


def sha256_in(address: str | None) -> str | None:
    """The hash of the file that an address names; None for an address elsewhere, or none."""
    found = _PUBLIC.fullmatch(address) if address else None
    return found[1] if found else None


def extension_in(address: str) -> str | None:
    """The ending of the file that an address names; None for an address elsewhere."""
    found = _PUBLIC.fullmatch(address)
    return found[2] if found else None
