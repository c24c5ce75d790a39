"""Distance on the sphere: the chord, its inverse, and the box around a circle."""

import math

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hub.datum import unit_vector
from hub.directory.rules import (
    EARTH_RADIUS_METRES,
    bounding_box,
    metres_of_chord,
    squared_chord_of,
)

HALF_WAY_ROUND = math.pi * EARTH_RADIUS_METRES

quickly = hypothesis_settings(deadline=None, database=None, max_examples=200)
latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


def haversine_metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The textbook formula, which the hub itself does not use."""
    phi, psi = math.radians(one[0]), math.radians(other[0])
    across = math.radians(other[1] - one[1])
    half = math.sin((psi - phi) / 2) ** 2
    half += math.cos(phi) * math.cos(psi) * math.sin(across / 2) ** 2
    return 2 * EARTH_RADIUS_METRES * math.asin(min(1.0, math.sqrt(half)))


def squared_chord(one: tuple[float, float], other: tuple[float, float]) -> float:
    return math.dist(unit_vector(*one), unit_vector(*other)) ** 2


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((29.8169, 121.5468), (29.8169, 121.5468), 0.0),
        ((0.0, 0.0), (0.0, 1.0), 111_195.1),
        ((90.0, 0.0), (-90.0, 0.0), round(HALF_WAY_ROUND, 1)),
        ((0.0, 179.5), (0.0, -179.5), 111_195.1),
        ((39.9042, 116.4074), (31.2304, 121.4737), 1_067_311.2),  # Beijing to Shanghai
    ],
)
def test_distances(one: tuple[float, float], other: tuple[float, float], metres: float) -> None:
    assert metres_of_chord(squared_chord(one, other)) == pytest.approx(metres, abs=1)


@quickly
@given(latitudes, longitudes, latitudes, longitudes)
def test_the_chord_measures_what_haversine_does(a: float, b: float, c: float, d: float) -> None:
    measured = metres_of_chord(squared_chord((a, b), (c, d)))
    expected = haversine_metres((a, b), (c, d))
    near_antipode = expected > HALF_WAY_ROUND - 10_000
    assert measured == pytest.approx(expected, abs=5.0 if near_antipode else 0.2)


@quickly
@given(st.floats(0, HALF_WAY_ROUND * 0.99))
def test_the_chord_of_a_distance_is_its_inverse(metres: float) -> None:
    assert metres_of_chord(squared_chord_of(metres)) == pytest.approx(metres, abs=0.06)


def test_no_circle_is_larger_than_the_earth() -> None:
    assert squared_chord_of(1e12) == pytest.approx(4.0)
    assert metres_of_chord(4.000_001) == round(HALF_WAY_ROUND, 1)
    assert metres_of_chord(-1e-18) == 0.0


@quickly
@given(latitudes, longitudes, st.floats(1, 2_000_000), st.floats(0, 2 * math.pi), st.floats(0, 1))
def test_the_box_holds_the_circle(
    latitude: float, longitude: float, metres: float, bearing: float, share: float
) -> None:
    south, north, west, east = bounding_box(latitude, longitude, metres=metres)
    angle = metres * share / EARTH_RADIUS_METRES
    phi, theta = math.radians(latitude), math.radians(longitude)
    sine = math.sin(phi) * math.cos(angle) + math.cos(phi) * math.sin(angle) * math.cos(bearing)
    there = math.asin(max(-1.0, min(1.0, sine)))
    theta += math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(phi),
        math.cos(angle) - math.sin(phi) * math.sin(there),
    )
    wrapped = (math.degrees(theta) + 180) % 360 - 180
    slack = 1e-7
    assert south - slack <= math.degrees(there) <= north + slack
    assert west - slack <= wrapped <= east + slack or abs(abs(wrapped) - 180) < slack


def test_the_box_of_a_small_circle_is_small() -> None:
    south, north, west, east = bounding_box(30.0, 120.0, metres=1_000)
    assert north - south == pytest.approx(2 * math.degrees(1_000 / EARTH_RADIUS_METRES), rel=1e-3)
    assert east - west == pytest.approx((north - south) / math.cos(math.radians(30)), rel=1e-3)
