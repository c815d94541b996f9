"""Batches of recordings: which recordings they have, with which samples and tokens, in which order."""

import dataclasses
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tensorflow as tf

from edge.errors import UserError
from edge.tokenizer import Tokenizer
from keras_s2s.tokenizer import train_tokenizer
from pipelines.data import sounds
from pipelines.data.position import Position
from pipelines.data.recording_batches import in_groups, recording_batches, shuffled_groups
from pipelines.data.recording_limits import RecordingLimits
from pipelines.data.sound_augment import SoundAugment

RATE = 2000
WORDS = ["a", "ab", "abc", "abcd", "dcba", "aabb"]
BatchesOf = Callable[..., tf.data.Dataset]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    """A token per letter of a word, and one for its beginning."""
    path = tmp_path_factory.mktemp("tokenizer") / "target.model"
    train_tokenizer(["abcd", "aabb"] * 3, path, "char", 12, 1.0)
    return Tokenizer(path)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[np.ndarray]]:
    """A list of 40 recordings of 0.2 to 2 s, half of them at twice the rate, and their sound."""
    folder, random = tmp_path_factory.mktemp("recordings"), np.random.default_rng(0)
    audio, lines = [], []
    for index in range(40):
        samples = np.rint(random.uniform(-9000, 9000, random.integers(400, 4000))).astype(np.int16)
        soundfile.write(folder / f"{index}.flac", samples, RATE)
        audio.append(samples)
        lines.append(f"{index}.flac\t{WORDS[index % len(WORDS)]}\n")
    (folder / "a.tsv").write_text("".join(lines))
    return folder / "a.tsv", audio


