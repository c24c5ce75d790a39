"""Puts the made-up city together, in the shape of the files of a content folder."""

from dataclasses import dataclass

from hub.generation import courses, gatherings, places, seats
from hub.generation.dice import Item


@dataclass(frozen=True, slots=True)
class CitySize:
    """How much there is of everything.

    Merchants and stations are those of Ningbo in 2025; the rest is what a city's union offers.
    """

    merchants: int = 8_433
    stations: int = 2_433
    instructors: int = 200
    courses: int = 1_000
    lessons_per_course: int = 12
    employers: int = 150
    events: int = 3_000
    competitions: int = 50
    laureates: int = 300


CITY = CitySize()


def generate_city(size: CitySize = CITY) -> dict[str, list[Item]]:
    """The items of every kind; the same `size` gives the same city. Everything is illustrative."""
    towns = places.towns()
    streets = places.friendly_streets(towns)
    merchants = places.merchants(size.merchants, towns, streets=streets)
    stations = places.stations(size.stations, towns)
    centres = places.service_centres(towns)
    venues = [*stations, *centres]
    instructors = courses.instructors(size.instructors)
    programs = courses.programs()
    taught = courses.courses(
        size.courses, instructors=instructors, programs=programs, places=venues
    )
    lessons = courses.lessons(taught, size.lessons_per_course)
    employers = gatherings.employers(size.employers)
    honours = gatherings.honours()
    events = gatherings.events(size.events, towns=towns, places=venues, employers=employers)
    competitions = gatherings.competitions(size.competitions, places=venues)
    return {
        "towns": towns,
        "amenities": places.amenities(),
        "friendly_streets": streets,
        "merchants": merchants,
        "stations": stations,
        "service_centres": centres,
        "offerings": places.offerings(merchants, stations),
        "forms": seats.forms(),
        "pools": seats.pools(taught, events, competitions=competitions),
        "topics": courses.topics(),
        "instructors": instructors,
        "programs": programs,
        "courses": taught,
        "lessons": lessons,
        "quizzes": courses.quizzes(lessons),
        "employers": employers,
        "events": events,
        "competitions": competitions,
        "honours": honours,
        "laureates": gatherings.laureates(
            size.laureates, honours=honours, towns=towns, stations=stations, employers=employers
        ),
    }
