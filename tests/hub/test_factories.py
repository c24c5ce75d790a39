"""The factories: every one stores a row that the public sees."""

from hub.auth import ANONYMOUS, Viewer
from hub.competitions.queries import COMPETITIONS, DIVISIONS, STAGES
from hub.directory.queries import OFFERINGS, PLACES, STREETS, TOWNS
from hub.events.queries import EMPLOYERS, EVENTS, OPENINGS
from hub.honours.queries import HONOURS, LAUREATES
from hub.learning.queries import COURSES, INSTRUCTORS, LESSONS, PROGRAMS, SESSIONS
from hub.settings import Settings
from tests.factories import competitions, directory, events, honours, learning
from tests.factories.publishing import PUBLISHED_AT

VIEWER = Viewer(ANONYMOUS, PUBLISHED_AT)


async def test_what_a_factory_stores_is_seen(database: Settings) -> None:
    course, competition = await learning.course(), await competitions.competition()
    stored = [
        (TOWNS, await directory.town()),
        (STREETS, await directory.street()),
        (PLACES, await directory.merchant()),
        (PLACES, await directory.station()),
        (PLACES, await directory.service_centre()),
        (OFFERINGS, await directory.offering()),
        (PROGRAMS, await learning.program()),
        (INSTRUCTORS, await learning.instructor()),
        (COURSES, course),
        (LESSONS, await learning.lesson()),
        (SESSIONS, await learning.session(course.id)),
        (EVENTS, await events.job_fair()),
        (EMPLOYERS, await events.employer()),
        (OPENINGS, await events.opening()),
        (COMPETITIONS, competition),
        (DIVISIONS, await competitions.division(competition.id)),
        (STAGES, await competitions.stage(competition.id)),
        (HONOURS, await honours.honour()),
        (LAUREATES, await honours.laureate()),
    ]
    for listing, row in stored:
        (found,) = await listing.by_ids(VIEWER, [row.pk])
        assert found is not None, type(row).__name__
        assert found.id == row.pk
