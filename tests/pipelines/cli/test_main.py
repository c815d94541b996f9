"""The whole road by the command line: train, evaluate, export, translate, on a language of eight words."""

import csv
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge import Translator, read_bundle
from edge.__main__ import main as edge_main
from edge.bundle import file_entry, manifest_digest

SCORE_KEYS = {"bleu", "chrf", "exact", "signatures", "seconds", "sentences"}


def translate(cli, path: Path, sources: list[str]) -> list[str]:
    done = cli("translate", path, stdin="".join(f"{source}\n" for source in sources).encode())
    assert done.status == 0, done.stderr
    assert done.stdout.count("\n") == len(sources)
    return done.stdout.split("\n")[:-1]


# Train.


def test_training_writes_what_a_run_holds(run, valid):
    assert sorted(os.listdir(run)) == [
        "checkpoint.npz",
        "config.yaml",
        "log.csv",
        "machine.json",
        "model.keras",
        "run.json",
        "scores.json",
        "source.json",
        "source.model",
        "target.model",
        "valid.sample.tsv",
    ]
    sample = [tuple(line.split("\t")) for line in (run / "valid.sample.tsv").read_text().splitlines()]
    assert sample == valid
    assert json.loads((run / "run.json").read_text())["languages"] == ["es", "en"]
    assert json.loads((run / "scores.json").read_text())["sentences"] == len(valid)


def test_training_speaks_on_stderr_only(trained):
    _, done = trained
    assert done.stdout == ""
    assert re.search(r"train\.tsv: 900 lines, all used", done.stderr)
    assert re.search(r"epoch +1: loss .* validation loss .* minutes left", done.stderr)
    assert re.search(r"BLEU .* on 100 validation sentences", done.stderr)


