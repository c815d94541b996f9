"""Recordings to batches of samples and tokens, with tf.data: group by length, decode, augment, pad."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from edge.tokenizer import BOS, PAD
from pipelines.data.position import Position
from pipelines.data.recording_limits import RecordingLimits
from pipelines.data.recordings import RecordingReader
from pipelines.data.sound_augment import SoundAugment
from pipelines.data.sounds import Sounds

# Lengths in a batch differ by about this factor at most: padding stays a small fraction of a batch. Inside it the order
# is random, so that each epoch has other batches.
_BUCKET = 1.1

# Audio, its lengths, target and labels of a batch.
_Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def recording_batches(
    corpora: Sequence[Sequence[Path]],
    limits: RecordingLimits,
    *,
    batch_seconds: float,
    position: Position | None = None,
    augment: SoundAugment | None = None,
    least_seconds: float = 0.0,
) -> tf.data.Dataset:
    """Return batches of recordings: of similar length and shuffled, or in the order of the lists.

    Args:
        corpora: lists of recordings, of each corpus.
        limits: what a recording must have; others are skipped. A recording is resampled to their rate, and its speed is
            not changed where it would then be too short.
        batch_seconds: seconds of sound per batch, padding included, at most. A longer recording is a batch of its own.
        position: which epoch to shuffle for, and how many of its batches to skip; read whenever an iteration begins.
            None keeps the order of the lists.
        augment: how recordings are changed; without a position they are not.
        least_seconds: seconds of sound per epoch, at least: the recordings of a small data set come several times, each
            time in another order and changed in another way.

    Returns:
        Elements `({"audio": float32 (batch, samples), "audio_length": int32 (batch,), "target": int32 (batch,
        target_length), "labels": int32 (batch, target_length)}, labels)`. `audio_length` is in samples; `target`
        begins with BOS, `labels` end with EOS; all are padded with 0.

    Raises:
        UserError: a list cannot be used, or none of its recordings.
    """
    paths = [path for files in corpora for path in files]
    examples = _Examples(paths, limits, None if position is None else augment)
    largest = round(batch_seconds * limits.rate)

    def batches(members: tf.RaggedTensor, seeds: tf.Tensor, done: tf.Tensor) -> tf.data.Dataset:
        def load(members: tf.Tensor, seed: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            types = [tf.float32, tf.int32, tf.int32, tf.int32]
            audio, lengths, target, labels = tf.numpy_function(examples.load, [seed, members], types)
            audio, target, labels = (tf.ensure_shape(each, [None, None]) for each in (audio, target, labels))
            inputs = {"audio": audio, "audio_length": tf.ensure_shape(lengths, [None])}
            return {**inputs, "target": target, "labels": labels}, labels

        loaded = tf.data.Dataset.from_tensor_slices((members, seeds)).skip(done).map(load, num_parallel_calls=2)
        # Each recording of a batch may be damaged.
        return loaded.filter(lambda inputs, labels: tf.size(labels) > 0)

    if position is None:
        groups = in_groups(range(len(examples.samples)), examples.samples, largest)
        seeds = tf.zeros(len(groups), tf.int64)
        return batches(tf.ragged.constant(groups, tf.int64), seeds, tf.constant(0, tf.int64)).prefetch(4)
    passes = max(1, -(-round(least_seconds * limits.rate) // int(examples.samples.sum())))

    def plan(seed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Recordings of an epoch, batch after batch; how many each batch has, and its seed."""
        seeds = [int(seed) * passes + index for index in range(passes)]
        planned = [(group, each) for each in seeds for group in shuffled_groups(examples.lengths(each), largest, each)]
        groups, own = zip(*planned, strict=True)
        return np.concatenate(groups), np.array([len(group) for group in groups]), np.array(own)

    def epoch(_: tf.Tensor) -> tf.data.Dataset:
        seed, done = position.take()
        planned = tf.numpy_function(plan, [seed], [tf.int64, tf.int64, tf.int64])
        members, sizes, seeds = (tf.ensure_shape(each, [None]) for each in planned)
        return batches(tf.RaggedTensor.from_row_lengths(members, sizes), seeds, done)

    # A function of the epoch, so that an interrupted one can be begun again in its middle.
    return tf.data.Dataset.from_tensors(0).flat_map(epoch).prefetch(4)


