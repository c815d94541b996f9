"""HTML as sentences to translate, and HTML again."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edge.components import Components
from edge.markup_placement import Mark, place_marks
from edge.markup_tokens import Kind, Token, match_tokens, read_tokens
from edge.reader import Segment
from edge.translation import Translation
from edge.word_units import Span, is_word

Reader = Callable[[str], Sequence[Token]]

_ESCAPED = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_LINE_ENDS = dict.fromkeys(map(ord, "\t\n\f\r"), " ")
# The longest character reference that HTML knows has 33 characters.
_LONGEST_REFERENCE = 34


@dataclass
class _Run:
    """Text between two block tags, with what stands in it.

    Attributes:
        source: all of it as it is in the document.
        text: the text, with characters for character references.
        marks: tags, and what is kept whole; their places are those of the run's text.
        escapes: how characters are written.
        is_preformatted: line ends part sentences.
        segments: sentences of the text.
    """

    source: str
    text: str
    marks: list[Mark]
    escapes: dict[int, str]
    is_preformatted: bool
    segments: list[Segment] = field(default_factory=list)


class Markup:
    """A document of HTML or XML.

    Sentences run through inline tags; block tags and `<br>` part them. Comments, `<code>`, `<script>` and the like,
    elements with `translate="no"` or of class `notranslate` are left as they are. Character references are decoded for
    the model; what was written as one is so again, and so are `&`, `<` and `>` in any case.

    Args:
        text: HTML, however broken; or what another reader reads.
        components: of the translator that will translate it.
        reader: returns the tokens of the text.

    Attributes:
        segments: what is to be translated.
    """

    def __init__(self, text: str, components: Components, reader: Reader = read_tokens):
        self._source = components.source
        self._parts = _parts(reader(text))
        self.segments: list[Segment] = []
        for part in self._parts:
            if isinstance(part, _Run):
                # As long as the text: places stay what they are.
                plain = part.text if part.is_preformatted else part.text.translate(_LINE_ENDS)
                part.segments = components.reader.sentences(plain)
                self.segments += part.segments

    def write(self, translations: Sequence[Translation]) -> str:
        """Return the document with a translation of each segment."""
        rest = iter(translations)
        return "".join(
            self._run(part, [next(rest) for _ in part.segments]) if isinstance(part, _Run) else part
            for part in self._parts
        )

    def _run(self, run: _Run, translations: Sequence[Translation]) -> str:
        if not any(segment.tokens for segment in run.segments):
            return run.source
        written: list[str] = []
        place = done = start = edge = 0
        for segment, translation in zip(run.segments, translations, strict=True):
            end = start + len(segment.text)
            if segment.tokens:
                first, last = _inside(run.marks, done, (edge, start), (end, end + len(segment.gap)))
                # Also the segments before it that are not for the model.
                written.append(_between(run, done, first, place, start))
                inner = [
                    mark._replace(place=min(max(mark.place, start), end) - start) for mark in run.marks[first:last]
                ]
                written.append(self._sentence(run, segment, translation, inner))
                written.append("" if segment.gap else segment.after(translation.text))
                place, done = end, last
            edge, start = end, end + len(segment.gap)
        return "".join([*written, _between(run, done, len(run.marks), place, len(run.text))])

    def _sentence(self, run: _Run, segment: Segment, translation: Translation, marks: Sequence[Mark]) -> str:
        def escape(text: str) -> str:
            return text.translate(run.escapes)

        if not marks:
            return escape(translation.text)
        surfaces = translation.surfaces or self._source.surfaces(segment.text)
        return place_marks(segment.text, surfaces, marks, translation, escape)


def visible_text(text: str, reader: Reader = read_tokens) -> str:
    """Return the text of a document that would be translated, without tags."""
    return "\n".join(part.text for part in _parts(reader(text)) if isinstance(part, _Run))


def _inside(marks: Sequence[Mark], done: int, before: Span, after: Span) -> Span:
    """Return the first index of the marks that stand inside of a sentence, and the one after the last.

    Tags at its edges are inside only if the element has its other end there: an element around the whole sentence, or
    around several, needs no alignment.

    Args:
        marks: of the text.
        done: how many stand before, for certain.
        before, after: spans of the white space around the sentence.
    """
    within = done
    while within < len(marks) and marks[within].place <= before[1]:
        within += 1
    beyond = within
    while beyond < len(marks) and marks[beyond].place < after[0]:
        beyond += 1

    def begins(mark: Mark) -> bool:
        is_near = mark.kind is Kind.OPEN and mark.place >= before[0]
        return is_near and mark.partner is not None and within <= mark.partner < beyond

    first = next((index for index in range(done, within) if begins(marks[index])), within)
    last = index = beyond
    while index < len(marks) and marks[index].place <= after[1]:
        mark = marks[index]
        index += 1
        if mark.kind is Kind.CLOSE:
            if mark.partner is None or mark.partner < within:
                break
            last = index if mark.partner < beyond else last
    return first, last


def _between(run: _Run, first: int, last: int, start: int, end: int) -> str:
    """Return the marks first to last - 1, and the text from start to end, as they are."""
    written = []
    for mark in run.marks[first:last]:
        place = min(max(mark.place, start), end)
        written += [run.text[start:place].translate(run.escapes), mark.source]
        start = place
    return "".join([*written, run.text[start:end].translate(run.escapes)])


def _parts(tokens: Sequence[Token]) -> list[str | _Run]:
    """The document as runs, and what stands between them."""
    partners, ends = match_tokens(tokens)
    parts: list[str | _Run] = []
    begin, index = 0, 0
    preformatted = 0
    # Plain text, from clients that call all text HTML, has its lines.
    is_plain = all(token.kind is Kind.TEXT for token in tokens)
    stops: dict[int, int] = {}

    def end_run(end: int) -> None:
        if begin < end:
            parts.append(_read_run(tokens[begin:end], begin, partners, stops, is_plain or preformatted > 0))

    while index < len(tokens):
        token = tokens[index]
        stop = index + 1
        if token.untranslated and token.kind is Kind.OPEN:
            # With its end tag, if it has one.
            stop = ends[index] + (partners[index] is not None)
        if token.is_block:
            end_run(index)
            parts.append("".join(each.source for each in tokens[index:stop]))
            if token.name == "pre" and stop == index + 1 and partners[index] is not None:
                preformatted += 1 if token.kind is Kind.OPEN else -1
            begin = stop
        elif stop > index + 1 or token.untranslated:
            stops[index] = stop
        index = stop
    end_run(len(tokens))
    return parts


def _read_run(
    tokens: Sequence[Token], begin: int, partners: Sequence[int | None], stops: dict[int, int], is_preformatted: bool
) -> _Run:
    texts: list[str] = []
    marks: list[Mark] = []
    places: dict[int, int] = {}
    escapes = dict(_ESCAPED)
    length, last = 0, ""
    is_parted = False
    index = 0
    while index < len(tokens):
        token = tokens[index]
        stop = stops.get(begin + index, begin + index + 1) - begin
        if token.kind is Kind.TEXT:
            text = html.unescape(token.source)
            escapes |= _references(token.source)
            if is_parted and text and is_word(last) and is_word(text[0]):
                # An image stands between two words.
                text = f" {text}"
            texts.append(text)
            length += len(text)
            last, is_parted = text[-1:] or last, is_parted and not text
        else:
            kind = token.kind
            if begin + index in stops:
                kind = Kind.SINGLE
            elif (kind is Kind.SINGLE and token.name == "wbr") or (
                kind in (Kind.OPEN, Kind.CLOSE) and partners[begin + index] is None
            ):
                kind = Kind.OTHER
            is_parted |= kind is Kind.SINGLE and bool(last)
            places[begin + index] = len(marks)
            marks.append(Mark(kind, "".join(each.source for each in tokens[index:stop]), length))
        index = stop
    for index, place in places.items():
        partner = partners[index]
        if partner is not None:
            marks[place] = marks[place]._replace(partner=places.get(partner))
    return _Run("".join(token.source for token in tokens), "".join(texts), marks, escapes, is_preformatted)


def _references(source: str) -> dict[int, str]:
    """How a text writes single characters as character references; letters and spaces of ASCII are not among them."""
    found: dict[int, str] = {}
    start = source.find("&")
    while start >= 0:
        end = source.find(";", start, start + _LONGEST_REFERENCE) + 1
        character = html.unescape(source[start:end]) if end else ""
        if len(character) == 1 and not (character.isascii() and (character.isalnum() or character.isspace())):
            found.setdefault(ord(character), source[start:end])
        start = source.find("&", start + 1)
    return found
