"""Terms of a glossary in translations: held by the search or, where it cannot, placed by word alignment."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edge.glossary import Term, capitalized, split_words, words_of
from edge.reader import Segment
from edge.search.constraints import SPACE, Constraints
from edge.search.options import SearchOptions
from edge.stand_ins import StandIns
from edge.tokenizer import UNK, Tokenizer
from edge.translation import Translation
from edge.unspaced import is_unspaced
from edge.verbatim import as_kept
from edge.word_units import Span, is_word, token_spans, unit_attention, word_units

_END = "</s>"
# A term needs hypotheses with and without it.
_BEAM = 5


def options_with_terms(options: SearchOptions) -> SearchOptions:
    """Return the options of a search that can hold terms: a beam of 5 or more, without groups."""
    return replace(options, beam=max(options.beam, _BEAM), groups=1)


def hold_terms(
    segment: Segment,
    surfaces: Sequence[str],
    constraints: Constraints,
    target: Tokenizer,
    most: int,
    stand_ins: StandIns | None = None,
) -> Constraints:
    """Return constraints that also require the terms of a sentence, and its stand-ins.

    Not held are terms with characters that the model does not know, and those for which the translation has no room.

    Args:
        segment: with its terms. One that is part of another one's translation is required there, too.
        surfaces: tokens of the source as in its text, without EOS.
        constraints: what is wanted besides.
        target: the target's tokenizer.
        most: tokens that the translation may have.
        stand_ins: those of the model.
    """
    spans = token_spans(segment.text, surfaces)
    carried = segment.carried if stand_ins else ()
    terms = [*segment.terms, *(Term(each.place, each.place + 1, each.stand_in) for each in carried)]
    phrases = [_phrase(term.held, target) for term in segment.terms]
    own = [stand_ins.phrase(each) for each in carried] if stand_ins else []
    phrases += own
    needed = constraints.given
    held: list[tuple[int, ...]] = []
    places: list[frozenset[int]] = []
    for term, phrase in zip(terms, phrases, strict=True):
        inside = sum(_count(phrase, other) for other in phrases if other != phrase)
        for _ in range(1 if phrase in held else 1 + inside):
            if phrase and (UNK not in phrase or phrase in own) and needed + len(phrase) <= most:
                held.append(phrase)
                places.append(_positions(spans, term))
                needed += len(phrase)
    if not held:
        return constraints
    return replace(
        constraints,
        required=(*constraints.required, *held),
        continuing=target.continuing,
        places=(*[frozenset[int]()] * len(constraints.required), *places),
        single=stand_ins.single(carried, segment.tokens.count(UNK)) if stand_ins and carried else frozenset(),
    )


def _positions(spans: Sequence[Span], term: Term) -> frozenset[int]:
    """The tokens that a term has, or has some characters of."""
    return frozenset(place for place, span in enumerate(spans) if _overlap(span, (term.start, term.end)))


def _count(phrase: tuple[int, ...], tokens: tuple[int, ...]) -> int:
    """How often a phrase stands in a sequence of tokens."""
    starts = range(len(tokens) - len(phrase) + 1)
    return sum(tokens[start : start + len(phrase)] == phrase for start in starts) if phrase else 0


def _phrase(text: str, target: Tokenizer) -> tuple[int, ...]:
    ids = target.encode(text)[:-1]
    if is_unspaced(text[:1]) and ids:
        # The space that a text begins with is none within a sentence.
        first = target.tokens(ids[:1])[0].removeprefix(SPACE)
        if not first:
            return tuple(ids[1:])
        if (known := target.ids([first])) != [UNK]:
            return (*known, *ids[1:])
    return tuple(ids)


def has_terms(segment: Segment, text: str) -> bool:
    """Return whether a translation has the terms of its source, each as often as the source."""
    return not _compare(segment.terms, text)[1]


def write_terms(segment: Segment, surfaces: Sequence[str], translation: Translation) -> str:
    """Return a translation's text with the terms of its source as the glossary has them.

    Those that are missing replace the words whose attention is mostly on them. A first word gets a capital letter and
    one that has it only because it was the first loses it.

    Args:
        segment: the source.
        surfaces: tokens of the source as in its text, without EOS.
        translation: of the segment, with its tokens and attention.
    """
    present, missing = _compare(segment.terms, translation.text)
    changes = _placements(segment.text, surfaces, missing, translation, [span for _, span in present])
    # The search, and the model by itself, may have written a name in another case.
    changes += [(span, term.held) for term, span in present if term.is_cased]
    text = translation.text
    for (start, end), held in sorted(changes, reverse=True):
        text = text[:start] + held + text[end:]
    for term in segment.terms:
        if term.capital and term.leads and not text.startswith(term.held) and (place := _find(text, term.held)) >= 0:
            text = text[:place] + term.target + text[place + len(term.target) :]
        elif _is_first(text, term.target) and term.target == term.target.lower() and _begins_large(segment.text):
            text = capitalized(text)
    return text


def write_kept(segment: Segment, tokenizer: Tokenizer) -> str:
    """Return a text that is not for the model with its terms replaced.

    Args:
        segment: with its terms.
        tokenizer: of the source.
    """
    source, _ = tokenizer.split(segment.text)
    text, place = "", 0
    for term in segment.terms:
        text += source[place : term.start] + term.held
        place = term.end
    return as_kept(text + source[place:])


def _compare(terms: Sequence[Term], text: str) -> tuple[list[tuple[Term, Span]], list[Term]]:
    """Return where a text has terms, and those that it has not or not often enough; of equal ones the last."""
    words = split_words(text)
    keys: list[str | None] = [word.key for word in words]
    present, missing = [], []
    # A word counts for one term: for the longest that has it.
    for term in sorted(terms, key=lambda term: -len(words_of(term.target))):
        key = list(words_of(term.target))
        starts = range(len(words) - len(key) + 1)
        start = next((start for start in starts if keys[start : start + len(key)] == key), None)
        if start is None:
            missing.append(term)
        else:
            end = start + len(key)
            keys[start:end] = [None] * len(key)
            present.append((term, (words[start].start, words[end - 1].end)))
    return present, missing


def _placements(
    source: str, surfaces: Sequence[str], terms: Sequence[Term], translation: Translation, kept: Sequence[Span]
) -> list[tuple[Span, str]]:
    """The text of a translation with terms in place of the words that are aligned with them, but for those kept."""
    if translation.attention is None or not terms:
        return []
    read_spans = token_spans(source, surfaces)
    tokens = [token for token in translation.target_tokens if token != _END]
    written_spans = token_spans(translation.text, tokens)
    read = word_units(source, read_spans, {place for term in terms for place in (term.start, term.end)})
    words = word_units(translation.text, written_spans)
    weights = unit_attention(translation.attention, (read_spans, read), (written_spans, words))
    aligned = weights.argmax(axis=1) if weights.size else np.zeros(len(words), int)
    # A punctuation mark is no translation of a term.
    taken = [*kept, *(span for span in words if not any(map(is_word, translation.text[slice(*span)])))]
    changes: list[tuple[Span, str]] = []
    for term in terms:
        inside = [place for place, (start, end) in enumerate(read) if term.start <= start and end <= term.end]
        free = [place for place, span in enumerate(words) if not any(_overlap(span, other) for other in taken)]
        own = [place for place in free if aligned[place] in inside]
        if not own:
            continue
        # The words next to the one that looks at the term most.
        best = max(own, key=lambda place: float(weights[place, inside].sum()))
        first = last = best
        while first - 1 in own:
            first -= 1
        while last + 1 in own:
            last += 1
        taken.append((words[first][0], words[last][1]))
        changes.append((taken[-1], term.held))
    return changes


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _find(text: str, phrase: str) -> int:
    """Where a phrase stands in a text as whole words, in this case; -1 if it does not."""
    starts, ends = ({getattr(word, side) for word in split_words(text)} for side in ("start", "end"))
    place = text.find(phrase)
    while place >= 0 and not (place in starts and place + len(phrase) in ends):
        place = text.find(phrase, place + 1)
    return place


def _is_first(text: str, phrase: str) -> bool:
    return text.startswith(phrase) and _find(text, phrase) == 0


def _begins_large(text: str) -> bool:
    return text.lstrip()[:1] != text.lstrip()[:1].lower()
