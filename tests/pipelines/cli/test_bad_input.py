"""What bad input gets: one line that says what and where, exit status 2, no traceback, nothing half-written."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.__main__ import main as edge_main
from edge.bundle import manifest_digest

Refused = Callable[..., str]


def everything(folder: Path) -> dict[str, bytes | None]:
    """Every file below, with its bytes."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


@pytest.fixture
def refused(cli, tmp_path) -> Refused:
    """Runs a command that must fail; its one line. Nothing in `tmp_path` may be other than before."""

    def check(*arguments: object, stdin: bytes = b"") -> str:
        before = everything(tmp_path)
        done = cli(*arguments, stdin=stdin)
        lines = [line for line in done.stderr.splitlines() if not _is_progress(line)]
        assert done.status == 2, done.stderr
        assert "Traceback" not in done.stderr
        assert len(lines) == 1 and lines[0].startswith("error: "), done.stderr
        assert done.stdout == ""
        assert everything(tmp_path) == before
        return lines[0]

    return check


def _is_progress(line: str) -> bool:
    """What a command says before it finds what is wrong."""
    told = ("training the tokenizers", "trainer")
    counted = "are skipped" in line or "unknown tokens (UNK)" in line
    return ("lines" in line and "used" in line) or counted or line.startswith(told)


@pytest.fixture
def file(tmp_path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "mine.tsv"
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def train(refused, toy, tmp_path, tiny) -> Refused:
    """Trains on a good pair file except for what is given, and must fail."""

    def check(*arguments: object, **files: object) -> str:
        paths = {"train": toy / "train.tsv", "valid": toy / "valid.tsv", "out": tmp_path / "run", **files}
        options = [part for name, path in paths.items() for part in (f"--{name}", path)]
        return refused("train", *options, *tiny, "--epochs", 1, *arguments)

    return check


BAD_FILES = [
    (b"", "{}: the file is empty"),
    (b"\n\n", "{}: no line has a tab"),
    (b"uno one\ndos two\n", "{}: no line has a tab"),
    (b"uno\tone\n\xff\xfe\ttwo\n", "{}:2: not valid UTF-8"),
    (b"uno\t\n\tone\n", "{}: no line can be used"),
]


@pytest.mark.parametrize(("data", "message"), BAD_FILES)
@pytest.mark.parametrize("option", ["train", "valid"])
def test_pair_files(train, file, option, data, message):
    path = file(data)
    assert message.format(path) in train(**{option: path})


@pytest.mark.parametrize(("data", "message"), BAD_FILES)
def test_pair_files_to_evaluate_on(refused, file, toy_bundle, data, message):
    path = file(data)
    assert message.format(path) in refused("evaluate", toy_bundle, "--test", path)


@pytest.mark.parametrize("option", ["train", "valid"])
def test_missing_pair_files(train, tmp_path, option):
    assert f"{tmp_path / 'missing.tsv'}: no such file" in train(**{option: tmp_path / "missing.tsv"})
    assert "no file matches" in train(**{option: tmp_path / "part-*.tsv"})
    assert f"{tmp_path}: is a directory" in train(**{option: tmp_path})


def test_a_damaged_gzip(train, tmp_path):
    path = tmp_path / "mine.tsv.gz"
    path.write_bytes(gzip.compress(b"uno\tone\n" * 50)[:-12])
    assert f"{path}: the compressed data is damaged or truncated" in train(train=path)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "model.atention=luong",
            "--set model.atention=luong: unknown key model.atention; the nearest is model.attention",
        ),
        ("model.units=many", "--set model.units: "),
        ("model.units", "--set model.units: is not KEY=VALUE"),
        ("model.cell=transformer", "--set model.cell: "),
    ],
)
def test_settings(train, setting, message):
    assert message in train("--set", setting)


def test_recipes(train, tmp_path):
    assert "--recipe smal: no such recipe; known are " in train("--recipe", "smal")
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("model:\n  unit: 3\n")
    assert f"{recipe}: unknown key model.unit; the nearest is model.units" in train("--recipe", recipe)


