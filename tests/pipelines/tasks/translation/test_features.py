"""Features behind a source: in the graph and on the device the same ids, and no text that is taken for one."""

import functools
from pathlib import Path

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import UserError
from edge.tokenizer import EOS, UNK, Tokenizer
from keras_s2s.tokenizer import GraphTokenizer, train_tokenizer
from pipelines.data.columns import Columns
from pipelines.data.pairs import Pair, PairReader, write_pairs
from pipelines.recipes import load_recipe
from pipelines.run import Run
from pipelines.tasks import configs
from pipelines.tasks.translation import vocabularies
from pipelines.tasks.translation.vocabularies import Vocabularies

FEATURES = ["\tV", "\tN", "\tPRS", "\t3", "\tÉ x", '\ta,"b"', "\t\tV", "\t\tdialect"]
WORDS = ["walk", "talk V", "V;PRS", "go", "été", "3", "alto", "klaw"] * 20
SIZES = {"unigram": 23, "bpe": 23, "word": 30, "char": 30}


@pytest.fixture(scope="module", params=SIZES)
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("features") / f"{request.param}.model"
    train_tokenizer(WORDS, path, request.param, SIZES[request.param], coverage=1.0, features=FEATURES)
    return path


@functools.cache
def both(file: Path) -> tuple[GraphTokenizer, Tokenizer]:
    return GraphTokenizer(file), Tokenizer(file)


def assert_same(file: Path, texts: list[str], longest: int = 7) -> None:
    graph, device = both(file)
    expected = [device.encode(text) for text in texts]
    assert graph.encode(tf.constant(texts)).to_list() == expected
    cut = [device.cut(text, ids, longest) for text, ids in zip(texts, expected, strict=True)]
    assert graph.encode(tf.constant(texts), longest).to_list() == cut
    assert max(map(len, cut)) <= longest and all(ids[-1] == EOS for ids in cut)
    assert [text.decode() for text in graph.text(tf.constant(texts)).numpy()] == [
        device.split(text)[0].encode("utf-8", "replace").decode() for text in texts
    ]


def test_each_feature_is_one_token(file):
    tokenizer = Tokenizer(file)
    alone = tokenizer.encode("walk")[:-1]
    found = tokenizer.encode('walk\tV; É x;PRS;a,"b";XYZ\tdialect;V;N')
    assert found[: len(alone)] == alone
    assert tokenizer.tokens(found[len(alone) :]) == [
        "\tV", "\tÉ x", "\tPRS", '\ta,"b"', "<unk>", "\t\tdialect", "\t\tV", "<unk>", "</s>",
    ]  # fmt: skip
    # Known in the first column only.
    assert found.count(UNK) == 2 and len(set(found)) == len(found) - 1


def test_features_are_not_counted(file):
    plain = file.with_name("plain.model")
    train_tokenizer(WORDS, plain, file.stem, SIZES[file.stem], coverage=1.0)
    assert len(Tokenizer(file)) == len(Tokenizer(plain)) + len(FEATURES)
    assert Tokenizer(file).has_features and not Tokenizer(plain).has_features
    # Its tokens are those of the one without features, in the same order.
    assert Tokenizer(file).tokens(range(4 + len(FEATURES), len(Tokenizer(file)))) == Tokenizer(plain).tokens(
        range(4, len(Tokenizer(plain)))
    )


def test_no_text_is_taken_for_a_feature(file):
    tokenizer = Tokenizer(file)
    for text in ("V;PRS", "V PRS 3", "dialect", "<V>", 'a,"b"'):
        assert not any(piece.startswith("\t") for piece in tokenizer.tokens(tokenizer.encode(text)))


def test_a_tab_is_white_space_without_features(tmp_path):
    train_tokenizer(WORDS, tmp_path / "plain.model", "char", 30)
    tokenizer = Tokenizer(tmp_path / "plain.model")
    assert tokenizer.encode("walk\tgo") == tokenizer.encode("walk go")
    assert GraphTokenizer(tmp_path / "plain.model").encode(tf.constant(["walk\tgo"])).to_list() == [
        tokenizer.encode("walk go")
    ]


