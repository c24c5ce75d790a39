"""What every resolver of one request shares: who asks, when, in which language, and the batches."""

from dataclasses import dataclass, field

from hub.auth import ANONYMOUS, Viewer
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
