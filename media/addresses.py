"""Paths of what is public: the name of a file is the hash of its content, so it never changes."""

from typing import Final

PUBLIC_PATH: Final = "/media/public/"


def public_path(sha256: str, extension: str) -> str:
    """Where everybody finds a file that content shows."""
    return f"{PUBLIC_PATH}{sha256}.{extension}"
