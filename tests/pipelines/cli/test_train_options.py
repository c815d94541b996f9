"""Settings that the other tests of training leave alone, all in one run, and the bundle made of it."""

import csv
import json
from pathlib import Path

import pytest

from edge import Translator

OPTIONS = {
    "model.layers": 2,
    "model.residual": "true",
    "model.layer_norm": "true",
    "model.recurrent_dropout": 0.1,
    "model.embedding_dropout": 0.05,
    "train.sampling": "linear",
    "train.sampling_steps": 50,
    "train.schedule": "plateau",
    "train.accumulate": 2,
    "train.tensorboard": "true",
    "train.average": 0,
    "train.precision": "bfloat16",
    "train.weights": "[1.5]",
    "train.checkpoints": 3,
}


@pytest.fixture(scope="module")
def trained(cli, toy, tiny, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The run, and what training said."""
    run = tmp_path_factory.mktemp("options") / "run"
    options = [part for key, value in OPTIONS.items() for part in ("--set", f"{key}={value}")]
    for name in ("train", "valid"):
        # As Tatoeba's downloads: each sentence after its number.
        lines = (toy / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
        rows = [line.split("\t") for line in lines]
        numbered = [f"{place}\t{source}\t{90_000 + place}\t{target}\n" for place, (source, target) in enumerate(rows)]
        (run.parent / f"{name}.tsv").write_text("".join(numbered), encoding="utf-8")
    files = ["--train", run.parent / "train.tsv", "--valid", run.parent / "valid.tsv", "--out", run]
    done = cli("train", *files, "--columns", "2:4", "--languages", "pt-BR:en", *tiny, *options, "--epochs", 12)
    assert done.status == 0, done.stderr
    return run, done.stderr


@pytest.fixture(scope="module")
def run(trained: tuple[Path, str]) -> Path:
    return trained[0]


@pytest.fixture(scope="module")
def said(trained: tuple[Path, str]) -> str:
    return trained[1]


def test_columns_are_chosen_and_kept(run, cli, valid):
    told = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert (told["columns"], told["languages"]) == ("2:4", ["pt-BR", "en"])
    # What the product writes has the source first.
    sample = [tuple(line.split("\t")) for line in (run / "valid.sample.tsv").read_text(encoding="utf-8").splitlines()]
    assert sample and set(sample) <= set(valid)
    done = cli("evaluate", run, "--test", run.parent / "valid.tsv", "--json")
    assert done.status == 0 and json.loads(done.stdout)["exact"] > 50


def test_it_learns(run):
    with (run / "log.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert float(rows[0]["val_accuracy"]) < 0.8 < float(rows[-1]["val_accuracy"])
    assert {"minutes", "padding", "val_bleu", "val_chrf", "learning_rate"} < set(rows[0])


def test_the_last_epochs_are_averaged(run, said):
    assert sorted(path.name for path in (run / "last").iterdir()) == ["000009.npz", "000010.npz", "000011.npz"]
    (line,) = (line for line in said.splitlines() if line.startswith("the last 3 epochs averaged: BLEU"))
    with (run / "log.csv").open(encoding="utf-8") as stream:
        best = max(float(row["val_bleu"]) for row in csv.DictReader(stream))
    mean = float(line.split("BLEU ")[1].split(",")[0])
    final = json.loads((run / "scores.json").read_text(encoding="utf-8"))["bleu"]
    assert line.endswith("kept") and final == pytest.approx(max(best, mean), abs=0.06)


def test_tensorboard_has_training_and_validation(run):
    for part in ("train", "validation"):
        assert list((run / "tensorboard" / part).glob("events.out.*")), part


def test_the_device_translates_as_keras_does(cli, run, toy, tmp_path):
    done = cli("export", run, "--quantize", "none", "--out", tmp_path / "bundle")
    assert done.status == 0, done.stderr
    sources = [line.split("\t")[0] for line in (toy / "valid.tsv").read_text(encoding="utf-8").splitlines()]
    expected = cli("translate", run, stdin="\n".join(sources).encode()).stdout.splitlines()
    assert [Translator(tmp_path / "bundle").translate(source) for source in sources] == expected
