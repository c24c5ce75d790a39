"""Pictures of content in GraphQL: what they say, what they cost, and that they work."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from hub.clock import frozen
from hub.database import recorded_statements
from hub.settings import Settings
from media.models import Asset
from schema.relay import encode_id
from tests.factories import competitions, directory, events, honours, learning
from tests.media.desk import Desk, opened, opened_picture, picture
from tests.schema.caching.conftest import keeping, rewrite
from tests.schema.client import HEADERS

NOW = datetime(2026, 6, 2, 9, 0, tzinfo=UTC)
IMAGE = "{ url width height focalPoint { x y } }"
COURSES = f"{{ courses(first: 20) {{ nodes {{ title coverUrl cover {IMAGE} }} }} }}"


async def ask(desk: Desk, document: str, **variables: Any) -> Any:
    body = {"query": document, "variables": variables}
    with frozen(NOW):
        answer = await desk.http.post("/graphql", json=body, headers=HEADERS)
    found = answer.json()
    assert "errors" not in found, found
    return found["data"]


def address(asset: Asset) -> str:
    return f"/media/public/{asset.sha256}.{asset.extension}"


async def covered(desk: Desk, **values: Any) -> Asset:
    """A course with a picture of ours."""
    asset = await desk.put(
        picture(800, 400), "image/jpeg", **{"width": 800, "height": 400, **values}
    )
    await learning.course(cover_url=address(asset))
    return asset


async def test_a_cover_says_what_it_is(desk: Desk) -> None:
    asset = await covered(desk, focal_x=0.25, focal_y=0.5)
    [node] = (await ask(desk, COURSES))["courses"]["nodes"]
    assert node["coverUrl"] == address(asset)
    assert node["cover"] == {
        "url": address(asset),
        "width": 800,
        "height": 400,
        "focalPoint": {"x": 0.25, "y": 0.5},
    }


@pytest.mark.parametrize(
    ("cover_url", "image"),
    [
        (None, None),
        ("https://example.com/a.jpg", "https://example.com/a.jpg"),
        ("/media/public/" + "0" * 64 + ".jpg", "/media/public/" + "0" * 64 + ".jpg"),
    ],
)
async def test_pictures_of_which_nothing_is_known(
    desk: Desk,
    cover_url: str | None,
    image: str | None,
) -> None:
    await learning.course(cover_url=cover_url)
    [node] = (await ask(desk, COURSES))["courses"]["nodes"]
    unknown = {"url": image, "width": None, "height": None, "focalPoint": None}
    assert node["cover"] == (None if image is None else unknown)


async def test_what_is_not_shown_tells_nothing_of_itself(
    desk: Desk,
) -> None:
    """An address with the hash of somebody's private file is no way to ask about it."""
    await covered(desk, is_shown=False, focal_x=0.1, focal_y=0.1)
    [node] = (await ask(desk, COURSES))["courses"]["nodes"]
    assert (node["cover"]["width"], node["cover"]["focalPoint"]) == (None, None)


async def test_what_is_offered_can_be_fetched(desk: Desk) -> None:
    await covered(desk, focal_x=0.0, focal_y=0.5)
    document = """{ courses { nodes { cover {
      srcset(widths: [80, 160], format: AVIF)
      small: resized(width: 100)
      square: resized(width: 80, format: JPEG, aspectRatio: SQUARE) } } } }"""
    [node] = (await ask(desk, document))["courses"]["nodes"]
    cover = node["cover"]
    sizes = {}
    for entry in cover["srcset"].split(", "):
        path, width = entry.split()
        sizes[width] = opened_picture((await fetched(desk, path)).content)
    assert {width: found.size for width, found in sizes.items()} == {
        "80w": (80, 40),
        "160w": (160, 80),
    }
    assert sizes["80w"].format == "AVIF"
    assert opened_picture((await fetched(desk, cover["small"])).content).size == (160, 80)
    square = opened_picture((await fetched(desk, cover["square"])).content)
    assert (square.format, square.size) == ("JPEG", (80, 80))
    assert square.getpixel((70, 40)) == pytest.approx((254, 0, 0), abs=20)


async def fetched(desk: Desk, path: str) -> httpx.Response:
    answer = await desk.get(path)
    assert answer.status_code == 200, path
    return answer


async def test_a_list_of_covers_takes_one_statement_more(
    desk: Desk,
) -> None:
    for number in range(12):
        asset = await desk.put(picture(40 + number, 20), "image/jpeg", width=40, height=20)
        await learning.course(cover_url=address(asset))
    document = COURSES.replace(f"cover {IMAGE}", f"cover {IMAGE} again: cover {{ srcset }}")
    with recorded_statements() as plain:
        await ask(desk, "{ courses(first: 20) { nodes { title coverUrl } } }")
    with recorded_statements() as one:
        await ask(desk, COURSES)
    with recorded_statements() as two:
        await ask(desk, document)
    assert (len(one) - len(plain), len(two) - len(plain)) == (1, 2)


async def test_every_picture_of_content_has_its_sizes(
    desk: Desk,
) -> None:
    asset = await desk.put(picture(80, 40), "image/jpeg", width=80, height=40)
    url = address(asset)
    made = {
        "Instructor": ("photo", await learning.instructor(photo_url=url)),
        "Program": ("cover", await learning.program(cover_url=url)),
        "Course": ("cover", await learning.course(cover_url=url)),
        "Event": ("cover", await events.event(cover_url=url)),
        "Employer": ("logo", await events.employer(logo_url=url)),
        "Competition": ("cover", await competitions.competition(cover_url=url)),
        "Laureate": ("photo", await honours.laureate(photo_url=url)),
        "FriendlyStreet": ("cover", await directory.street(cover_url=url)),
    }
    document = "query($id: ID!) { node(id: $id) { ... on %s { picture: %s { width srcset } } } }"
    for name, (field, row) in made.items():
        found = await ask(desk, document % (name, field), id=encode_id(name, row.id))
        folder = url.removesuffix(".jpg")
        expected = {"width": 80, "srcset": f"{folder}/w80.webp 80w"}
        assert found["node"]["picture"] == expected, name


async def test_answers_that_are_kept_learn_of_a_new_focal_point(settings: Settings) -> None:
    async with opened(keeping(settings)) as desk:
        asset = await covered(desk, focal_x=0.1, focal_y=0.1)
        for _ in range(2):
            [node] = (await ask(desk, COURSES))["courses"]["nodes"]
            assert node["cover"]["focalPoint"] == {"x": 0.1, "y": 0.1}
        await rewrite(asset, focal_x=0.9)
        [node] = (await ask(desk, COURSES))["courses"]["nodes"]
        assert node["cover"]["focalPoint"] == {"x": 0.9, "y": 0.1}


async def test_photos_of_a_place(desk: Desk) -> None:
    asset = await desk.put(picture(80, 40), "image/jpeg", width=80, height=40)
    place = await directory.merchant()
    await directory.photo(place.id, url=address(asset))
    document = "{ merchants { nodes { photos { url image { url width } } } } }"
    [node] = (await ask(desk, document))["merchants"]["nodes"]
    assert node["photos"] == [
        {"url": address(asset), "image": {"url": address(asset), "width": 80}}
    ]
