"""What the tests of this package share: NumPy references, small networks, and networks trained on a toy task."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from edge.runtime import Flatbuffer
from edge.tokenizer import BOS, EOS
from keras_s2s.config import Seq2SeqModelConfig
from keras_s2s.export.operators import operators
from keras_s2s.export.signatures import seq2seq_signatures
from keras_s2s.export.tflite import convert
from keras_s2s.losses import MaskedCrossEntropy
from keras_s2s.metrics import Perplexity, TokenAccuracy
from keras_s2s.models.seq2seq import Seq2Seq, build_seq2seq
from keras_s2s.search import greedy
from keras_s2s.sources.tokens import TokenSource

Arrays = list[np.ndarray]
Sentence = tuple[int, ...]


CELLS, ATTENTIONS = ("rnn", "gru", "lstm"), ("bahdanau", "luong", "none")


@pytest.fixture(params=CELLS)
def cell(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=ATTENTIONS)
def attention(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=[*itertools.product(CELLS, ATTENTIONS), ("lstm", "location")], ids="-".join)
def pairing(request: pytest.FixtureRequest) -> dict[str, str]:
    """Cell and attention. Location-aware attention has one state more whatever the cell is: one cell is enough."""
    return dict(zip(("cell", "attention"), request.param, strict=True))


@pytest.fixture(scope="session")
def sound() -> Callable[..., np.ndarray]:
    """Makes sound of so many samples, float32: a rising tone, a steady one, and little of all frequencies."""

    def make(samples: int, rate: int = 16000) -> np.ndarray:
        count = np.arange(samples)
        time = count / rate
        rising, steady = np.sin(2 * np.pi * (200 + 900 * time) * time), np.sin(2 * np.pi * 3000 * time)
        return (0.3 * rising + 0.05 * steady + 0.01 * np.cos(0.37 * count**2)).astype(np.float32)

    return make


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


class Reference:
    """The network's arithmetic again, from the papers' equations, in float64, without batches and without padding.

    It takes layers for their weights only. Vectors are `(width,)`, sequences `(length, width)`.
    """

    @staticmethod
    def cell(kind: str, inputs: np.ndarray, recurrent: np.ndarray, states: Arrays) -> Arrays:
        """One step; inputs is `W x + b`, recurrent is `U h`, the gates one after the other."""
        w, u = (np.split(gates, {"rnn": 1, "gru": 3, "lstm": 4}[kind]) for gates in (inputs, recurrent))
        if kind == "rnn":
            return [np.tanh(w[0] + u[0])]
        if kind == "gru":
            z, r = sigmoid(w[0] + u[0]), sigmoid(w[1] + u[1])
            return [z * states[0] + (1 - z) * np.tanh(w[2] + r * u[2])]
        i, f, o = (sigmoid(w[gate] + u[gate]) for gate in (0, 1, 3))
        memory = f * states[1] + i * np.tanh(w[2] + u[2])
        return [o * np.tanh(memory), memory]

    @classmethod
    def advance(
        cls, kind: str, layer: keras.Layer, inputs: np.ndarray, states: Arrays, fed: np.ndarray | None = None
    ) -> Arrays:
        """One step of a recurrent layer; what is fed has the last rows of the recurrent kernel."""
        projected = inputs @ array(layer.kernel) + array(layer.bias)
        own, feed = np.split(array(layer.recurrent_kernel), [len(states[0])])
        recurrent = states[0] @ own + (0.0 if fed is None else fed @ feed)
        return cls.cell(kind, projected, recurrent, states)

    @classmethod
    def recurrent(cls, kind: str, layer: keras.Layer, inputs: np.ndarray, backwards: bool) -> tuple[np.ndarray, Arrays]:
        """Outputs at the position of their input, and the states after the last step."""
        states = [np.zeros(layer.recurrent_kernel.shape[0])] * (2 if kind == "lstm" else 1)
        outputs = [np.empty(0)] * len(inputs)
        for position in reversed(range(len(inputs))) if backwards else range(len(inputs)):
            states = cls.advance(kind, layer, inputs[position], states)
            outputs[position] = states[0]
        return np.array(outputs), states

    @classmethod
    def encoder(cls, kind: str, encoder: keras.Layer, inputs: np.ndarray) -> tuple[np.ndarray, Arrays]:
        """Memory and the final states of all layers, forward and backward side by side."""
        finals = []
        for index, forward in enumerate(encoder.forward_layers):
            if 0 < index <= encoder.pyramid:
                # Two neighbours become one position; behind an odd last one are zeros.
                inputs = np.pad(inputs, ((0, len(inputs) % 2), (0, 0))).reshape(-1, 2 * inputs.shape[1])
            below = inputs
            if index and encoder.norms:
                inputs = cls.normalize(encoder.norms[index - 1], inputs)
            runs = [cls.recurrent(kind, forward, inputs, backwards=False)]
            if encoder.backward_layers:
                runs.append(cls.recurrent(kind, encoder.backward_layers[index], inputs, backwards=True))
            inputs = np.concatenate([outputs for outputs, _ in runs], axis=-1)
            if index > encoder.pyramid and encoder.residual:
                inputs = inputs + below
            finals += [np.concatenate(pair) for pair in zip(*(states for _, states in runs), strict=True)]
        return inputs, finals

    @staticmethod
    def normalize(norm: keras.Layer, values: np.ndarray) -> np.ndarray:
        """Layer normalization over the last axis."""
        mean, variance = values.mean(-1, keepdims=True), values.var(-1, keepdims=True)
        return (values - mean) / np.sqrt(variance + norm.epsilon) * array(norm.gamma) + array(norm.beta)

    @classmethod
    def attend(
        cls,
        layer: keras.Layer,
        query: np.ndarray,
        keys: np.ndarray,
        memory: np.ndarray,
        alignment: np.ndarray | None = None,
    ) -> tuple[np.ndarray, ...]:
        """Context and weights: additive if the layer has an energy vector, else multiplicative.

        Location-aware if there is an alignment, the weights of the step before.
        """
        if alignment is not None:
            keys = keys + cls.locate(layer, alignment)
        if hasattr(layer, "energy"):
            w, b, v = array(layer.query_kernel), array(layer.query_bias), array(layer.energy)
            scores = np.array([v @ np.tanh(query @ w + b + key) for key in keys])
        else:
            scores = np.array([query @ key for key in keys])
        weights = np.exp(scores) / np.exp(scores).sum()
        return sum(weight * row for weight, row in zip(weights, memory, strict=True)), weights

    @staticmethod
    def locate(layer: keras.Layer, alignment: np.ndarray) -> np.ndarray:
        """What each position sees of the weights around it, with zeros beyond the ends: `(length, units)`."""
        kernel = array(layer.location_kernel)[:, 0]
        around = np.pad(alignment, len(kernel) // 2)
        seen = [around[position : position + len(kernel)] @ kernel for position in range(len(alignment))]
        return np.array(seen) @ array(layer.location_projection)

    @classmethod
    def step(cls, kind: str, decoder: keras.Layer, embedded: np.ndarray, states: Arrays, *source: np.ndarray) -> tuple:
        """Readout, next states and attention weights; source is keys and memory, or nothing without attention.

        The states are those of the cells, then with attention the context, then the alignment if there is one.
        """
        each = 2 if kind == "lstm" else 1
        cells = each * len(decoder.recurrent_layers)
        after, output = [], embedded
        for index, layer in enumerate(decoder.recurrent_layers):
            fed = states[cells] if source and not index else None
            read = cls.normalize(decoder.norms[index - 1], output) if index and decoder.norms else output
            new = cls.advance(kind, layer, read, states[index * each : (index + 1) * each], fed)
            after, output, top = after + new, new[0] + (output if index and decoder.residual else 0.0), new[0]
        weights = None
        if source:
            alignment = states[cells + 1 :]
            context, weights = cls.attend(decoder.attention, output, *source, *alignment)
            after, top = [*after, context, *([weights] if alignment else [])], np.concatenate([top, context])
        output = cls.normalize(decoder.norms[-1], top) if decoder.norms else top
        readout = np.tanh(output @ array(decoder.readout.kernel) + array(decoder.readout.bias))
        return readout, after, weights


def array(weight: keras.Variable) -> np.ndarray:
    return np.asarray(weight.value, np.float64)


@pytest.fixture
def reference() -> type[Reference]:
    return Reference


@pytest.fixture
def randomize() -> Callable[[keras.Layer], None]:
    """Gives every weight a random value, biases too: initial zeros would hide a bias that is not used."""

    def fill(layer: keras.Layer) -> None:
        random = np.random.default_rng(3)
        for weight in layer.weights:
            weight.assign(random.normal(0, 0.5, weight.shape))

    return fill


@pytest.fixture
def network(randomize: Callable) -> Callable[..., Seq2Seq]:
    """Builds a small untrained network: source vocabulary 13, target 11, or 11 for both."""

    def build(joint: bool = False, **settings: object) -> Seq2Seq:
        config = Seq2SeqModelConfig(**{"units": 8, "embedding": 6, "dropout": 0.3} | settings)
        models = build_seq2seq(config, TokenSource(config, 11 if joint else 13, joint), 11)
        randomize(models.training)
        return models

    return build


@dataclass
class Toy:
    """Reversing sequences of 3 to 5 out of 8 symbols, and networks that have learned it.

    Attributes:
        train, valid, held_out: distinct sequences, in no more than one of the three.
    """

    folder: Path
    train: list[Sentence]
    valid: list[Sentence]
    held_out: list[Sentence]
    trained: dict[tuple, Seq2Seq] = field(default_factory=dict)
    flatbuffers: dict[tuple, bytes] = field(default_factory=dict)

    SYMBOLS = range(4, 12)
    LENGTHS = range(3, 6)
    # Room for the end symbol.
    WIDTH = 6

    @classmethod
    def draw(cls, folder: Path) -> "Toy":
        random = np.random.default_rng(1)
        drawn: dict[Sentence, None] = {}
        while len(drawn) < 20000:
            drawn[tuple(random.choice(cls.SYMBOLS, random.choice(cls.LENGTHS)).tolist())] = None
        sentences = list(drawn)
        return cls(folder, sentences[800:], sentences[300:800], sentences[:300])

    def pad(self, sentences: Iterable[Sequence[int]]) -> np.ndarray:
        return np.array([[*sentence, *[0] * (self.WIDTH - len(sentence))] for sentence in sentences], np.int32)

    def source(self, sentences: Iterable[Sentence]) -> np.ndarray:
        return self.pad([*sentence, EOS] for sentence in sentences)

    def search(self, models: Seq2Seq) -> Callable[[np.ndarray], tuple[np.ndarray, ...]]:
        """Greedy search in the graph."""
        graph = tf.function(lambda source: greedy(models, models.encoder({"source": source}), self.WIDTH))
        return lambda source: tuple(tensor.numpy() for tensor in graph(tf.constant(source)))

    def exact(self, tokens: np.ndarray, sentences: list[Sentence]) -> float:
        """Share of the sentences that were reversed without a fault."""
        return float((tokens == self.pad(sentence[::-1] for sentence in sentences)).all(axis=1).mean())

    def network(self, cell: str, attention: str) -> Seq2Seq:
        """A network trained until it reverses the validation sequences; trained once in a session."""
        if (cell, attention) not in self.trained:
            self.trained[cell, attention] = self._train(cell, attention)
        return self.trained[cell, attention]

    def flatbuffer(self, cell: str, attention: str, quantize: str = "none") -> bytes:
        """Such a network, exported; converted once in a session."""
        key = (cell, attention, quantize)
        if key not in self.flatbuffers:
            signatures = seq2seq_signatures(self.network(cell, attention), self.WIDTH)
            self.flatbuffers[key] = convert(signatures, quantize)
        return self.flatbuffers[key]

    def _train(self, cell: str, attention: str) -> Seq2Seq:
        keras.utils.set_random_seed(1)
        # Attention that has never seen noise stays wrong on a few sequences of equal symbols.
        dropout = 0.0 if attention == "none" else 0.1
        config = Seq2SeqModelConfig(cell=cell, attention=attention, units=128, embedding=32, dropout=dropout)
        models = build_seq2seq(config, TokenSource(config, 12, joint=True), 12)
        rate = keras.optimizers.schedules.ExponentialDecay(3e-3, decay_steps=300, decay_rate=0.5)
        models.training.compile(
            keras.optimizers.Adam(rate, global_clipnorm=1.0),
            MaskedCrossEntropy(),
            metrics=[Perplexity(), TokenAccuracy()],
            jit_compile=False,
        )
        reversed_ = [sentence[::-1] for sentence in self.train]
        inputs = {
            "source": self.source(self.train),
            "target": self.pad([BOS, *sentence] for sentence in reversed_),
        }
        pairs = tf.data.Dataset.from_tensor_slices((inputs, self.source(reversed_)))
        batches = pairs.shuffle(len(self.train), seed=1).repeat().batch(128)
        search, source = self.search(models), self.source(self.valid)

        scores: list[float] = []

        def stop_when_learned(*_: object) -> None:
            scores.append(self.exact(search(source)[0], self.valid))
            # One sequence of the 500 may stay hard; three times in a row is no stroke of luck.
            models.training.stop_training = len(scores) >= 3 and min(scores[-3:]) >= 0.998

        # Enough for the slowest by a margin: they stop after 4 to 11 epochs.
        models.training.fit(
            batches,
            steps_per_epoch=50,
            epochs=40,
            shuffle=False,
            verbose=0,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=stop_when_learned)],
        )
        return models


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    return Toy.draw(tmp_path_factory.mktemp("toy"))


@pytest.fixture
def check_operators() -> Callable[[bytes], None]:
    """Checks that a network's flatbuffer has no operator that a runtime of devices lacks."""

    def check(flatbuffer: bytes) -> None:
        found = operators(flatbuffer)
        assert not [name for name in found if name.startswith("CUSTOM") or "Flex" in name]
        versions = {name: int(version) for name, version in (entry.split(":") for entry in found)}
        # tflite-runtime 2.14 knows FULLY_CONNECTED to version 11; 12 has a scale for each row of the weights.
        assert versions["FULLY_CONNECTED"] <= 11
        # `translate` is a loop in the graph, and no variable is left.
        assert "WHILE" in versions and not {"VAR_HANDLE", "READ_VARIABLE", "CALL_ONCE"} & set(versions)

    return check


@pytest.fixture
def load(tmp_path: Path) -> Callable[[bytes], Flatbuffer]:
    """Opens a flatbuffer in the runtime that devices use."""

    def open_(flatbuffer: bytes) -> Flatbuffer:
        # A file that is open is mapped into memory, and must not change.
        path = tmp_path / f"model_{len(list(tmp_path.glob('model_*')))}.tflite"
        path.write_bytes(flatbuffer)
        return Flatbuffer(path)

    return open_
