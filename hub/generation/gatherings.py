"""The made-up city's employers, events, competitions, honours and laureates."""

from collections.abc import Sequence
from datetime import timedelta

from hub.generation.dice import Dice, Item
from hub.generation.words import (
    COMPETITIONS,
    EVENT_WEIGHTS,
    EVENTS,
    HONOUR_LEVELS,
    HONOURS,
    INDUSTRIES,
    JOBS,
    OCCUPATIONS,
    SHOP_NAMES,
)

_DAYS = 720
_ORGANISER = "市总工会"


def employers(count: int) -> list[Item]:
    """Companies that hire."""
    dice = Dice("employers")
    made = []
    for number in range(1, count + 1):
        industry = dice.one(INDUSTRIES)
        made.append(
            dice.item(f"city-employer-{number:03}")
            | {
                "name": f"{dice.one(SHOP_NAMES)}{industry}有限公司",
                "industry": industry,
                "summary": dice.paragraph(1),
            }
        )
    return made


def events(
    count: int, *, towns: Sequence[Item], places: Sequence[Item], employers: Sequence[Item]
) -> list[Item]:
    """Events of two years, half of them at a place."""
    dice = Dice("events")
    made = []
    for number in range(1, count + 1):
        kind = dice.weighted(list(EVENTS), EVENT_WEIGHTS)
        town = dice.one(towns)
        starts = dice.instant(dice.number(0, _DAYS))
        event = dice.item(f"city-event-{number:05}") | {
            "kind": kind,
            "title": f"{town['name']}{dice.one(EVENTS[kind])}",
            "summary": dice.paragraph(1),
            "body": dice.body("活动安排"),
            "organiser": f"{town['name']}总工会",
            "town": town["slug"],
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=dice.number(1, 4))).isoformat(),
        }
        event |= _venue(dice, town, places)
        if dice.chance(0.6):
            event["registration_opens_at"] = (starts - timedelta(days=14)).isoformat()
            event["registration_closes_at"] = (starts - timedelta(days=1)).isoformat()
        event["agenda"] = [
            {
                "title": title,
                "speaker": dice.person(),
                "starts_at": (starts + timedelta(minutes=15 * index)).isoformat(),
            }
            for index, title in enumerate(
                dice.some(("签到", "开场", "主题分享", "互动", "抽奖"), 0, most=4)
            )
        ]
        if kind == "job_fair":
            event["openings"] = _openings(dice, employers)
        made.append(event)
    return made


def _venue(dice: Dice, town: Item, places: Sequence[Item]) -> Item:
    if dice.chance(0.5):
        return {"place": dice.one(places)["slug"]}
    centre = town["location"]
    return {
        "venue_name": f"{town['name']}文化广场",
        "address": f"{town['name']}文化广场东侧",
        "location": dice.near(centre["latitude"], centre["longitude"], degrees=0.005),
    }


def _openings(dice: Dice, employers: Sequence[Item]) -> list[Item]:
    made = []
    for number in range(1, dice.number(3, 8) + 1):
        minimum = 500 * dice.number(8, 16)
        made.append(
            {
                "slug": f"opening-{number}",
                "employer": dice.one(employers)["slug"],
                "job": dice.one(JOBS),
                "description": dice.paragraph(1),
                "pay": {
                    "minimum": minimum,
                    "maximum": minimum + 500 * dice.number(1, 6),
                    "period": "month",
                },
                "headcount": dice.number(1, 30),
            }
        )
    return made


def competitions(count: int, *, places: Sequence[Item]) -> list[Item]:
    """Competitions, each with a registration, a preliminary and a final."""
    dice = Dice("competitions")
    return [
        _competition(dice, number, dice.one(COMPETITIONS), places) for number in range(1, count + 1)
    ]


def _competition(dice: Dice, number: int, name: str, places: Sequence[Item]) -> Item:
    starts = dice.instant(dice.number(30, 600), last_hour=9)
    year = starts.year
    place = dice.one(places)["slug"]
    stages = (
        ("registration", "网上报名", 0, 20),
        ("preliminary", "初赛", 30, 31),
        ("final", "决赛", 45, 46),
    )
    return dice.item(f"city-competition-{number:03}") | {
        "title": f"{year} 年第{number}届{name}",
        "summary": dice.paragraph(1),
        "body": dice.body("比什么"),
        "rules": dice.body("规则"),
        "organiser": _ORGANISER,
        "year": year,
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(days=46)).isoformat(),
        "registration_opens_at": starts.isoformat(),
        "registration_closes_at": (starts + timedelta(days=20)).isoformat(),
        "divisions": [
            {"slug": "individual", "name": "个人组", "entrant": "individual"},
            {
                "slug": "team",
                "name": "团体组",
                "entrant": "team",
                "team_size": {"minimum": 3, "maximum": 5},
            },
        ],
        "stages": [
            {
                "slug": kind,
                "kind": kind,
                "name": name,
                "starts_at": (starts + timedelta(days=first)).isoformat(),
                "ends_at": (starts + timedelta(days=last)).isoformat(),
                **({} if kind == "registration" else {"place": place}),
            }
            for kind, name, first, last in stages
        ],
        "prizes": [
            {"name": "一等奖", "quantity": 1, "amount": 3_000},
            {"name": "二等奖", "quantity": 3, "amount": 2_000},
            {"name": "三等奖", "quantity": 6, "amount": 1_000},
        ],
    }


def honours() -> list[Item]:
    """Every honour at every level."""
    dice = Dice("honours")
    return [
        dice.item(f"city-honour-{level}-{kind.replace('_', '-')}")
        | {"name": f"{prefix}{name}", "level": level, "kind": kind, "issuer": f"{prefix}总工会"}
        for level, prefix in HONOUR_LEVELS
        for name, kind in HONOURS
    ]


def laureates(
    count: int,
    *,
    honours: Sequence[Item],
    towns: Sequence[Item],
    stations: Sequence[Item],
    employers: Sequence[Item],
) -> list[Item]:
    """Workers who were honoured, and stations for the honours of stations."""
    dice = Dice("laureates")
    made = []
    for number in range(1, count + 1):
        honour = dice.one(honours)
        laureate = dice.item(f"city-laureate-{number:03}") | {
            "honour": honour["slug"],
            "year": dice.number(2020, 2026),
            "story": dice.paragraph(3),
            "town": dice.one(towns)["slug"],
        }
        if honour["kind"] == "station":
            station = dice.one(stations)
            laureate |= {"name": station["name"], "place": station["slug"]}
        else:
            laureate |= {
                "name": dice.person(),
                "occupation": dice.one(OCCUPATIONS),
                "employer": dice.one(employers)["name"],
            }
        made.append(laureate)
    return made
