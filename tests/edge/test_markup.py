"""HTML of the toy language, and its translations."""

import random
from collections import Counter
from html.parser import HTMLParser

import pytest

from edge import Control, SearchOptions, Translator, UserError
from edge.markup import visible_text


class Tags(HTMLParser):
    """Tags of a document, whether they are nested, and the text between them. It knows nothing of `edge`."""

    def __init__(self, text: str):
        super().__init__()
        self.found: Counter[str] = Counter()
        self.stack: list[str] = []
        self.is_nested, self.text = True, ""
        self.feed(text)
        self.close()
        self.is_nested &= not self.stack

    def handle_starttag(self, tag, attrs):
        self.found[self.get_starttag_text()] += 1
        self.stack.append(tag)

    def handle_endtag(self, tag):
        self.found[f"</{tag}>"] += 1
        self.is_nested &= bool(self.stack) and self.stack.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def translator(toy):
    return Translator(toy)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("uno dos", "one two"),
        ("<p>uno <b class=x>dos</b> tres</p>", "<p>one <b class=x>two</b> three</p>"),
        ("<b>uno</b> dos <i>tres <u>cuatro</u></i>", "<b>one</b> two <i>three <u>four</u></i>"),
        ("uno<br>dos<hr/>tres", "one<br>two<hr/>three"),
        ("\n <p>\n  uno dos\n</p>\n", "\n <p>\n  one two\n</p>\n"),
        # A line end is white space, but for preformatted text and text without any tag.
        ("<p>uno\n dos</p>", "<p>one two</p>"),
        ("<pre>uno\n  dos</pre>", "<pre>one\n  two</pre>"),
        ("uno\n\n dos\n", "one\n\n two\n"),
        # What is left as it is.
        ("uno <code>dos &lt; <b>tres</b></code> dos", "one <code>dos &lt; <b>tres</b></code> two"),
        (
            "<p translate=no>uno</p><p class='notranslate'>dos</p>",
            "<p translate=no>uno</p><p class='notranslate'>dos</p>",
        ),
        ("uno <span translate='no'>dos</span> tres", "one <span translate='no'>dos</span> three"),
        ("<script>uno</script><style>uno</style>uno", "<script>uno</script><style>uno</style>one"),
        ("<!doctype html><!-- uno --><textarea>uno</textarea>", "<!doctype html><!-- uno --><textarea>uno</textarea>"),
        ("<![CDATA[ uno ]]>uno<?php uno ?>", "<![CDATA[ uno ]]>one<?php uno ?>"),
        ("<div translate=no><div>uno</div>uno</div>uno", "<div translate=no><div>uno</div>uno</div>one"),
        ("<p>&nbsp;</p><p>12 &gt; > 3 &copy;</p>", "<p>&nbsp;</p><p>12 &gt; > 3 &copy;</p>"),
        ("<img alt='uno' src=\"a>b\">uno", "<img alt='uno' src=\"a>b\">one"),
        # Elements over several sentences and blocks.
        ("<b>uno<br>dos</b> tres", "<b>one<br>two</b> three"),
        ("<b>uno <p>dos</p> tres</b>", "<b>one <p>two</p> three</b>"),
        ("<a>uno <b>dos</b></a>", "<a>one <b>two</b></a>"),
        ("<i></i><b>uno</b> dos<i></i>", "<i></i><b>one</b> two<i></i>"),
        # White space at the edges of tags.
        (" <b> uno</b> dos", "  <b>one</b> two"),
        ("uno <b>dos </b>", "one <b>two</b> "),
        # Broken.
        ("<b>uno</i> dos", "<b>one</i> two"),
        ("<b>uno <i>dos</b> tres</i>", "<b>one <i>two</b> three</i>"),
        ("uno <!-- dos <b>", "one <!-- dos <b>"),
        ("uno <a href='dos", "one <a href='dos"),
        ("uno</>", "one</>"),
    ],
)
def test_documents(translator, text, expected):
    assert translator.translate_html(text) == expected


