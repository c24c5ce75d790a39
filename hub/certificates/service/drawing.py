"""The page of a certificate: one page A4 across, in Chinese, with a QR code to its proof.

The fonts are Noto Serif SC and Noto Sans SC (SIL Open Font License 1.1), which come as a package
with the hub; a page holds the few glyphs that it shows. The bytes of a certificate are the same
however often it is printed. The libraries that draw are heavy: who prints imports this module.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import segno
from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos
from fpdf.fonts import TTFFont
from pylopdf_fonts_zh_cn import sans_path, serif_path

from hub.certificates.service.printing import Sheet
from hub.errors import Unavailable
from hub.settings import current_settings

_SERIF, _SANS = "serif", "sans"
_WIDTH, _HEIGHT, _MARGIN = 297.0, 210.0, 30.0
_RED, _GOLD, _INK, _GREY = (164, 30, 34), (190, 150, 80), (35, 35, 35), (110, 110, 110)
_QR_MILLIMETRES = 28.0


def printed(sheet: Sheet) -> bytes:
    """The page as PDF; takes some tenths of a second.

    Raises Unavailable, naming them, for characters that neither font has.
    """
    page = _blank(sheet)
    try:
        _assert_printable(page, sheet)
        _draw(page, sheet)
        return bytes(page.output())
    finally:
        for font in page.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()  # the library leaves the files of its fonts open


def _draw(page: FPDF, sheet: Sheet) -> None:
    _frame(page)
    _centred(page, sheet.title, top=34, size=44, colour=_RED)
    page.set_xy(_MARGIN, 72)
    _paragraph(page, f"{sheet.holder_name}：", size=24, indent="")
    words = f"您已学完《{sheet.course_title}》课程的全部内容，考核合格，准予结业。特发此证。"
    _paragraph(page, words, size=20 if len(words) < 90 else 15, indent="　　")
    _signature(page, sheet)
    _proof(page, sheet)


def _blank(sheet: Sheet) -> FPDF:
    page = FPDF(orientation="L", unit="mm", format="A4")
    page.add_font(_SERIF, "", serif_path())
    page.add_font(_SANS, "", sans_path())
    page.set_fallback_fonts([_SANS])
    page.set_auto_page_break(False)
    page.set_margin(_MARGIN)
    day = sheet.issued_on
    page.set_creation_date(datetime(day.year, day.month, day.day, tzinfo=_zone()))
    page.set_title(f"{sheet.title} {sheet.number}")
    page.set_author(sheet.issuer)
    page.set_lang("zh-CN")
    page.add_page()
    return page


def _zone() -> ZoneInfo:
    return ZoneInfo(current_settings().timezone)


def _assert_printable(page: FPDF, sheet: Sheet) -> None:
    text = f"{sheet.title}{sheet.holder_name}{sheet.course_title}{sheet.issuer}"
    known = [getattr(font, "cmap", {}) for font in page.fonts.values()]
    missing = sorted({char for char in text if not any(ord(char) in cmap for cmap in known)})
    if missing:
        shown = " ".join(missing)
        raise Unavailable(
            f"The certificate cannot be printed: its fonts lack {shown}.",
            chinese=f"证书暂时无法打印：字库缺少 {shown}。",
        )


def _frame(page: FPDF) -> None:
    """Two lines around the page."""
    for inset, width, colour in ((10.0, 1.2, _RED), (13.0, 0.4, _GOLD)):
        page.set_draw_color(*colour)
        page.set_line_width(width)
        page.rect(inset, inset, _WIDTH - 2 * inset, _HEIGHT - 2 * inset)


def _centred(page: FPDF, text: str, *, top: float, size: int, colour: tuple[int, ...]) -> None:
    """A title across the page, smaller where it would not fit."""
    page.set_font(_SERIF, size=size)
    page.set_char_spacing(size / 5)
    while page.get_string_width(text) > _WIDTH - 2 * _MARGIN and size > 16:
        size -= 2
        page.set_font(_SERIF, size=size)
        page.set_char_spacing(size / 5)
    page.set_text_color(*colour)
    page.set_xy(0, top)
    page.cell(_WIDTH, 20, text, align="C")
    page.set_char_spacing(0)


def _paragraph(page: FPDF, text: str, *, size: int, indent: str) -> None:
    page.set_font(_SERIF, size=size)
    page.set_text_color(*_INK)
    page.multi_cell(
        _WIDTH - 2 * _MARGIN,
        size * 0.62,
        indent + text,
        align="L",
        wrapmode=WrapMode.CHAR,
        new_x=XPos.LMARGIN,
        new_y=YPos.NEXT,
    )
    page.ln(4)


def _signature(page: FPDF, sheet: Sheet) -> None:
    """Who issued it and when, below on the right."""
    day = sheet.issued_on
    page.set_text_color(*_INK)
    for line, top in ((sheet.issuer, 150), (f"{day.year} 年 {day.month} 月 {day.day} 日", 162)):
        page.set_font(_SERIF, size=16)
        page.set_xy(_WIDTH / 2 - 10, top)
        page.cell(_WIDTH / 2 + 10 - _MARGIN, 10, line, align="R")


def _proof(page: FPDF, sheet: Sheet) -> None:
    """The QR code and the number, below on the left."""
    top = _HEIGHT - 30 - _QR_MILLIMETRES
    _qr(page, sheet.verify_url, left=_MARGIN, top=top)
    page.set_text_color(*_GREY)
    page.set_font(_SANS, size=10)
    left = _MARGIN + _QR_MILLIMETRES + 4
    for line, down in ((f"证书编号：{sheet.number}", 14), ("扫描二维码可验证证书真伪", 20)):
        page.set_xy(left, top + down)
        page.cell(90, 6, line)


def _qr(page: FPDF, text: str, *, left: float, top: float) -> None:
    """A QR code as squares, sharp at every size, with its quiet zone around it."""
    matrix = tuple(segno.make(text, error="m", micro=False).matrix_iter(border=2))
    side = _QR_MILLIMETRES / len(matrix)
    page.set_fill_color(0, 0, 0)
    for row, line in enumerate(matrix):
        start = None
        for column, is_dark in enumerate((*line, 0)):
            if is_dark and start is None:
                start = column
            elif not is_dark and start is not None:
                width = (column - start) * side
                page.rect(left + start * side, top + row * side, width, side + 0.01, style="F")
                start = None
