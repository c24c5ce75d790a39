"""Honours and who received them."""

from typing import Any

from hub.honours.models import Honour, Laureate
from hub.honours.rules import HonourKind, HonourLevel
from hub.pinyin import sort_key
from tests.factories.publishing import content


async def honour(**values: Any) -> Honour:
    """A published medal of the city."""
    name = values.get("name", "宁波市五一劳动奖章")
    defaults = {
        "name": name,
        "sort_name": sort_key(name),
        "level": HonourLevel.CITY,
        "kind": HonourKind.MEDAL,
    }
    return await Honour.create(**content("honour", {**defaults, **values}))


async def laureate(**values: Any) -> Laureate:
    """A published laureate; of an honour of its own unless `honour_id` says which."""
    name = values.get("name", "张小哥")
    defaults = {"name": name, "sort_name": sort_key(name)}
    if "honour_id" not in values:
        defaults["honour_id"] = (await honour()).id
    return await Laureate.create(**content("laureate", {**defaults, **values}))
