"""Certificates as PDF: what stands on one, and who prints how many at once."""

import asyncio
from dataclasses import dataclass
from datetime import date

from hub.certificates.queries import day_of, verify_url
from hub.errors import Unavailable
from hub.records import Record

PRINTERS = 2
WAITING_MAX = 16
"""How many certificates are printed at once, each in a thread of its own, and how many wait."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on a certificate."""

    number: str
    title: str
    holder_name: str
    course_title: str
    issuer: str
    issued_on: date
    verify_url: str


def sheet_of(certificate: Record) -> Sheet:
    """What stands on this certificate; the day is that of the district."""
    return Sheet(
        number=certificate.number,
        title=certificate.title,
        holder_name=certificate.holder_name,
        course_title=certificate.course_title,
        issuer=certificate.issuer,
        issued_on=day_of(certificate),
        verify_url=verify_url(certificate),
    )


class Printer:
    """Prints beside the event loop, a few at once; whoever comes when too many wait is refused."""

    def __init__(self, *, printers: int = PRINTERS, waiting_max: int = WAITING_MAX) -> None:
        self._free = asyncio.Semaphore(printers)
        self._room = printers + waiting_max

    async def pdf(self, sheet: Sheet) -> bytes:
        """The page as PDF. Raises Unavailable when too many are asked for at once."""
        if self._room <= 0:
            raise Unavailable(
                "Many certificates are being printed; try again in a moment.",
                chinese="当前打印证书的人较多，请稍后再试。",
            )
        self._room -= 1
        try:
            async with self._free:
                return await asyncio.to_thread(_printed, sheet)
        finally:
            self._room += 1


def _printed(sheet: Sheet) -> bytes:
    """The page as PDF; the first certificate of a process loads the libraries that draw."""
    from hub.certificates.service.drawing import printed

    return printed(sheet)