def test_character_references(translator):
    """The model reads characters; the target's ones are written as the source has them."""
    assert translator.translate_html("&#117;no d&#x6f;s") == "one two"
    markup = "<p>&eacute; &amp; &lt;</p>"
    assert translator.translate_html(markup) == markup
    assert translator.translate_html("&nbsp;uno&nbsp;") == "&nbsp;one&nbsp;"


def test_plain_text_is_translated_as_text(translator, expected):
    sources, targets = zip(*expected[:5], strict=True)
    for between in ("\n", "\n\n", "\t\n ", ".\n"):
        assert translator.translate_html(between.join(sources)) == _as_text(translator, sources, between)
    assert translator.translate_html(sources[0]) == targets[0]


def _as_text(translator, sources, between):
    """Line by line."""
    end = between.rstrip()
    return between[len(end) :].join(translator.translate(f"{source}{end}") for source in sources[:-1]) + (
        between[len(end) :] + translator.translate(sources[-1])
    )


def test_generated_documents(translator, expected):
    draw = random.Random(1)

    def around(words: list[str], depth: int) -> str:
        written = []
        while words:
            size = draw.randint(1, len(words))
            inner, words = words[:size], words[size:]
            name = draw.choice(["b", "i", "a", "x-note"])
            tag = f'{name} id="{draw.random()}"'
            is_tagged = depth and draw.random() < 0.6
            written.append(f"<{tag}>{around(inner, depth - 1)}</{name}>" if is_tagged else " ".join(inner))
        return " ".join(written)

    for _ in range(150):
        source, target = draw.choice(expected)
        text = f"<div><p class='x'>{around(source.split(), draw.randint(0, 4))}</p></div>"
        found, read = Tags(translator.translate_html(text)), Tags(text)
        assert found.found == read.found and found.is_nested
        assert found.text == target
        place = draw.randrange(len(target.split()))
        one, two = ([*words] for words in (source.split(), target.split()))
        one[place], two[place] = f"<b>{one[place]}</b>", f"<b>{two[place]}</b>"
        assert translator.translate_html(" ".join(one)) == " ".join(two)


def test_any_fragments(translator):
    draw = random.Random(1)
    parts = [
        "<b>",
        "</b>",
        "<i a='<'>",
        "<p>",
        "</p>",
        "<code>",
        "</code>",
        "<!--",
        "-->",
        "<br>",
        "&amp;",
        "&#",
        "<",
        ">",
    ]
    for _ in range(200):
        text = "".join(draw.choice([*parts, "uno ", "dos", " ", '"']) for _ in range(draw.randrange(20)))
        found = translator.translate_html(text)
        assert all(found.count(part) >= text.count(part) for part in ("<i a='<'>", "<code>", "</p>", "<!--"))


def test_deep_and_long_documents(translator):
    text = "<b>" * 20_000 + "uno" + "</b>" * 20_000
    assert translator.translate_html(text) == text.replace("uno", "one")
    text = "<div>" * 20_000 + "<b>uno</b> dos"
    assert translator.translate_html(text) == "<div>" * 20_000 + "<b>one</b> two"
    text = "<p translate=no>" * 5000 + "uno"
    assert translator.translate_html(text) == text


def test_control(translator):
    assert translator.translate_html("<b>uno</b>", SearchOptions(beam=3), Control(suppressed=["one"])) != "<b>one</b>"
    for control in (Control(prefix="one"), Control(required=["one"])):
        with pytest.raises(UserError, match="required phrase is for one of them; remove it"):
            translator.translate_html("<b>uno</b>", SearchOptions(beam=3), control)


def test_visible_text():
    assert visible_text("<title>uno &amp;</title><p class='x'>dos <b>tres</b></p><script>x</script>").split() == [
        "uno", "&", "dos", "tres"
    ]  # fmt: skip
