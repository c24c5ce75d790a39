"""Settings of media that cannot be used stop the start, naming the one to change."""

from pathlib import Path
from typing import Any

import pytest

from hub.media_settings import ServeMode, media_problem
from tests.conftest import make_settings


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, None),
        ({"media_serve": ServeMode.X_ACCEL}, None),
        ({"media_url": "s3://media"}, None),
        ({"media_url": "s3://media/prefix", "media_serve": ServeMode.REDIRECT}, None),
        ({"media_url": "/srv/media"}, "HUB_MEDIA_URL"),
        ({"media_url": "s3://"}, "HUB_MEDIA_URL"),
        ({"media_url": "https://media.example"}, "HUB_MEDIA_URL"),
        ({"media_serve": ServeMode.REDIRECT}, "HUB_MEDIA_SERVE"),
        ({"media_url": "s3://media", "media_serve": ServeMode.X_ACCEL}, "HUB_MEDIA_SERVE"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, values: dict[str, Any], named: str | None) -> None:
    problem = media_problem(make_settings(tmp_path, **values))
    assert problem is None if named is None else str(problem).startswith(f"{named}: ")
