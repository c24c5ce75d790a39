"""Messages into the log, for development: the one place where a phone and a code are in clear."""

import structlog

_log = structlog.get_logger(__name__)


class ConsoleSms:
    """Writes each message as one line, `sms to=<phone> purpose=<purpose> code=<digits>`."""

    async def send(self, phone: str, purpose: str, *, code: str) -> None:
        """Write the line at level warning, so that it shows at every usual level."""
        _log.warning(f"sms to={phone} purpose={purpose} code={code}")
