"""`keras-s2s export --quantize auto` on the toy language: what it chooses, and what it leaves where it fails."""

import dataclasses
import errno
import os
import shutil
import tempfile
from pathlib import Path

import keras
import pytest

import keras_s2s  # noqa: F401  registers what a saved model is made of
from edge import Translator
from edge.bundle import Bundle, read_bundle
from pipelines.jobs.drafts import Drafts
from pipelines.tasks.translation.scores import TranslationScores


@pytest.fixture(scope="module")
def auto(cli, tmp_path_factory):
    """Exports a run with `--quantize auto`; returns the bundle, and what was said."""

    def export(run: Path, *arguments: object) -> tuple[Bundle, str]:
        out = tmp_path_factory.mktemp("auto") / "bundle"
        done = cli("export", run, "--quantize", "auto", *arguments, "--out", out)
        assert done.status == 0, done.stderr
        assert [path.name for path in out.parent.iterdir()] == ["bundle"]
        return read_bundle(out), done.stderr

    return export


@pytest.fixture(scope="module")
def wide(cli, toy, tiny, tmp_path_factory) -> Path:
    """A toy run whose matrices are large enough to be stored in 4 bits."""
    run = tmp_path_factory.mktemp("wide") / "run"
    files = ["--train", toy / "train.tsv", "--valid", toy / "valid.tsv", "--out", run]
    larger = ["model.units=64", "model.embedding=64", "train.learning_rate=0.005"]
    settings = [part for setting in larger for part in ("--set", setting)]
    done = cli("train", *files, "--languages", "es-en", *tiny, *settings, "--epochs", 20)
    assert done.status == 0, done.stderr
    return run


@pytest.fixture(scope="module")
def badly_scaled(wide, tmp_path_factory) -> Path:
    """The same function, with weights that 4 bits cannot hold.

    Some dimensions of the source embedding are 16 times as small, and what they are multiplied with is 16 times as
    large. Next to such weights, of which each output channel has some, 4 bits round all others to zero.
    """
    copy = shutil.copytree(wide, tmp_path_factory.mktemp("scaled") / "run")
    network = keras.saving.load_model(copy / "model.keras", compile=False)
    weights = {variable.path: variable for variable in network.weights}
    scale = keras.ops.where(keras.ops.arange(64) % 8 == 0, 16.0, 1.0)
    embeddings = weights["source_embedding/embeddings"]
    embeddings.assign(embeddings / scale)
    for direction in ("forward", "backward"):
        kernel = weights[f"encoder/{direction}_0/kernel"]
        kernel.assign(kernel * scale[:, None])
    network.save(copy / "model.keras")
    return copy


def rows(bundle: Bundle) -> dict[str, dict]:
    return {row["quantization"]: row for row in bundle.manifest["quantize_auto"]["tried"]}


def test_4_bits_are_taken_where_they_cost_no_more_than_is_tolerated(auto, wide, valid, monkeypatch):
    """Trained so shortly, 4 bits cost up to some BLEU, as chance has it: here that is tolerated."""
    bleu, *others = TranslationScores.metrics
    monkeypatch.setattr(TranslationScores, "metrics", (dataclasses.replace(bleu, tolerance=5.0), *others))
    bundle, said = auto(wide)
    assert bundle.manifest["quantization"] == "int4" and bundle.manifest["runtimes"] == ["litert"]
    assert list(rows(bundle)) == ["none", "int4"]
    found = rows(bundle)["int4"]
    assert found["bytes"] == bundle.bytes < rows(bundle)["none"]["bytes"]
    assert found["score"] == bundle.manifest["scores"]["bleu"] > 90
    assert found["difference"] == pytest.approx(found["score"] - rows(bundle)["none"]["score"])
    assert found["difference"] >= -5
    assert sum(line.endswith("chosen") and line.split()[0] == "int4" for line in said.splitlines()) == 1
    # What was written is the bundle that was scored.
    sources, targets = zip(*valid, strict=True)
    right = [text == target for text, target in zip(Translator(bundle.path).translate(sources), targets, strict=True)]
    assert 100 * sum(right) / len(right) == pytest.approx(bundle.manifest["scores"]["exact"])


