"""Keys of rows: UUIDv7, so that they sort by birth and cannot be walked."""

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid_utils.compat.uuid7()
