"""What goes over HTTP: tags, caches on the way, credentials, limits."""

from urllib.parse import urlencode

import httpx
import pytest

from hub.app import create_app
from hub.clock import frozen
from hub.settings import Settings
from tests.factories import learning
from tests.schema.caching.conftest import NOW, keeping, rewrite, told
from tests.schema.client import HEADERS, GraphQLClient, graphql_client, started

LIST = "{ courses { nodes { title } } }"


async def get(http: httpx.AsyncClient, **headers: str) -> httpx.Response:
    with frozen(NOW):
        url = f"/graphql?{urlencode({'query': LIST})}"
        return await http.get(url, headers={"accept": HEADERS["accept"], **headers})


async def test_a_get_has_a_tag_and_whoever_has_it_is_told_so(settings: Settings) -> None:
    app = create_app(keeping(settings))
    transport = httpx.ASGITransport(app)
    async with started(app), httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        course = await learning.course(title="A")
        first = await get(http)
        assert first.headers["cache-control"] == "public, max-age=1, must-revalidate"
        assert first.headers["vary"] == "Accept, Accept-Language, Authorization"
        tag = first.headers["etag"]
        for tags in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
            again = await get(http, **{"if-none-match": tags})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
        assert (await get(http, **{"if-none-match": '"other"'})).status_code == 200
        await rewrite(course, title="B")
        changed = await get(http, **{"if-none-match": tag})
        assert changed.status_code == 200
        assert changed.headers["etag"] != tag


async def test_an_answer_to_a_post_is_for_nobody_else_to_keep(hub: GraphQLClient) -> None:
    for _ in range(2):
        answer = await hub.send(LIST)
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


async def test_a_private_answer_to_a_get_is_not_to_be_kept(settings: Settings) -> None:
    app = create_app(keeping(settings))
    transport = httpx.ASGITransport(app)
    async with started(app), httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        answer = await http.get(f"/graphql?{urlencode({'query': '{ viewer { id } }'})}")
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


async def test_a_token_of_nobody_is_refused_whatever_is_kept(hub: GraphQLClient) -> None:
    await hub.send(LIST)
    hub.token = "x" * 40
    assert (await hub.send(LIST)).error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_what_is_kept_counts_against_the_limits(settings: Settings) -> None:
    limits = {"rate_limits": True, "rate_limit_anonymous_per_minute": 1, "rate_limit_cost_unit": 1}
    async with graphql_client(keeping(settings, **limits), now=NOW) as hub:
        document = "{ courses(first: 100) { nodes { title } } }"
        answers = [await hub.send(document) for _ in range(16)]
        seen = [
            each.body["errors"][0]["extensions"]["code"] if each.errors else told(each)
            for each in answers
        ]
        assert seen[:2] == ["MISS", "HIT"]
        assert seen[-1] == "RATE_LIMITED"


async def test_without_room_there_is_no_cache(settings: Settings) -> None:
    async with graphql_client(keeping(settings, response_cache_bytes=0), now=NOW) as hub:
        answers = [await hub.send(LIST) for _ in range(2)]
        assert [set(each.body["extensions"]) for each in answers] == [{"cost"}] * 2
        assert all(each.statements for each in answers)


@pytest.mark.parametrize("document", ["mutation { signOut { errors { code } } }"])
async def test_mutations_say_nothing_of_the_cache(hub: GraphQLClient, document: str) -> None:
    assert "cache" not in (await hub.send(document)).body.get("extensions", {})
