"""Training that is killed in the middle of an epoch, twice, and goes on as if nothing had happened."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_s2s  # noqa: F401  registers what a saved model is made of
from keras_s2s.compress.matrices import matrices

SETTINGS = {
    "model.units": 16,
    "model.embedding": 8,
    "model.layers": 2,
    "model.dropout": 0.3,
    "tokenizer.type": "char",
    "train.batch_tokens": 128,
    "train.epochs": 3,
    "train.average": 0.9,
    "train.checkpoints": 2,
    "compress.sparsity": 0.6,
    "train.warmup": 20,
    "train.monitor": "loss",
    # After every batch.
    "train.save_minutes": 0,
    # Epochs of different length.
    "train.weights": "[0.9]",
}


@pytest.fixture(scope="module")
def command(backwards: tuple[Path, Path]) -> Callable[..., list[str]]:
    def make(run: Path, *more: str) -> list[str]:
        program = [sys.executable, "-c", "from pipelines.cli.main import main; main()"]
        return [*program, *arguments(backwards, run), *more]

    return make


def arguments(backwards: tuple[Path, Path], run: Path) -> list[str]:
    settings = [part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")]
    return ["train", "--train", str(backwards[0]), "--valid", str(backwards[1]), "--out", str(run), *settings]


@pytest.fixture(scope="module")
def uninterrupted(command: Callable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("whole") / "run"
    subprocess.run(command(run), check=True, capture_output=True, timeout=300)
    return run


def position(run: Path) -> tuple[int, int]:
    """Epoch and batch of the checkpoint, the beginning if there is none."""
    if not (run / "checkpoint.npz").exists():
        return 0, 0
    with np.load(run / "checkpoint.npz") as file:
        state = json.loads(str(file["state"]))
    return state["epoch"], state["batch"]


def stop_at(where: tuple[int, int], command: list[str], run: Path, number: signal.Signals) -> tuple[int, str]:
    """Starts training, sends a signal once it has come so far, and returns its status and what it said."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 200
    while position(run) < where:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < until, "training does not get on"
        time.sleep(0.02)
    os.kill(process.pid, number)
    said = process.communicate(timeout=200)[1]
    return process.returncode, said


def rows(run: Path) -> list[dict[str, float]]:
    with (run / "log.csv").open(encoding="utf-8") as stream:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(stream)]


def assert_same(run: Path, whole: Path) -> None:
    """Equal losses at each epoch, and equal weights."""
    assert [row["epoch"] for row in rows(run)] == [0, 1, 2]
    for made, expected in zip(rows(run), rows(whole), strict=True):
        for key in ("loss", "val_loss", "accuracy", "learning_rate"):
            assert made[key] == pytest.approx(expected[key], rel=1e-4), key
    models = [keras.saving.load_model(path / "model.keras", compile=False) for path in (run, whole)]
    for made, expected in zip(*(model.weights for model in models), strict=True):
        np.testing.assert_allclose(made, expected, atol=1e-4)
    for each in matrices(models[0]):
        # Averages are pruned, too.
        assert abs(np.mean(np.array(each.value) == 0) - 0.6) < 1 / np.size(each)


def test_stopped_killed_and_interrupted_equals_uninterrupted(command, uninterrupted, tmp_path):
    """Before and after the first validation: a signal that lets training save, and one that does not."""
    run = tmp_path / "run"
    status, said = stop_at((0, 7), command(run, "--resume"), run, signal.SIGTERM)
    assert status == 130 and "before the first validation" in said
    assert not list(run.glob("model.keras"))
    stop_at((0, 12), command(run, "--resume"), run, signal.SIGKILL)
    stop_at((1, 5), command(run, "--resume"), run, signal.SIGKILL)
    status, said = stop_at((2, 3), command(run, "--resume"), run, signal.SIGINT)
    assert status == 130 and "resume with --resume" in said
    assert (run / "scores.json").exists()
    said = subprocess.run(command(run, "--resume"), check=True, capture_output=True, text=True, timeout=300).stderr
    assert "resuming after" in said
    assert_same(run, uninterrupted)


@pytest.mark.parametrize(
    "more, message",
    [
        (["--set", "model.units=32"], "another model.units"),
        (["--reverse"], "other --languages or --columns"),
    ],
)
def test_other_settings_are_refused(cli, backwards, uninterrupted, more, message):
    done = cli(*arguments(backwards, uninterrupted), "--resume", *more)
    assert done.status == 2 and message in done.stderr


def test_a_finished_run_has_nothing_to_go_on_with(cli, backwards, uninterrupted):
    before = (uninterrupted / "model.keras").read_bytes()
    done = cli(*arguments(backwards, uninterrupted), "--resume")
    assert done.status == 0 and "training ended: all epochs are done" in done.stderr
    assert (uninterrupted / "model.keras").read_bytes() == before


def test_a_damaged_checkpoint_is_named(cli, backwards, uninterrupted, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    for name in ("run.json", "config.yaml", "source.model", "target.model", "valid.sample.tsv"):
        (run / name).write_bytes((uninterrupted / name).read_bytes())
    (run / "checkpoint.npz").write_bytes((uninterrupted / "checkpoint.npz").read_bytes()[:1000])
    done = cli(*arguments(backwards, run), "--resume")
    assert done.status == 2 and "checkpoint.npz: is damaged" in done.stderr