TEXTS = [
    "walk\tV;PRS;3",
    "walk",
    "",
    "\t",
    "\tV",
    "walk\t",
    "walk\t;;",
    "talk V\tV;N;V;N;V;N;V;N;V",
    "walk\t V ;\rPRS\x0b;  ",
    "a\t\tV\t\t\tX;Y",
    "walk \u00a0\tV\u00a0",
    "go\t" * 12,
]


def test_ids_are_those_of_the_graph(file):
    for longest in (3, 5, 100):
        assert_same(file, TEXTS, longest)
    for text in TEXTS:
        assert_same(file, [text])


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(st.text("\t;VN 3walkÉ\u00a0\n\r▁", max_size=30), min_size=1, max_size=4))
def test_ids_are_those_of_the_graph_on_any_text(file, texts):
    assert_same(file, texts)


def test_pairs_have_features_behind_the_source(tmp_path):
    file = tmp_path / "a.tsv"
    file.write_text(
        "walk\twalks\tV;PRS\tx\nrun\tran\t\t\ngo\twent\tV;PST\t\nbe\twas\t;\t ; \nsee\tsaw\tV\n\tsaw\tV\tx\nno tab\n"
    )
    reader = PairReader(file, Columns.parse("1,3,4:2"))
    assert list(reader) == [Pair("walk\tV;PRS\tx", "walks"), Pair("go\tV;PST\t", "went")]
    assert reader.counts.unused == {
        "without features": 2,
        "with too few columns": 1,
        "with an empty side": 1,
        "without a tab": 1,
    }
    assert reader.columns[0].written == Columns(1, 2, (3, 4))
    write_pairs(tmp_path / "b.tsv", [pair.row for pair in reader])
    assert (tmp_path / "b.tsv").read_text() == "walk\twalks\tV;PRS\tx\ngo\twent\tV;PST\t\n"
    assert list(PairReader(tmp_path / "b.tsv", reader.columns[0].written)) == list(reader)


def test_a_file_without_the_column_of_features(tmp_path):
    (tmp_path / "a.tsv").write_text("walk\twalks\nrun\truns\n")
    with pytest.raises(UserError, match=r"2 with too few columns\); --columns 1,3:2 needs 3 columns in each line"):
        list(PairReader(tmp_path / "a.tsv", Columns.parse("1,3:2")))


def trained(tmp_path: Path, columns: str, *assignments: str) -> Vocabularies:
    (tmp_path / "a.tsv").write_text("walk\twalks\tV;PRS\nrun\tran\tV;PST\n" * 20)
    config = load_recipe("tiny", configs(), ["tokenizer.type=char", *assignments]).config
    (tmp_path / "run").mkdir()
    made = Vocabularies(Run(tmp_path / "run", "translation", ("en", "en"), Columns.parse(columns), config))
    made.train(PairReader(tmp_path / "a.tsv", Columns.parse(columns)))
    return made


@pytest.mark.parametrize("joint", ["true", "false"])
def test_features_are_learned_from_the_training_set(tmp_path, joint):
    source, target = trained(tmp_path, "1,3:2", f"tokenizer.joint={joint}").tokenizers
    assert source.tokens(range(4, 8)) == ["\tV", "\tPRS", "\tPST", "▁"] if joint == "false" else True
    assert UNK not in source.encode("walk\tPST;PRS;V")
    assert target.has_features == (joint == "true")
    assert target.decode(target.encode("walks")) == "walks"


def test_a_column_of_text_is_no_column_of_features(tmp_path, monkeypatch):
    monkeypatch.setattr(vocabularies, "MOST_FEATURES", 2)
    with pytest.raises(UserError, match=r"have 3 different symbols, more than 2; choose others than --columns 1,3:2"):
        trained(tmp_path, "1,3:2")
