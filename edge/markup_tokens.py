"""HTML as a list of tokens that together are the document, byte for byte."""

from collections.abc import Sequence
from enum import Enum
from html.parser import HTMLParser
from typing import NamedTuple

# Elements without content.
_VOID_NAMES = "area base br col embed hr img input link meta param source track wbr"

# Elements that part sentences. All others stand inside of one, also those that HTML does not know.
_BLOCK_NAMES = """
    address article aside audio base blockquote body br button canvas caption center col colgroup dd details dialog
    dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr
    html iframe legend li link main menu meta nav noembed noframes noscript object ol optgroup option p pre script
    search section select source style summary table tbody td template textarea tfoot th thead title tr track ul video
"""

# Elements whose content is not translated.
_UNTRANSLATED_NAMES = "code kbd math samp script style svg textarea var"

# Elements that end where a sibling of the same name begins.
_ENDED_BY_SIBLING_NAMES = "dd dt li option p td th tr"

_VOID, _BLOCKS, _UNTRANSLATED, _ENDED_BY_SIBLING = (
    frozenset(names.split()) for names in (_VOID_NAMES, _BLOCK_NAMES, _UNTRANSLATED_NAMES, _ENDED_BY_SIBLING_NAMES)
)


class Kind(Enum):
    """Kinds of tokens. A single is an element without content; other is a comment, a declaration, or cannot be read."""

    TEXT, OPEN, CLOSE, SINGLE, OTHER = range(5)


class Token(NamedTuple):
    """A token of a document.

    Attributes:
        kind: of the token.
        source: the token as it is in the document.
        name: of an element; of HTML in lower case.
        untranslated: an element that is left as it is.
        is_block: it parts sentences.
        ends_at_sibling: an element that ends where a sibling of the same name begins.
    """

    kind: Kind
    source: str
    name: str = ""
    untranslated: bool = False
    is_block: bool = False
    ends_at_sibling: bool = False


def read_tokens(text: str) -> list[Token]:
    """Return the tokens of a document. What an unclosed comment or tag begins is one token, to the end."""
    reader = _Reader()
    # The parser must not see what it would stop at: bad character references, and sections that HTML does not have. Its
    # positions count lines. All replacements are as long as what they replace.
    masked = text.translate({ord("&"): "+", ord("\n"): " "}).replace("<![", "<!+").replace("<!+CDATA[", "<![CDATA[")
    # Without `close`, which would read the rest of an unclosed construct as text, and again for each one in it.
    reader.feed(masked)
    tokens, place = [], 0
    starts = [start for start, *_ in reader.found[1:]] + [reader.getpos()[1]]
    for (start, length, kind, name, untranslated), following in zip(reader.found, starts, strict=False):
        end = following if length is None else start + length
        if place < start:
            tokens.append(_token(Kind.OTHER, text[place:start]))
        tokens.append(_token(kind, text[start:end], name, untranslated))
        place = end
    return [*tokens, _token(Kind.OTHER, text[place:])] if place < len(text) else tokens


def _token(kind: Kind, source: str, name: str = "", untranslated: bool = False) -> Token:
    is_block = name in _BLOCKS or source[:9].lower() == "<!doctype"
    return Token(kind, source, name, untranslated, is_block, name in _ENDED_BY_SIBLING)


def match_tokens(tokens: Sequence[Token]) -> tuple[list[int | None], list[int]]:
    """Match start and end tags; of tags that cross each other, some have no match.

    Returns:
        The index of each tag's other end, None without one; and the index of the token at which each element ends.
    """
    partners: list[int | None] = [None] * len(tokens)
    ends = [len(tokens)] * len(tokens)
    stack: list[int] = []
    open_names: dict[str, int] = {}

    def leave(index: int) -> int:
        last = stack.pop()
        ends[last] = index
        open_names[tokens[last].name] -= 1
        return last

    for index, token in enumerate(tokens):
        name = token.name
        if token.kind is Kind.OPEN:
            if token.ends_at_sibling and stack and tokens[stack[-1]].name == name:
                leave(index)
            stack.append(index)
            open_names[name] = open_names.get(name, 0) + 1
        elif token.kind is Kind.CLOSE and open_names.get(name):
            while tokens[last := leave(index)].name != name:
                pass
            partners[last], partners[index] = index, last
    return partners, ends


class _Reader(HTMLParser):
    """Finds start, length (None: to the next token), kind, name and `untranslated` of each token."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[int, int | None, Kind, str, bool]] = []

    def _add(self, kind: Kind, length: int | None = None, name: str = "", untranslated: bool = False) -> None:
        self.found.append((self.getpos()[1], length, kind, name, untranslated))

    def _start(self, kind: Kind, name: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        told = dict(reversed(attributes))
        refused = (told.get("translate") or "").strip().lower() == "no"
        refused |= "notranslate" in (told.get("class") or "").split()
        self._add(kind, len(self.get_starttag_text() or ""), name, refused or name in _UNTRANSLATED)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add a start tag."""
        self._start(Kind.SINGLE if tag in _VOID else Kind.OPEN, tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add a tag that closes itself."""
        self._start(Kind.SINGLE, tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Add an end tag; that of an element without content belongs to nothing."""
        self._add(Kind.OTHER if tag in _VOID else Kind.CLOSE, name=tag)

    def handle_data(self, data: str) -> None:
        """Add text; what begins like a tag is none."""
        self._add(Kind.OTHER if data[:1] == "<" and len(data) > 1 else Kind.TEXT, len(data))

    def handle_comment(self, data: str) -> None:
        """Add a comment."""
        self._add(Kind.OTHER)

    def handle_decl(self, decl: str) -> None:
        """Add a declaration."""
        self._add(Kind.OTHER)

    def handle_pi(self, data: str) -> None:
        """Add a processing instruction."""
        self._add(Kind.OTHER)

    def unknown_decl(self, data: str) -> None:
        """Add a section of XML."""
        self._add(Kind.OTHER)
