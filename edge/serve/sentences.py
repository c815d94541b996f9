"""A model translates sentences; people send texts."""

import re
from collections.abc import Callable, Iterator, Sequence

# Between sentences: line ends with the white space around them; white space after a full stop and what closes with it,
# before what can begin a sentence; nothing at all after a full stop of Chinese or Japanese.
_BOUNDARY = re.compile(
    r"""((?<!\s)\s*\n\s*|(?:(?<=[.!?…])|(?<=[.!?…]["'»”’)\]]))\s+(?=[^\s\W]|["'«“‘¿¡(\[])|(?<=[。！？])\s*)"""
)
# A full stop after these ends no sentence: an initial, a title. The end of a text is enough to see them.
_ABBREVIATED = re.compile(r"(?:^|[\s(])(?:[^\W\d_]|Dra?|Srt?a?|Mrs?|Ms|St|Prof|vs)\.$")
_PAUSE = re.compile(r"(?<=[,;:—])\s+|(?<=[、，；：])")
_SPACE = re.compile(r"\s+")


class Sentences:
    """A text's sentences, and what stands between them.

    Args:
        text: any text.
        fits: whether a model can read a sentence whole. One that does not fit is divided: at a comma or the like, else
            between words, else within one, as near to its middle as possible.
    """

    def __init__(self, text: str, fits: Callable[[str], bool]):
        self.texts: list[str] = []
        # One more than sentences: what comes before the first, between them and after the last.
        self._gaps = [""]
        for sentence, gap in _sentences(text):
            for part, after in _divide(sentence, gap, fits):
                if part:
                    self.texts.append(part)
                    self._gaps.append(after)
                else:
                    self._gaps[-1] += after

    def pairs(self) -> Iterator[tuple[str, str]]:
        """What stands before each sentence, and the sentence; at last what stands after it, and nothing."""
        return zip(self._gaps, [*self.texts, ""], strict=True)

    def join(self, translations: Sequence[str]) -> str:
        """The text with each sentence replaced by its translation."""
        return self._gaps[0] + "".join(
            translation + gap for translation, gap in zip(translations, self._gaps[1:], strict=True)
        )


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    """Sentences, each with the white space after it; they make up the text."""
    pieces = [*_BOUNDARY.split(text), ""]
    sentence = ""
    for piece, gap in zip(pieces[::2], pieces[1::2], strict=True):
        sentence += piece
        if gap and "\n" not in gap and _ABBREVIATED.search(sentence[-8:]):
            sentence += gap
            continue
        bare = sentence.strip()
        start = sentence.index(bare)
        if start:
            yield "", sentence[:start]
        yield bare, sentence[start + len(bare) :] + gap
        sentence = ""


def _divide(sentence: str, gap: str, fits: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    if len(sentence) < 2 or fits(sentence):
        yield sentence, gap
        return
    start, end = _cut(sentence)
    yield from _divide(sentence[:start], sentence[start:end], fits)
    yield from _divide(sentence[end:], gap, fits)


def _cut(sentence: str) -> tuple[int, int]:
    """Where to divide a sentence: the gap that goes between its parts."""
    middle = len(sentence) / 2
    for kind, reach in ((_PAUSE, 0.25), (_SPACE, 0.5)):
        spans = (match.span() for match in kind.finditer(sentence))
        near = [span for span in spans if span[0] > 0 and abs(span[0] - middle) < reach * len(sentence)]
        if near:
            return min(near, key=lambda span: abs(span[0] - middle))
    return int(middle), int(middle)
