"""XML in tokens, and its translations."""

import random
import xml.etree.ElementTree as ElementTree
from collections import Counter

import pytest

from edge import Translator, UserError
from edge.markup import Markup, visible_text
from edge.xml_tokens import XmlReader

PROLOGUE = '<?xml version="1.0"?>\n<!DOCTYPE a [<!-- > --><!ELEMENT a ANY>]>\n'


@pytest.fixture(scope="module")
def translated(toy):
    translator = Translator(toy)

    def run(text: str, **options) -> str:
        markup = Markup(text, translator.components, XmlReader(**options))
        return markup.write([found[0] for found in translator.translate_segments(markup.segments)])

    return run


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind.name, token.source) for token in XmlReader()(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("é &amp; b", [("TEXT", "é &amp; b")]),
        (
            '<A x="/>">é</A ><b  /> ',
            [("OPEN", '<A x="/>">'), ("TEXT", "é"), ("CLOSE", "</A >"), ("SINGLE", "<b  />"), ("TEXT", " ")],
        ),
        ("<br></br>", [("OPEN", "<br>"), ("CLOSE", "</br>")]),
        (
            "a<![CDATA[<b>&]]>b<!-- > --><?c ?>",
            [
                ("TEXT", "a"),
                ("SINGLE", "<![CDATA[<b>&]]>"),
                ("TEXT", "b"),
                ("OTHER", "<!-- > -->"),
                ("OTHER", "<?c ?>"),
            ],
        ),
        (
            f"{PROLOGUE}<a>b</a>\n<!-- -->",
            [("OTHER", PROLOGUE), ("OPEN", "<a>"), ("TEXT", "b"), ("CLOSE", "</a>"), ("OTHER", "\n<!-- -->")],
        ),
    ],
)
def test_tokens(text, expected):
    assert kinds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uno <b>dos</b> tres", "one <b>two</b> three"),
        (
            "<d>\n <t>uno dos</t>\n <t>uno <i k='dos'>dos</i></t>\n</d>",
            "<d>\n <t>one two</t>\n <t>one <i k='dos'>two</i></t>\n</d>",
        ),
        # Names are no names of HTML.
        ("<p>uno <p>dos</p> tres</p>", "<p>one <p>two</p> three</p>"),
        ("<code>uno</code><Script>dos</Script>", "<code>one</code><Script>two</Script>"),
        ("<t>uno <br>dos</br> <wbr>tres</wbr></t>", "<t>one <br>two</br> <wbr>three</wbr></t>"),
        ("<t>uno <b translate='no'>dos</b> tres</t>", "<t>one <b translate='no'>dos</b> three</t>"),
        ("uno <![CDATA[ dos ]]> tres", "one <![CDATA[ dos ]]> three"),
        ("&#117;no d&#x6f;s", "one two"),
        (
            '<!DOCTYPE a SYSTEM "a.dtd"><a>&nbsp;uno &other; dos</a>',
            '<!DOCTYPE a SYSTEM "a.dtd"><a>&nbsp;one &other; two</a>',
        ),
    ],
)
def test_translations(translated, text, expected):
    assert translated(text) == expected


def test_elements_by_name(translated):
    text = "<t>uno <a>dos</a> tres</t>"
    assert translated(text, ignored=frozenset("a")) == "<t>one <a>dos</a> three</t>"
    assert translated("<t><a>uno</a> <b>dos</b></t>", ignored=frozenset("b")) == "<t><a>one</a> <b>dos</b></t>"


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({}, ["uno", "dos", "tres cuatro cinco"]),
        ({"splitting": frozenset("i")}, ["uno", "dos", "tres", "cuatro", "cinco"]),
        ({"joining": frozenset("ab")}, ["uno dos", "tres cuatro cinco"]),
        ({"detects": False}, ["uno dos tres cuatro cinco"]),
        ({"detects": False, "splitting": frozenset("t")}, ["uno dos", "tres cuatro cinco"]),
    ],
)
def test_what_parts_sentences(options, parts):
    """An element stands inside of a sentence if its parent has text, or does so itself."""
    text = "<d><t><a>uno</a> <b>dos</b></t> <t>tres <i><b>cuatro</b></i> cinco</t></d>"
    found = visible_text(text, XmlReader(**options)).split("\n")
    assert [" ".join(part.split()) for part in found if part.strip()] == parts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a & b", "line 1, column 4: is not well-formed XML"),
        ("a\n<b", "line 2, column 3: is not well-formed XML"),
        *((text, "is not well-formed") for text in ("<a>", "</a>", "</_><_>", "<_>", "<a><b></a></b>", "&nbsp;", "\0")),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "line 1: declares an entity"),
    ],
)
def test_what_is_no_xml(text, message):
    with pytest.raises(UserError, match=message):
        XmlReader()(text)


def test_generated_documents(translated):
    """Same elements with the same attributes, in the same elements; text is the translation of the text."""
    draw = random.Random(1)
    words = {"uno": "one", "dos": "two", "tres": "three", "cuatro": "four", "cinco": "five"}

    def make(depth: int) -> str:
        parts = []
        for _ in range(draw.randint(1, 4)):
            kind = draw.random()
            name = draw.choice(["p", "li", "b", "x:y", "br"])
            if kind < 0.5 or not depth:
                parts.append(f" {draw.choice([*words])} ")
            elif kind < 0.9:
                parts.append(f"<{name} k='{draw.random()}'>{make(depth - 1)}</{name}>")
            else:
                parts.append(draw.choice([f"<{name}/>", "<!-- uno -->", "<![CDATA[ dos ]]>"]))
        return "".join(parts)

    def shape(text: str) -> Counter:
        root = ElementTree.fromstring(f"<r xmlns:x='x'>{text}</r>")
        return Counter(
            (parent.tag, parent.get("k"), child.tag, child.get("k")) for parent in root.iter() for child in parent
        )

    for _ in range(150):
        text = make(4)
        assert shape(translated(text)) == shape(text)
        assert "".join(token.source for token in XmlReader()(text)) == text


def test_garbage():
    """Read whole, or refused."""
    draw = random.Random(2)
    parts = [
        "<a>",
        "</a>",
        "<b/>",
        "&amp;",
        "&",
        "]]>",
        "<![CDATA[",
        "<!--",
        "-->",
        "<?x",
        "?>",
        "é",
        "<!DOCTYPE a>",
        "\r\n",
    ]
    whole = 0
    for _ in range(3000):
        text = "".join(draw.choices(parts, k=draw.randrange(6)))
        try:
            tokens = XmlReader()(text)
        except UserError:
            continue
        whole += 1
        assert "".join(token.source for token in tokens) == text
    assert whole > 100
