"""Pair files to batches of piece ids, with tf.data: read, tokenize, filter, bucket by length."""

from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from edge.tokenizer import BOS, EOS, PAD
from keras_s2s.tokenizer import GraphTokenizer
from pipelines.position import Position

# Lengths that share a batch: the steps grow with the length, so that padding stays a small share of any batch.
BOUNDARIES = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 23, 26, 30, 35, 40, 48, 60, 80, 120, 200, 400, 1001]

# Tokenized pairs of files up to this size stay in memory from the first epoch on.
CACHE_BYTES = 64_000_000

_SHUFFLE_LINES = 50_000
_CHUNK = 512


def pair_batches(
    files: Sequence[Path],
    source: GraphTokenizer,
    target: GraphTokenizer,
    *,
    batch_tokens: int,
    max_length: int,
    reverse: bool = False,
    position: Position | None = None,
) -> tf.data.Dataset:
    """Batches of pairs of similar length.

    Args:
        files: pair files, plain or `.gz`.
        source: tokenizer of the source side.
        target: tokenizer of the target side.
        batch_tokens: target positions a batch, padding included, at most.
        max_length: pieces a side, end symbol included; longer pairs are left out.
        reverse: the file's second column is the source.
        position: which epoch to shuffle for, and how many of its batches to leave out; taken whenever an iteration
            begins. None keeps the order of the file.

    Returns:
        Elements `({"source": int32 (batch, source_length), "target": int32 (batch, target_length)}, labels)`; the
        target begins with the begin symbol, the labels int32 `(batch, target_length)` end with the end symbol, all are
        padded with 0.
    """
    pairs = _lines(files).batch(_CHUNK)
    pairs = pairs.map(lambda lines: _tokenize(lines, source, target, reverse), num_parallel_calls=2)
    # Ragged tensors of rank one come out of `unbatch`; padding takes none but plain ones.
    pairs = pairs.unbatch().map(lambda source, target: (tf.convert_to_tensor(source), tf.convert_to_tensor(target)))
    pairs = pairs.filter(lambda source, target: tf.maximum(tf.size(source), tf.size(target)) <= max_length)
    if sum(file.stat().st_size for file in files) <= CACHE_BYTES:
        pairs = pairs.cache()
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
        return batches(pairs).prefetch(4)

    def epoch(_: tf.Tensor) -> tf.data.Dataset:
        seed, done = position.take()
        return batches(pairs.shuffle(_SHUFFLE_LINES, seed=seed, reshuffle_each_iteration=False)).skip(done)

    # A function of the epoch, so that an interrupted one can be begun again in its middle.
    return tf.data.Dataset.from_tensors(0).flat_map(epoch).prefetch(4)


def _lines(files: Sequence[Path]) -> tf.data.Dataset:
    """Lines of all files; a byte order mark is no part of the text."""
    packed = [str(file) for file in files if file.suffix.lower() == ".gz"]
    plain = [str(file) for file in files if file.suffix.lower() != ".gz"]
    datasets = [
        tf.data.TextLineDataset(names, compression_type=compression)
        for names, compression in ((plain, ""), (packed, "GZIP"))
        if names
    ]
    lines = datasets[0] if len(datasets) == 1 else datasets[0].concatenate(datasets[1])
    return lines.map(lambda line: tf.strings.regex_replace(line, "^\ufeff", ""))


def _tokenize(
    lines: tf.Tensor, source: GraphTokenizer, target: GraphTokenizer, reverse: bool
) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
    """Lines `(batch,)` to the ids of their two columns; lines without two columns of text are left out."""
    columns = tf.strings.split(lines, "\t")
    columns = tf.ragged.boolean_mask(columns, columns.row_lengths() >= 2)[:, :2].to_tensor(shape=(None, 2))
    first, second = tf.unstack(columns[:, ::-1] if reverse else columns, axis=1)
    first, second = source.encode(first), target.encode(second)
    # Nothing but an end symbol: the column was empty, or held only white space.
    full = tf.logical_and(first.row_lengths() > 1, second.row_lengths() > 1)
    return tf.ragged.boolean_mask(first, full), tf.ragged.boolean_mask(second, full)


def _teacher_forcing(source: tf.Tensor, labels: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
    """The decoder reads the target shifted right: the begin symbol first, the end symbol never."""
    shifted = tf.concat([tf.fill([tf.shape(labels)[0], 1], BOS), labels[:, :-1]], axis=1)
    target = tf.where(tf.equal(shifted, EOS), PAD, shifted)
    return {"source": source, "target": target}, labels
