"""What a client does to sign in, as steps of a test."""

from typing import Any

from tests.factories.identity import PHONE, Inbox
from tests.schema.client import GraphQLClient
from tests.schema.identity.documents import REQUEST_CODE, SIGN_IN


async def sign_in(
    client: GraphQLClient, inbox: Inbox, *, phone: str = PHONE, second_factor: str | None = None
) -> dict[str, Any]:
    """Ask for a code, sign in with it and go on with the tokens; the payload."""
    payload = await try_to_sign_in(client, inbox, phone=phone, second_factor=second_factor)
    assert payload["errors"] == []
    client.token = payload["session"]["accessToken"]
    return payload


async def try_to_sign_in(
    client: GraphQLClient, inbox: Inbox, *, phone: str = PHONE, second_factor: str | None = None
) -> dict[str, Any]:
    """Ask for a code and sign in with it; the payload, refused or not."""
    asked = await client.ask(REQUEST_CODE, {"phone": phone})
    assert asked["requestSignInCode"]["errors"] == []
    given = {"phone": phone, "code": inbox.code(phone), "secondFactor": second_factor}
    payload: dict[str, Any] = (await client.ask(SIGN_IN, {"input": given}))["signIn"]
    return payload


def refusal(payload: dict[str, Any]) -> tuple[str, list[str]]:
    """The code and the path of the one refusal; everything else of the payload is null."""
    (error,) = payload["errors"]
    assert all(value is None for key, value in payload.items() if key != "errors")
    assert error["message"]
    return error["code"], error["path"]