def in_groups(order: Iterable[int], samples: np.ndarray, largest: int) -> list[list[int]]:
    """Group recordings in an order. A group is as large as a batch allows, at least one recording.

    Args:
        order: numbers of recordings.
        samples: length of each recording `(recordings,)`.
        largest: samples per group, all padded to its longest, at most.
    """
    groups: list[list[int]] = []
    longest = 0
    for index in order:
        longest = max(longest, samples[index])
        if not groups or longest * (len(groups[-1]) + 1) > largest:
            groups.append([])
            longest = samples[index]
        groups[-1].append(index)
    return groups


def shuffled_groups(samples: np.ndarray, largest: int, seed: int) -> list[list[int]]:
    """Group recordings of similar length, in random order.

    Args:
        samples: length of each recording `(recordings,)`.
        largest: as for `in_groups`.
        seed: of the order.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(samples))
    buckets = np.floor(np.log(np.maximum(samples[order], 1)) / np.log(_BUCKET))
    groups = in_groups(order[np.argsort(buckets, kind="stable")], samples, largest)
    return [groups[index] for index in random.permutation(len(groups))]


class _Examples:
    """The usable recordings of a data set, their tokens, and how they are changed."""

    def __init__(self, paths: Sequence[Path], limits: RecordingLimits, augment: SoundAugment | None):
        recordings = list(RecordingReader(paths, limits))
        self._limits = limits
        self._augment = augment
        self._tokens = [limits.tokenizer.encode(recording.text) for recording in recordings]
        self._sounds = Sounds(recordings, limits.rate)
        self.samples = self._sounds.samples

    def lengths(self, seed: int) -> np.ndarray:
        """Return the length of each recording in the epoch of a seed: int64 `(recordings,)`, in samples."""
        return np.array([self._drawn(seed, index)[1] for index in range(len(self.samples))])

    def load(self, seed: np.ndarray, members: np.ndarray) -> _Arrays:
        """Return a batch; recordings that cannot be decoded are missing in it.

        Args:
            seed: of the epoch.
            members: numbers of recordings.
        """
        audio, tokens = [], []
        for index in members:
            factor, length, random = self._drawn(int(seed), index)
            sound = self._sounds.get(index)
            if sound is None:
                continue
            if self._augment:
                sound = self._augment.apply(sound, factor, random)
            # A header may be wrong by some samples, and the batch must not become larger than planned.
            audio.append(sound[:length])
            tokens.append(self._tokens[index])
        labels = _padded(tokens, np.int32)
        # What the decoder reads: BOS first, EOS never.
        target = _padded([[BOS, *ids[:-1]] for ids in tokens], np.int32)
        return _padded(audio, np.float32), np.array([len(sound) for sound in audio], np.int32), target, labels

    def _drawn(self, seed: int, index: int) -> tuple[float, int, np.random.Generator]:
        """A recording's speed factor in the epoch of a seed, its length in samples, and the generator of its noise."""
        random = np.random.default_rng([seed, index])
        samples = int(self.samples[index])
        if self._augment:
            factor = self._augment.factor(random)
            length = round(samples / factor)
            if self._limits.has_positions(length, self._tokens[index]):
                return factor, length, random
        return 1.0, samples, random


def _padded(rows: Sequence[Sequence[float] | np.ndarray], kind: type) -> np.ndarray:
    """Rows as one array `(rows, longest)`, padded with 0."""
    padded: np.ndarray = np.full((len(rows), max(map(len, rows), default=0)), PAD, kind)
    for row, values in zip(padded, rows, strict=True):
        row[: len(values)] = values
    return padded
