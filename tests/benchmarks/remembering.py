"""The memory of a worker that is asked one document after the other, each for the first time."""

from collections.abc import Callable

from hub.settings import Settings
from tests.benchmarks.comparing import settings_of
from tests.benchmarks.goals import Remembered, Way
from tests.benchmarks.load import BadAnswer, Limit, ask, http_request, run_load
from tests.benchmarks.reference import graphql_body
from tests.benchmarks.rounds import Plan
from tests.benchmarks.servers import Server, serving

SAMPLES = 50
_CONCURRENCY = 8
_SECONDS = 600.0


async def remember(
    settings: Settings, documents: int, plan: Plan, *, database: str, step: Callable[[str], None]
) -> Remembered:
    """Ask a worker, which keeps documents and answers, so many documents; sample its memory."""
    size = max(documents // SAMPLES, 1)
    samples = []
    with serving("hub", settings_of(Way.KEPT, settings), plan.core) as server:
        await ask(server.port, _request(-1))
        for first in range(0, documents, size):
            step(f"documents from {first:,}")
            numbers = range(first, min(first + size, documents))
            await _ask_all(server, [_request(number) for number in numbers])
            samples.append(server.resident_bytes or 0)
    return Remembered(database, documents, samples)


async def _ask_all(server: Server, requests: list[bytes]) -> None:
    limit = Limit(len(requests), _SECONDS)
    try:
        await run_load(server.port, requests, concurrency=_CONCURRENCY, limit=limit)
    except (BadAnswer, TimeoutError) as error:
        raise server.failure(f"The documents broke off: {error!r}") from error


def _request(number: int) -> bytes:
    """A document that has not been asked: another name, other aliases, other arguments."""
    tag = f"d{number + 1}"
    document = f"""
query Page_{tag}($n: Int!) {{ {tag}: courses(first: $n) {{ nodes {{ id title_{tag}: title
  lessons(first: {number % 9 + 1}) {{ nodes {{ id title }} }} }} }} }}"""
    return http_request("/graphql", graphql_body(document, {"n": number % 3 + 1}))
