"""Long text in parts that a model can read."""

import re
from collections.abc import Callable, Iterator

# Where a text may be parted, the better places first: lines, sentences, clauses. The white space between two parts is
# the first group; Chinese and Japanese sentences have none. A full stop after an initial or a title ends no sentence.
_LINES = re.compile(r"((?<!\s)\s*\n\s*)")
_TITLES = ("Dr", "Dra", "Mr", "Mrs", "Ms", "Prof", "Sr", "Sra", "Srta", "St", r"[^\W\d_]")
_UNTITLED = "".join(rf"(?<!\b{title}\.)" for title in _TITLES)
_SENTENCES = re.compile(rf"(?:(?<=[.!?…]){_UNTITLED}|(?<=[.!?…][\"'»”’)\]]))(\s+)|(?<=[。！？])()(?![」』”])")
_CLAUSES = re.compile(r"(?<=[,;:—–])(\s+)|(?<=[，；：、])()")
_SPACES = re.compile(r"\s+")

# A segment of a text, and the white space after it.
TextSegment = tuple[str, str]


def split(text: str, fits: Callable[[str], bool]) -> list[TextSegment]:
    """Parts a text at its lines and sentences, and what is still too long at clauses, between words, or anywhere.

    Args:
        text: any text.
        fits: says whether a part is short enough. A single character must be, and so must the beginning of what is.

    Returns:
        The parts, each with the white space that follows it: together they are the text. White space that the text
        begins with follows an empty part.
    """
    body = text.strip()
    start = text.index(body)
    whole = (body, text[start + len(body) :])
    parts = [part for line in _broken(whole, _LINES) for part in _broken(line, _SENTENCES)]
    return [("", text[:start])] * bool(start) + [piece for part in parts for piece in _fitting(part, fits)]


def _fitting(part: TextSegment, fits: Callable[[str], bool]) -> Iterator[TextSegment]:
    if fits(part[0]):
        yield part
        return
    for clause in _broken(part, _CLAUSES):
        yield from [clause] if fits(clause[0]) else _packed(clause, fits)


def _packed(part: TextSegment, fits: Callable[[str], bool]) -> Iterator[TextSegment]:
    """As many words together as fit; of a word that does not fit, its halves."""
    text, gap = part
    ends = [*(match.span() for match in _SPACES.finditer(text)), (len(text), len(text))]
    start = first = 0
    while first < len(ends):
        begin = start
        first = _last(first, len(ends), lambda place, begin=begin: fits(text[begin : ends[place][0]]))
        end, start = ends[first]
        first += 1
        yield from _halves((text[begin:end], text[end:start] if first < len(ends) else gap), fits)


def _last(first: int, end: int, good: Callable[[int], bool]) -> int:
    """The last place that is good, of those between; the first one in any case.

    It looks near the first one before it looks further: what is beyond the last may take long to look at.
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


def _broken(part: TextSegment, pattern: re.Pattern) -> Iterator[TextSegment]:
    """A part at the places of a pattern; the last one keeps the part's own white space."""
    text, gap = part
    start = 0
    for match in pattern.finditer(text):
        if start < match.start() and match.end() < len(text):
            yield text[start : match.start()], text[match.start() : match.end()]
            start = match.end()
    yield text[start:], gap
