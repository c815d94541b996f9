"""The proof of the seam: a task of the tests' own, bits to their sum, goes through every job and to the device."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from edge.bundle import read_bundle
from edge.runtime import Flatbuffer
from pipelines.config import RunConfig
from pipelines.tasks import TASKS
from pipelines.tasks.protocol import Decoding, ExportForm, Metric
from pipelines.tasks.task import Task

EXACT = Metric("exact", "exact match")


class Reader:
    def __init__(self, patterns):
        path = patterns[0] if isinstance(patterns, list) else patterns
        self.name, self.corpora = str(path), [[Path(path)]]

    summary = str

    def __iter__(self):
        for line in self.corpora[0][0].read_text().splitlines():
            yield np.array(list(line), np.float32), line.count("1")


class Bits:
    """Data, Training and Export of a run in one."""

    epochs_differ, quantizations, refused = False, ("int8", "none"), {}

    def __init__(self, run):
        self.sample = run.file("sample.txt")
        self.fine_tuning = {"train.warmup": 5, "train.epochs": 20, "train.learning_rate": 0.01}

    def reader(self, patterns):
        return Reader(patterns)

    def sample_reader(self):
        return Reader(self.sample)

    def prepare(self, train, valid, chosen):
        self.sample.write_bytes(valid.corpora[0][0].read_bytes())

    def inherit(self, base):
        self.sample.write_bytes(base.file("sample.txt").read_bytes())

    def check(self, train, valid): ...

    def batches(self, reader, position=None):
        batches = tf.data.Dataset.from_tensor_slices(tuple(map(np.array, zip(*reader, strict=True)))).batch(16)

        def begin(_):
            _, done = position.take()
            return batches.skip(done)

        return tf.data.Dataset.from_tensors(0).flat_map(begin) if position else batches

    class context:
        __enter__, __exit__ = (lambda self: 1), (lambda *_: None)

    def build(self):
        bits = keras.Input((8,), name="bits")
        return keras.Model(bits, keras.layers.Dense(9)(keras.layers.Dense(32, "relu")(bits)))

    def trained(self, network, slices):
        return network

    def loss(self):
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    metrics, callbacks = (lambda self: []), (lambda self, trained: [])

    def finish(self, network, held_out): ...

    def signatures(self, network, form: ExportForm):
        spec = tf.TensorSpec((None, 8), tf.float32, name="bits")
        add = tf.function(lambda bits: {"logits": network(bits)}, input_signature=[spec])
        return {"add": add.get_concrete_function()}

    def manifest(self, form):
        return {"limits": {}}

    def files(self, form, folder):
        return {}


class Scores:
    metrics, logged, counted, latency = (EXACT,), (EXACT,), "numbers", ("ms", "ms")

    def bundle_reader(self, manifest, patterns):
        return Reader(patterns)

    def predictor(self, run, network, decoding):
        return lambda bits: int(network(bits[None]).numpy().argmax())

    def bundle_predictor(self, bundle, decoding: Decoding):
        flatbuffer = Flatbuffer(read_bundle(bundle).model)
        return lambda bits: int(flatbuffer.call("add", {"bits": bits[None]})["logits"].argmax())

    def score(self, predict, data, limit, detailed=False):
        right = [predict(bits) == total for bits, total in list(data)[:limit]]
        return {"exact": 100.0 * np.mean(right), "numbers": len(right)}

    def show(self, run, predict, sample): ...


@pytest.fixture
def data(monkeypatch, tmp_path):
    monkeypatch.setitem(TASKS, "bits", Task("bits", RunConfig, "bits", lambda: 1, Bits, Bits, Scores(), Bits))
    lines = [f"{number:08b}" for number in np.random.default_rng(1).permutation(256)]
    (tmp_path / "train.txt").write_text("\n".join(lines[56:]))
    (tmp_path / "valid.txt").write_text("\n".join(lines[:56]))
    settings = "learning_rate: 0.02, warmup: 5, epochs: 30, average: 0, patience: 30, monitor: exact"
    (tmp_path / "bits.yaml").write_text(f"task: bits\ntrain: {{{settings}}}\n")
    return tmp_path


def test_a_task_of_ones_own_needs_no_change_to_any_job(cli, data):
    files = ["--train", data / "train.txt", "--valid", data / "valid.txt"]
    steps = [
        ("train", *files, "--recipe", data / "bits.yaml", "--out", data / "run"),
        ("compress", data / "run", "--method", "prune", "--sparsity", 0.5, *files, "--out", data / "pruned"),
        ("export", data / "pruned", "--out", data / "bundle"),
    ]
    for step in steps:
        done = cli(*step)
        assert done.status == 0, done.stderr
    for model in (data / "run", data / "pruned", data / "bundle"):
        scores = json.loads(cli("evaluate", model, "--test", data / "valid.txt", "--json").stdout)
        assert scores["numbers"] == 56 and scores["exact"] > 80, model
    kernels = [weight.numpy() for weight in keras.saving.load_model(data / "pruned" / "model.keras").weights]
    assert all((kernel == 0).mean() == pytest.approx(0.5, abs=0.01) for kernel in kernels if kernel.ndim == 2)
    # On the device: what the sum is, the bits say, not the network.
    flatbuffer = Flatbuffer(read_bundle(data / "bundle").model)
    bits = np.array([[1, 0, 1, 1, 0, 0, 1, 0]], np.float32)
    assert flatbuffer.call("add", {"bits": bits})["logits"].argmax() == 4
    refused = cli("compress", data / "run", "--method", "distill", *files, "--out", data / "student")
    assert refused.status == 2 and "has no --method distill" in refused.stderr