@pytest.mark.parametrize("languages", ["es", "es-", "-en", "es-en-fr", "", "-"])
def test_languages(train, languages):
    assert "is not of the form A-B" in train(f"--languages={languages}")


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_a_vocabulary_larger_than_the_corpus_allows(train, kind):
    """The run directory had been made by then; it is gone, so that the corrected command works."""
    message = train("--set", f"tokenizer.type={kind}", "--set", "tokenizer.size=8000")
    assert "tokenizer.size is 8000, but the text allows at most " in message


def test_sentences_that_are_all_too_long(train, file):
    path = file(b"uno dos tres cuatro cinco\tone two three four five\n" * 50)
    assert "max_length" in train("--set", "train.max_length=4", train=path)
    assert "max_length" in train("--set", "train.max_length=4", valid=path)


@pytest.mark.parametrize("quantize", ["int8-static", "int16x8"])
def test_a_quantization_that_cannot_be_made(refused, run, tmp_path, quantize):
    message = refused("export", run, "--quantize", quantize, "--out", tmp_path / "bundle")
    assert f"--quantize {quantize}: is not for translation: TensorFlow cannot calibrate" in message


def test_weights_of_other_corpora(train):
    message = train("--set", "tokenizer.type=char", "--set", "train.weights=[1, 2]")
    assert "train.weights: 2 weights for 1 --train" in message


def test_an_out_directory_that_is_not_empty(train, refused, tmp_path, run):
    out = tmp_path / "run"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    assert f"{out}: already exists and is not empty" in train(out=out)
    assert f"{out}: already exists and is not empty" in refused("export", run, "--out", out)
    assert f"{out / 'mine.txt'}: already exists" in train(out=out / "mine.txt")


def test_an_out_directory_that_cannot_be_made(train, refused, tmp_path, run):
    (tmp_path / "file").write_text("mine")
    assert str(tmp_path / "file") in train(out=tmp_path / "file" / "run")
    assert str(tmp_path / "file") in refused("export", run, "--out", tmp_path / "file" / "bundle")


# What commands read.


@pytest.fixture
def bundle(toy_bundle, tmp_path) -> Path:
    return shutil.copytree(toy_bundle, tmp_path / "bundle")


def commands(path: Path, toy: Path) -> Iterator[list[object]]:
    """The commands that take a run or a bundle."""
    yield ["evaluate", path, "--test", toy / "valid.tsv"]
    yield ["translate", path, "uno"]


