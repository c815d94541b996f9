"""Pair files to batches of token IDs, with tf.data: read, tokenize, filter, bucket by length."""

import functools
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from edge.tokenizer import BOS, EOS, PAD
from keras_s2s.tokenizer import GraphTokenizer
from pipelines.data.carried_pairs import with_symbols
from pipelines.data.columns import Columns
from pipelines.data.files import is_compressed
from pipelines.data.pairs import read_pairs
from pipelines.data.position import Position

# Lengths that share a batch: the steps grow with the length, so that padding stays a small fraction of any batch.
BOUNDARIES = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 23, 26, 30, 35, 40, 48, 60, 80, 120, 200, 400, 1001]

# Tokenized pairs of files up to this size stay in memory from the first epoch on.
CACHE_BYTES = 64_000_000

_SHUFFLE_LINES = 50_000
_CHUNK = 512

# How much smaller compressed text is, about.
_COMPRESSION = 3


def pair_batches(
    corpora: Sequence[Sequence[Path]],
    source: GraphTokenizer,
    target: GraphTokenizer,
    *,
    batch_tokens: int,
    max_length: int,
    columns: Sequence[Columns] | None = None,
    position: Position | None = None,
    weights: Sequence[float] = (),
    carry: float = 0.0,
) -> tf.data.Dataset:
    """Batches of pairs of similar length.

    Args:
        corpora: pair files, plain or compressed, of each corpus. With a position, corpora are mixed in proportion.
        source: tokenizer of the source side.
        target: tokenizer of the target side.
        batch_tokens: target positions a batch, padding included, at most.
        max_length: maximum length of source and target in tokens, with EOS; longer pairs are skipped.
        columns: which columns of each corpus are source and target; the first two if not given.
        position: which epoch to shuffle for, and how many of its batches to skip; taken whenever an iteration
            begins. None keeps the order of the files.
        weights: how often an epoch has each pair of a corpus: 2.5 is twice or thrice, 0.1 is once in ten epochs, by
            chance. Once if not given, and without a position.
        carry: fraction of the pairs with equal spans in which these are reserved symbols; see `carried_pairs`.

    Returns:
        Elements `({"source": int32 (batch, source_length), "target": int32 (batch, target_length)}, labels)`; the
        target begins with BOS, the labels int32 `(batch, target_length)` end with EOS, all are
        padded with 0.
    """
    small = sum(map(_bytes, corpora)) <= CACHE_BYTES
    chosen = columns or [Columns()] * len(corpora)
    pairs = [
        _pairs(files, source, target, max_length, each, small, carry)
        for files, each in zip(corpora, chosen, strict=True)
    ]
    boundaries = [boundary for boundary in BOUNDARIES if boundary <= max_length]
    ceilings = [boundary - 1 for boundary in boundaries] + [max_length]

    def batches(pairs: tf.data.Dataset) -> tf.data.Dataset:
        return pairs.bucket_by_sequence_length(
            lambda source, target: tf.maximum(tf.size(source), tf.size(target)),
            bucket_boundaries=boundaries,
            bucket_batch_sizes=[max(1, batch_tokens // ceiling) for ceiling in ceilings],
            padded_shapes=([None], [None]),
            padding_values=(PAD, PAD),
        ).map(_teacher_forcing)

    if position is None:
        return batches(functools.reduce(tf.data.Dataset.concatenate, pairs)).prefetch(4)
    weights = weights or [1.0] * len(corpora)
    sizes = [weight * _bytes(files) for weight, files in zip(weights, corpora, strict=True)]

    def epoch(_: tf.Tensor) -> tf.data.Dataset:
        seed, done = position.take()
        parts = [_repeated(each, weight, seed) for each, weight in zip(pairs, weights, strict=True)]
        mixed = tf.data.Dataset.sample_from_datasets(parts, sizes, seed) if len(parts) > 1 else parts[0]
        return batches(mixed.shuffle(_SHUFFLE_LINES, seed=seed, reshuffle_each_iteration=False)).skip(done)

    # A function of the epoch, so that an interrupted one can be begun again in its middle.
    return tf.data.Dataset.from_tensors(0).flat_map(epoch).prefetch(4)


def _pairs(
    files: Sequence[Path],
    source: GraphTokenizer,
    target: GraphTokenizer,
    max_length: int,
    columns: Columns,
    cached: bool,
    carry: float,
) -> tf.data.Dataset:
    """Ids of both sides of each pair that is not too long, in the order of the files."""

    def chunks() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Sources and targets, read by the code that counts and checks them before training."""
        read = itertools.chain.from_iterable(read_pairs(file, columns) for file in files)
        pairs = (with_symbols(*pair, carry) if carry else pair for pair in read)
        while chunk := list(itertools.islice(pairs, _CHUNK)):
            sources, targets = (np.array([text.encode() for text in side], object) for side in zip(*chunk, strict=True))
            yield sources, targets

    texts = tf.TensorSpec((None,), tf.string)
    pairs = tf.data.Dataset.from_generator(chunks, output_signature=(texts, texts))
    pairs = pairs.map(lambda first, second: _tokenize(first, second, source, target), num_parallel_calls=2)
    # Ragged tensors of rank one come out of `unbatch`; padding takes none but plain ones.
    pairs = pairs.unbatch().map(lambda source, target: (tf.convert_to_tensor(source), tf.convert_to_tensor(target)))
    pairs = pairs.filter(lambda source, target: tf.maximum(tf.size(source), tf.size(target)) <= max_length)
    return pairs.cache() if cached else pairs


def _repeated(pairs: tf.data.Dataset, weight: float, seed: tf.Tensor) -> tf.data.Dataset:
    """Each pair as often as the weight has whole parts, and once more with the probability of the rest."""
    if weight == 1.0:
        return pairs

    def times(index: tf.Tensor, pair: tuple[tf.Tensor, tf.Tensor]) -> tf.data.Dataset:
        chance = tf.random.stateless_uniform((), [seed, index])
        return tf.data.Dataset.from_tensors(pair).repeat(tf.cast(tf.floor(weight + chance), tf.int64))

    return pairs.enumerate().flat_map(times)


def _bytes(files: Sequence[Path]) -> int:
    """About how much text files hold."""
    return sum(file.stat().st_size * (_COMPRESSION if is_compressed(file) else 1) for file in files)


def _tokenize(
    first: tf.Tensor, second: tf.Tensor, source: GraphTokenizer, target: GraphTokenizer
) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
    """Texts `(batch,)` of both sides to ids; a pair of which a side leaves no token is skipped."""
    first, second = source.encode(first), target.encode(second)
    # Nothing but EOS: the text held only white space, or what is invisible.
    full = tf.logical_and(first.row_lengths() > 1, second.row_lengths() > 1)
    return tf.ragged.boolean_mask(first, full), tf.ragged.boolean_mask(second, full)


def _teacher_forcing(source: tf.Tensor, labels: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
    """The decoder reads the target shifted right: BOS first, EOS never."""
    shifted = tf.concat([tf.fill([tf.shape(labels)[0], 1], BOS), labels[:, :-1]], axis=1)
    target = tf.where(tf.equal(shifted, EOS), PAD, shifted)
    return {"source": source, "target": target}, labels
