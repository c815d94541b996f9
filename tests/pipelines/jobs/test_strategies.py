"""Training by several processes, or on several devices, has the result of training by one."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_s2s  # noqa: F401  registers what a saved model is made of

SETTINGS = {
    "model.units": 16,
    "model.embedding": 8,
    # Replicas draw masks for their own rows.
    "model.dropout": 0.0,
    "tokenizer.type": "char",
    "train.batch_tokens": 128,
    "train.epochs": 2,
    "train.average": 0.9,
    "train.warmup": 20,
    "train.precision": "float32",
    # Most gradients are longer.
    "train.clip_norm": 0.1,
    # After every batch.
    "train.save_minutes": 0,
}

TWO_DEVICES = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from keras_s2s.workers import STRATEGIES
STRATEGIES["mirrored"] = lambda: tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
"""


def start(
    backwards: tuple[Path, Path], run: Path, *more: str, before: str = "", config: dict | None = None
) -> subprocess.Popen:
    """Begins training in a process of its own."""
    settings = [part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")]
    files = ["--train", str(backwards[0]), "--valid", str(backwards[1]), "--out", str(run)]
    program = [sys.executable, "-c", before + "from pipelines.cli.main import run; run()", "train"]
    environment = os.environ | ({"TF_CONFIG": json.dumps(config)} if config else {})
    return subprocess.Popen([*program, *files, *settings, *more], env=environment, stderr=subprocess.PIPE, text=True)


def start_two(backwards: tuple[Path, Path], run: Path, *more: str) -> list[subprocess.Popen]:
    """Begins training in two processes that work together."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("localhost", 0))
        other.bind(("localhost", 0))
        hosts = [f"localhost:{each.getsockname()[1]}" for each in (one, other)]
    return [
        start(
            backwards,
            run,
            "--strategy",
            "multiworker",
            *more,
            config={"cluster": {"worker": hosts}, "task": {"type": "worker", "index": index}},
        )
        for index in range(2)
    ]


def finish(*processes: subprocess.Popen, status: int = 0) -> list[str]:
    """What they said, once all have ended as they should."""
    said = [process.communicate(timeout=240)[1] for process in processes]
    assert [process.returncode for process in processes] == [status] * len(processes), said
    return said


@pytest.fixture(scope="module")
def alone(backwards: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("alone") / "run"
    finish(start(backwards, run))
    return run


def wait_for_epoch(run: Path, epoch: int, processes: list[subprocess.Popen]) -> None:
    """Until a checkpoint was made in the middle of it."""
    until = time.monotonic() + 200
    while time.monotonic() < until:
        assert all(process.poll() is None for process in processes), [each.communicate() for each in processes]
        if (run / "checkpoint.npz").exists():
            with np.load(run / "checkpoint.npz") as file:
                state = json.loads(str(file["state"]))
            if (state["epoch"], state["batch"]) > (epoch, 2):
                return
        time.sleep(0.02)
    raise AssertionError("training does not get on")


def assert_same(run: Path, whole: Path) -> None:
    models = [keras.saving.load_model(path / "model.keras", compile=False) for path in (run, whole)]
    for made, expected in zip(*(model.weights for model in models), strict=True):
        np.testing.assert_allclose(made, expected, atol=1e-5)
    logs = []
    for path in (run, whole):
        with (path / "log.csv").open(encoding="utf-8") as stream:
            logs.append(list(csv.DictReader(stream)))
    for made, expected in zip(*logs, strict=True):
        for key in ("loss", "perplexity", "accuracy", "val_loss", "val_perplexity", "val_bleu", "padding"):
            assert float(made[key]) == pytest.approx(float(expected[key]), rel=1e-4), key


def test_two_workers_killed_and_resumed_equal_one_process(alone, backwards, tmp_path):
    run = tmp_path / "run"
    processes = start_two(backwards, run)
    wait_for_epoch(run, 1, processes)
    for process in processes:
        process.kill()
        process.communicate()
    chief, other = finish(*start_two(backwards, run, "--resume"))
    assert "resuming after" in chief and "the run is" in chief
    assert "epoch" not in other
    assert {file.name for file in run.iterdir()} == {file.name for file in alone.iterdir()}
    assert_same(run, alone)


def test_two_devices_equal_one(alone, backwards, tmp_path):
    run = tmp_path / "run"
    finish(start(backwards, run, "--strategy", "mirrored", before=TWO_DEVICES))
    assert_same(run, alone)


def test_an_interrupt_of_one_worker_ends_both_and_saves(backwards, tmp_path):
    run = tmp_path / "run"
    processes = start_two(backwards, run, "--set", "train.epochs=1000", "--max-minutes", "60")
    wait_for_epoch(run, 1, processes)
    processes[1].send_signal(signal.SIGTERM)
    chief, _ = finish(*processes, status=130)
    assert "interrupted" in chief
    assert (run / "scores.json").exists()


def test_a_worker_alone_is_a_process_alone(cli, backwards, tmp_path, monkeypatch):
    """And what does not go together with a strategy is refused."""
    monkeypatch.setenv("TF_CONFIG", '{"cluster": {"worker": ["localhost:1"]}, "task": {"type": "worker", "index": 0}}')
    files = ["--train", str(backwards[0]), "--valid", str(backwards[1]), "--strategy", "multiworker"]
    settings = [part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")]
    done = cli("train", *files, *settings, "--out", tmp_path / "run", "--epochs", 1)
    assert done.status == 0, done.stderr
    done = cli("train", *files, *settings, "--out", tmp_path / "other", "--set", "train.accumulate=2")
    assert done.status == 2 and "train.accumulate: more than 1" in done.stderr
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("gone, statuses", [(1, [2]), (0, [2, -signal.SIGABRT])])
def test_a_worker_that_is_gone_is_missed(backwards, tmp_path, gone, statuses):
    run = tmp_path / "run"
    processes = start_two(backwards, run, "--set", "train.epochs=1000")
    wait_for_epoch(run, 0, processes)
    processes[gone].kill()
    left = processes[1 - gone]
    said = left.communicate(timeout=120)[1]
    # Where the chief has gone, TensorFlow may end the process before anyone can say anything.
    assert left.returncode in statuses, said
    assert left.returncode < 0 or "another worker has gone" in said, said


@pytest.mark.parametrize(
    "config, message",
    [
        (None, "TF_CONFIG is not set"),
        ("{", "TF_CONFIG: is not of the form"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}', "no such worker"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "ps", "index": 0}}', "TF_CONFIG: is not of the form"),
        (
            '{"cluster": {"worker": ["a", "b"]}, "task": {"type": "worker", "index": 0}}',
            "TF_CONFIG: is not of the form",
        ),
    ],
)
def test_a_cluster_that_is_none(cli, backwards, tmp_path, monkeypatch, config, message):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if config:
        monkeypatch.setenv("TF_CONFIG", config)
    arguments = ["--train", str(backwards[0]), "--valid", str(backwards[1]), "--out", str(tmp_path / "run")]
    done = cli("train", *arguments, "--strategy", "multiworker")
    assert done.status == 2 and message in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_strategy_that_is_none(cli, backwards, tmp_path):
    arguments = ["--train", str(backwards[0]), "--valid", str(backwards[1]), "--out", str(tmp_path / "run")]
    done = cli("train", *arguments, "--strategy", "tpu")
    assert done.status == 2 and "none of none, mirrored, multiworker" in done.stderr
