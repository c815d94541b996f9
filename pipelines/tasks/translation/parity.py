"""Whether a bundle computes what its run computes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from edge.bundle import read_bundle
from edge.encoding import EncoderDecoder, encode_tokens
from edge.flatbuffer_step import FlatbufferStep
from edge.runtime import Flatbuffer
from edge.search.options import SearchOptions
from edge.search.penalties import length_penalty
from edge.search.search import search
from edge.search.step import Encoded, Hypothesis
from edge.tokenizer import BOS, Tokenizer
from keras_s2s.export.saved_translator import ServedIds
from keras_s2s.keras_step import KerasStep
from keras_s2s.models.seq2seq import Seq2Seq
from pipelines.network import load_network
from pipelines.run import Run
from pipelines.tasks.translation.config import TranslationConfig

# What is nearer than this is equally good, tokens by their logits and hypotheses by their scores: rounding may decide.
TIE = 1e-4

_BATCH = 32


@dataclass
class Parity:
    """What a comparison found.

    Attributes:
        sentences: how many were compared.
        ties: sentences for which a path found another hypothesis that is as good within 1e-4.
        different: sentences for which a path found another hypothesis that is not.
        logits: the largest difference of a logit between Keras' step and the flatbuffer's, at the same tokens.
        scores: the largest difference between the paths' scores of the same hypothesis.
        batch: sentences whose translation is another one beside others than alone, on the device.
    """

    sentences: int = 0
    ties: int = 0
    different: int = 0
    logits: float = 0.0
    scores: float = 0.0
    batch: int = 0


def compare(run: Path, bundle: Path, sentences: Sequence[str], beam: int = 1) -> Parity:
    """Translates sentences on all paths, and compares the others' tokens and scores with the first one's.

    The paths are: the Keras step with `edge.search`, the Keras loop in the graph, the step of the TFLite file with
    `edge.search` and, for greedy search, the loop in the TFLite file.

    Args:
        run: a translation run.
        bundle: a bundle exported from it; without quantization all should agree.
        sentences: what to translate.
        beam: beam size; 1 is greedy search.

    Raises:
        UserError: run or bundle cannot be used.
    """
    model = load_network(Run.open(run, {"translation": TranslationConfig}))
    models, opened, options = Seq2Seq.of(model), read_bundle(bundle), SearchOptions(beam=beam)
    flatbuffer = Flatbuffer(opened.model)
    keras_step, device_step = KerasStep(models), FlatbufferStep(flatbuffer)
    tokenizer = Tokenizer(opened.file("tokenizers", "source"))
    longest = opened.limit("max_target_length")
    in_graph = _in_graph(models, longest, options)
    found = Parity()
    alone = []
    longest_source = opened.limit("max_source_length")
    sources = [tokenizer.cut(text, tokenizer.encode(text), longest_source) for text in sentences]
    for source in sources:
        expected = search(keras_step, encode_tokens(keras_step, [source]), longest, options)[0][0]
        alone.append(search(device_step, encode_tokens(device_step, [source]), longest, options)[0][0])
        paths = [in_graph(np.array([source], np.int32)), (alone[-1].tokens, alone[-1].score)]
        if beam == 1:
            looped = flatbuffer.call("translate", {"source": np.array([source], np.int32)})
            tokens = looped["tokens"][0, : looped["length"][0]].tolist()
            paths.append((tokens, looped["score"][0] / length_penalty(len(expected.token_scores), options)))
        gaps, difference = _along(keras_step, device_step, np.array([source], np.int32), expected.tokens)
        found.sentences += 1
        found.logits = max(found.logits, difference)
        same = [abs(score - expected.score) for tokens, score in paths if tokens == expected.tokens]
        found.scores = max([found.scores, *map(float, same)])
        others = [(tokens, score) for tokens, score in paths if tokens != expected.tokens]
        if others:
            tied = all(_tied(expected, tokens, score, gaps, beam) for tokens, score in others)
            found.ties += tied
            found.different += not tied
    for start in range(0, len(sources), _BATCH):
        encoded = encode_tokens(device_step, sources[start : start + _BATCH])
        together = search(device_step, encoded, longest, options)
        pairs = zip(together, alone[start : start + _BATCH], strict=True)
        found.batch += sum(beside[0].tokens != single.tokens for beside, single in pairs)
    return found


def _in_graph(models: Seq2Seq, longest: int, options: SearchOptions) -> Callable[[np.ndarray], tuple[list[int], float]]:
    """Decode one sentence in the graph: tokens and score."""
    served = ServedIds(models, longest, options)
    searching = served.greedy if options.beam == 1 else served.beam
    graph = tf.function(searching, input_signature=[tf.TensorSpec((None, None), tf.int32)])

    def translate(source: np.ndarray) -> tuple[list[int], float]:
        found = {name: tensor.numpy()[0] for name, tensor in graph(tf.constant(source)).items()}
        if options.beam > 1:
            found = {name: n_best[0] for name, n_best in found.items()}
        return found["tokens"][: found["length"]].tolist(), float(found["score"])

    return translate


def _tied(expected: Hypothesis, tokens: list[int], score: float, gaps: list[float], beam: int) -> bool:
    """Whether another hypothesis is as good: its score or, for greedy search, the logits where both differ first."""
    if beam > 1:
        return abs(score - expected.score) < TIE
    position = _first_difference(expected.tokens, tokens)
    return position < len(gaps) and gaps[position] < TIE


def _along(
    one: EncoderDecoder, other: EncoderDecoder, source: np.ndarray, tokens: list[int]
) -> tuple[list[float], float]:
    """Leads two steps along the same tokens: the gap between the first one's two best logits at each position, and
    the largest difference between their logits."""
    encoded = [one.encode(source=source), other.encode(source=source)]
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
