"""Abbreviations, learned from text without labels: words that carry a full stop inside sentences.

In the spirit of Punkt (Kiss and Strunk 2006), but simpler: nearly every line of training text is one sentence, so that
a full stop inside a line is evidence by itself.
"""

import re
from collections import Counter

from edge.sentences import ITEM, LETTER, NUMBER, first_letter

# The most frequent ones are kept: more would only add errors of the text.
MOST = 300

_LONGEST = 12
# Of an abbreviation whose full stop never stands before a lower-case letter, a digit or a comma.
_LONGEST_WITHOUT_PROOF = 5
# How many times as often a word has its full stop as it has none.
_RATIO = 4

_WORD = re.compile(rf"(?<!\w)(?P<word>{LETTER}+|\d{{1,2}}(?!\d))(?P<stop>\.(?!\.))?")
_CLOSING = "\"'»”’)]›"


class AbbreviationCounter:
    """Counts words with and without full stops, line by line."""

    def __init__(self) -> None:
        # Without a full stop; with one at the end of the line; with one inside it, where only an abbreviation or an
        # ordinal number can have one; with one inside it, where a sentence may end.
        self._plain: Counter[str] = Counter()
        self._last: Counter[str] = Counter()
        self._proven: Counter[str] = Counter()
        self._inside: Counter[str] = Counter()

    def add(self, line: str) -> None:
        """Count the words of a line."""
        is_item = ITEM.match(line) is not None
        for match in _WORD.finditer(line):
            word = match["word"].casefold()
            if word.isdecimal():
                if not match["stop"] or is_item:
                    continue
                word = NUMBER
            self._counter(line, match)[word] += 1

    def _counter(self, line: str, match: re.Match[str]) -> Counter[str]:
        if not match["stop"]:
            return self._plain
        following = line[match.end() : match.end() + 1]
        # After a comma or in EE.UU. nothing ends; but 3.14 is not a word with a full stop.
        if (
            following.isalpha()
            or (following and following in ",;:?!")
            or (following.isdecimal() and match["word"].isalpha())
        ):
            return self._proven
        if following.isdecimal():
            return self._plain
        rest = line[match.end() :].lstrip(_CLOSING).lstrip()
        if not rest:
            return self._last
        opening = first_letter(rest, 0)
        return self._proven if opening.islower() or (opening.isdecimal() and match["word"].isalpha()) else self._inside

    def abbreviations(self) -> list[str]:
        """Return the abbreviations, case-folded, without their full stop, the most frequent first."""
        found = self._proven + self._inside
        return [word for word, _ in found.most_common() if self._is_abbreviation(word)][:MOST]

    def _is_abbreviation(self, word: str) -> bool:
        proven, inside = self._proven[word], self._proven[word] + self._inside[word]
        if word == NUMBER:
            # An ordinal number in most places, in a language that writes them so.
            return inside >= 2 and inside > self._last[word]
        # At the end of a line the full stop may be both, so it says nothing of a word that is proven elsewhere.
        against = self._plain[word] + (0 if proven else self._last[word])
        # Initials are abbreviations in any case.
        if not 1 < len(word) <= _LONGEST or inside < max(2, _RATIO * against):
            return False
        return proven > 0 or (len(word) <= _LONGEST_WITHOUT_PROOF and inside >= len(word) - 1)
