"""The HTTP protocol under uvicorn, with the deadline for headers that uvicorn does not have.

A connection that opens and says nothing, or sends its headers a byte at a time, would otherwise
hold a socket for ever. It also offers what `hub.zero_copy` does.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hub.zero_copy import FileSendingProtocol


def http_protocol(header_timeout_seconds: float) -> type[HttpToolsProtocol]:
    """The protocol class to give to uvicorn as `http=`.

    The headers of a request have to be complete within `header_timeout_seconds`, counted from the
    connection for the first request and from its first byte for those after it; the connection is
    closed without an answer otherwise. Between requests uvicorn's own keep-alive timeout holds.
    """

    class HeaderDeadlineProtocol(FileSendingProtocol):
        _header_deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._arm()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if getattr(self.cycle, "response_complete", False):
                self._arm()

        def on_headers_complete(self) -> None:
            self._disarm()
            super().on_headers_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._disarm()
            super().connection_lost(exc)

        def _arm(self) -> None:
            if self._header_deadline is None:
                self._header_deadline = self.loop.call_later(
                    header_timeout_seconds, self.transport.close
                )

        def _disarm(self) -> None:
            if self._header_deadline is not None:
                self._header_deadline.cancel()
                self._header_deadline = None

    return HeaderDeadlineProtocol