def test_4_bits_are_refused_where_they_ruin(auto, badly_scaled):
    bundle, said = auto(badly_scaled)
    tried = rows(bundle)
    assert tried["int4"]["difference"] < -5
    assert [line.split()[0] for line in said.splitlines() if line.endswith("chosen")] == ["int8"]
    assert bundle.manifest["quantization"] == list(tried)[-1] == "int8"
    assert tried["int8"]["difference"] >= -0.3
    # It is a quantization that ruins it, not the scales: float is as good as before.
    assert tried["none"]["score"] > 90


@pytest.fixture
def quick(monkeypatch, toy_bundle):
    """Nothing is converted or scored: every quantization is the same network, and as good as float."""
    flatbuffer = (toy_bundle / "model.tflite").read_bytes()
    scores = {"bleu": 50.0, "chrf": 50.0, "sentences": 100, "seconds": 1.0}
    monkeypatch.setattr("pipelines.jobs.drafts.convert", lambda *_: flatbuffer)
    monkeypatch.setattr(Drafts, "score", lambda self, draft: dict(scores))


def converted(said: str) -> list[str]:
    return [line.split()[-1] for line in said.splitlines() if line.startswith("converting")]


def test_candidates(quick, auto, run, monkeypatch):
    assert converted(auto(run)[1]) == ["int8", "float16", "none", "int4", "mixed"]
    bundle, said = auto(run, "--runtime", "any")
    assert converted(said) == ["int8", "float16", "none"]
    assert bundle.manifest["runtimes"] == ["litert", "tflite-runtime"]
    # What is scored here must run here.
    monkeypatch.setattr("pipelines.jobs.export.find_runtime", lambda: ("tflite-runtime", "2.14.0", None))
    assert converted(auto(run)[1]) == ["int8", "float16", "none"]


@pytest.mark.parametrize(("quantize", "advised"), [("int8", True), ("none", False), ("auto", False)])
def test_a_bundle_that_is_much_worse_than_the_run(quick, cli, run, tmp_path, quantize, advised):
    """BLEU 50 is less than 80 % of the run's. There is nothing better than float, or than what is as good as float."""
    done = cli("export", run, "--quantize", quantize, "--out", tmp_path / "bundle")
    (warning,) = [line for line in done.stderr.splitlines() if "to 50.0 (more than 20% worse)" in line]
    assert ("Try --quantize auto" in warning) == advised != ("on a test set" in warning)
    assert read_bundle(tmp_path / "bundle").manifest["scores"]["ruined"] is True


@pytest.mark.parametrize(
    ("fault", "status", "told"),
    [
        (KeyboardInterrupt(), 130, ""),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 2, "No space left on device"),
    ],
)
@pytest.mark.parametrize("where", ["score", "files"])
def test_what_is_interrupted_leaves_nothing(quick, cli, run, tmp_path, monkeypatch, fault, status, told, where):
    """While candidates are scored, and while the chosen one is written to its place."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    seen: list[Path] = []

    def fail(*_):
        seen.extend(temporary.glob("*/bundle-*"))
        raise fault

    if where == "score":
        monkeypatch.setattr(Drafts, "score", fail)
    else:
        copy = shutil.copyfile
        monkeypatch.setattr(
            "keras_s2s.export.bundle.shutil.copyfile",
            lambda source, target: copy(source, target) if temporary in target.parents else fail(),
        )
    done = cli("export", run, "--quantize", "auto", "--out", tmp_path / "bundle")
    assert done.status == status and "Traceback" not in done.stderr
    assert told in done.stderr.splitlines()[-1]
    assert len(seen) == 5
    assert list(tmp_path.iterdir()) == [temporary] and list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--quantize", "int4", "--runtime", "any"], "--quantize int4: tflite-runtime cannot run it"),
        (["--quantize", "mixed", "--runtime", "any"], "--quantize mixed: tflite-runtime cannot run it"),
        (["--quantize", "int16x8"], "allowed are int8, float16, none, int4, mixed, auto"),
        (["--quantize", "auto", "--format", "saved-model"], "need --format tflite"),
        (["--runtime", "any", "--format", "saved-model"], "need --format tflite"),
        (["--runtime", "every"], "every"),
    ],
)
def test_options_that_do_not_go_together(cli, run, tmp_path, arguments, reason):
    done = cli("export", run, *arguments, "--out", tmp_path / "bundle")
    assert done.status == 2 and reason in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
