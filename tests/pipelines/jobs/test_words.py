"""A run of words with features, from the command line to both kinds of devices: forms of made-up lemmas."""

import csv
import io
import itertools
import json
import sys
from unittest import mock

import pytest
import tensorflow as tf
import yaml

from edge.bundle import read_bundle
from edge.cli import run as run_edge
from edge.translator import Translator

# Sounds of the forms that a lemma has: V;PST ends in two sounds, V;PRS;3 in one; one of the lemmas has two forms.
ENDINGS = {"V;PST": "eː d", "V;PRS;3": "t͡s", "N;PL": "ən"}
SOUNDS = {"a": "a", "b": "b", "c": "t͡ʃ", "d": "ð", "é": "ẽː", "f": "f˥˩"}
SETTINGS = """
    model.cell=gru model.attention=luong model.units=32 model.embedding=16 model.dropout=0 train.learning_rate=0.02
    train.warmup=20 train.batch_tokens=400 train.label_smoothing=0 train.average=0 train.patience=30
"""
ARGUMENTS = [part for setting in SETTINGS.split() for part in ("--set", setting)]


def lemmas() -> list[str]:
    return ["".join(letters) for length in (1, 2, 3) for letters in itertools.product(SOUNDS, repeat=length)]


def rows(chosen: list[str]) -> list[tuple[str, str, str]]:
    """Lemma, form and features; the last column is a comment."""
    return [
        (lemma, f"{' '.join(map(SOUNDS.__getitem__, lemma))} {ending}", features)
        for lemma in chosen
        for features, ending in ENDINGS.items()
    ]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    words = lemmas()
    valid, train = words[::9], [word for index, word in enumerate(words) if index % 9]
    for name, part in (("train", rows(train)), ("valid", rows(valid))):
        (folder / f"{name}.tsv").write_text("".join("\t".join([*row, "x"]) + "\n" for row in part), encoding="utf-8")
    # A second right form of each, far from what the model says.
    (folder / "test.tsv").write_text(
        "".join(
            f"{lemma}\t{form}\t{features}\n{lemma}\tx y z x y z x y z\t{features}\n"
            for lemma, form, features in rows(valid)
        ),
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def trained(cli, data, tmp_path_factory):
    run = tmp_path_factory.mktemp("trained") / "run"
    files = ["--train", data / "train.tsv", "--valid", data / "valid.tsv", "--out", run]
    done = cli("train", "--recipe", "words", *files, "--columns", "1,3:2", *ARGUMENTS, "--epochs", 15)
    assert done.status == 0, done.stderr
    return run, done.stderr


@pytest.fixture(scope="module")
def bundle(cli, trained, tmp_path_factory):
    out = tmp_path_factory.mktemp("bundle") / "words"
    done = cli("export", trained[0], "--out", out)
    assert done.status == 0, done.stderr
    return out


def scores(cli, *arguments) -> dict:
    done = cli("evaluate", *arguments, "--json")
    assert done.status == 0, done.stderr
    return json.loads(done.stdout)


def test_what_training_says(trained):
    run, log = trained
    assert "tokenizer.type: the source text is not symbols separated by spaces: char" in log
    assert "tokenizer.type: the target text is 10 symbols separated by spaces: word, not normalized" in log
    assert "train.tsv: unknown tokens (UNK): 0.00% of" in log and "tokens are unknown" not in log
    assert ", WER " in log and ", CER " in log and "validation words" in log
    with (run / "log.csv").open() as stream:
        logged = list(csv.DictReader(stream))
    assert float(logged[-1]["val_wer"]) == pytest.approx(100 - float(logged[-1]["val_exact"]))
    # The product's own files have the features last.
    assert (run / "valid.sample.tsv").read_text(encoding="utf-8").splitlines()[0] == "a\ta eː d\tV;PST"
    config = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    assert (config["train"]["scores"], config["tokenizer"]["type"]) == ("words", "auto")


def test_it_has_learned_and_alternatives_count_once(cli, data, trained, bundle):
    """Forms depend on the features: without them at least two of three would be wrong."""
    run, _ = trained
    valid = scores(cli, run, "--test", data / "valid.tsv")
    assert valid["words"] == len(rows(lemmas()[::9])) and valid["wer"] < 20
    assert valid["exact"] == pytest.approx(100 - valid["wer"]) and 0 <= valid["cer"] <= valid["wer"]
    test = scores(cli, run, "--test", data / "test.tsv")
    assert {key: test[key] for key in ("wer", "words")} == {key: valid[key] for key in ("wer", "words")}
    small = scores(cli, bundle, "--test", data / "test.tsv", "--beam", 5)
    assert small["words"] == valid["words"] and small["wer"] < 30
    assert small["exact@5"] >= small["exact"]
    beam = scores(cli, run, "--test", data / "test.tsv", "--beam", 5, "--limit", 7)
    assert beam["words"] == 7 and "exact@5" in beam and "bleu" not in beam


def test_the_bundle_says_how_it_is_scored_and_reads_features_behind_a_tab(bundle, data, cli, trained):
    manifest = read_bundle(bundle).manifest
    assert (manifest["scoring"], manifest["columns"]) == ("words", "1,3:2")
    assert {"wer", "cer", "exact", "words"} <= set(manifest["scores"])
    sources = [f"{lemma}\t{features}" for lemma, _, features in rows(lemmas()[::9])]
    expected = Translator(bundle).translate(sources)
    done = cli("translate", bundle, stdin="\n".join(sources).encode())
    assert done.stdout.splitlines() == expected
    streams = io.TextIOWrapper(io.BytesIO("\n".join(sources).encode())), io.StringIO()
    with mock.patch.multiple(sys, stdin=streams[0], stdout=streams[1]):
        run_edge(["translate", str(bundle), "--batch", "16"])
    assert streams[1].getvalue().splitlines() == expected
    # Unknown letters are kept, their features are not.
    assert Translator(bundle).translate("жж\tV;PST") == "жж"


def test_a_saved_model_reads_the_same(cli, trained, tmp_path):
    run, _ = trained
    done = cli("export", run, "--format", "saved-model", "--out", tmp_path / "saved")
    assert done.status == 0, done.stderr
    loaded = tf.saved_model.load(str(tmp_path / "saved")).signatures["serving_default"]
    sources = [f"{lemma}\t{features}" for lemma, _, features in rows(lemmas()[::9])] + ["жж\tV;PST", "é", "a\t", ""]
    found = [text.decode() for text in loaded(text=tf.constant(sources))["translation"].numpy()]
    wanted = cli("translate", run, stdin="\n".join(sources).encode()).stdout.split("\n")[: len(sources)]
    assert found == wanted and found[-4] == "жж"


def test_a_report_has_the_confusions(cli, data, trained, bundle, tmp_path):
    done = cli("report", trained[0], bundle, "--test", data / "test.tsv", "--out", tmp_path / "report")
    assert done.status == 0, done.stderr
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert "| wer | cer | same | p |" in text.splitlines()[0] and text.count("Most frequent confusions:") == 2
    with (tmp_path / "report" / "report.csv").open(encoding="utf-8") as stream:
        measured = list(csv.DictReader(stream))
    assert "notes" not in measured[0]
    assert float(measured[0]["wer"]) == pytest.approx(scores(cli, trained[0], "--test", data / "test.tsv")["wer"])


def test_words_a_second(bundle, capsys):
    run_edge(["bench", str(bundle), "--json"])
    measured = json.loads(capsys.readouterr().out)
    assert measured["words_per_second"] * measured["sentence_ms"]["p50"] > 0


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("train.monitor=bleu", "train.monitor bleu: train.scores words has loss, exact, wer, cer"),
        ("train.scores=sentences", "train.monitor wer: train.scores sentences has loss, exact, bleu, chrf"),
        ("tokenizer.type=[char,words]", "tokenizer.type: "),
        ("tokenizer.type=[char,word,char]", "tokenizer.type: "),
        ("tokenizer.size=[3,8]", "tokenizer.size: "),
        ("tokenizer.normalization=nfc", "tokenizer.normalization: "),
    ],
)
def test_settings_that_are_refused(cli, data, tmp_path, setting, said):
    files = ["--train", data / "train.tsv", "--valid", data / "valid.tsv", "--out", tmp_path / "run"]
    done = cli("train", "--recipe", "words", *files, "--set", setting)
    assert done.status == 2 and said in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_a_joint_tokenizer_is_made_in_one_way(cli, data, tmp_path):
    files = ["--train", data / "train.tsv", "--valid", data / "valid.tsv", "--out", tmp_path / "run"]
    both = ["--set", "tokenizer.joint=true", "--set", "tokenizer.type=[char,word]"]
    done = cli("train", "--recipe", "words", *files, *both)
    assert done.status == 2 and "tokenizer.joint must be false" in done.stderr


