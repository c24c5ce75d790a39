"""Markdown becomes HTML that can do no harm."""

from html.parser import HTMLParser

import pytest

from hub.markdown import render_markdown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("# 标题\n\n一 **二** *三*", "<h1>标题</h1>\n<p>一 <strong>二</strong> <em>三</em></p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>\n'),
        ("```py\nx < 1\n```", '<pre><code class="language-py">x &lt; 1\n</code></pre>\n'),
        ("![图](/media/a.png)", '<p><img src="/media/a.png" alt="图"></p>\n'),
        ("[a](/b)", '<p><a href="/b" rel="nofollow noopener">a</a></p>\n'),
        (
            "<https://a.cn>",
            '<p><a href="https://a.cn" rel="nofollow noopener">https://a.cn</a></p>\n',
        ),
        ("[110](tel:110)", '<p><a href="tel:110" rel="nofollow noopener">110</a></p>\n'),
    ],
)
def test_what_is_written(text: str, html: str) -> None:
    assert render_markdown(text) == html


def test_tables_keep_their_alignment() -> None:
    html = render_markdown("| a | b |\n|:-:|---|\n| 1 | 2 |")
    assert '<th style="text-align:center">a</th>' in html
    assert "<td>2</td>" in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt&colon;alert(1))",
        "[a](data:text/html,x)",
        "[a](vbscript:x)",
        "![a](data:image/svg+xml;base64,PHN2Zz4=)",
        '[a](/b "onclick=x")',
        "<a href='javascript:x' style='position:fixed'>a</a>",
        "<svg/onload=alert(1)>",
        "```a onclick=x\n```",
    ],
)
def test_nothing_that_runs_gets_through(text: str) -> None:
    elements = Elements()
    elements.feed(render_markdown(text))
    for tag, attributes in elements.found:
        assert tag in {"p", "a", "img", "pre", "code"}
        assert set(attributes) <= {"href", "rel", "title", "src", "alt", "class"}
        for address in (attributes.get("href"), attributes.get("src")):
            assert address is None or address.startswith("/")


class Elements(HTMLParser):
    """What a browser would make of it: elements and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
