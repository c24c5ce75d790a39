"""Made-up seats: a pool for what one signs up for, and the one form that is asked."""

from collections.abc import Sequence

from hub.generation.dice import Item

_CAPACITIES = (20, 40, 80, 200)
_PUBLICATION = ("state", "published_at", "expires_at", "illustrative")


def forms() -> list[Item]:
    """The form of every pool that asks something."""
    questions = [{"slug": "contact", "kind": "text", "label": "紧急联系人", "required": True}]
    return [{"slug": "sign-up-form", "title": "报名表", "questions": questions} | _always()]


def pools(
    courses: Sequence[Item], events: Sequence[Item], *, competitions: Sequence[Item]
) -> list[Item]:
    """Seats for everything that has a registration, which from now on names its pool."""
    made: list[Item] = []
    for each in (*courses, *events):
        if "sessions" in each or "registration_closes_at" in each:
            each["pool"] = _add(made, f"{each['slug']}-seats", each)
    for each in competitions:
        for division in each.get("divisions", ()):
            division["pool"] = _add(made, f"{each['slug']}-{division['slug']}-seats", each)
    return made


def _add(made: list[Item], slug: str, owner: Item) -> str:
    """A pool that is published as its owner is; every fifth asks something."""
    pool = {
        "slug": slug,
        "title": str(owner["title"])[:150] + "名额",
        "capacity": _CAPACITIES[len(made) % len(_CAPACITIES)],
        "party_size_maximum": 1 + len(made) % 3,
    }
    pool |= {key: owner[key] for key in _PUBLICATION if key in owner}
    if len(made) % 5 == 0:
        pool["form"] = "sign-up-form"
    made.append(pool)
    return slug


def _always() -> Item:
    return {"published_at": "2026-01-01T00:00:00+08:00", "illustrative": True}