def test_unknown_tokens_are_counted_and_the_setting_is_named(cli, tmp_path):
    """A thousand Hangul syllables, of which the vocabulary has a few."""
    syllables = [chr(0xAC00 + 28 * index) for index in range(300)]
    pairs = [f"{''.join(syllables[i : i + 3])}\ta b\n" for i in range(297)]
    (tmp_path / "a.tsv").write_text("".join(pairs), encoding="utf-8")
    files = ["--train", tmp_path / "a.tsv", "--valid", tmp_path / "a.tsv"]
    small = [*ARGUMENTS, "--epochs", 1, "--set", "model.units=4", "--set", "model.embedding=4"]
    size = ["--set", "tokenizer.size=[60,60]", "--set", "tokenizer.normalization=[identity,identity]"]
    done = cli("train", "--recipe", "words", *files, *small, *size, "--out", tmp_path / "few")
    assert done.status == 0, done.stderr
    (warning,) = [line for line in done.stderr.splitlines() if line.startswith("warning: ") and "a.tsv" in line][:1]
    assert "more than 1% of the source tokens are unknown: --set tokenizer.normalization=nfd" in warning
    assert "tokenizer.size of more than 60" in warning
    done = cli("train", "--recipe", "words", *files, *small, "--out", tmp_path / "split")
    assert "tokens are unknown" not in done.stderr and "0.00% of" in done.stderr
