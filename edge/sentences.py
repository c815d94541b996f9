"""Long text in parts that a model can read."""

import re
from collections.abc import Callable, Iterator

# Where a text may be parted, the better places first: lines, sentences, clauses. The white space between two parts is
# the first group; Chinese and Japanese sentences have none.
_LINES = re.compile(r"(\s*\n\s*)")
_SENTENCES = re.compile(r"(?:(?<=[.!?…])|(?<=[.!?…][\"'»”’)\]]))(\s+)|(?<=[。！？])()(?![」』”])")
_CLAUSES = re.compile(r"(?<=[,;:—–])(\s+)|(?<=[，；：、])()")

Part = tuple[str, str]


def split(text: str, fits: Callable[[str], bool]) -> list[Part]:
    """Parts a text at its lines and sentences, and what is still too long at clauses, between words, or anywhere.

    Args:
        text: longer than fits.
        fits: says whether a part is short enough. A single character must be.

    Returns:
        The parts, each with the white space that follows it: together they are the text.
    """
    parts = [part for line in _broken((text, ""), _LINES) for part in _broken(line, _SENTENCES)]
    return [piece for part in parts for piece in _fitting(part, fits)]


def _fitting(part: Part, fits: Callable[[str], bool]) -> Iterator[Part]:
    if fits(part[0]):
        yield part
        return
    for clause in _broken(part, _CLAUSES):
        yield from [clause] if fits(clause[0]) else _packed(clause, fits)


def _packed(part: Part, fits: Callable[[str], bool]) -> Iterator[Part]:
    """As many words together as fit; of a word that does not fit, its halves."""
    text, gap = part
    if fits(text):
        yield part
        return
    spaces = [match.span() for match in re.finditer(r"\s+", text)]
    if not spaces:
        middle = len(text) // 2
        yield from _packed((text[:middle], ""), fits)
        yield from _packed((text[middle:], gap), fits)
        return
    # The last space before which everything fits; the first one, if nothing does.
    start, end = max((span for span in spaces if fits(text[: span[0]])), default=spaces[0])
    yield from _packed((text[:start], text[start:end]), fits)
    yield from _packed((text[end:], gap), fits)


def _broken(part: Part, pattern: re.Pattern) -> Iterator[Part]:
    """A part at the places of a pattern; the last one keeps the part's own white space."""
    text, gap = part
    start = 0
    for match in pattern.finditer(text):
        if start < match.start() and match.end() < len(text):
            yield text[start : match.start()], text[match.start() : match.end()]
            start = match.end()
    yield text[start:], gap
