"""Sizes of vocabularies for small texts: lowered where a recipe has them, an error with advice that holds otherwise."""

import re
from pathlib import Path

import pytest
import tensorflow as tf

from edge.errors import UserError
from edge.stand_ins import SYMBOLS
from edge.tokenizer import UNK, Tokenizer
from keras_s2s.tokenizer import tokenizer_kind
from pipelines.data.columns import Columns
from pipelines.data.pairs import PairReader
from pipelines.recipes import load_recipe
from pipelines.run import Run
from pipelines.tasks import configs
from pipelines.tasks.translation.vocabularies import Vocabularies

TEXTS = {
    # Seven tokens on one side, eight on the other: s, í and the space; y, e, s and the space; and four of control.
    "one": [("sí", "yes")],
    "letters": [("a", "b"), ("c", "d")],
    "ten": [(f"El perro {word}.", f"The dog {word[::-1]}.") for word in ("corre", "espera", "canta", "come", "va")] * 2,
    "same": [("el gato come en la casa", "the cat eats in the house")] * 50,
}


@pytest.fixture(params=TEXTS)
def pairs(request: pytest.FixtureRequest, tmp_path: Path) -> PairReader:
    file = tmp_path / "train.tsv"
    file.write_text("".join("\t".join(pair) + "\n" for pair in TEXTS[request.param]), encoding="utf-8")
    return PairReader(file)


def vocabularies(folder: Path, *settings: str) -> Vocabularies:
    folder.mkdir(exist_ok=True)
    return Vocabularies(Run(folder, "translation", ("es", "en"), None, load_recipe("tiny", configs(), settings).config))


def text_size(tokenizer: Tokenizer) -> int:
    """The number of tokens without reserved symbols."""
    return len(tokenizer) - len(SYMBOLS) * (UNK not in tokenizer.ids(SYMBOLS))


@pytest.mark.parametrize("kind", ["unigram", "bpe", "word", "char"])
@pytest.mark.parametrize("joint", ["false", "true"])
def test_a_limit_is_lowered_and_the_log_says_so(pairs, tmp_path, capfd, kind, joint):
    made = vocabularies(tmp_path / "run", f"tokenizer.type={kind}", f"tokenizer.joint={joint}")
    made.train(pairs, size_is_limit=True)
    sizes = {text_size(Tokenizer(file)) for file in made.files.values()}
    assert max(sizes) < made.settings.size
    lowered = {int(size) for size in re.findall(r"lowered to (\d+) tokens", capfd.readouterr().err)}
    assert lowered == (sizes if kind in ("unigram", "bpe") else set())


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
@pytest.mark.parametrize("size", [8000, 6])
def test_a_size_that_was_given_is_an_error_with_advice_that_holds(pairs, tmp_path, kind, size):
    settings = [f"tokenizer.type={kind}", "tokenizer.joint=false", f"tokenizer.size={size}"]
    try:
        vocabularies(tmp_path / "run", *settings).train(pairs)
    except UserError as error:
        message = str(error)
    else:
        assert size == 6, "the two letters of a side, no more"
        return
    assert "\n" not in message and message.startswith(f"tokenizer.size is {size}, ")
    advice = re.search(r"--set (tokenizer\.\w+=\w+)", message)[1]
    vocabularies(tmp_path / "again", *settings, advice).train(pairs)


def test_no_size_fits_both_sides(tmp_path):
    file = tmp_path / "train.tsv"
    file.write_text("sí\tyes\n")
    with pytest.raises(UserError, match=r"\(tokens of source: 7 to 7; target: 8 to 8\): --set tokenizer\.type=char"):
        vocabularies(tmp_path / "run", "tokenizer.joint=false", "tokenizer.type=unigram", "tokenizer.size=8").train(
            PairReader(file)
        )


def test_a_size_that_fits_is_kept(tmp_path, capfd):
    file = tmp_path / "train.tsv"
    file.write_text("".join("\t".join(pair) + "\n" for pair in TEXTS["ten"]), encoding="utf-8")
    made = [vocabularies(tmp_path / name, "tokenizer.size=25", "tokenizer.joint=true") for name in ("a", "b")]
    for each, limit in zip(made, (False, True), strict=True):
        each.train(PairReader(file), size_is_limit=limit)
    assert made[0].same_as(made[1]) and "lowered" not in capfd.readouterr().err
    assert set(map(text_size, made[0].tokenizers)) == {25}


