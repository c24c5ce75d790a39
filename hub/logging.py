"""Logging: every line, uvicorn's and the libraries' included, goes through structlog once.

No line carries a secret: keys that name one are blanked, passwords inside addresses too, and
tracebacks are printed without the values of local variables.
"""

import asyncio
import logging
import re
import sys
from typing import Any, Final

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from hub import clock
from hub.settings import LogFormat, Settings

REDACTED: Final = "[redacted]"

_SECRET_KEYS = frozenset(
    {
        "access_token",
        "authorization",
        "cookie",
        "database_url",
        "password",
        "redis_url",
        "refresh_token",
        "secret",
        "secret_key",
        "set_cookie",
        "token",
    }
)
# uvicorn says each thing twice, the second time with colours.
_DOUBLED_KEYS = frozenset({"color_message"})
_ADDRESS_PASSWORD = re.compile(r"(?<=://)([^/\s:@]*):[^@/\s]+@")

# Their own handlers would write a second line in another form; the hub writes its own access line.
_TAMED = ("uvicorn", "uvicorn.error", "asyncio")
# httpx would write whole addresses, and in the queries of providers stand phones and keys.
_SILENT = ("uvicorn.access", "httpx", "httpcore")


def configure_logging(settings: Settings) -> None:
    """Send all logs to standard error in `settings.log_format` from `settings.log_level` on."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_shared()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(settings.log_format),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TAMED:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in _SILENT:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = False


def _without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank what names a secret, and the password inside an address, wherever it stands."""
    return {
        key: REDACTED if key.lower() in _SECRET_KEYS else _without_password(value)
        for key, value in event.items()
        if key not in _DOUBLED_KEYS
    }


def _without_password(value: Any) -> Any:
    if isinstance(value, str) and "://" in value:
        return _ADDRESS_PASSWORD.sub(rf"\1:{REDACTED}@", value)
    return value


def _shared() -> list[Processor]:
    """What each event gets, whoever logs it."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _rendering(log_format: LogFormat) -> list[Processor]:
    if log_format is LogFormat.JSON:
        return [structlog.processors.format_exc_info, _without_secrets, _json]
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    return [structlog.processors.format_exc_info, _without_secrets, console]


def _json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


class AccessLog:
    """One line a request, without the query string: it may hold what somebody searched for.

    As JSON, where nothing in a line could be a secret or need another form, they are written past
    the library, which takes longer for one than a short answer does.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self._is_direct = settings is not None and settings.log_format is LogFormat.JSON
        self._log = structlog.get_logger("hub.middleware")
        self._noted: list[dict[str, Any]] = []

    def write(
        self, request_id: str, *, method: str, path: str, status: int | None, seconds: float
    ) -> None:
        """Tell of one request; as JSON together with others, within 50 ms, or at shutdown. What
        went wrong on the hub's side is told at once.
        """
        told: dict[str, Any] = {
            "method": method,
            "path": path,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
        }
        if not self._is_direct:
            self._log.info("request", request_id=request_id, **told)
            return
        told["request_id"] = request_id
        told["timestamp"] = clock.now()
        self._noted.append(told)
        if status is None or status >= _OUR_FAULT:
            self.flush()
        elif len(self._noted) == 1:
            asyncio.get_running_loop().call_later(_NOTED_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what has been noted."""
        noted, self._noted = self._noted, []
        root = logging.getLogger()
        if not noted or not root.isEnabledFor(logging.INFO):
            return
        lines = b"".join(orjson.dumps(each | _OF_ACCESS, option=_LINE) for each in noted)
        for handler in root.handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.stream.write(lines.decode())
                handler.flush()


_NOTED_SECONDS: Final = 0.05
_OUR_FAULT: Final = 500
_OF_ACCESS: Final = {"event": "request", "level": "info", "logger": "hub.middleware"}
_LINE: Final = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
