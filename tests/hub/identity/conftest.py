"""What tests of identity share."""

import pytest

from hub.sms.console import ConsoleSms
from tests.factories.identity import Inbox


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Inbox:
    """Every message that would have been sent."""
    box = Inbox()

    async def send(_self: ConsoleSms, phone: str, purpose: str, *, code: str) -> None:
        box.messages.append((phone, purpose, code))

    monkeypatch.setattr(ConsoleSms, "send", send)
    return box
