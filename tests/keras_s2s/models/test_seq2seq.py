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
from keras_s2s.config import Seq2SeqModelConfig
from keras_s2s.losses import MaskedCrossEntropy
from keras_s2s.metrics import Perplexity, TokenAccuracy
from keras_s2s.models.seq2seq import Seq2Seq, build_seq2seq
from keras_s2s.sources.tokens import TokenSource

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
    carried.pop("ctc", None)
    constant = {name: carried.pop(name) for name in ("memory", "keys", "mask") if name in carried}
    logits = []
    for token in target.T:
        outputs = models.step({"token": tf.constant(token), **constant, **carried})
        carried = {name: outputs[name] for name in carried}
        logits.append(outputs["logits"])
    return np.stack(logits, axis=1)


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
@pytest.mark.parametrize("layers", [1, 2])
def test_teacher_forcing_equals_the_step_model(network, pairing, layers, tied):
    models = network(layers=layers, tied=tied, **pairing)
    logits = models.training({"source": padded(SOURCES), "target": padded(TARGETS)})
    assert logits.shape == (3, 4, 11)
    np.testing.assert_allclose(logits, step_by_step(models, SOURCES, TARGETS), atol=1e-5)


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_encoder_and_step_equal_numpy(reference, network, pairing, tied):
    """The whole way, from source ids to logits."""
    check_with_numpy(reference, network(layers=2, tied=tied, **pairing), **pairing)


SHAPES = [
    {"layers": 3, "decoder_layers": 1},
    {"layers": 2, "pyramid": 1, "attention": "location"},
    {"layers": 3, "decoder_layers": 2, "pyramid": 1, "residual": True, "layer_norm": True, "attention": "location"},
    {"layers": 3, "decoder_layers": 1, "pyramid": 2, "cell": "gru", "bidirectional": False, "layer_norm": True},
    {"layers": 2, "decoder_layers": 1, "pyramid": 1, "cell": "rnn", "attention": "none"},
]


@pytest.mark.parametrize("settings", SHAPES, ids=str)
def test_so_do_networks_of_other_shapes(reference, network, settings):
    """A decoder with fewer layers begins with what the encoder's last ones have found."""
    models = network(**settings)
    check_with_numpy(reference, models, settings.get("cell", "lstm"), settings.get("attention", "bahdanau"))
    logits = models.training({"source": padded(SOURCES), "target": padded(TARGETS)})
    np.testing.assert_allclose(logits, step_by_step(models, SOURCES, TARGETS), atol=1e-5)


