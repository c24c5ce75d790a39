"""The same bytes for whoever asks: a Starlette endpoint, as fast as an answer of one can be."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.settings import Settings


def body_file(settings: Settings) -> Path:
    """Where the bytes stand that are answered."""
    return settings.data_dir / "constant.json"


def constant(settings: Settings) -> Starlette:
    """The application: `POST /` gives what the file of `body_file` held when it was made."""
    body = body_file(settings).read_bytes()

    async def answer(request: Request) -> Response:
        await request.body()
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/", answer, methods=["POST"])])
