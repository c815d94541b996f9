"""Whether a bundle computes what its run computes."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from edge.bundle import read_bundle
from edge.runtime import Flatbuffer
from edge.search.greedy import greedy
from edge.search.step import Encoded, Step
from edge.step import FlatbufferStep
from edge.tokenizer import BOS, Tokenizer
from keras_s2s.models.seq2seq import Seq2Seq
from keras_s2s.search import greedy as graph_greedy
from keras_s2s.step import KerasStep
from pipelines.models import load_run

# Two tokens whose logits are nearer than this are equally good: rounding may decide.
TIE = 1e-4


@dataclass
class Parity:
    """What a comparison found.

    Attributes:
        sentences: how many were compared.
        ties: sentences in which a path chose another token where the two best ones tie within 1e-4.
        different: sentences in which a path chose another token although they do not tie.
        logits: the largest difference of a logit between Keras' step and the flatbuffer's, at the same tokens.
    """

    sentences: int = 0
    ties: int = 0
    different: int = 0
    logits: float = 0.0


def compare(run: Path, bundle: Path, sentences: Iterable[str]) -> Parity:
    """Translates sentences greedily on four paths, and compares the others' tokens with the first one's.

    The paths are Keras' step under the device's search, Keras' loop in the graph, the flatbuffer's step under the
    device's search, and the flatbuffer's own loop.

    Args:
        run: a translation run.
        bundle: a bundle exported from it; without quantization all four should agree.
        sentences: what to translate.

    Raises:
        UserError: run or bundle cannot be used.
    """
    _, model = load_run(run)
    models, opened = Seq2Seq.of(model), read_bundle(bundle)
    flatbuffer = Flatbuffer(opened.model)
    keras_step, device_step = KerasStep(models), FlatbufferStep(flatbuffer)
    tokenizer = Tokenizer(opened.file("tokenizers", "source"))
    longest = opened.limit("max_target_length")
    in_graph = tf.function(
        lambda source: graph_greedy(models, source, longest), input_signature=[tf.TensorSpec((None, None), tf.int32)]
    )
    found = Parity()
    for text in sentences:
        source = np.array([tokenizer.encode(text)[-opened.limit("max_source_length") :]], np.int32)
        expected = greedy(keras_step, source, longest).tokens
        looped, length, _ = (tensor.numpy() for tensor in in_graph(tf.constant(source)))
        translated = flatbuffer.call("translate", {"source": source})
        paths = [
            looped[0, : length[0]].tolist(),
            greedy(device_step, source, longest).tokens,
            translated["tokens"][0, : translated["length"][0]].tolist(),
        ]
        gaps, difference = _along(keras_step, device_step, source, expected)
        found.sentences += 1
        found.logits = max(found.logits, difference)
        parted = [_first_difference(expected, path) for path in paths if path != expected]
        if parted:
            tied = all(position < len(gaps) and gaps[position] < TIE for position in parted)
            found.ties += tied
            found.different += not tied
    return found


def _along(one: Step, other: Step, source: np.ndarray, tokens: list[int]) -> tuple[list[float], float]:
    """Leads two steps along the same tokens: the gap between the first one's two best logits at each position, and
    the largest difference between their logits."""
    encoded = [one.encode(source), other.encode(source)]
    gaps, largest = [], 0.0
    for token in [BOS, *tokens]:
        last = np.array([token], np.int32)
        after = [step.step(last, given) for step, given in zip((one, other), encoded, strict=True)]
        encoded = [Encoded(given.memory, stepped.states) for given, stepped in zip(encoded, after, strict=True)]
        second, first = np.partition(after[0].logits[0], -2)[-2:]
        gaps.append(float(first - second))
        largest = max(largest, float(np.abs(after[0].logits - after[1].logits).max()))
    return gaps, largest


def _first_difference(expected: list[int], tokens: list[int]) -> int:
    pairs = zip(expected, tokens, strict=False)
    return next((i for i, (left, right) in enumerate(pairs) if left != right), min(len(expected), len(tokens)))
