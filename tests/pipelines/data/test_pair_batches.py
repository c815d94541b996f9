"""Batches of pairs against a computation without TensorFlow: which pairs remain, with which ids."""

import gzip
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from edge.tokenizer import BOS, EOS, Tokenizer
from keras_s2s.tokenizer import GraphTokenizer, train_tokenizer
from pipelines.data.columns import Columns
from pipelines.data.pair_batches import pair_batches
from pipelines.data.pairs import PairReader
from pipelines.data.position import Position

Ids = tuple[int, ...]
LongPair = tuple[str, str]

PAIRS: list[LongPair] = [
    ("el gato", "the cat"),
    ("el perro come", "the dog eats"),
    ("¿dónde está el gato negro?", "where is the black cat?"),
    ("sí", "yes"),
    ("el gato y el perro comen en la casa", "the cat and the dog eat in the house"),
    ("no", "no, not at all, never"),
    ("Ω unknown 日本", "Ω unknown 日本"),
] + [("el perro" + " come" * n, "the dog" + " eats" * n) for n in range(1, 14)]

BatchesOf = Callable[..., tf.data.Dataset]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A tokenizer a side, of different vocabularies, so that swapped sides show."""
    folder = tmp_path_factory.mktemp("tokenizers")
    for side, column, size in (("source", 0, 40), ("target", 1, 44)):
        train_tokenizer([pair[column] for pair in PAIRS] * 3, folder / f"{side}.model", "bpe", size, 1.0)
    return {side: folder / f"{side}.model" for side in ("source", "target")}


@pytest.fixture(scope="module")
def batches(files) -> BatchesOf:
    def build(
        *corpora: Path | list[Path], batch_tokens: int = 60, max_length: int = 30, **options: object
    ) -> tf.data.Dataset:
        sides = (GraphTokenizer(files[side]) for side in ("source", "target"))
        corpora = [each if isinstance(each, list) else [each] for each in corpora]
        return pair_batches(corpora, *sides, batch_tokens=batch_tokens, max_length=max_length, **options)

    return build


@pytest.fixture(scope="module")
def ids_of(files) -> Callable[[Iterable[LongPair]], Counter]:
    """What must come out for these pairs: their ids, by the device's tokenizer."""
    source, target = (Tokenizer(files[side]) for side in ("source", "target"))
    return lambda pairs: Counter((tuple(source.encode(left)), tuple(target.encode(right))) for left, right in pairs)


def write(path: Path, pairs: Iterable[LongPair], line: str = "{}\t{}\n") -> Path:
    path.write_bytes("".join(line.format(*pair) for pair in pairs).encode())
    return path


def unpadded(row: np.ndarray) -> Ids:
    """Ids up to the padding, which is at the end and nowhere else."""
    length = int((row != 0).sum())
    assert (row[:length] != 0).all()
    return tuple(row[:length].tolist())


def sequence(dataset: tf.data.Dataset) -> list[tuple[Ids, Ids]]:
    """Source and labels of every pair, in order."""
    return [
        (unpadded(source), unpadded(target))
        for inputs, labels in dataset.as_numpy_iterator()
        for source, target in zip(inputs["source"], labels, strict=True)
    ]


def test_all_pairs_come_once_with_the_devices_ids(tmp_path, batches, ids_of):
    dataset = batches(write(tmp_path / "a.tsv", PAIRS))
    assert Counter(sequence(dataset)) == ids_of(PAIRS)
    assert Counter(sequence(dataset)) == ids_of(PAIRS), "the second epoch, from memory"


def test_unusable_lines_are_left_out(tmp_path, batches, ids_of):
    path = write(tmp_path / "a.tsv", PAIRS)
    with path.open("ab") as stream:
        stream.write(b"\nno tab\n\tno source\nno target\t\n \t \n\t\n\t\t\t\nlast\tlast")
    usable = [*PAIRS, ("last", "last")]
    assert Counter(sequence(batches(path))) == ids_of(usable)
    # The jobs count with the one and train on the other.
    assert [tuple(pair) for pair in PairReader(path)] == usable


