"""What every kind of content says of its own publication."""

from datetime import datetime

import strawberry

from schema.relay import is_any_type, resolve_row_type

PUBLISHED_AT = "From when the public sees it."
EXPIRES_AT = "From when the public sees it no more; null: it stays."
IS_ILLUSTRATIVE = "True for sample content that no source vouches for."
VERSION = "Counts the changes of the item; updates name the version they are based on."


@strawberry.interface(description="Something that editors publish.")
class Content:
    """The fields of every kind of content, over a row."""

    slug: str = strawberry.field(
        description="The stable name in addresses: lower-case letters, digits and hyphens."
    )
    published_at: datetime | None = strawberry.field(description=PUBLISHED_AT)
    expires_at: datetime | None = strawberry.field(description=EXPIRES_AT)
    is_illustrative: bool = strawberry.field(description=IS_ILLUSTRATIVE)
    version: int = strawberry.field(description=VERSION)
    updated_at: datetime = strawberry.field(description="When the item was last changed.")

    resolve_type = staticmethod(resolve_row_type)
    is_type_of = staticmethod(is_any_type)