@pytest.fixture(scope="module")
def batches(recordings, tokenizer) -> BatchesOf:
    def build(path: Path = recordings[0], shrink: int | None = 40, **options: object) -> tf.data.Dataset:
        known = {"rate": RATE, "max_seconds": 10.0, "max_length": 10}
        limits = RecordingLimits(tokenizer, **{name: options.pop(name, value) for name, value in known.items()})
        if shrink:
            limits = dataclasses.replace(limits, positions=lambda samples: -(-samples // shrink))
        return recording_batches([[path]], limits, **{"batch_seconds": 6.0, **options})

    return build


def rows(dataset: tf.data.Dataset) -> list[tuple[bytes, tuple[int, ...]]]:
    """Sound and labels of each recording, without padding, in order."""
    found = []
    for inputs, _ in dataset.as_numpy_iterator():
        for audio, length, labels in zip(inputs["audio"], inputs["audio_length"], inputs["labels"], strict=True):
            assert not audio[length:].any()
            found.append((audio[:length].tobytes(), tuple(labels[labels != 0].tolist())))
    return found


def test_in_order_for_validation(recordings, batches, tokenizer):
    dataset = batches()
    expected = [
        ((samples / np.float32(32768)).astype(np.float32).tobytes(), tuple(tokenizer.encode(WORDS[index % 6])))
        for index, samples in enumerate(recordings[1])
    ]
    assert rows(dataset) == expected
    assert rows(dataset) == expected, "the second time, from memory"


def test_shapes_and_teacher_forcing(batches):
    for inputs, labels in batches(position=Position(1)).as_numpy_iterator():
        count = len(labels)
        assert inputs["audio"].dtype == np.float32 and inputs["audio"].shape == (count, inputs["audio_length"].max())
        for key in ("audio_length", "target", "labels"):
            assert inputs[key].dtype == np.int32
        np.testing.assert_array_equal(inputs["labels"], labels)
        assert inputs["target"].shape == labels.shape
        for target, row in zip(inputs["target"], labels, strict=True):
            length = int((row != 0).sum())
            # BOS is 2, EOS is 3.
            assert row[length - 1] == 3 and not row[length:].any()
            assert target[:length].tolist() == [2, *row[: length - 1]] and not target[length:].any()


def test_tf_knows_the_shapes(batches):
    inputs, labels = batches(position=Position(1)).element_spec
    assert {key: spec.shape.rank for key, spec in inputs.items()} == {
        "audio": 2,
        "audio_length": 1,
        "target": 2,
        "labels": 2,
    }
    assert labels.shape.rank == 2


@pytest.mark.parametrize("seconds", [2.0, 3.0, 6.0, 20.0])
@pytest.mark.parametrize("augment", [None, SoundAugment()])
def test_batches_hold_no_more_sound_than_asked_for(batches, seconds, augment):
    dataset = batches(batch_seconds=seconds, position=Position(1), augment=augment)
    shapes = [inputs["audio"].shape for inputs, _ in dataset.as_numpy_iterator()]
    assert sum(count for count, _ in shapes) == 40
    assert all(count * samples <= seconds * RATE or count == 1 for count, samples in shapes)


def test_each_recording_once_per_epoch(recordings, batches):
    first = batches(position=Position(1))
    epochs = [rows(first), rows(first)]
    assert Counter(epochs[0]) == Counter(epochs[1]) == Counter(rows(batches()))
    assert epochs[0] != epochs[1]
    again, other = batches(position=Position(1)), batches(position=Position(2))
    assert epochs == [rows(again), rows(again)]
    assert epochs[0] != rows(other)


@pytest.mark.parametrize("augment", [None, SoundAugment()])
def test_an_epoch_is_resumed_in_its_middle(batches, augment):
    """And the next one is whole, and as it would have been."""
    position = Position(1)
    through = batches(position=position, augment=augment)
    position.move(3)
    whole, following = rows(through), rows(through)
    done, rest = Position(1), Position(1)
    done.move(3)
    rest.move(3, 2)
    resumed = batches(position=rest, augment=augment)
    assert rows(batches(position=done, augment=augment).take(2)) + rows(resumed) == whole
    assert rows(resumed) == following
    rest.move(3)
    assert rows(resumed) == whole


def test_augmentation_changes_each_epoch(batches):
    dataset = batches(position=Position(1), augment=SoundAugment())
    first, second = rows(dataset), rows(dataset)
    assert not {audio for audio, _ in first} & {audio for audio, _ in second}
    assert Counter(labels for _, labels in first) == Counter(labels for _, labels in second)
    assert sorted(len(audio) for audio, _ in first) != sorted(len(audio) for audio, _ in second)
    # A validation set is never changed.
    assert rows(batches(augment=SoundAugment())) == rows(batches())


def test_batches_without_memory(batches, monkeypatch):
    """A data set too large to be kept in memory gives the same batches."""
    options = {"augment": SoundAugment()}
    kept = batches(position=Position(1), **options)
    monkeypatch.setattr(sounds, "CACHE_BYTES", 1000)
    decoded = batches(position=Position(1), **options)
    for _ in range(2):
        assert rows(decoded) == rows(kept)


def test_other_rates_are_resampled(recordings, batches):
    for inputs, _ in batches(rate=1000, shrink=20).as_numpy_iterator():
        assert inputs["audio"].shape[1] <= 2000
    lengths = np.concatenate(
        [inputs["audio_length"] for inputs, _ in batches(rate=1000, shrink=20).as_numpy_iterator()]
    )
    assert np.abs(lengths - [len(samples) / 2 for samples in recordings[1]]).max() <= 1


def test_a_small_data_set_comes_several_times(recordings, batches):
    """Each pass has all recordings, in another order, and an epoch is resumed in its middle."""
    seconds = sum(len(samples) for samples in recordings[1]) / RATE
    options = {"augment": None, "least_seconds": 2.5 * seconds}
    first = rows(batches(position=Position(1), **options))
    assert len(first) == 120
    assert sorted(first) == sorted(3 * rows(batches()))
    assert first[:40] != first[40:80] != first[80:]
    whole = [inputs["audio"].shape for inputs, _ in batches(position=Position(1), **options).as_numpy_iterator()]
    position = Position(1)
    position.move(0, 5)
    rest = [inputs["audio"].shape for inputs, _ in batches(position=position, **options).as_numpy_iterator()]
    assert rest == whole[5:]


def test_limits(recordings, batches, tokenizer):
    seconds = [len(samples) / RATE for samples in recordings[1]]
    assert len(rows(batches(max_seconds=1.0))) == sum(each <= 1.0 for each in seconds)
    assert len(rows(batches(max_length=5))) == sum(len(WORDS[index % 6]) + 2 <= 5 for index in range(40))
    # A position per 0.2 s; a word has a token before its letters.
    needed = [1 + len(word) + (2 if word == "aabb" else 0) for word in WORDS]
    fits = [np.ceil(each / 0.2) >= needed[index % 6] for index, each in enumerate(seconds)]
    assert 0 < sum(fits) < 40
    assert len(rows(batches(shrink=400))) == sum(fits)
    assert len(rows(batches(shrink=None))) == 40


def test_speed_leaves_room_for_the_transcript(tmp_path, batches, write_tone):
    """A recording that has just enough positions is never made shorter."""
    write_tone(tmp_path / "a.wav", 0.81, RATE)
    (tmp_path / "a.tsv").write_text("a.wav\tabcd\n")
    # Five tokens, five positions of 0.2 s, the last one of them nearly empty: only slower is allowed.
    dataset = batches(tmp_path / "a.tsv", shrink=400, position=Position(1), augment=SoundAugment(speed=0.3))
    lengths = [len(audio) // 4 for _ in range(30) for audio, _ in rows(dataset)]
    assert min(lengths) > 0.8 * RATE
    assert 5 < sum(length == 0.81 * RATE for length in lengths) < 25
    assert max(lengths) > RATE


def test_damaged_recordings_are_skipped_and_named(tmp_path, batches, write_tone, capsys, monkeypatch):
    """Those of which the header is whole: what is behind it is only decoded for a batch."""
    monkeypatch.setattr(sounds, "CACHE_BYTES", 0)
    for name in "abcd":
        write_tone(tmp_path / f"{name}.flac", 2.0, RATE)
    for name in "bd":
        data = (tmp_path / f"{name}.flac").read_bytes()
        (tmp_path / f"{name}.flac").write_bytes(data[: len(data) // 2])
    (tmp_path / "a.tsv").write_text("".join(f"{name}.flac\tab\n" for name in "abcd"))
    for seconds in (2.0, 20.0):
        dataset = batches(tmp_path / "a.tsv", batch_seconds=seconds)
        for _ in range(2):
            assert len(rows(dataset)) == 2
        # Batches are decoded in parallel: which message comes first is chance.
        lines = sorted(capsys.readouterr().err.splitlines())
        for line, name in zip(lines, "bd", strict=True):
            assert line.startswith(f"{tmp_path / name}.flac: is a damaged or cut FLAC file")
            assert "skipped this recording" in line


def test_only_damaged_recordings(tmp_path, batches, write_tone):
    write_tone(tmp_path / "a.flac", 2.0, RATE)
    (tmp_path / "a.flac").write_bytes((tmp_path / "a.flac").read_bytes()[:2000])
    (tmp_path / "a.tsv").write_text("a.flac\tab\n")
    with pytest.raises(UserError, match=r"a\.flac: cannot be decoded, nor any other recording"):
        batches(tmp_path / "a.tsv")


def test_groups_in_order():
    samples = np.array([10, 20, 5, 5, 5, 30, 1, 100, 2])
    # 40 samples with padding: two of 20; three of 5, then 30 with one more would be 60.
    assert in_groups(range(9), samples, 40) == [[0, 1], [2, 3, 4], [5], [6], [7], [8]]
    assert in_groups(range(9), samples, 60) == [[0, 1, 2], [3, 4], [5, 6], [7], [8]]
    assert in_groups([], samples, 60) == []


def test_groups_of_similar_length():
    samples = np.random.default_rng(0).integers(1000, 100000, 3000)
    groups = shuffled_groups(samples, 400000, 1)
    assert sorted(index for group in groups for index in group) == list(range(3000))
    for group in groups:
        assert samples[group].max() * len(group) <= 400000
    padded = sum(samples[group].max() * len(group) for group in groups)
    assert samples.sum() / padded > 0.93
    # Not the short ones first.
    firsts = [samples[group[0]] for group in groups]
    assert abs(np.corrcoef(firsts, np.arange(len(firsts)))[0, 1]) < 0.2
    assert groups != shuffled_groups(samples, 400000, 2)