def test_the_log_has_a_line_an_epoch_and_loss_falls(run):
    with (run / "log.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["epoch"] for row in rows] == [str(n) for n in range(len(rows))] and len(rows) > 1
    assert float(rows[-1]["val_loss"]) < 0.3 * float(rows[0]["val_loss"])


def test_the_saved_model_loads_with_nothing_but_the_package(run):
    code = f"import keras, keras_s2s; print(keras.saving.load_model({str(run / 'model.keras')!r}).count_params())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 1000


# Evaluate.


def test_evaluating_a_run(cli, run, toy, valid):
    done = cli("evaluate", run, "--test", toy / "valid.tsv", "--json")
    assert done.status == 0, done.stderr
    scores = json.loads(done.stdout)
    assert scores.keys() >= SCORE_KEYS
    assert scores["sentences"] == len(valid)
    # Chance is far below, and so is a mistaken column.
    assert scores["exact"] > 80 and scores["bleu"] > 80 and scores["chrf"] > 80
    assert scores["bleu"] == pytest.approx(json.loads((run / "scores.json").read_text())["bleu"])


def test_evaluating_as_text(cli, run, toy):
    done = cli("evaluate", run, "--test", toy / "valid.tsv", "--limit", 7)
    assert done.status == 0, done.stderr
    assert re.match(r"BLEU +\d+\.\d\d +nrefs:1.*\nchrF +\d+\.\d\d .*\nexact .*\n7 sentences in ", done.stdout)


@pytest.mark.parametrize("quantize", ["none", "float16", "int8"])
def test_evaluating_a_bundle(cli, bundles, run, toy, quantize):
    keras, bundle = (
        json.loads(cli("evaluate", path, "--test", toy / "valid.tsv", "--json").stdout)
        for path in (run, bundles[quantize])
    )
    assert bundle["sentences"] == keras["sentences"]
    assert abs(bundle["exact"] - keras["exact"]) <= {"none": 0, "float16": 2, "int8": 5}[quantize]
    # The export has scored the same sentences.
    told = read_bundle(bundles[quantize]).manifest["scores"]
    assert (told["bleu"], told["exact"]) == (bundle["bleu"], bundle["exact"])


def test_json_is_all_there_is_on_stdout_of_the_process(bundles, toy):
    """The console script, with what C++ libraries print: on stderr if at all."""
    script = Path(sys.executable).with_name("keras-s2s")
    command = [script, "evaluate", bundles["int8"], "--test", toy / "valid.tsv", "--limit", "5", "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sentences"] == 5


# Export.


def test_manifests(bundles, run):
    for quantize, path in bundles.items():
        manifest = read_bundle(path).manifest
        assert manifest["quantization"] == quantize
        assert manifest["languages"] == {"source": "es", "target": "en"}
        assert "columns" not in manifest
        assert manifest["limits"] == {"max_source_length": 16, "max_target_length": 16}
        for side in ("source", "target"):
            assert (path / f"{side}.model").read_bytes() == (run / f"{side}.model").read_bytes()
        assert not any("CUSTOM" in name or "Flex" in name for name in manifest["operators"])


def test_quantizing_makes_files_smaller(bundles):
    sizes = {name: (path / "model.tflite").stat().st_size for name, path in bundles.items()}
    assert sizes["int8"] < sizes["none"] and sizes["float16"] < sizes["none"]


def test_the_device_knows_a_bundle(bundles, capsys):
    assert edge_main(["info", str(bundles["float16"])]) == 0
    assert re.search(r"^quantization +float16$", capsys.readouterr().out, re.MULTILINE)


# Translate.


def test_run_and_float_bundle_translate_the_same(cli, bundles, run, valid):
    """On the run: Keras. On the bundle: the flatbuffer."""
    sources = [source for source, _ in valid]
    sources[3:3] = ["", "  ", "gato uno", "uno " * 30]
    found = translate(cli, run, sources)
    assert found == translate(cli, bundles["none"], sources)
    assert found[3:5] == ["", ""]
    assert sum(target in found for _, target in valid) > 0.8 * len(valid)


def test_texts_as_arguments(cli, bundles):
    done = cli("translate", bundles["none"], "--threads", 2, "uno dos", "", "tres")
    assert (done.status, done.stdout) == (0, "one two\n\nthree\n")


def test_translations_are_utf8_whatever_the_locale(cli, toy_bundle, tmp_path):
    """One English word of the committed bundle gets an accent, in as many bytes."""
    bundle = shutil.copytree(toy_bundle, tmp_path / "bundle")
    data = (bundle / "target.model").read_bytes().replace(b"three", "thré".encode())
    (bundle / "target.model").write_bytes(data)
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    manifest["files"]["target.model"] = file_entry(bundle / "target.model")
    manifest["digest"] = manifest_digest(manifest)
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    done = cli("translate", bundle, "uno tres", encoding="ascii")
    assert (done.status, done.stdout) == (0, "one thré\n")


def test_evaluate_scores_what_translate_gives(cli, bundles, valid, toy):
    found = translate(cli, bundles["int8"], [source for source, _ in valid])
    exact = 100 * sum(text == target for text, (_, target) in zip(found, valid, strict=True)) / len(valid)
    done = cli("evaluate", bundles["int8"], "--test", toy / "valid.tsv", "--json")
    assert json.loads(done.stdout)["exact"] == pytest.approx(exact)


@pytest.mark.parametrize("kind", ["run", "bundle"])
def test_attention_plot(cli, bundles, run, tmp_path, kind):
    out = tmp_path / "attention.png"
    path = run if kind == "run" else bundles["int8"]
    done = cli("translate", path, "--attention-plot", out, "uno dos tres", "cuatro")
    assert (done.status, done.stdout) == (0, "one two three\nfour\n")
    assert out.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert os.listdir(tmp_path) == ["attention.png"]


# The other direction, from files as people have them.


@pytest.fixture(scope="module")
def reversed_training(cli, toy, tiny, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run from the second column to the first, and what training said.

    Its files are as people have them: a gzipped shard; another with a BOM, a third column, and ten endless sentences.
    """
    folder = tmp_path_factory.mktemp("reversed")
    lines = (toy / "train.tsv").read_bytes().splitlines()
    lines += [b"uno " * 30 + b"\t" + b"one " * 30] * 10
    (folder / "part-1.tsv.gz").write_bytes(gzip.compress(b"\n".join(lines[:450])))
    anki = b"".join(line + b"\tCC-BY 2.0 (France) Attribution: x\r\n" for line in lines[450:])
    (folder / "part-2.tsv").write_bytes(b"\xef\xbb\xbf" + anki)
    files = ["--train", folder / "part-*", "--valid", toy / "valid.tsv", "--out", folder / "run"]
    joint = ["--set", "tokenizer.joint=true", "--set", "tokenizer.size=40"]
    done = cli("train", *files, "--reverse", "--languages", "es-en", *tiny, *joint, "--epochs", 10)
    assert done.status == 0, done.stderr
    return folder / "run", done.stderr


@pytest.fixture(scope="module")
def reversed_run(reversed_training: tuple[Path, str]) -> Path:
    return reversed_training[0]


def test_pairs_that_are_too_long_are_counted(reversed_training):
    """What is not trained on is never dropped in silence."""
    _, said = reversed_training
    assert "910 lines" in said
    assert re.search(r"\b10\b.*(long|max_length)", said)


def test_reverse_swaps_languages_and_sides(cli, reversed_run, toy, valid, tmp_path):
    assert json.loads((reversed_run / "run.json").read_text())["languages"] == ["en", "es"]
    done = cli("export", reversed_run, "--quantize", "none", "--out", tmp_path / "bundle")
    assert done.status == 0, done.stderr
    manifest = read_bundle(tmp_path / "bundle").manifest
    assert manifest["languages"] == {"source": "en", "target": "es"}
    assert manifest["columns"] == "2:1"
    # One file serves both sides.
    assert manifest["tokenizers"] == {"source": "tokenizer.model", "target": "tokenizer.model"}
    assert "atribution" not in (reversed_run / "tokenizer.model").read_bytes().decode("latin-1").lower()
    # The columns of the test file are those of the training files: Spanish first.
    scores = [
        json.loads(cli("evaluate", path, "--test", toy / "valid.tsv", "--json").stdout)
        for path in (reversed_run, tmp_path / "bundle")
    ]
    assert scores[0]["exact"] == scores[1]["exact"] > 80
    translator = Translator(tmp_path / "bundle")
    assert sum(translator.translate(english) == spanish for spanish, english in valid) > 0.8 * len(valid)
    sample = (reversed_run / "valid.sample.tsv").read_text().splitlines()
    # What the product writes has the source first, whatever the columns were.
    assert all(line.split("\t")[::-1] in [list(pair) for pair in valid] for line in sample)


# Help.


def test_help_is_quick_and_names_every_key():
    from pipelines.config import known_keys
    from pipelines.tasks import configs

    code = """
import sys, typer
from pipelines.cli.main import main
sys.argv = ["keras-s2s", *sys.argv[1:]]
try:
    main()
finally:
    heavy = {"tensorflow", "keras", "matplotlib", "sacrebleu", "pipelines.data.corpora"} & set(sys.modules)
    print("HEAVY", sorted(heavy))
"""
    for arguments in (["--help"], ["train", "--help"]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("HEAVY []\n")
        if arguments == ["--help"]:
            assert all(command in done.stdout for command in ("fetch", "train", "evaluate", "export", "translate"))
    for key in {key for kind in configs().values() for key in known_keys(kind)}:
        assert re.search(rf"^ +{key.split('.')[1]}: ", done.stdout, re.MULTILINE), key
