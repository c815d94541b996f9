import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_s2s.config
from edge.tokenizer import BOS, EOS
from keras_s2s import names
from keras_s2s.losses import MaskedCrossEntropy
from keras_s2s.metrics import Perplexity, TokenAccuracy
from keras_s2s.models.seq2seq import Seq2Seq

# Of the shared vocabularies of `network`: source below 13, target below 11. The first is the longest.
SOURCES = [[4, 9, 12, 7, 5, EOS], [8, 6, EOS], [EOS]]
TARGETS = [[BOS, 5, 10, 4], [BOS, 7, 7, 9], [BOS, 6, 4, 8]]


def padded(sentences: list[list[int]], more: int = 0) -> np.ndarray:
    width = max(map(len, sentences)) + more
    return np.array([[*sentence, *[0] * (width - len(sentence))] for sentence in sentences], np.int32)


def step_by_step(models: Seq2Seq, sources: list[list[int]], targets: list[list[int]]) -> np.ndarray:
    """Logits of the step model, fed one token after the other."""
    # Keras takes tensors or arrays, not both in one call.
    source, target = tf.constant(padded(sources)), padded(targets)
    carried = dict(models.encoder({"source": source}))
    constant = {name: carried.pop(name) for name in ("memory", "keys", "mask") if name in carried}
    logits = []
    for token in target.T:
        outputs = models.step({"token": tf.constant(token), **constant, **carried})
        carried = {name: outputs[name] for name in carried}
        logits.append(outputs["logits"])
    return np.stack(logits, axis=1)


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
@pytest.mark.parametrize("layers", [1, 2])
def test_teacher_forcing_equals_the_step_model(network, cell, attention, layers, tied):
    models = network(cell=cell, attention=attention, layers=layers, tied=tied)
    logits = models.training({"source": padded(SOURCES), "target": padded(TARGETS)})
    assert logits.shape == (3, 4, 11)
    np.testing.assert_allclose(logits, step_by_step(models, SOURCES, TARGETS), atol=1e-5)


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_encoder_and_step_equal_numpy(reference, network, cell, attention, tied):
    """The whole way, from source ids to logits."""
    models = network(cell=cell, attention=attention, layers=2, tied=tied)
    layers = {layer.name: layer for layer in models.training.layers}
    encoded = {name: np.asarray(value) for name, value in models.encoder({"source": padded(SOURCES)}).items()}
    inputs = {"token": np.array([5, 9, 10], np.int32), **encoded}
    if attention == "none":
        assert not {"memory", "keys", "mask"} & set(encoded)
    else:
        # By the lengths, not by the ids.
        lengths = np.array([len(source) for source in SOURCES])
        expected = (np.arange(lengths.max()) < lengths[:, None]).astype(np.float32)
        np.testing.assert_array_equal(encoded["mask"], expected)
        assert encoded["mask"].dtype == np.float32
    outputs = {name: np.asarray(value) for name, value in models.step(inputs).items()}

    # Looked-up vectors are scaled by the root of their width, 6; the same matrix predicts without that.
    vectors = layers[names.SOURCE_EMBEDDING].embeddings.numpy() * 6**0.5
    target = layers[names.TARGET_EMBEDDING]
    for row, source in enumerate(SOURCES):
        memory, finals = reference.encoder(cell, layers[names.ENCODER], vectors[source])
        states = [
            np.tanh(final @ dense.kernel.numpy() + dense.bias.numpy())
            for final, dense in zip(finals, layers[names.BRIDGE].dense, strict=True)
        ]
        read = []
        if attention != "none":
            read = [memory @ layers[names.KEYS].kernel.numpy(), memory]
            states.append(np.zeros(8))
            np.testing.assert_allclose(encoded["keys"][row, : len(source)], read[0], atol=1e-5)
            np.testing.assert_allclose(encoded["memory"][row, : len(source)], memory, atol=1e-5)
        for index, state in enumerate(states):
            np.testing.assert_allclose(encoded[f"state_{index}"][row], state, atol=1e-5)

        embedded = target.embeddings.numpy()[inputs["token"][row]] * 6**0.5
        readout, after, weights = reference.step(cell, layers[names.DECODER], embedded, states, *read)
        output_matrix = target.embeddings.numpy().T if tied else target.projection.numpy().T
        np.testing.assert_allclose(outputs["logits"][row], readout @ output_matrix, atol=1e-5)
        for index, state in enumerate(after):
            np.testing.assert_allclose(outputs[f"state_{index}"][row], state, atol=1e-5)
        if attention != "none":
            np.testing.assert_allclose(outputs["attention"][row, : len(source)], weights, atol=1e-5)


