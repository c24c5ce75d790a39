"""What every resolver of one request shares: who asks, when, in which language, and the batches."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from hub.auth import ANONYMOUS, Viewer
from hub.authentication import Authenticator
from hub.clock import now
from schema.batching import Batches
from schema.request import RequestInfo


@dataclass
class Context:
    """One request's context. `viewer` fixes the instant, so that no window opens half-way."""

    viewer: Viewer
    request: RequestInfo
    batches: Batches = field(default_factory=Batches)


def make_context(request: RequestInfo) -> Context:
    """The context of an anonymous request."""
    return Context(viewer=Viewer(ANONYMOUS, now()), request=request)


def authenticated_context(
    authenticator: Authenticator,
) -> Callable[[RequestInfo], Awaitable[Context]]:
    """What makes the contexts of an application: whoever the `Authorization` header stands for.

    It raises Unauthenticated for a header that stands for nobody, and Unavailable.
    """

    async def make(request: RequestInfo) -> Context:
        context = make_context(request)
        header = request.headers.get("authorization")
        actor = await authenticator.actor(header, now=context.viewer.now)
        return replace(context, viewer=Viewer(actor, context.viewer.now))

    return make