def test_third_columns_are_ignored(tmp_path, batches, ids_of):
    dataset = batches(write(tmp_path / "a.tsv", PAIRS, "{}\t{}\tCC-BY 2.0 (France)\tmore\t\n"))
    assert Counter(sequence(dataset)) == ids_of(PAIRS)


def test_bom_and_carriage_returns_are_no_text(tmp_path, batches, ids_of):
    path = write(tmp_path / "a.tsv", PAIRS, "{}\t{}\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert Counter(sequence(batches(path))) == ids_of(PAIRS)


def test_several_files_plain_and_gzip(tmp_path, batches, ids_of):
    paths = [write(tmp_path / f"{part}.tsv", PAIRS[part::3]) for part in range(3)]
    packed = tmp_path / "packed.tsv.gz"
    packed.write_bytes(gzip.compress(paths[1].read_bytes()))
    for corpora in ([[paths[0], packed, paths[2]]], [paths[0], [packed, paths[2]]]):
        assert Counter(sequence(batches(*corpora))) == ids_of(PAIRS)
        assert Counter(sequence(batches(*corpora, position=Position(1)))) == ids_of(PAIRS)
    assert Counter(sequence(batches(packed))) == ids_of(PAIRS[1::3])


def test_gzip_of_several_members(tmp_path, batches, ids_of):
    """As `cat a.gz b.gz` makes it, and as PairReader reads it."""
    packed = tmp_path / "packed.tsv.gz"
    packed.write_bytes(b"".join(gzip.compress(f"{left}\t{right}\n".encode()) for left, right in PAIRS[:5]))
    assert len(list(PairReader(packed))) == 5
    assert Counter(sequence(batches(packed))) == ids_of(PAIRS[:5])


def test_reverse_swaps_the_columns(tmp_path, batches, ids_of):
    swapped = [(right, left) for left, right in PAIRS]
    dataset = batches(write(tmp_path / "a.tsv", PAIRS), columns=[Columns(2, 1)], max_length=100)
    assert Counter(sequence(dataset)) == ids_of(swapped)


@pytest.mark.parametrize("limit", [4, 5, 9, 14, 30])
def test_pairs_with_a_side_longer_than_the_limit_are_left_out(tmp_path, batches, ids_of, limit):
    dataset = batches(write(tmp_path / "a.tsv", PAIRS), max_length=limit)
    short = {pair: count for pair, count in ids_of(PAIRS).items() if max(map(len, pair)) <= limit}
    assert Counter(sequence(dataset)) == Counter(short)


@pytest.mark.parametrize("tokens", [30, 60, 200])
def test_batches_hold_no_more_positions_than_asked_for(tmp_path, batches, tokens):
    dataset = batches(write(tmp_path / "a.tsv", PAIRS * 9), batch_tokens=tokens)
    sizes = [labels.size for _, labels in dataset.as_numpy_iterator()]
    assert max(sizes) <= tokens
    # Nor are they needlessly small.
    assert sorted(sizes)[len(sizes) // 2] > tokens / 2


def test_a_pair_longer_than_the_batch_is_a_batch(tmp_path, batches, ids_of):
    dataset = batches(write(tmp_path / "a.tsv", PAIRS), batch_tokens=1)
    assert [len(labels) for _, labels in dataset.as_numpy_iterator()] == [1] * len(PAIRS)
    assert Counter(sequence(dataset)) == ids_of(PAIRS)


def test_pairs_of_a_batch_are_of_similar_length(tmp_path, batches):
    for inputs, labels in batches(write(tmp_path / "a.tsv", PAIRS * 9)).as_numpy_iterator():
        longest = np.maximum((inputs["source"] != 0).sum(axis=1), (labels != 0).sum(axis=1))
        assert longest.min() > 0.75 * longest.max() or longest.max() < 5


def test_teacher_forcing_by_hand(tmp_path, batches, files):
    """The decoder reads what it should have written, one position later."""
    path = write(tmp_path / "a.tsv", [("sí", "the cat"), ("sí", "the dog")])
    target = Tokenizer(files["target"])
    rows = sorted([target.encode("the cat"), target.encode("the dog")], key=len)
    width = len(rows[1])
    (inputs, labels), *rest = batches(path, batch_tokens=100, max_length=4).as_numpy_iterator()
    assert not rest and {value.dtype for value in (labels, *inputs.values())} == {np.dtype("int32")}
    assert sorted(labels.tolist(), key=lambda row: row.count(0), reverse=True) == [
        row + [0] * (width - len(row)) for row in rows
    ]
    for read, written in zip(inputs["target"].tolist(), labels.tolist(), strict=True):
        words = written[: written.index(EOS)]
        assert read == [BOS, *words] + [0] * (width - len(words) - 1)


def test_without_a_seed_the_order_is_the_files(tmp_path, batches, files):
    pairs = [(f"el {word}", "the cat") for word in ("gato", "perro", "gato gato", "perro perro")]
    source = Tokenizer(files["source"])
    dataset = batches(write(tmp_path / "a.tsv", pairs), batch_tokens=1000)
    # Within each length; lengths do not wait for each other.
    found = [ids for ids, _ in sequence(dataset)]
    expected = [tuple(source.encode(left)) for left, _ in pairs]
    for length in {len(ids) for ids in expected}:
        assert [ids for ids in found if len(ids) == length] == [ids for ids in expected if len(ids) == length]
    assert found == [ids for ids, _ in sequence(dataset)]


def test_order_depends_on_seed_and_epoch_only(tmp_path, batches):
    path = write(tmp_path / "a.tsv", PAIRS * 5)
    first, again, other = (batches(path, position=Position(seed)) for seed in (1, 1, 2))
    epochs = [sequence(first), sequence(first)]
    assert epochs == [sequence(again), sequence(again)]
    assert epochs[0] != epochs[1]
    assert epochs[0] != sequence(other)
    assert Counter(epochs[0]) == Counter(epochs[1])


def test_weights_are_how_often_a_pair_comes(tmp_path, batches, ids_of):
    often, seldom = PAIRS[:6], [(f"{left} el", right) for left, right in PAIRS[:6]] * 50
    corpora = [write(tmp_path / "often.tsv", often), write(tmp_path / "seldom.tsv", seldom)]
    first, again = (batches(*corpora, position=Position(1), weights=(3.0, 0.4)) for _ in range(2))
    epochs = [Counter(sequence(first)) for _ in range(2)]
    assert epochs == [Counter(sequence(again)) for _ in range(2)]
    assert epochs[0] != epochs[1]
    for epoch in epochs:
        assert all(epoch[pair] == 3 for pair in ids_of(often))
        # Of 300 pairs 120, give or take four standard deviations.
        assert abs(sum(epoch[pair] for pair in ids_of(seldom)) - 120) < 4 * np.sqrt(300 * 0.4 * 0.6)


def test_corpora_are_mixed_in_proportion(tmp_path, batches, monkeypatch):
    """Even where they are longer than what is shuffled at a time."""
    monkeypatch.setattr("pipelines.data.pair_batches._SHUFFLE_LINES", 1)
    corpora = [write(tmp_path / f"{name}.tsv", [(word, "no")] * 400) for name, word in (("a", "sí"), ("b", "no"))]
    order = [source for source, _ in sequence(batches(*corpora, batch_tokens=1, position=Position(1)))]
    firsts = [order[:400].count(source) for source in set(order)]
    assert sum(firsts) == 400 and min(firsts) > 150


def test_an_epoch_goes_on_in_its_middle(tmp_path, batches):
    """And the next one is whole, and as it would have been."""
    path = write(tmp_path / "a.tsv", PAIRS * 5)
    position = Position(1)
    through = batches(path, position=position)
    position.move(3)
    whole, following = sequence(through), sequence(through)
    done = batches(path, position=_at(3, 0)).take(2)
    rest = batches(path, position=(again := _at(3, 2)))
    assert sequence(done) + sequence(rest) == whole
    assert sequence(rest) == following
    again.move(3)
    assert sequence(rest) == whole


def _at(epoch: int, batch: int) -> Position:
    position = Position(1)
    position.move(epoch, batch)
    return position
