"""Markdown to HTML that is safe to put into any page.

Two nets: the parser passes no raw HTML on, and what it made goes through an allow-list of tags,
attributes and link schemes.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img",
    "li", "ol", "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "code": {"class"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "td": {"style"},
    "th": {"style"},
}
_STYLES = {"text-align"}
_URL_SCHEMES = {"http", "https", "mailto", "tel"}


def render_markdown(text: str) -> str:
    """The HTML of CommonMark with tables; empty for an empty text.

    Raw HTML in `text` is shown as text. Links go to http, https, mailto, tel or relative addresses
    only and carry `rel="nofollow noopener"`; the text of any other link stays, its target goes.
    """
    if not text:
        return ""
    import nh3  # as the parser: for who reads a body

    return nh3.clean(
        _parser().render(text),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_URL_SCHEMES,
        link_rel="nofollow noopener",
        filter_style_properties=_STYLES,
    )


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")
