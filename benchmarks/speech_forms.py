"""The forms of a speech network, each with the searches that come with it, for `benchmarks.speech_parity`."""

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from benchmarks.peers.edge_hypotheses import BEAM, GREEDY, Found, hypotheses
from edge.bundle import Bundle
from edge.errors import UserError
from edge.flatbuffer_step import FlatbufferStep
from edge.runtime import Flatbuffer, find_runtime
from edge.search.options import SearchOptions
from edge.search.penalties import length_penalty
from edge.search.step import Encoded, Source
from keras_s2s import names
from keras_s2s.export.saved_model import save
from keras_s2s.keras_step import KerasStep
from keras_s2s.models.seq2seq import Seq2Seq

# Greedy decoding without CTC, in one call of the flatbuffer.
LOOP = f"{GREEDY}, loop in the graph"

# Quantizations that are to compute what Keras computes.
FLOATS = ("none", "float16")

Inputs = dict[str, np.ndarray]


class Form(Protocol):
    """A form of a network.

    Attributes:
        name: what it is called.
        strict: whether it is to compute what Keras computes; a quantized one need not.
    """

    name: str
    strict: bool

    def features(self, audio: np.ndarray) -> np.ndarray:
        """Return log-mel features `(batch, frames, mels)` of audio `(batch, samples)`."""

    def encode(self, **inputs: np.ndarray) -> Encoded:
        """Encode a batch."""

    def transcribe(self, inputs: Inputs, sources: Sequence[Source]) -> Iterator[tuple[str, list[Found]]]:
        """Yield kinds of decoding, and what each finds in a batch and its encoded recordings."""


class KerasForm:
    """The network in Keras, with the search of the device.

    Args:
        models: the network.
        limit: tokens after which a transcript ends in any case.
    """

    name, strict = "Keras", True

    def __init__(self, models: Seq2Seq, limit: int):
        self._layer = models.training.get_layer(names.FEATURES)
        self._step = KerasStep(models)
        self._limit = limit
        self.encode = self._step.encode

    def features(self, audio: np.ndarray) -> np.ndarray:
        return self._layer(audio).numpy()

    def transcribe(self, inputs: Inputs, sources: Sequence[Source]) -> Iterator[tuple[str, list[Found]]]:
        return hypotheses(self._step, sources, self._limit)


class _Extended(tf.Module):
    """A SavedModel's module, with the encoder and its features as further signatures."""

    def __init__(self, module: Any, models: Seq2Seq):
        super().__init__()
        self.module = module
        layer = models.training.get_layer(names.FEATURES)
        audio, lengths = (tf.TensorSpec(spec.shape, spec.dtype, spec.name) for spec in models.encoder.inputs)

        @tf.function(input_signature=[audio])
        def features(audio: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"features": layer(audio)}

        @tf.function(input_signature=[audio, lengths])
        def encode(audio: tf.Tensor, audio_length: tf.Tensor) -> dict[str, tf.Tensor]:
            return models.encoder({"audio": audio, "audio_length": audio_length})

        self._further = {"features": features, "encode": encode}

    def signatures(self) -> dict[str, Any]:
        further = {name: function.get_concrete_function() for name, function in self._further.items()}
        return {**self.module.signatures(), **further}


class SavedModelForm:
    """A SavedModel, loaded again, with the searches in its graph.

    Args:
        module: what is saved, of an export.
        models: the network.
    """

    name, strict = "SavedModel", True

    def __init__(self, module: Any, models: Seq2Seq):
        with tempfile.TemporaryDirectory() as folder:
            save(_Extended(module, models), Path(folder) / "saved")
            self._loaded = tf.saved_model.load(f"{folder}/saved")

    def features(self, audio: np.ndarray) -> np.ndarray:
        return self._call("features", {"audio": audio})["features"]

    def encode(self, **inputs: np.ndarray) -> Encoded:
        return Encoded.of(self._call("encode", inputs))

    def transcribe(self, inputs: Inputs, sources: Sequence[Source]) -> Iterator[tuple[str, list[Found]]]:
        best = self._call("serving_default", inputs)
        yield GREEDY, [_searched(*row) for row in zip(best["tokens"], best["length"], best["score"], strict=True)]
        best = {name: array[:, 0] for name, array in self._call("beam", inputs).items()}
        yield BEAM, [_searched(*row) for row in zip(best["tokens"], best["length"], best["score"], strict=True)]

    def _call(self, signature: str, inputs: Inputs) -> Inputs:
        outputs = self._loaded.signatures[signature](**{name: tf.constant(array) for name, array in inputs.items()})
        return {name: output.numpy() for name, output in outputs.items()}


class BundleForm:
    """A bundle on the TFLite runtime of this environment, with the search of the device and the loop in its graph.

    Args:
        bundle: with dynamic shapes.
        limit: tokens after which a transcript ends in any case.
    """

    def __init__(self, bundle: Bundle, limit: int):
        quantization = bundle.manifest["quantization"]
        self.strict = quantization in FLOATS
        self._flatbuffer = Flatbuffer(bundle.model)
        self._step = FlatbufferStep(self._flatbuffer)
        self._limit = limit
        self.encode = self._step.encode
        self.name = f"{bundle.path.name} ({'float32' if quantization == 'none' else quantization})"
        with warnings.catch_warnings():
            # Of the memory that it takes.
            warnings.simplefilter("ignore")
            _, _, module = find_runtime()
            self._interpreter = module.Interpreter(str(bundle.model), experimental_preserve_all_tensors=True)

    def features(self, audio: np.ndarray) -> np.ndarray:
        # Tensors inside the graph, which only an interpreter that keeps all of them gives: of a batch they are many.
        return np.concatenate([self._features(row[None]) for row in audio])

    def _features(self, audio: np.ndarray) -> np.ndarray:
        length = np.array([audio.shape[1]], np.int32)
        self._interpreter.get_signature_runner("encode")(audio=audio, audio_length=length)
        for graph in range(self._interpreter.num_subgraphs()):
            for tensor in self._interpreter.get_tensor_details(subgraph_index=graph):
                layer, _, operator = tensor["name"].rpartition("/")
                # Of the signature that has been called; `translate` has not.
                if names.FEATURES in layer and operator.startswith("Log") and tensor["shape"][1] > 1:
                    return self._interpreter.get_tensor(tensor["index"], graph)
        raise UserError(f"{self.name}: its flatbuffer has no tensor of log-mel features; export the run again")

    def transcribe(self, inputs: Inputs, sources: Sequence[Source]) -> Iterator[tuple[str, list[Found]]]:
        yield from hypotheses(self._step, sources, self._limit)
        if len(sources) == 1:
            looped = {name: array[0] for name, array in self._flatbuffer.call("translate", inputs).items()}
            # EOS counts, unless the transcript was truncated.
            penalty = length_penalty(min(int(looped["length"]) + 1, self._limit), SearchOptions())
            yield LOOP, [_searched(looped["tokens"], looped["length"], looped["score"] / penalty)]


def _searched(tokens: np.ndarray, length: np.ndarray, score: np.ndarray) -> Found:
    return Found(tokens[: int(length)].tolist(), float(score))
