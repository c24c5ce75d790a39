"""A request whose `Authorization` stands for nobody: what is refused, what goes on without."""

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from graphql import FieldNode, OperationDefinitionNode

from hub.errors import HubError
from schema.errors import (
    INTERNAL,
    UNAUTHENTICATED,
    RequestRefused,
    error_body,
    hub_error_body,
    retry_headers,
)
from schema.limits import SINGLE_USE_MUTATIONS
from schema.negotiation import Locale
from schema.request import RequestInfo
from schema.texts import text

_STATUS: Final = {UNAUTHENTICATED: 401, "FORBIDDEN": 403, "RATE_LIMITED": 429, "UNAVAILABLE": 503}
_CHALLENGE: Final = 'Bearer realm="xiaoge-hub", error="invalid_token"'


def authentication_refusal(error: HubError, locale: Locale) -> RequestRefused:
    """The answer to a request whose caller could not be told: 401 and `WWW-Authenticate` for a
    token that stands for nobody (RFC 6750, section 3).
    """
    body = hub_error_body(error, locale) or error_body(INTERNAL, text("internal", locale))
    headers = retry_headers([body])
    if error.code == UNAUTHENTICATED:
        headers["www-authenticate"] = _CHALLENGE
    return RequestRefused(
        _STATUS.get(error.code, 500), [body], is_well_formed=True, headers=headers
    )


def starts_session(operation: OperationDefinitionNode) -> bool:
    """Whether an operation does nothing but ask for a code, sign in or refresh.

    Clients send their old access token along with everything; to refuse these for it would lock
    them out for good.
    """
    return all(
        isinstance(node, FieldNode) and node.name.value in SINGLE_USE_MUTATIONS
        for node in operation.selection_set.selections
    )


def without_authorization(request: RequestInfo) -> RequestInfo:
    """The same request, sent by nobody."""
    headers = {name: value for name, value in request.headers.items() if name != "authorization"}
    return replace(request, headers=MappingProxyType(headers))