@pytest.mark.parametrize("name", ["manifest.json", "model.tflite", "source.model"])
def test_a_bundle_with_a_flipped_byte(refused, bundle, toy, name):
    data = bytearray((bundle / name).read_bytes())
    data[len(data) // 3] ^= 1
    (bundle / name).write_bytes(data)
    for command in commands(bundle, toy):
        assert f"{bundle / name}: is damaged" in refused(*command)


def test_a_bundle_that_misses_a_file(refused, bundle, toy):
    (bundle / "model.tflite").unlink()
    for command in commands(bundle, toy):
        assert f"{bundle / 'model.tflite'}: is missing" in refused(*command)


def test_a_bundle_where_a_run_is_needed(refused, bundle, tmp_path):
    assert f"{bundle}: is a bundle, not a training run" in refused("export", bundle, "--out", tmp_path / "out")


def test_a_bundle_or_run_for_an_unknown_task(refused, bundle, run, tmp_path, toy):
    """Made by a later version."""
    manifest = {**json.loads((bundle / "manifest.json").read_bytes()), "task": "poetry"}
    (bundle / "manifest.json").write_text(json.dumps({**manifest, "digest": manifest_digest(manifest)}))
    other = shutil.copytree(run, tmp_path / "run")
    (other / "run.json").write_text((other / "run.json").read_text().replace("translation", "poetry"))
    for path in (bundle, other):
        for command in commands(path, toy):
            assert "poetry" in refused(*command)


def test_a_run_where_a_bundle_is_needed(run, capsys):
    for command in ("translate", "info"):
        assert edge_main([command, str(run)]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err == (
            f"error: {run}: is a training run, not a bundle; make one with: "
            f"keras-s2s export {run} --format tflite --out BUNDLE\n"
        )


def test_paths_that_are_neither(refused, tmp_path, toy):
    (tmp_path / "empty").mkdir()
    for command in commands(tmp_path / "missing", toy):
        assert f"{tmp_path / 'missing'}: no such run or bundle" in refused(*command)
    for command in commands(tmp_path / "empty", toy):
        assert f"{tmp_path / 'empty'}: is not a training run" in refused(*command)
    assert "no such run" in refused("export", tmp_path / "missing", "--out", tmp_path / "out")
    for command in commands(toy / "valid.tsv", toy):
        assert "valid.tsv" in refused(*command)


@pytest.mark.parametrize("where", [0.0, 0.3, 0.6, 0.97])
@pytest.mark.parametrize("name", ["model.keras", "source.model", "run.json"])
def test_a_damaged_run(refused, run, tmp_path, toy, name, where):
    """Cut short. Only bundles vouch for every byte, but no file that cannot be read ends in a traceback."""
    broken = shutil.copytree(run, tmp_path / "broken")
    data = (broken / name).read_bytes()
    (broken / name).write_bytes(data[: round(where * len(data))])
    for command in commands(broken, toy):
        assert str(broken / name) in refused(*command)


@pytest.mark.parametrize("where", [0.002, 0.2, 0.5, 0.8, 0.995])
def test_a_run_with_a_flipped_byte_in_its_weights(refused, run, tmp_path, where):
    broken = shutil.copytree(run, tmp_path / "broken")
    data = bytearray((broken / "model.keras").read_bytes())
    data[round(where * len(data))] ^= 0x11
    (broken / "model.keras").write_bytes(data)
    assert f"{broken / 'model.keras'}: is damaged" in refused("translate", broken, "uno")


@pytest.mark.parametrize("name", ["model.keras", "source.model", "config.yaml"])
def test_a_run_that_misses_a_file(refused, run, tmp_path, toy, name):
    broken = shutil.copytree(run, tmp_path / "broken")
    (broken / name).unlink()
    for command in commands(broken, toy):
        assert str(broken) in refused(*command)


def test_invalid_utf8_on_standard_input(cli, toy_bundle):
    done = cli("translate", toy_bundle, stdin=b"uno\n\xff\n")
    assert (done.status, done.stdout) == (2, "one\n")
    assert "error: standard input, line 2: is not UTF-8" in done.stderr


def test_a_plot_that_cannot_be_written(cli, toy_bundle, tmp_path):
    done = cli("translate", toy_bundle, "--attention-plot", tmp_path / "missing" / "a.png", "uno")
    assert done.status == 2
    assert f"error: {tmp_path / 'missing' / 'a.png'}: cannot be written" in done.stderr


def test_unknown_options_and_values(cli, toy_bundle, tmp_path):
    for arguments in (
        ["unknown"],
        ["export", tmp_path, "--out", tmp_path / "out", "--quantize", "int7"],
        ["evaluate", toy_bundle],
        ["evaluate", toy_bundle, "--test", "x.tsv", "--limit", "0"],
        ["train", "--unknown"],
    ):
        done = cli(*arguments)
        assert done.status == 2 and "Traceback" not in done.stderr
    assert os.listdir(tmp_path) == []


def test_the_console_script(tmp_path):
    """The same from another process."""
    script = Path(sys.executable).with_name("keras-s2s")
    command = [script, "translate", tmp_path / "missing", "uno"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == f"error: {tmp_path / 'missing'}: no such run or bundle"
    assert "Traceback" not in done.stderr