@pytest.mark.parametrize(
    ("settings", "have"),
    [
        ([], True),
        (["tokenizer.type=bpe", "tokenizer.normalization=nfd"], True),
        (["tokenizer.joint=true"], True),
        (["train.carry=0"], False),
        (["tokenizer.type=char"], False),
        (["tokenizer.type=[unigram,word]"], False),
        (["train.scores=words", "train.monitor=wer"], False),
    ],
)
def test_reserved_symbols(tmp_path, settings, have):
    """Each is a token wherever it stands, in the graph and on the device, and comes back as it is."""
    file = tmp_path / "train.tsv"
    file.write_text("".join("\t".join(pair) + "\n" for pair in TEXTS["ten"]), encoding="utf-8")
    made = vocabularies(tmp_path / "run", *settings)
    made.train(PairReader(file), size_is_limit=True)
    assert made.have_symbols is have
    if have:
        texts = [f"El {SYMBOLS[0]} perro {SYMBOLS[7]}.", f"{SYMBOLS[3]}canta{SYMBOLS[4]}{SYMBOLS[4]}"]
        for tokenizer, graph in zip(made.tokenizers, made.in_graph(), strict=True):
            ids = [tokenizer.encode(text) for text in texts]
            assert graph.encode(tf.constant(texts)).to_list() == ids
            symbols = [tokenizer.ids([symbol])[0] for symbol in SYMBOLS]
            assert [[each for each in row if each in symbols] for row in ids] == [
                [symbols[0], symbols[7]],
                [symbols[3], symbols[4], symbols[4]],
            ]
        assert [made.tokenizers[0].decode(made.tokenizers[0].encode(text)) for text in texts] == texts


def test_a_size_between_what_the_sides_need(tmp_path):
    """Enough for the side with fewer letters, not for the other: the advice looks at both."""
    file = tmp_path / "train.tsv"
    file.write_text(
        "".join(
            f"{word} abcdefghijklmnop {word[::-1]}\taabb abab bbaa {word} {word}a\n" for word in ("ab", "bc", "cd") * 5
        )
    )
    settings = ["tokenizer.joint=false", "tokenizer.type=bpe", "tokenizer.size=12"]
    with pytest.raises(UserError, match=r"characters alone need 21: --set tokenizer\.size=21$"):
        vocabularies(tmp_path / "run", *settings).train(PairReader(file))
    vocabularies(tmp_path / "again", *settings, "tokenizer.size=21").train(PairReader(file))


def test_each_side_has_settings_of_its_own(tmp_path):
    file = tmp_path / "train.tsv"
    file.write_text("".join(f"Cafés {word}\tK a {sound}\n" for word, sound in zip("abcd", "tpnm", strict=True)) * 20)
    settings = ["type=[char,word]", "normalization=[nmt_nfkc_cf,identity]", "size=[8,50]", "coverage=[0.98,1.0]"]
    made = vocabularies(tmp_path / "run", *(f"tokenizer.{setting}" for setting in settings))
    made.train(PairReader(file))
    source, target = made.tokenizers
    assert (len(source), len(target)) == (8, 4 + 6)
    assert "".join(source.surfaces("CAFÉS K")) == "▁cafés▁k"
    assert target.surfaces("K a ã") == ["▁K", "▁a", "▁ã"]
    assert [tokenizer_kind(file) for file in made.files.values()] == ["char", "word"]


def test_sizes_a_side_that_the_text_does_not_allow_are_an_error_with_advice_that_holds(tmp_path):
    file = tmp_path / "train.tsv"
    file.write_text("".join("\t".join(pair) + "\n" for pair in TEXTS["ten"]), encoding="utf-8")
    settings = ["tokenizer.joint=false", "tokenizer.type=bpe", "tokenizer.size=[6,3000]"]
    with pytest.raises(UserError, match=r"is 6 for the source, 3000 for the target, which") as error:
        vocabularies(tmp_path / "run", *settings).train(PairReader(file))
    advice = re.search(r"--set (tokenizer\.size=\S+)$", str(error.value))[1]
    vocabularies(tmp_path / "again", *settings, advice).train(PairReader(file))


def test_type_auto_is_decided_for_each_side(tmp_path, capfd):
    file = tmp_path / "train.tsv"
    file.write_text("".join(f"{word}\t{' '.join(word.upper())}\n" for word in ("tab", "bat", "at", "ta")) * 20)
    made = vocabularies(tmp_path / "run", "tokenizer.type=auto", "tokenizer.normalization=nfd")
    made.train(PairReader(file), size_is_limit=True)
    assert [tokenizer_kind(file) for file in made.files.values()] == ["char", "word"]
    assert "the target text is 3 symbols separated by spaces" in capfd.readouterr().err
    backwards = vocabularies(tmp_path / "back", "tokenizer.type=[auto,char]")
    backwards.train(PairReader(file, Columns(2, 1)), size_is_limit=True)
    assert [tokenizer_kind(file) for file in backwards.files.values()] == ["word", "char"]
