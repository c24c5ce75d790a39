"""Places: nearness, maps, opening hours, and what one finds there."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from hub.datum import Datum, from_wgs84
from hub.directory.rules import HoursRule, StationLevel
from tests.factories import directory as rows
from tests.factories import honours
from tests.schema.api.conftest import NOW
from tests.schema.client import GraphQLClient

LATITUDE, LONGITUDE = 29.8338, 121.6012
NEAR = """
query($point: GeoPointInput!, $m: Int = 3000, $order: [PlaceOrder!]) {
  places(first: 50, orderBy: $order, where: {near: {point: $point, withinMetres: $m}}) {
    edges { distanceMetres node { id name location { latitude longitude } } } } }
"""
HOURS = """
query($slug: String!) { place(by: {slug: $slug}) { isOpenNow openChangesAt
  openingHours { rule weekday startsOn endsOn opens closes isOvernight note } } }
"""
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def point(datum: Datum) -> dict[str, Any]:
    latitude, longitude = from_wgs84(LATITUDE, LONGITUDE, datum=datum)
    return {"latitude": latitude, "longitude": longitude, "datum": datum.name}


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
async def test_a_spot_is_the_same_on_every_map(hub: GraphQLClient, datum: Datum) -> None:
    plain = (await hub.ask(NEAR, {"point": point(Datum.WGS84)}))["places"]["edges"]
    other = (await hub.ask(NEAR, {"point": point(datum)}))["places"]["edges"]
    assert len(plain) > 20
    assert [edge["node"]["id"] for edge in other] == [edge["node"]["id"] for edge in plain]
    for one, two in zip(plain, other, strict=True):
        assert one["distanceMetres"] == pytest.approx(two["distanceMetres"], abs=1.0)
    misread = {"latitude": point(datum)["latitude"], "longitude": point(datum)["longitude"]}
    shifted = (await hub.ask(NEAR, {"point": misread}))["places"]["edges"]
    assert abs(shifted[0]["distanceMetres"] - plain[0]["distanceMetres"]) > 50


async def test_a_location_is_told_for_the_map_that_is_asked(hub: GraphQLClient) -> None:
    data = await hub.ask(
        """{ place(by: {slug: "minglou-centre"}) { wgs: location { latitude longitude }
        named: location(datum: WGS84) { latitude longitude }
        gcj: location(datum: GCJ02) { latitude longitude }
        bd: location(datum: BD09) { latitude longitude } } }"""
    )
    place = data["place"]
    assert place["wgs"] == place["named"] == {"latitude": 29.8852, "longitude": 121.5806}
    for name, datum in (("gcj", Datum.GCJ02), ("bd", Datum.BD09)):
        latitude, longitude = from_wgs84(29.8852, 121.5806, datum=datum)
        assert place[name]["latitude"] == pytest.approx(latitude, abs=1e-6)
        assert place[name]["longitude"] == pytest.approx(longitude, abs=1e-6)
    assert place["gcj"] != place["wgs"] != place["bd"] != place["gcj"]


async def test_nearest_comes_first_unless_ordered(hub: GraphQLClient) -> None:
    near = {"point": point(Datum.WGS84)}
    nearest = (await hub.ask(NEAR, near))["places"]["edges"]
    distances = [edge["distanceMetres"] for edge in nearest]
    assert distances == sorted(distances)
    farthest = [{"field": "DISTANCE", "direction": "DESC"}]
    backward = (await hub.ask(NEAR, {**near, "order": farthest, "m": 1000}))["places"]["edges"]
    within = [each for each in distances if each <= 1000]
    assert [edge["distanceMetres"] for edge in backward] == within[::-1]
    named = (await hub.ask(NEAR, {**near, "order": [{"field": "NAME"}], "m": 1000}))["places"]
    assert sorted(edge["distanceMetres"] for edge in named["edges"]) == within


async def test_distance_is_known_only_from_a_point(hub: GraphQLClient) -> None:
    data = await hub.ask(
        """{ places(first: 2) { edges { distanceMetres } }
        merchants(where: {or: [{near: {point: {latitude: 29.8338, longitude: 121.6012}}}]}) {
          totalCount edges { distanceMetres } }
        town(by: {slug: "panhuo"}) { stations(where: {near:
          {point: {latitude: 29.8338, longitude: 121.6012}}}) { edges { distanceMetres } } } }"""
    )
    assert [edge["distanceMetres"] for edge in data["places"]["edges"]] == [None, None]
    assert data["merchants"]["totalCount"] > 0
    assert {edge["distanceMetres"] for edge in data["merchants"]["edges"]} == {None}
    nested = [edge["distanceMetres"] for edge in data["town"]["stations"]["edges"]]
    assert len(nested) == 5
    assert nested == sorted(nested)


@pytest.mark.parametrize("hours_later", [0, 3, 9, 13, 16, 20, 24 * 36, 24 * 73])
async def test_the_filters_agree_with_the_field(hub: GraphQLClient, hours_later: int) -> None:
    """At midday, at night, on the last day of the year, in the spring festival."""
    everything = """query($at: DateTime!) { all: places(first: 100) { nodes { id isOpenNow } }
      open: places(first: 100, where: {openNow: true}) { nodes { id } }
      closed: places(first: 100, where: {openNow: false}) { nodes { id } }
      at: places(first: 100, where: {openAt: $at}) { nodes { id } } }"""
    hub.now = NOW + timedelta(hours=hours_later)
    data = await hub.ask(everything, {"at": hub.now.isoformat()})
    shown = {node["id"]: node["isOpenNow"] for node in data["all"]["nodes"]}
    found = {key: {node["id"] for node in data[key]["nodes"]} for key in ("open", "closed", "at")}
    assert {id_ for id_, is_open in shown.items() if is_open} <= found["open"]
    assert {id_ for id_, is_open in shown.items() if is_open is False} <= found["closed"]
    assert not found["open"] & found["closed"]
    assert found["at"] == found["open"]
    assert found["open"]
    assert None not in shown.values()


@pytest.mark.parametrize("slug", ["minglou-centre", "yinghua-garden", "yifan-fast-food"])
async def test_what_is_open_changes_when_it_is_said_to(hub: GraphQLClient, slug: str) -> None:
    """Step from change to change: just before nothing has changed, at the instant it has."""
    for _ in range(4):
        before = (await hub.ask(HOURS, {"slug": slug}))["place"]
        changes_at = datetime.fromisoformat(before["openChangesAt"])
        assert changes_at > hub.now
        hub.now = changes_at - timedelta(seconds=1)
        assert (await hub.ask(HOURS, {"slug": slug}))["place"]["isOpenNow"] is before["isOpenNow"]
        hub.now = changes_at
        after = (await hub.ask(HOURS, {"slug": slug}))["place"]
        assert after["isOpenNow"] is not before["isOpenNow"]


async def test_hours_of_every_shape(empty_hub: GraphQLClient) -> None:
    place = await rows.merchant(slug="bar")
    await rows.interval(place.id, weekday=3, opens_minute=0, closes_minute=1_440)
    await rows.interval(place.id, weekday=5, opens_minute=1_080, closes_minute=1_560)
    await rows.interval(place.id, rule=HoursRule.HOLIDAY, opens_minute=600, closes_minute=960)
    await rows.interval(
        place.id,
        rule=HoursRule.EXCEPTION,
        starts_on=date(2027, 2, 6),
        ends_on=date(2027, 2, 9),
        opens_minute=None,
        closes_minute=None,
        note="春节",
    )
    found = (await empty_hub.ask(HOURS, {"slug": "bar"}))["place"]
    assert found["isOpenNow"] is True
    assert found["openChangesAt"] == "2026-11-25T16:00:00Z"
    by_opens = {(each["rule"], each["opens"]): each for each in found["openingHours"]}
    blank = {"weekday": None, "startsOn": None, "endsOn": None, "note": None}
    whole_day = {**blank, "rule": "WEEKLY", "weekday": 3, "opens": "00:00", "closes": "24:00"}
    night = {**blank, "rule": "WEEKLY", "weekday": 5, "opens": "18:00", "closes": "02:00"}
    festive = {**blank, "rule": "HOLIDAY", "opens": "10:00", "closes": "16:00"}
    closed = {**blank, "rule": "EXCEPTION", "opens": None, "closes": None, "note": "春节"}
    assert by_opens == {
        ("WEEKLY", "00:00"): {**whole_day, "isOvernight": False},
        ("WEEKLY", "18:00"): {**night, "isOvernight": True},
        ("HOLIDAY", "10:00"): {**festive, "isOvernight": False},
        ("EXCEPTION", None): {
            **closed,
            "startsOn": "2027-02-06",
            "endsOn": "2027-02-09",
            "isOvernight": False,
        },
    }


async def test_unknown_hours_are_neither_open_nor_closed(empty_hub: GraphQLClient) -> None:
    await rows.merchant(slug="unknown")
    data = await empty_hub.ask(
        """{ place(by: {slug: "unknown"}) { isOpenNow openChangesAt openingHours { rule } }
        open: places(where: {openNow: true}) { totalCount }
        closed: places(where: {openNow: false}) { totalCount }
        not: places(where: {not: {openNow: true}}) { totalCount } }"""
    )
    assert data["place"] == {"isOpenNow": None, "openChangesAt": None, "openingHours": []}
    assert [data[key]["totalCount"] for key in ("open", "closed", "not")] == [0, 0, 1]


async def test_an_offering_past_midnight_says_so(hub: GraphQLClient) -> None:
    data = await hub.ask(
        """{ places(first: 100) { nodes { offerings(first: 10) { nodes { title
        schedule { weekday opens closes isOvernight } } } } } }"""
    )
    intervals = [
        interval
        for place in data["places"]["nodes"]
        for offering in place["offerings"]["nodes"]
        for interval in offering["schedule"]
    ]
    assert {interval["isOvernight"] for interval in intervals} == {True, False}
    for interval in intervals:
        assert interval["isOvernight"] == (interval["closes"] <= interval["opens"])
        assert interval["weekday"] in EVERY_DAY


async def test_a_service_centre_tells_its_services_and_zones(hub: GraphQLClient) -> None:
    data = await hub.ask(
        """{ serviceCentre(by: {slug: "minglou-centre"}) { areaSquareMetres zones
        services { name description } accessibility accessibilityNote
        amenities { code label icon } town { name } } }"""
    )
    centre = data["serviceCentre"]
    assert centre["areaSquareMetres"] == 400
    assert centre["zones"][0] == "多功能服务厅"
    assert len(centre["zones"]) == 5
    assert [service["name"] for service in centre["services"]][:2] == ["暖心便民", "工会窗口"]
    assert set(centre["accessibility"]) == {
        *("STEP_FREE", "WIDE_DOOR", "ACCESSIBLE_TOILET"),
        *("LOW_COUNTER", "SIGN_LANGUAGE", "GUIDE_DOGS"),
    }
    assert "手语" in centre["accessibilityNote"]
    assert centre["amenities"][0]["code"] == "air-conditioning"
    assert all(word["label"] and word["icon"] for word in centre["amenities"])
    assert centre["town"]["name"] == "明楼街道"


async def test_photos_and_honours_come_in_their_order(empty_hub: GraphQLClient) -> None:
    station = await rows.station(slug="best", level=StationLevel.NATIONAL)
    for position in (2, 1):
        await rows.photo(station.id, url=f"https://example.org/{position}.jpg", position=position)
    honour = await honours.honour(name="最美驿站")
    for position in (2, 1):
        await honours.laureate(
            honour_id=honour.id, place_id=station.id, year=2020 + position, position=position
        )
    data = await empty_hub.ask(
        """{ station(by: {slug: "best"}) { level photos { url alt }
        honours { totalCount nodes { year honour { name } place { id name } } } } }"""
    )
    found = data["station"]
    assert found["level"] == "NATIONAL"
    assert [photo["url"][-5:] for photo in found["photos"]] == ["1.jpg", "2.jpg"]
    assert found["honours"]["totalCount"] == 2
    assert [node["year"] for node in found["honours"]["nodes"]] == [2021, 2022]
    assert {node["honour"]["name"] for node in found["honours"]["nodes"]} == {"最美驿站"}


async def test_places_are_narrowed_by_what_they_have(hub: GraphQLClient) -> None:
    data = await hub.ask(
        """{ all: places { totalCount }
        aed: places(first: 100, where: {amenity: {eq: "aed"}}) { nodes { amenities { code } } }
        none: places(where: {not: {amenity: {eq: "aed"}}}) { totalCount }
        any: places(where: {amenity: {in: ["aed", "no-such"]}}) { totalCount }
        accessible: places(first: 100, where: {isAccessible: true}) { nodes { accessibility } }
        steps: places(first: 100, where: {isAccessible: false}) { nodes { accessibility } }
        best: stations(first: 100, where: {level: {in: [NATIONAL, PROVINCIAL]}}) {
          nodes { level } }
        kinds: places(first: 100, where: {kind: {eq: SERVICE_CENTRE}}) {
          nodes { __typename } } }"""
    )
    having = data["aed"]["nodes"]
    assert all("aed" in {word["code"] for word in node["amenities"]} for node in having)
    assert 0 < len(having) == data["any"]["totalCount"]
    assert len(having) + data["none"]["totalCount"] == data["all"]["totalCount"]
    assert all(node["accessibility"] for node in data["accessible"]["nodes"])
    assert all(node["accessibility"] == [] for node in data["steps"]["nodes"])
    assert {node["level"] for node in data["best"]["nodes"]} <= {"NATIONAL", "PROVINCIAL"}
    assert data["kinds"]["nodes"] == [{"__typename": "ServiceCentre"}] * 2
