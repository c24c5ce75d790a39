"""Coordinates on the maps of China: WGS-84, GCJ-02 and BD-09, in degrees, both ways.

GPS and OpenStreetMap speak WGS-84, which is what the hub stores. Maps made in China must shift it:
Amap and Tencent use GCJ-02, Baidu shifts once more to BD-09. The shift was never published by its
makers; the formulas here are the reconstruction that everyone uses (eviltransform,
https://github.com/googollee/eviltransform, on the ellipsoid of Krasovsky 1940) and Baidu's public
polynomial. They have no closed inverse, so the way back is found by fixed-point iteration.
"""

import math
from collections.abc import Callable
from enum import StrEnum

_AXIS_METRES = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
_BD_RADIANS = math.pi * 3000.0 / 180.0
_BD_OFFSET_LATITUDE = 0.006
_BD_OFFSET_LONGITUDE = 0.0065
_ITERATIONS_MAX = 20
_PRECISION_DEGREES = 1e-10

Point = tuple[float, float]
"""Latitude and longitude in degrees."""


class Datum(StrEnum):
    """Which map a pair of coordinates belongs to."""

    WGS84 = "WGS84"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


def to_wgs84(latitude: float, longitude: float, *, datum: Datum) -> Point:
    """The WGS-84 point of a point on the map `datum`; exact to 1e-6 degrees (a decimetre)."""
    match datum:
        case Datum.WGS84:
            return latitude, longitude
        case Datum.GCJ02:
            return _gcj02_to_wgs84(latitude, longitude)
        case Datum.BD09:
            return _gcj02_to_wgs84(*_inverse(_gcj02_to_bd09, latitude, longitude))


def from_wgs84(latitude: float, longitude: float, *, datum: Datum) -> Point:
    """The point on the map `datum` of a WGS-84 point."""
    match datum:
        case Datum.WGS84:
            return latitude, longitude
        case Datum.GCJ02:
            return _wgs84_to_gcj02(latitude, longitude)
        case Datum.BD09:
            return _gcj02_to_bd09(*_wgs84_to_gcj02(latitude, longitude))


def unit_vector(latitude: float, longitude: float) -> tuple[float, float, float]:
    """The point on the unit sphere: x towards 0° N 0° E, y towards 0° N 90° E, z to the pole."""
    phi, theta = math.radians(latitude), math.radians(longitude)
    return math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi)


def is_outside_china(latitude: float, longitude: float) -> bool:
    """Whether GCJ-02 leaves a point alone: outside the published box around the mainland."""
    return not (72.004 <= longitude <= 137.8347 and 0.8293 <= latitude <= 55.8271)


def _gcj02_to_wgs84(latitude: float, longitude: float) -> Point:
    if is_outside_china(latitude, longitude):
        return latitude, longitude
    return _inverse(_shifted, latitude, longitude)


def _wgs84_to_gcj02(latitude: float, longitude: float) -> Point:
    if is_outside_china(latitude, longitude):
        return latitude, longitude
    return _shifted(latitude, longitude)


def _inverse(forward: Callable[[float, float], Point], latitude: float, longitude: float) -> Point:
    """The point that `forward` moves to the given one: each step takes off what is left over.

    The shift is a few hundred metres and changes by less than a thousandth over that distance, so
    every step gains about three digits.
    """
    found = latitude, longitude
    for _ in range(_ITERATIONS_MAX):
        moved = forward(*found)
        rest = moved[0] - latitude, moved[1] - longitude
        found = found[0] - rest[0], found[1] - rest[1]
        if max(abs(rest[0]), abs(rest[1])) < _PRECISION_DEGREES:
            break
    return found


def _shifted(latitude: float, longitude: float) -> Point:
    x, y = longitude - 105.0, latitude - 35.0
    phi = math.radians(latitude)
    magic = 1 - _ECCENTRICITY_SQUARED * math.sin(phi) ** 2
    metres_north = _wave_north(x, y)
    metres_east = _wave_east(x, y)
    meridian = _AXIS_METRES * (1 - _ECCENTRICITY_SQUARED) / (magic * math.sqrt(magic))
    parallel = _AXIS_METRES / math.sqrt(magic) * math.cos(phi)
    return latitude + math.degrees(metres_north / meridian), longitude + math.degrees(
        metres_east / parallel
    )


def _wave_north(x: float, y: float) -> float:
    linear = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    return (
        linear
        + _ripple(x)
        + (20.0 * _sine(y) + 40.0 * _sine(y / 3.0)) * 2.0 / 3.0
        + (160.0 * _sine(y / 12.0) + 320.0 * _sine(y / 30.0)) * 2.0 / 3.0
    )


def _wave_east(x: float, y: float) -> float:
    linear = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    return (
        linear
        + _ripple(x)
        + (20.0 * _sine(x) + 40.0 * _sine(x / 3.0)) * 2.0 / 3.0
        + (150.0 * _sine(x / 12.0) + 300.0 * _sine(x / 30.0)) * 2.0 / 3.0
    )


def _ripple(x: float) -> float:
    return (20.0 * _sine(6.0 * x) + 20.0 * _sine(2.0 * x)) * 2.0 / 3.0


def _sine(turns: float) -> float:
    return math.sin(turns * math.pi)


def _gcj02_to_bd09(latitude: float, longitude: float) -> Point:
    radius = math.hypot(longitude, latitude) + 0.00002 * math.sin(latitude * _BD_RADIANS)
    angle = math.atan2(latitude, longitude) + 0.000003 * math.cos(longitude * _BD_RADIANS)
    return (
        radius * math.sin(angle) + _BD_OFFSET_LATITUDE,
        radius * math.cos(angle) + _BD_OFFSET_LONGITUDE,
    )
