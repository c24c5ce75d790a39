"""The made-up city's towns, streets, merchants, stations, centres and offerings."""

from collections.abc import Sequence

from hub.generation.dice import Dice, Item
from hub.generation.words import (
    AMENITIES,
    AUDIENCES,
    ESTATES,
    OFFERINGS,
    ROADS,
    SHOP_NAMES,
    TOWNS,
    TRADE_OFFERINGS,
    TRADE_WEIGHTS,
    TRADES,
)

SERVICE_CENTRES = 12

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WORKDAYS = _WEEK[:5]
_SOUTH, _WEST = 29.72, 121.32
_GRID_DEGREES = 0.055
_SPREAD_DEGREES = 0.011
_ACCESSIBILITY = (
    "step_free", "wide_door", "accessible_toilet", "low_counter", "sign_language", "guide_dogs",
)  # fmt: skip
_TIMES = (("07:00", "21:00"), ("08:00", "20:00"), ("09:00", "21:30"), ("10:00", "22:00"))
_LEVELS = ("standard", "district", "city", "provincial", "national")
_LEVEL_WEIGHTS = (80, 12, 5, 2, 1)


def towns() -> list[Item]:
    """25 towns on a grid of about six kilometres."""
    return [
        {
            "slug": f"city-town-{index + 1:02}",
            "name": name,
            "kind": kind,
            "location": {
                "latitude": round(_SOUTH + index // 5 * _GRID_DEGREES, 6),
                "longitude": round(_WEST + index % 5 * _GRID_DEGREES, 6),
            },
            "illustrative": True,
        }
        for index, (name, kind) in enumerate(TOWNS)
    ]


def amenities() -> list[Item]:
    """The vocabulary of amenities."""
    return [{"code": code, "label": label, "icon": icon} for code, label, icon in AMENITIES]


def friendly_streets(towns: Sequence[Item]) -> list[Item]:
    """A friendly street in each town."""
    dice = Dice("streets")
    return [
        dice.item(f"city-street-{index:02}")
        | {
            "name": f"{town['name']}{dice.one(ROADS)}友好街区",
            "summary": dice.paragraph(1),
            "town": town["slug"],
            "location": _near(dice, town),
        }
        for index, town in enumerate(towns, 1)
    ]


def merchants(count: int, towns: Sequence[Item], *, streets: Sequence[Item]) -> list[Item]:
    """Shops of every trade, a tenth of them on a friendly street."""
    dice = Dice("merchants")
    by_town = {street["town"]: street["slug"] for street in streets}
    made = []
    for number in range(1, count + 1):
        town = dice.one(towns)
        trade = dice.weighted(list(TRADES), TRADE_WEIGHTS)
        road = dice.one(ROADS)
        name = f"{dice.one(SHOP_NAMES)}{dice.one(TRADES[trade])}（{road}店）"
        shop = _place(dice, f"city-merchant-{number:05}", name, town, road=road)
        shop |= {"category": trade}
        if dice.chance(0.1):
            shop["street"] = by_town[town["slug"]]
        made.append(shop)
    return made


def stations(count: int, towns: Sequence[Item]) -> list[Item]:
    """Rider stations, most of them ordinary ones."""
    dice = Dice("stations")
    made = []
    for number in range(1, count + 1):
        town, road = dice.one(towns), dice.one(ROADS)
        name = f"{dice.one((*ESTATES, road))}小哥驿站 {number} 号"
        station = _place(dice, f"city-station-{number:05}", name, town, road=road)
        station |= {
            "level": dice.weighted(_LEVELS, _LEVEL_WEIGHTS),
            "build_way": dice.one(("new", "converted", "shared")),
            "host": f"{town['name']}总工会",
            "amenities": dice.some([code for code, _, _ in AMENITIES], 4, most=9),
        }
        made.append(station)
    return made


def service_centres(towns: Sequence[Item]) -> list[Item]:
    """Service centres in the first towns."""
    dice = Dice("centres")
    return [
        _place(
            dice,
            f"city-centre-{index:02}",
            f"新就业形态劳动者服务中心{town['name']}站",
            town,
            road=dice.one(ROADS),
        )
        | {
            "area_square_metres": 50 * dice.number(3, 12),
            "zones": dice.some(("服务厅", "书吧", "舞台", "小哥驿站", "调解室"), 2, most=5),
            "services": [
                {"name": name, "description": dice.paragraph(1)}
                for name in dice.some(("工会窗口", "法律维权", "医疗互助", "心理咨询"), 2, most=4)
            ],
        }
        for index, town in enumerate(towns[:SERVICE_CENTRES], 1)
    ]


def offerings(merchants: Sequence[Item], stations: Sequence[Item]) -> list[Item]:
    """About two offerings a merchant, and one for every third station."""
    dice = Dice("offerings")
    given = [
        (shop["slug"], kind)
        for shop in merchants
        for kind in dice.some(TRADE_OFFERINGS[shop["category"]], 1, most=3)
    ]
    given += [
        (station["slug"], dice.one(("charging", "water", "rest"))) for station in stations[::3]
    ]
    return [_offering(dice, place, kind) for place, kind in given]


def _offering(dice: Dice, place: str, kind: str) -> Item:
    title, description = OFFERINGS[kind]
    offering = dice.item(f"{place}-{kind}") | {
        "place": place,
        "kind": kind,
        "title": title,
        "description": description,
        "audience": dice.one(AUDIENCES),
    }
    if dice.chance(0.5):
        opens, closes = dice.one((("13:00", "17:00"), ("10:00", "16:00"), ("17:00", "20:00")))
        days = dice.some(_WEEK, 1, most=7)
        offering["schedule"] = [{"days": days, "opens": opens, "closes": closes}]
    if dice.chance(0.4):
        offering["daily_quota"] = dice.number(5, 40)
    return offering


def _place(dice: Dice, slug: str, name: str, town: Item, *, road: str) -> Item:
    place = dice.item(slug) | {
        "name": name,
        "summary": dice.paragraph(1),
        "address": f"{town['name']}{road} {dice.number(1, 1_200)} 号",
        "town": town["slug"],
        "location": _near(dice, town),
        "phone": f"0574-{dice.number(2_000_0000, 8_999_9999)}",
        "amenities": dice.some([code for code, _, _ in AMENITIES], 1, most=5),
        "accessibility": dice.some(_ACCESSIBILITY, 0, most=3),
    }
    if not dice.chance(0.08):
        place["hours"] = _hours(dice)
    return place


def _near(dice: Dice, town: Item) -> Item:
    centre = town["location"]
    return dice.near(centre["latitude"], centre["longitude"], degrees=_SPREAD_DEGREES)


def _hours(dice: Dice) -> Item:
    opens, closes = dice.one(_TIMES)
    fate = dice.random.random()
    if fate < 0.06:
        weekly = [_interval(_WEEK, "00:00", "24:00")]
    elif fate < 0.14:
        weekly = [_interval(_WEEK, "17:00", "02:00")]
    elif fate < 0.24:
        weekly = [_interval(_WEEK, opens, "13:30"), _interval(_WEEK, "16:30", closes)]
    elif fate < 0.5:
        weekly = [_interval(_WORKDAYS, opens, closes), _interval(_WEEK[5:], "10:00", "18:00")]
    elif fate < 0.6:
        weekly = [_interval(_WORKDAYS, opens, closes)]
    else:
        weekly = [_interval(_WEEK, opens, closes)]
    hours: Item = {"weekly": weekly}
    if dice.chance(0.1):
        hours["holidays"] = "closed"
    if dice.chance(0.15):
        closed = {"from": "2027-02-05", "until": "2027-02-12", "closed": True, "note": "春节"}
        hours["exceptions"] = [closed]
    return hours


def _interval(days: Sequence[str], opens: str, closes: str) -> Item:
    return {"days": list(days), "opens": opens, "closes": closes}
