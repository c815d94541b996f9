"""Text with tags as HTML and back."""

import pytest

from edge.documents.tagged import Role, Tag, from_html, plain, to_html

HOSTILE = [
    "a < b > c & d",
    "&amp; &lt;p&gt; &eacute; &#0; &nbsp;",
    "</x-1><!-- x",
    "<x-0>",
    "<![CDATA[ x",
    "a\r\n\tb\0",
    "]]>",
]


@pytest.mark.parametrize("text", ["", *HOSTILE])
def test_text_comes_back(text):
    assert plain(to_html([text])) == text
    assert from_html(to_html([text])) == ([text] if text else [])


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("role", [Role.OBJECT, Role.HIDDEN, Role.BREAK])
def test_tags_come_back(text, role):
    parts = [text, Tag(role, 12), "x", Tag(Role.START, 3), text, Tag(Role.END, 3), "y"]
    assert from_html(to_html(parts)) == parts
