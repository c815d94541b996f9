"""What compression holds weights to, the integers of the flatbuffer hold, too."""

from collections.abc import Iterator

import keras
import numpy as np
import pytest
from tensorflow.lite.python import schema_py_generated as schema

from edge.errors import UserError
from keras_s2s.callbacks import TrainingLeft
from keras_s2s.clock import Clock
from keras_s2s.compress.callbacks import compression_callbacks
from keras_s2s.compress.matrices import matrices
from keras_s2s.config import AudioConfig, CompressConfig, Seq2SeqModelConfig
from keras_s2s.export.signatures import seq2seq_signatures
from keras_s2s.export.tflite import convert
from keras_s2s.losses import MeanObjective
from keras_s2s.models.seq2seq import Seq2Seq, build_seq2seq
from keras_s2s.sources.audio import AudioSource
from keras_s2s.sources.tokens import TokenSource

# Every matrix is large enough to be quantized.
UNITS, VOCABULARY = 32, 40


@pytest.fixture
def models(cell: str) -> Seq2Seq:
    keras.utils.set_random_seed(7)
    config = Seq2SeqModelConfig(cell=cell, units=2 * UNITS, embedding=UNITS)
    return build_seq2seq(config, TokenSource(config, VOCABULARY), VOCABULARY)


@pytest.fixture
def hearing() -> Seq2Seq:
    """All that speech has: convolutions, location-aware attention, CTC."""
    keras.utils.set_random_seed(7)
    config = Seq2SeqModelConfig(units=2 * UNITS, embedding=UNITS, layers=1, attention="location")
    return build_seq2seq(config, AudioSource(AudioConfig(mels=12, filters=12)), VOCABULARY, ctc=True)


def compress(models: Seq2Seq, **settings: object) -> None:
    """Compresses a network for a moment, on noise."""
    trained = models.objective(ctc_weight=0.3 if "ctc" in models.encoder.output else 0.0)
    trained.compile(keras.optimizers.Adam(0.01), MeanObjective(), jit_compile=False)
    random, inputs = np.random.default_rng(7), {}
    for name, tensor in trained.input.items():
        if tensor.dtype == "float32":
            inputs[name] = random.normal(0, 0.1, (24, 3200)).astype("float32")
        else:
            inputs[name] = random.integers(4, VOCABULARY, (24, 5)).astype("int32")
    if "audio" in inputs:
        inputs["audio_length"] = np.full(24, 3200, "int32")
    left = TrainingLeft(epochs=2, clock=Clock(0.0))
    held = compression_callbacks(CompressConfig(**settings), left, models.training)
    trained.fit(
        inputs, inputs["labels"], validation_split=0.5, batch_size=4, epochs=2, callbacks=[left, *held], verbose=0
    )


def exported(models: Seq2Seq, quantize: str, without: str = "") -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The integers of each matrix of a flatbuffer, rows for outputs, and their scales."""
    signatures = {name: function for name, function in seq2seq_signatures(models, 8).items() if name != without}
    flatbuffer = convert(signatures, quantize)
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(flatbuffer, 0))
    kinds = {schema.TensorType.INT8: 8, schema.TensorType.INT4: 4}
    found = {tensor.buffer: tensor for graph in model.subgraphs for tensor in graph.tensors if tensor.type in kinds}
    found = {buffer: tensor for buffer, tensor in found.items() if model.buffers[buffer].data is not None}
    for buffer, tensor in found.items():
        data = np.asarray(model.buffers[buffer].data, np.uint8).view(np.int8)
        if kinds[tensor.type] == 4:
            # Shifted up and down again, so that the sign of each half is the byte's.
            data = np.stack([data << 4 >> 4, data >> 4], axis=-1)
        yield data.reshape(tensor.shape), np.asarray(tensor.quantization.scale)


def of_shape(models: Seq2Seq, shape: tuple[int, ...]) -> list[np.ndarray]:
    """The network's matrices that a flatbuffer may hold in this shape, rows for outputs."""
    values = [np.array(variable.value) for variable in matrices(models.training)]
    # The factor of looked-up embeddings may have moved into the kernel that reads them.
    values += [value * UNITS**0.5 for value in values]
    return [each for value in values for each in (value, np.moveaxis(value, -1, 0)) if each.shape == shape]


def test_zeros(models):
    compress(models, sparsity=0.75)
    found = list(exported(models, "int8"))
    assert len(found) >= 7
    for integers, _ in found:
        own = of_shape(models, integers.shape)
        assert (integers == 0).mean() >= 0.75
        assert any(not integers[weights == 0].any() for weights in own)


def test_few_values_and_zeros(models):
    with pytest.raises(UserError, match="pruned first"):
        compress(models, sparsity=0.5, clusters=8)
    compress(models, sparsity=0.5)
    compress(models, sparsity=0.5, clusters=8, pruning="constant")
    for integers, _ in exported(models, "int8"):
        assert len(np.unique(integers)) <= 8
        assert (integers == 0).mean() >= 0.5


@pytest.mark.parametrize("quantize, bits", [("int8", 8), ("int4", 4)])
def test_simulated_weights_are_the_exported_integers_times_scale(models, quantize, bits):
    compress(models, bits=bits)
    found = list(exported(models, quantize))
    assert len(found) >= 7
    for integers, scales in found:
        assert len(scales) == (1 if bits == 8 else len(integers))
        weights = integers * scales.reshape(-1, 1)
        errors = [np.abs(own - weights).max() for own in of_shape(models, integers.shape)]
        assert min(errors) < 1e-6


def test_a_network_for_sound(hearing):
    """Its convolution has a scale for each output; its filter bank is no weight and stays as it is."""
    compress(hearing, sparsity=0.5, bits=8)
    found = list(exported(hearing, "int8", without="translate"))
    assert {integers.ndim for integers, _ in found} == {2, 4}
    for integers, scales in found:
        assert len(scales) == (1 if integers.ndim == 2 else len(integers))
        assert (integers == 0).mean() >= 0.5
        weights = integers * scales.reshape(-1, *[1] * (integers.ndim - 1))
        own = of_shape(hearing, integers.shape)
        assert min(np.abs(each - weights).max() for each in own) < 1e-6
