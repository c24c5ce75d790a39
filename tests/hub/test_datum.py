"""Coordinates of Chinese maps against published points, and there and back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.datum import Datum, from_wgs84, is_outside_china, to_wgs84, unit_vector

# The points of eviltransform's own test suite: WGS-84, then GCJ-02.
PUBLISHED = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]
IN_CHINA = st.tuples(st.floats(3, 53), st.floats(75, 135))


@pytest.mark.parametrize(("wgs84", "gcj02"), PUBLISHED)
def test_published_points(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    assert from_wgs84(*wgs84, datum=Datum.GCJ02) == pytest.approx(gcj02, abs=1e-9)
    assert to_wgs84(*gcj02, datum=Datum.GCJ02) == pytest.approx(wgs84, abs=1e-9)


def test_baidu_shifts_once_more() -> None:
    # Baidu's polynomial, worked out by hand for the first published GCJ-02 point.
    latitude, longitude = PUBLISHED[0][1]
    turns = math.pi * 3000 / 180
    radius = math.hypot(longitude, latitude) + 2e-5 * math.sin(latitude * turns)
    angle = math.atan2(latitude, longitude) + 3e-6 * math.cos(longitude * turns)
    expected = (radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065)
    assert from_wgs84(*PUBLISHED[0][0], datum=Datum.BD09) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("datum", list(Datum))
@given(point=IN_CHINA)
def test_there_and_back(datum: Datum, point: tuple[float, float]) -> None:
    back = to_wgs84(*from_wgs84(*point, datum=datum), datum=datum)
    assert back == pytest.approx(point, abs=1e-6)


@given(point=IN_CHINA)
def test_the_shift_is_hundreds_of_metres(point: tuple[float, float]) -> None:
    moved = from_wgs84(*point, datum=Datum.GCJ02)
    assert max(abs(moved[0] - point[0]), abs(moved[1] - point[1])) < 0.02


@pytest.mark.parametrize("point", [(48.8584, 2.2945), (0.5, 100.0), (40.0, 140.0)])
def test_abroad_gcj02_is_wgs84(point: tuple[float, float]) -> None:
    assert is_outside_china(*point)
    assert from_wgs84(*point, datum=Datum.GCJ02) == point
    assert to_wgs84(*point, datum=Datum.GCJ02) == point


def test_unit_vectors() -> None:
    assert unit_vector(0, 0) == (1, 0, 0)
    assert unit_vector(0, 90) == pytest.approx((0, 1, 0))
    assert unit_vector(90, 17) == pytest.approx((0, 0, 1))
    assert math.hypot(*unit_vector(29.8, 121.6)) == pytest.approx(1)
