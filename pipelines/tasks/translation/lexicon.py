"""Estimation of the lexical shortlist from training pairs."""

from collections.abc import Iterable

import numpy as np

from edge.errors import UserError
from edge.shortlist import Shortlist
from edge.tokenizer import Tokenizer

# Tokens that are candidates for every sentence, the most frequent ones.
ALWAYS = 300
# Maximum number of candidates of a source token, and their minimum probability.
MOST, LEAST = 60, 0.001

_ITERATIONS = 5
# Maximum number of token pairs that are counted: all are in memory, and more of them add little.
_TOGETHER = 30_000_000


def learn_shortlist(
    pairs: Iterable[tuple[str, str]], source: Tokenizer, target: Tokenizer, max_length: int
) -> Shortlist:
    """Estimate translation probabilities of tokens with IBM model 1 (Brown et al. 1993), and keep the likely ones.

    Args:
        pairs: source and target sentences.
        source, target: their tokenizers.
        max_length: maximum length of source and target in tokens; longer pairs are skipped.

    Raises:
        UserError: no pair is left.
    """
    lefts, rights, frequency = [], [], np.zeros(len(target), np.int64)
    together = 0
    for left, right in pairs:
        # The empty word, which target tokens without a counterpart come from, is the source's EOS.
        read, written = source.encode(left), target.encode(right)[:-1]
        if max(len(read), len(written) + 1) > max_length:
            continue
        lefts.append(np.unique(read))
        rights.append(np.array(written, np.int64))
        np.add.at(frequency, rights[-1], 1)
        together += len(lefts[-1]) * len(written)
        if together > _TOGETHER:
            break
    if not together:
        raise UserError(
            f"--shortlist: no pair has at most {max_length} tokens per sentence, the model's limit; use other pairs"
        )
    keys, place, sentence_target = _together(lefts, rights, len(target))
    probability = np.ones(len(keys))
    owner = keys // len(target)
    for _ in range(_ITERATIONS):
        # Expected counts: each target token is shared between the source tokens of its sentence.
        weights = probability[place]
        weights /= np.bincount(sentence_target, weights)[sentence_target]
        counts = np.bincount(place, weights, len(keys))
        probability = counts / np.bincount(owner, counts, len(source))[owner]
    return _pruned(keys, probability, frequency, len(source))


def _together(
    lefts: list[np.ndarray], rights: list[np.ndarray], vocabulary: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return all pairs of a source and a target token of the same sentence pair.

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