def check_with_numpy(reference: type, models: Seq2Seq, cell: str, attention: str) -> None:
    layers = {layer.name: layer for layer in models.training.layers}
    encoded = {name: np.asarray(value) for name, value in models.encoder({"source": padded(SOURCES)}).items()}
    inputs = {"token": np.array([5, 9, 10], np.int32), **encoded}
    lengths = [-(-len(source) // 2 ** layers[names.ENCODER].pyramid) for source in SOURCES]
    if attention == "none":
        assert not {"memory", "keys", "mask"} & set(encoded)
    else:
        # By the lengths, not by the ids.
        expected = (np.arange(max(lengths)) < np.array(lengths)[:, None]).astype(np.float32)
        np.testing.assert_array_equal(encoded["mask"], expected)
        assert encoded["mask"].dtype == np.float32
    outputs = {name: np.asarray(value) for name, value in models.step(inputs).items()}

    # Looked-up vectors are scaled by the root of their width, 6; the same matrix predicts without that.
    vectors = layers[names.SOURCE_EMBEDDING].embeddings.numpy() * 6**0.5
    target = layers[names.TARGET_EMBEDDING]
    for row, (source, length) in enumerate(zip(SOURCES, lengths, strict=True)):
        memory, finals = reference.encoder(cell, layers[names.ENCODER], vectors[source])
        bridges = layers[names.BRIDGE].dense
        states = [
            np.tanh(final @ dense.kernel.numpy() + dense.bias.numpy())
            for final, dense in zip(finals[-len(bridges) :], bridges, strict=True)
        ]
        read = []
        if attention != "none":
            if names.MEMORY_NORM in layers:
                memory = reference.normalize(layers[names.MEMORY_NORM], memory)
            read = [memory @ layers[names.KEYS].kernel.numpy(), memory]
            states.append(np.zeros(8))
            np.testing.assert_allclose(encoded["keys"][row, :length], read[0], atol=1e-5)
            np.testing.assert_allclose(encoded["memory"][row, :length], memory, atol=1e-5)
        state_names = [f"state_{index}" for index in range(len(states))]
        if attention == "location":
            states, state_names = [*states, np.zeros(length)], [*state_names, "alignment"]
        assert encoded.keys() - {"memory", "keys", "mask"} == set(state_names)
        for name, state in zip(state_names, states, strict=True):
            np.testing.assert_allclose(encoded[name][row, : len(state)], state, atol=1e-5)

        embedded = target.embeddings.numpy()[inputs["token"][row]] * 6**0.5
        readout, after, weights = reference.step(cell, layers[names.DECODER], embedded, states, *read)
        output_matrix = target.projection.numpy().T
        np.testing.assert_allclose(outputs["logits"][row], readout @ output_matrix, atol=1e-5)
        for name, state in zip(state_names, after, strict=True):
            np.testing.assert_allclose(outputs[name][row, : len(state)], state, atol=1e-5)
        if attention != "none":
            np.testing.assert_allclose(outputs["attention"][row, :length], weights, atol=1e-5)


@pytest.mark.parametrize("bidirectional", [True, False], ids=["bidirectional", "forward"])
def test_padding_changes_nothing(network, pairing, bidirectional):
    """A sentence alone, and in a batch that is wider than its longest sentence."""
    models = network(layers=2, bidirectional=bidirectional, **pairing)
    batch, target = padded(SOURCES, more=3), padded(TARGETS)
    together = models.encoder({"source": batch})
    logits = models.training({"source": batch, "target": target})
    for row, source in enumerate(SOURCES):
        alone = models.encoder({"source": padded([source])})
        assert alone.keys() == together.keys()
        for name, value in alone.items():
            other = np.asarray(together[name])[row : row + 1]
            if name in ("memory", "keys", "mask", "alignment"):
                other = other[:, : len(source)]
            np.testing.assert_allclose(value, other, atol=1e-5, err_msg=name)
        expected = models.training({"source": padded([source]), "target": target[row : row + 1]})
        np.testing.assert_allclose(logits[row : row + 1], expected, atol=1e-5)
    if pairing["attention"] != "none":
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


@pytest.fixture
def with_ctc(randomize) -> Seq2Seq:
    """A network whose decoder and whose CTC read a memory of half the length."""
    config = Seq2SeqModelConfig(units=8, embedding=6, layers=2, decoder_layers=1, pyramid=1, attention="location")
    models = build_seq2seq(config, TokenSource(config, 13), 11, ctc=True)
    randomize(models.training)
    return models


def test_ctc_predicts_from_the_memory(with_ctc):
    """What the encoder gives are log probabilities of what training calls logits."""
    outputs = with_ctc.training({"source": padded(SOURCES), "target": padded(TARGETS)})
    encoded = {name: tensor.numpy() for name, tensor in with_ctc.encoder({"source": padded(SOURCES)}).items()}
    mask = encoded["mask"] > 0
    assert outputs.keys() == {"logits", "ctc"}
    assert (outputs["logits"].shape, outputs["ctc"].shape) == ((3, 4, 11), (3, 3, 11))
    layer = with_ctc.training.get_layer(names.CTC)
    expected = encoded["memory"] @ layer.kernel.numpy() + layer.bias.numpy()
    np.testing.assert_allclose(outputs["ctc"], expected, atol=1e-5)
    shares = np.exp(expected) / np.exp(expected).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(encoded["ctc"][mask], np.log(shares)[mask], atol=1e-5)
    # Padding is a certain blank.
    assert (~mask).sum() == 3
    assert (np.exp(encoded["ctc"][~mask]) == [1, *[0] * 10]).all()
    # A step does not read it.
    assert "ctc" not in {tensor.name for tensor in with_ctc.step.inputs}


def test_without_ctc_the_output_are_logits(network):
    models = network(attention="location")
    assert models.training.output.shape == (None, None, 11)
    assert "ctc" not in models.encoder.output
    assert names.CTC not in [layer.name for layer in models.training.layers]


def test_a_saved_network_with_ctc_has_the_same_views(with_ctc, tmp_path):
    with_ctc.training.save(tmp_path / "model.keras")
    loaded = Seq2Seq.of(keras.saving.load_model(tmp_path / "model.keras"))
    expected = with_ctc.encoder({"source": padded(SOURCES)})
    encoded = loaded.encoder({"source": padded(SOURCES)})
    assert encoded.keys() == expected.keys() >= {"ctc", "alignment"}
    for name, tensor in encoded.items():
        np.testing.assert_allclose(tensor, expected[name], atol=1e-6)
    np.testing.assert_allclose(
        step_by_step(loaded, SOURCES, TARGETS), step_by_step(with_ctc, SOURCES, TARGETS), atol=1e-6
    )


@pytest.mark.parametrize("slices", [1, 2, 5])
def test_the_objective_mixes_both_losses(with_ctc, slices):
    """The third target does not fit its one position. Of five slices some are empty."""
    labels = np.array([[5, 5, EOS], [7, EOS, 0], [6, 4, EOS]], np.int32)
    inputs = {"source": padded(SOURCES), "target": padded([[BOS, 5, 5], [BOS, 7, 0], [BOS, 6, 4]])}
    outputs = with_ctc.training(inputs)
    chosen = np.take_along_axis(np.asarray(tf.nn.log_softmax(outputs["logits"])), labels[..., None], -1)[..., 0]
    cross_entropy = -chosen[labels != 0].sum()
    log_probabilities = np.asarray(tf.nn.log_softmax(outputs["ctc"]), float)
    # A blank comes between the two equal tokens: there is one way for three positions. For one token at two there are
    # three ways.
    ways = np.array([log_probabilities[1, [0, 1], path].sum() for path in ([7, 7], [0, 7], [7, 0])])
    ctc = -log_probabilities[0, [0, 1, 2], [5, 0, 5]].sum() - np.log(np.exp(ways).sum())
    expected = [0.7 * cross_entropy + 0.3 * ctc, cross_entropy, 8]
    sums = with_ctc.objective(0.0, slices, ctc_weight=0.3)({**inputs, "labels": labels})
    np.testing.assert_allclose(sums[:3], expected, rtol=1e-5)


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
