"""Sentence splitting for long texts."""

import functools
import re
from collections.abc import Callable, Collection, Iterable, Iterator

# Where a text may be parted, the better places first: lines, sentences, clauses. A place is the span of the white space
# between two parts; sentences and clauses of some scripts have none.
_LINES = re.compile(r"(?<!\s)\s*\n\s*")
_CLAUSES = re.compile(r"(?<=[,;:—–،؛])\s+|(?<=[，；：、])")
_SPACES = re.compile(r"\s+")

# What closes the speech or the brackets in which a sentence ends, and what may stand before the first word of the next.
_CLOSING = r"""[\"'»”’)\]›」』”）]"""
_OPENING = frozenset("\"'«“”‘([{¿¡„‚‹「『（—–-*•")

# The end of a sentence is the white space after its marks and what closes it. The full stops of some scripts stand for
# nothing else and need no white space; but the sentence may continue after quoted speech that is closed without any.
_ENDS = re.compile(
    rf"(?P<marks>[.!?…؟۔։‼⁇⁈⁉‽။។៕]+){_CLOSING}*(?P<gap>\s+)"
    rf"|[。！？｡।॥።፧]+(?:{_CLOSING}*(?P<wide>\s+)|(?!{_CLOSING}|[。！？｡।॥።፧]))"
)

# Letters of all scripts, with the marks that belong to them, which are no letters to Python.
LETTER = r"[^\s\d!-/:-@\[-`{-~¡-©«-¹»-¿‐-⁯、-〿।॥]"
_WORD = re.compile(rf"(?<!\w)(?:{LETTER}+|\d+)$")
_LONGEST_WORD = 24
# Titles and forms of address that nearly every text has; what else is abbreviated the training text says.
_TITLES = frozenset(["Dr", "Dra", "Mr", "Mrs", "Ms", "Prof", "Sr", "Sra", "Srta", "St", "Ud", "Uds", "Vd", "Vds"])
# A line that begins with a number of one or two digits and a full stop is an item of a list, or several.
ITEM = re.compile(r"\s*[(\[]?\d{1,2}\.\s")

# Stands for all small numbers in a list of abbreviations: in the language a full stop makes them ordinal (3. Oktober).
NUMBER = "0"

# A segment of a text, and the white space after it.
TextSegment = tuple[str, str]

_NONE: frozenset[str] = frozenset()


def split(text: str, fits: Callable[[str], bool], abbreviations: Collection[str] = _NONE) -> list[TextSegment]:
    """Split a text at line ends and sentences; segments that are still too long also at clauses, words or anywhere.

    A sentence never ends before a lower-case letter or a digit, nor at the full stop of an abbreviation: a sentence too
    much is read together with its neighbour, but half of one is translated wrongly.

    Args:
        text: any text.
        fits: whether a segment is short enough; true for a single character, and for each prefix of a text that fits.
        abbreviations: words whose full stop ends no sentence, case-folded, without it; `NUMBER` for small numbers.

    Returns:
        The segments, each with the white space that follows it: together they are the text. Leading white space follows
        an empty segment.
    """
    body = text.strip()
    start = text.index(body)
    whole = (body, text[start + len(body) :])
    parts = [part for line in _broken(whole, _spans(_LINES, body)) for part in _sentences(line, abbreviations)]
    return [("", text[:start])] * bool(start) + [
        segment for part in parts for segment in _fitting(part, fits, abbreviations)
    ]


def _sentences(line: TextSegment, abbreviations: Collection[str], careful: bool = True) -> Iterator[TextSegment]:
    """The sentences of a line; with less care also where the next one begins with a lower-case letter."""
    return _broken(line, _sentence_ends(line[0], abbreviations, careful))


def _sentence_ends(text: str, abbreviations: Collection[str], careful: bool) -> Iterator[tuple[int, int]]:
    is_list = ITEM.match(text) is not None
    for match in _ENDS.finditer(text):
        gap = match["gap"] or match["wide"] or ""
        start, end = match.end() - len(gap), match.end()
        if match["marks"] == "." and _is_abbreviated(text, match.start(), abbreviations, is_list):
            continue
        following = first_letter(text, end)
        if following.isdecimal() or (careful and following.islower()):
            continue
        yield start, end


def _is_abbreviated(text: str, stop: int, abbreviations: Collection[str], is_list: bool) -> bool:
    """Whether the full stop at a place belongs to the word before it."""
    found = _WORD.search(text[max(0, stop - _LONGEST_WORD) : stop])
    if found is None:
        return False
    word = found[0]
    if word.isdecimal():
        return len(word) <= 2 and (is_list or NUMBER in abbreviations)
    is_doubled = len(word) == 2 and word[0] == word[1] and word.isupper()
    is_initial = len(word) == 1 and word.isalpha()
    return is_initial or is_doubled or word in _TITLES or word.casefold() in abbreviations


def first_letter(text: str, start: int) -> str:
    """The first character of a sentence, without what opens it; empty at the text's end."""
    while start < len(text) and text[start] in _OPENING:
        start += 1
    return text[start : start + 1]


def _fitting(part: TextSegment, fits: Callable[[str], bool], abbreviations: Collection[str]) -> Iterator[TextSegment]:
    if fits(part[0]):
        yield part
        return
    for sentence in _sentences(part, abbreviations, careful=False):
        if fits(sentence[0]):
            yield sentence
            continue
        for clause in _broken(sentence, _spans(_CLAUSES, sentence[0])):
            yield from [clause] if fits(clause[0]) else _packed(clause, fits)


def _packed(part: TextSegment, fits: Callable[[str], bool]) -> Iterator[TextSegment]:
    """As many words together as fit; of a word that does not fit, its halves."""
    text, gap = part
    ends = [*(match.span() for match in _SPACES.finditer(text)), (len(text), len(text))]
    start = first = 0

    def fits_to(begin: int, place: int) -> bool:
        return fits(text[begin : ends[place][0]])

    while first < len(ends):
        begin = start
        first = _last(first, len(ends), functools.partial(fits_to, begin))
        end, start = ends[first]
        first += 1
        yield from _halves((text[begin:end], text[end:start] if first < len(ends) else gap), fits)


def _last(first: int, end: int, good: Callable[[int], bool]) -> int:
    """The last place that is good, of those between; the first one in any case.

    The search starts near the first one: a test far beyond the last one may take long.
    """
    step = 1
    while first + step < end and good(first + step):
        first, step = first + step, 2 * step
    end = min(end, first + step)
    while end - first > 1:
        middle = (first + end) // 2
        first, end = (middle, end) if good(middle) else (first, middle)
    return first


def _halves(part: TextSegment, fits: Callable[[str], bool]) -> Iterator[TextSegment]:
    text, gap = part
    if fits(text):
        yield part
        return
    middle = len(text) // 2
    yield from _halves((text[:middle], ""), fits)
    yield from _halves((text[middle:], gap), fits)


def _broken(part: TextSegment, places: Iterable[tuple[int, int]]) -> Iterator[TextSegment]:
    """Split a segment at the given places; the last one keeps the white space after the segment."""
    text, gap = part
    start = 0
    for first, last in places:
        if start < first and last < len(text):
            yield text[start:first], text[first:last]
            start = last
    yield text[start:], gap


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in pattern.finditer(text))
