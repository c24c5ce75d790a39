"""A hub with files, for tests of media in GraphQL."""

from tests.media.desk import desk  # noqa: F401 - a fixture
