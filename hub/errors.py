"""The hub's one family of errors: few kinds, each with a stable code that clients branch on.

A `HubError` is something a caller may be told. Anything else that is raised is ours, is masked
by `schema/errors.py` and goes to the log with the request id.
"""

from collections.abc import Sequence
from typing import Any, ClassVar


class HubError(Exception):
    """An expected refusal: its words are safe to show, `code` is the contract.

    `message` is English and `chinese` says the same for the people of the district; operators and
    logs read the former. Without `chinese` the English is shown to everybody.

    `path` names the offending input from the outside in (`("where", "near", "point")`), and is
    empty when no single input is to blame. `data` carries what a client needs to go on.
    """

    code: ClassVar[str] = "INTERNAL"

    def __init__(
        self, message: str, *, chinese: str = "", path: Sequence[str | int] = (), **data: Any
    ) -> None:
        super().__init__(message)
        self.message = message
        self.chinese = chinese or message
        self.path = tuple(path)
        self.data = data


class BadUserInput(HubError):
    """The request says what cannot be: a bad cursor, a wrong type, a value out of range."""

    code = "BAD_USER_INPUT"


class CostExceeded(HubError):
    """The operation asks for more than one request may: cost, depth, aliases, tokens, bytes."""

    code = "COST_EXCEEDED"


class Unauthenticated(HubError):
    """Nobody is signed in, and somebody has to be."""

    code = "UNAUTHENTICATED"


class Forbidden(HubError):
    """Signed in, but not allowed. Never raised where it would tell that a hidden thing exists."""

    code = "FORBIDDEN"


class NotFound(HubError):
    """Nothing there, or nothing that the caller may know of: the two look the same."""

    code = "NOT_FOUND"


class Invalid(HubError):
    """A value of a mutation's input does not fit; `path` names it."""

    code = "INVALID"


class Conflict(HubError):
    """The thing has changed since the caller read it, or the rule of its state forbids the step."""

    code = "CONFLICT"


class Unavailable(HubError):
    """A part that is needed does not answer now (database, Redis); trying again later is right."""

    code = "UNAVAILABLE"


class ContentInvalid(HubError):
    """A content folder has problems: `data["problems"]` lists each with file, line and reason."""

    code = "CONTENT_INVALID"


class SettingsInvalid(HubError):
    """The configuration cannot be used; the message names the setting and what to do."""

    code = "SETTINGS_INVALID"


class StepUpRequired(HubError):
    """What is asked is dangerous, and the last proof of identity is too old."""

    code = "STEP_UP_REQUIRED"


class RateLimited(HubError):
    """Too much in too short a time; `data["retryAfterSeconds"]` says when to come back."""

    code = "RATE_LIMITED"


class VersionConflict(HubError):
    """The thing has changed since the caller read it; `data["current"]` is its version now."""

    code = "VERSION_CONFLICT"


class IdempotencyMismatch(HubError):
    """The key was used before with another input."""

    code = "IDEMPOTENCY_MISMATCH"


class ReviewRequired(HubError):
    """Somebody else than the author has to approve it first."""

    code = "REVIEW_REQUIRED"