@pytest.mark.parametrize("bidirectional", [True, False], ids=["bidirectional", "forward"])
def test_padding_changes_nothing(network, cell, attention, bidirectional):
    """A sentence alone, and in a batch that is wider than its longest sentence."""
    models = network(cell=cell, attention=attention, layers=2, bidirectional=bidirectional)
    batch, target = padded(SOURCES, more=3), padded(TARGETS)
    together = models.encoder({"source": batch})
    logits = models.training({"source": batch, "target": target})
    for row, source in enumerate(SOURCES):
        alone = models.encoder({"source": padded([source])})
        assert alone.keys() == together.keys()
        for name, value in alone.items():
            other = np.asarray(together[name])[row : row + 1]
            if name in ("memory", "keys", "mask"):
                other = other[:, : len(source)]
            np.testing.assert_allclose(value, other, atol=1e-5, err_msg=name)
        expected = models.training({"source": padded([source]), "target": target[row : row + 1]})
        np.testing.assert_allclose(logits[row : row + 1], expected, atol=1e-5)
    if attention != "none":
        mask = (batch != 0).astype("float32")
        np.testing.assert_array_equal(together["mask"], mask)
        weights = models.step({"token": tf.constant(target[:, 1]), **together})["attention"].numpy()
        assert (weights[mask == 0] == 0).all()
        np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)


def test_padding_of_the_target_does_not_matter_before_it(network, cell, attention):
    models = network(cell=cell, attention=attention)
    short = [target[:2] for target in TARGETS]
    logits = models.training({"source": padded(SOURCES), "target": padded(short, more=2)})
    expected = models.training({"source": padded(SOURCES), "target": padded(short)})
    np.testing.assert_allclose(logits[:, :2], expected, atol=1e-6)


def test_the_source_reaches_the_logits(network, cell, attention):
    """Without attention, too: else the tests above could compare decoders that read nothing."""
    models = network(cell=cell, attention=attention)
    logits = np.asarray(models.training({"source": padded(SOURCES), "target": padded([TARGETS[0]] * 3)}))
    assert min(abs(logits[0] - logits[row]).max() for row in (1, 2)) > 1e-3


def test_joint_vocabulary_shares_one_embedding_if_tied(network):
    def matrices(**settings: bool) -> int:
        """How many weights are as long as a vocabulary."""
        return sum(bool({11, 13} & set(weight.shape)) for weight in network(**settings).training.weights)

    assert matrices(joint=True) == 1
    assert matrices(joint=False) == 2
    assert matrices(joint=False, tied=False) == 3
    assert matrices(joint=True, tied=False) == 3


def test_dropout_in_training_only(network):
    models = network(dropout=0.5)
    inputs = {"source": padded(SOURCES), "target": padded(TARGETS)}
    calm = np.asarray(models.training(inputs))
    assert not np.allclose(calm, models.training(inputs, training=True))
    np.testing.assert_array_equal(calm, models.training(inputs, training=False))


SAVED = (
    {"cell": "lstm", "attention": "bahdanau", "layers": 2},
    {"cell": "gru", "attention": "luong", "bidirectional": False, "tied": False},
    {"cell": "rnn", "attention": "none", "joint": True},
)

# A caller's program: keras_s2s is all that it imports beside Keras.
LOADER = """
import keras
import keras_s2s
for path in {paths}:
    model = keras.saving.load_model(path)
    kinds = [type(model.loss).__name__, *(metric.name for metric in model.metrics)]
    logits = model({{"source": keras.ops.array({source}, "int32"), "target": keras.ops.array({target}, "int32")}})
    print("RESULT", {{"logits": logits.numpy().tolist(), "kinds": kinds}})
"""


def saved(network, folder: Path) -> dict[str, Seq2Seq]:
    """A compiled model of each kind, by the path it was saved to."""
    source, target = padded(SOURCES) % 11, padded(TARGETS)
    models = {}
    for settings in SAVED:
        made = network(**settings)
        made.training.compile(
            "adam", MaskedCrossEntropy(label_smoothing=0.1), metrics=[Perplexity(), TokenAccuracy()], jit_compile=False
        )
        if settings["cell"] == "rnn":
            # One is enough, and this one the fastest: now its optimizer and metrics have values, too.
            made.training.fit({"source": source, "target": target}, target, verbose=0)
        path = str(folder / f"{settings['attention']}.keras")
        made.training.save(path)
        models[path] = made
    return models


def test_saved_models_load_elsewhere_with_one_import(network, tmp_path):
    models = saved(network, tmp_path)
    source, target = padded(SOURCES) % 11, padded(TARGETS)
    package = Path(keras_s2s.config.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", LOADER.format(paths=list(models), source=source.tolist(), target=target.tolist())],
        env=os.environ | {"PYTHONPATH": str(package), "CUDA_VISIBLE_DEVICES": "-1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = [line.removeprefix("RESULT ") for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    for made, result in zip(models.values(), results, strict=True):
        loaded = json.loads(result.replace("'", '"'))
        expected = made.training({"source": source, "target": target})
        np.testing.assert_allclose(loaded["logits"], expected, atol=1e-5)
        assert loaded["kinds"][0] == "MaskedCrossEntropy"


def test_views_of_a_loaded_model(network, tmp_path):
    for path, made in saved(network, tmp_path).items():
        loaded = Seq2Seq.of(keras.saving.load_model(path))
        sources = [[token % 11 for token in source] for source in SOURCES]
        np.testing.assert_allclose(
            step_by_step(loaded, sources, TARGETS), step_by_step(made, sources, TARGETS), atol=1e-5
        )
        assert loaded.training.loss.label_smoothing == 0.1
