"""Which target pieces a source piece may become: learned from pairs, for the device's shortlist."""

from collections.abc import Iterable

import numpy as np

from edge.errors import UserError
from edge.shortlist import Shortlist
from edge.tokenizer import Tokenizer

# Pieces that are candidates for every sentence, the most frequent ones.
ALWAYS = 300
# Candidates of a source piece: at most so many, and none less probable than this.
MOST, LEAST = 60, 0.001

_ITERATIONS = 5
# Pairs of pieces that are counted, at most: all are held in memory, and more of them say little that is new.
_TOGETHER = 30_000_000


def learn_shortlist(
    pairs: Iterable[tuple[str, str]], source: Tokenizer, target: Tokenizer, max_length: int
) -> Shortlist:
    """Learns translation probabilities of pieces with IBM model 1 (Brown et al. 1993), and keeps the likely ones.

    Args:
        pairs: source and target sentences.
        source, target: their tokenizers.
        max_length: pieces of a side; longer pairs are left out.

    Raises:
        UserError: no pair is left.
    """
    lefts, rights, frequency = [], [], np.zeros(len(target), np.int64)
    together = 0
    for left, right in pairs:
        # The empty word, which target pieces without a counterpart come from, is the source's end symbol.
        pieces, written = source.encode(left), target.encode(right)[:-1]
        if max(len(pieces), len(written) + 1) > max_length:
            continue
        lefts.append(np.unique(pieces))
        rights.append(np.array(written, np.int64))
        np.add.at(frequency, rights[-1], 1)
        together += len(lefts[-1]) * len(written)
        if together > _TOGETHER:
            break
    if not together:
        raise UserError(f"--shortlist: no pair has at most {max_length} pieces a side, as the model reads them")
    keys, place, sentence_target = _together(lefts, rights, len(target))
    probability = np.ones(len(keys))
    owner = keys // len(target)
    for _ in range(_ITERATIONS):
        # Expected counts: each target piece is shared between the source pieces of its sentence.
        weights = probability[place]
        weights /= np.bincount(sentence_target, weights)[sentence_target]
        counts = np.bincount(place, weights, len(keys))
        probability = counts / np.bincount(owner, counts, len(source))[owner]
    return _pruned(keys, probability, frequency, len(source))


def _together(
    lefts: list[np.ndarray], rights: list[np.ndarray], vocabulary: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs of a source and a target piece that share a sentence.

    Returns:
        The different ones, as `source * vocabulary + target`; for each occurrence which one it is, and which position
        of all target sentences.
    """
    occurrences, positions, start = [], [], 0
    for left, right in zip(lefts, rights, strict=True):
        occurrences.append((left[:, None] * vocabulary + right).reshape(-1))
        positions.append(np.broadcast_to(np.arange(start, start + len(right)), (len(left), len(right))).reshape(-1))
        start += len(right)
    keys, place = np.unique(np.concatenate(occurrences), return_inverse=True)
    return keys, place, np.concatenate(positions)


def _pruned(keys: np.ndarray, probability: np.ndarray, frequency: np.ndarray, sources: int) -> Shortlist:
    vocabulary = len(frequency)
    order = np.lexsort((-probability, keys // vocabulary))
    owner, candidate, probability = keys[order] // vocabulary, keys[order] % vocabulary, probability[order]
    rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
    kept = (rank < MOST) & (probability >= LEAST)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner[kept], minlength=sources))])
    always = np.sort(np.argsort(-frequency, kind="stable")[:ALWAYS])
    return Shortlist(always.astype(np.int32), offsets.astype(np.int32), candidate[kept].astype(np.int32))
