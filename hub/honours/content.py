"""The files of honours, and of those they were given to."""

from typing import Annotated

from annotated_types import MaxLen

from hub.content import ANY_PLACE, Address, Line, Position, Published, Slug, Text, To, Year
from hub.honours.models import Honour, Laureate
from hub.honours.rules import HonourKind, HonourLevel
from hub.kinds import Kind


class HonourItem(Published):
    """An honour that can be given many times."""

    name: Annotated[Line, MaxLen(120)]
    level: HonourLevel
    kind: HonourKind
    issuer: Annotated[Text, MaxLen(120)] = ""
    description: Text = ""
    position: Position = None


class LaureateItem(Published):
    """A worker or a place to whom an honour was given."""

    honour: Annotated[Slug, To(("honours",))]
    name: Annotated[Line, MaxLen(120)]
    occupation: Annotated[Text, MaxLen(120)] = ""
    employer: Annotated[Text, MaxLen(120)] = ""
    year: Year | None = None
    story: Text = ""
    photo_url: Address | None = None
    town: Annotated[Slug | None, To(("towns",))] = None
    place: Annotated[Slug | None, ANY_PLACE] = None
    position: Position = None


KINDS = (
    Kind("honours", HonourItem, Honour),
    Kind("laureates", LaureateItem, Laureate, scope="honour"),
)
