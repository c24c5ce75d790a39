"""What people cost: a query of somebody who is signed in, and a phone that is known.

Both are asked of the whole application in this process, without the access log, beside the same
thing by nobody and for a phone that is not known.
"""

from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from itertools import count, cycle
from typing import Any

import structlog
from tortoise.backends.base.executor import EXECUTOR_CACHE

from hub.clock import now
from hub.database import transaction
from hub.identity.service.sessions import open_session
from hub.identity.service.sign_in import create_person
from hub.settings import Settings, current_settings, install_settings
from tests.benchmarks.inprocess import Pair, data_of
from tests.benchmarks.reference import REFERENCES, Variables, graphql_body
from tests.benchmarks.turns import Turns, Way, take_turns

SIGNED_IN_QUERIES = ("Home", "TownMerchants", "CoursePage")

_REQUEST_CODE = """
mutation($phone: String!) { requestSignInCode(input: {phone: $phone}) { errors { code } } }"""
_SIGN_IN = """
mutation($phone: String!) { signIn(input: {phone: $phone, code: "wrong!"}) { errors { code } } }"""
_BATCH = 10
_SOMEBODY = 13800000000
_KNOWN = 13810000000
_UNKNOWN = 13910000000


async def measure_people(settings: Settings, *, rounds: int) -> list[Turns]:
    """The signed-in queries beside the anonymous ones, then known phones beside unknown ones."""
    before = current_settings()
    quiet = settings.model_copy(update={"sms_console_allowed": True})
    install_settings(quiet)
    EXECUTOR_CACHE.clear()  # INSERT texts are kept by the connection's name, for either engine
    try:
        async with Pair(quiet) as pair:
            sets = await pair.variables()
            token = await _token()
            found = [
                await _signed_in(pair, name, sets[name], token=token, rounds=rounds)
                for name in SIGNED_IN_QUERIES
            ]
            with _without_messages():
                return found + [
                    await _known_phones(pair, name, document, number=number, rounds=rounds)
                    for number, (name, document) in enumerate(
                        (("requestSignInCode", _REQUEST_CODE), ("signIn, wrong", _SIGN_IN))
                    )
                ]
    finally:
        install_settings(before)


async def _token() -> str:
    """The access token of somebody who has just signed in."""

    async def body() -> str:
        person = await create_person(str(_SOMEBODY), display_name="", now=now())
        opened = await open_session(person, grants=(), has_second_factor=False, label="", now=now())
        return opened.tokens.access_token

    return await transaction(body)


async def _signed_in(
    pair: Pair, name: str, sets: Sequence[Variables], *, token: str, rounds: int
) -> Turns:
    document = REFERENCES[name].document
    bodies = [graphql_body(document, variables) for variables in sets]

    def way(authorization: str | None) -> Way:
        turn = cycle(bodies)

        async def ask() -> object:
            return data_of(await pair.post(next(turn), authorization=authorization))

        return ask

    signed = way(f"Bearer {token}")
    return await take_turns(name, way(None), signed, rounds=rounds, batch=_BATCH)


async def _known_phones(pair: Pair, name: str, document: str, *, number: int, rounds: int) -> Turns:
    """Every phone is used once: the limits are those of production."""
    warm_up = 20
    needed = warm_up + rounds * _BATCH
    start = number * needed
    await transaction(lambda: _enter(range(_KNOWN + start, _KNOWN + start + needed)))

    def way(first: int) -> Way:
        phones = count(first + start)

        async def ask() -> object:
            return data_of(await pair.post(graphql_body(document, {"phone": str(next(phones))})))

        return ask

    return await take_turns(
        name, way(_UNKNOWN), way(_KNOWN), rounds=rounds, batch=_BATCH, warm_up=warm_up
    )


async def _enter(phones: range) -> None:
    for phone in phones:
        await create_person(str(phone), display_name="", now=now())


@contextmanager
def _without_messages() -> Iterator[None]:
    """The console's messages go nowhere: a terminal would be what is measured."""
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[_drop], cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(processors=before)


def _drop(_logger: Any, _method: str, _event: MutableMapping[str, Any]) -> Any:
    raise structlog.DropEvent
