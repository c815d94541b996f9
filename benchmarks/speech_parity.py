"""Whether Keras, a SavedModel and flatbuffers find the same in recordings, alone and padded in a batch."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.peers.edge_hypotheses import GREEDY, Found
from benchmarks.speech_forms import FLOATS, LOOP, BundleForm, Form, Inputs, KerasForm, SavedModelForm
from benchmarks.worker import ROOT
from edge.bundle import read_bundle
from edge.errors import UserError
from edge.runtime import RUNTIMES
from edge.search.batch import take
from edge.search.step import CTC, Encoded, Source
from edge.sound import pad_sounds
from keras_s2s.models.seq2seq import Seq2Seq
from pipelines.network import load_network
from pipelines.run import Run
from pipelines.tasks.opening import load_run
from pipelines.tasks.translation.parity import TIE

# Seconds, from shorter than a word to longer than most networks read at once.
LENGTHS = (0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0)

# The greatest differences that are rounding. Log-mel features of quiet bands have the rounding of the loud ones, which
# two Fourier transforms do not do alike; the same transform in another bundle does. Outputs are compared relative to
# what is greater than 1.
_FEATURES, _SAME_FEATURES, _OUTPUTS = 1e-3, 1e-5, 1e-3

# Kinds of decoding that Keras has under another name.
_EXPECTED = {LOOP: GREEDY}

# Recordings that are padded in a batch.
_BATCH = 6


@dataclass
class Kind:
    """What a comparison of one kind found.

    Attributes:
        what: what was compared.
        strict: whether a difference is a fault; with quantization it is none.
        compared: recordings.
        different: those that differ by more than rounding.
        tied: those with another hypothesis that is as good within `TIE`.
        largest: the largest difference of a number, or of the scores of equal hypotheses.
    """

    what: str
    strict: bool
    compared: int = 0
    different: int = 0
    tied: int = 0
    largest: float = 0.0

    def __str__(self) -> str:
        """A line for people."""
        tied = f", {self.tied} tied" if self.tied else ""
        return f"{self.what:72} {self.different} of {self.compared} differ{tied}; largest difference {self.largest:.1e}"

    @property
    def failed(self) -> bool:
        """Whether there is a fault."""
        return self.strict and bool(self.different or not self.compared)

    def add_difference(self, difference: float, tolerance: float) -> None:
        """Count a recording by the largest difference of its numbers."""
        self.compared += 1
        self.largest = max(self.largest, difference)
        # Not a number is a difference, too.
        self.different += not difference <= tolerance

    def add_hypothesis(self, found: Found, expected: Found) -> None:
        """Count a recording by its hypothesis."""
        self.compared += 1
        if found.tokens == expected.tokens:
            self.largest = max(self.largest, abs(found.score - expected.score))
            return
        tied = _tied(found, expected)
        self.tied += tied
        self.different += not tied


def recordings_of_all_lengths(sounds: Sequence[np.ndarray], rate: int, each: int) -> list[np.ndarray]:
    """Return recordings of `LENGTHS`, `each` of every length, made by joining and cutting sounds.

    Each begins with another sound, and has some samples more than whole positions.

    Args:
        sounds: real recordings, float32 `(samples,)` at the rate.
        rate: in Hz.
        each: number of recordings of a length.
    """
    random, made = np.random.default_rng(1), []
    for number, seconds in enumerate(length for length in LENGTHS for _ in range(each)):
        samples = round(seconds * rate) + int(random.integers(rate // 25))
        place, joined = number, [sounds[number % len(sounds)]]
        while sum(map(len, joined)) < samples:
            place += 1
            joined.append(sounds[place % len(sounds)])
        made.append(np.concatenate(joined)[:samples])
    return made


def compare(path: Path, bundles: Sequence[Path], sounds: Sequence[np.ndarray]) -> Iterator[Kind]:
    """Yield what each kind of comparison with the run's network in Keras, on one recording at a time, finds.

    A float16 bundle is compared with the network whose weights are rounded to float16: it computes in float32.

    Args:
        path: a speech run.
        bundles: exported from it.
        sounds: recordings at its rate, float32 `(samples,)` each.

    Raises:
        UserError: run or bundle cannot be used.
    """
    task, run, network = load_run(path)
    opened = [read_bundle(bundle) for bundle in bundles]
    for bundle in opened:
        bundle.require_task("speech")
        if bundle.manifest.get("static"):
            raise UserError(f"{bundle.path}: has static shapes, which 30 s do not fit; export it without --static")
    models, limit = Seq2Seq.of(network), run.config.train.max_length
    keras = KerasForm(models, limit)
    expected = _Results(keras, sounds, 1)
    yield from _differences(keras, "in a batch", _Results(keras, sounds, _BATCH), expected)
    saved = SavedModelForm(task.export(run).served(ids=False).module(network), models)
    for where, size in (("alone", 1), ("in a batch", _BATCH)):
        yield from _differences(saved, where, _Results(saved, sounds, size), expected)
    float32, halves = None, None
    for bundle in opened:
        flatbuffer, right = BundleForm(bundle, limit), expected
        if bundle.manifest["quantization"] == "float16":
            right = halves = halves or _Results(KerasForm(_half_precision(run), limit), sounds, 1)
        alone = _Results(flatbuffer, sounds, 1)
        yield from _differences(flatbuffer, "alone", alone, right)
        if bundle.manifest["quantization"] == "none":
            float32 = alone
        elif float32:
            kind = Kind(f"{flatbuffer.name}, alone: features, beside {float32.form.name}", strict=True)
            for pair in zip(alone.features, float32.features, strict=True):
                kind.add_difference(_largest(*pair), _SAME_FEATURES)
            yield kind
        yield from _differences(flatbuffer, "in a batch", _Results(flatbuffer, sounds, _BATCH), right)


def _half_precision(run: Run) -> Seq2Seq:
    """The network of a run with the weights that float16 has."""
    network = load_network(run)
    for weight in network.weights:
        weight.assign(weight.numpy().astype(np.float16).astype(np.float32))
    return Seq2Seq.of(network)


def compare_runtimes(python: Path, bundles: Sequence[Path], sounds: Sequence[np.ndarray]) -> Iterator[Kind]:
    """Yield how the hypotheses of bundles differ between the TFLite runtimes of this environment and of another one.

    Args:
        python: of the other environment.
        bundles, sounds: as for `compare`.
    """
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/sounds.npz", *sounds)
        for bundle in map(read_bundle, bundles):
            if len(bundle.manifest["runtimes"]) < len(RUNTIMES):
                continue
            files = bundle.path, f"{folder}/sounds.npz"
            own, other = _transcribed(sys.executable, *files), _transcribed(python, *files)
            strict = bundle.manifest["quantization"] in FLOATS
            for decoding, found in other["found"].items():
                kind = Kind(f"{bundle.path.name}, {other['runtime']} beside {own['runtime']}: {decoding}", strict)
                for pair in zip(found, own["found"][decoding], strict=True):
                    kind.add_hypothesis(*(Found(**each) for each in pair))
                yield kind


def _transcribed(python: str | Path, bundle: Path, sounds: str) -> dict:
    command = [str(python), "-m", "benchmarks.peers.edge_hypotheses", str(bundle.resolve()), sounds]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"{bundle}: {python}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout)


class _Results:
    """What a form of the network makes of all recordings, in batches of a size, in order.

    Args:
        form: of the network.
        sounds: recordings.
        size: of the batches; recordings of all lengths are in each.
    """

    def __init__(self, form: Form, sounds: Sequence[np.ndarray], size: int):
        self.form = form
        features: dict[int, np.ndarray] = {}
        outputs: dict[int, Inputs] = {}
        found: dict[str, dict[int, Found]] = {}
        batches = -(-len(sounds) // size)
        for first in range(batches):
            places = range(first, len(sounds), batches)
            inputs = pad_sounds([sounds[place] for place in places])
            heard, encoded = form.features(inputs["audio"]), form.encode(**inputs)
            sources = [_row(encoded, row) for row in range(len(places))]
            for row, (place, source) in enumerate(zip(places, sources, strict=True)):
                features[place], outputs[place] = heard[row], _outputs(source)
            for decoding, hypotheses_ in form.transcribe(inputs, sources):
                found.setdefault(decoding, {}).update(zip(places, hypotheses_, strict=True))
        self.features = [features[place] for place in range(len(sounds))]
        self.outputs = [outputs[place] for place in range(len(sounds))]
        self.found = {name: [each[place] for place in range(len(sounds))] for name, each in found.items()}


def _differences(form: Form, where: str, results: _Results, expected: _Results) -> Iterator[Kind]:
    features, outputs = (Kind(f"{form.name}, {where}: {what}", form.strict) for what in ("features", "encoder"))
    features.strict = True
    for found, right in zip(results.features, expected.features, strict=True):
        features.add_difference(_largest(found[: len(right)], right), _FEATURES)
    yield features
    for found, right in zip(results.outputs, expected.outputs, strict=True):
        outputs.add_difference(max(_relative(found[name], right[name]) for name in right), _OUTPUTS)
    yield outputs
    for decoding, hypotheses_ in results.found.items():
        kind = Kind(f"{form.name}, {where}: {decoding}", form.strict)
        for found, right in zip(hypotheses_, expected.found[_EXPECTED.get(decoding, decoding)], strict=True):
            kind.add_hypothesis(found, right)
        yield kind


def _row(encoded: Encoded, row: int) -> Source:
    return Source(take(encoded, np.array([row])), 0, ())


def _outputs(source: Source) -> Inputs:
    """The outputs of the encoder at the real positions."""
    encoded, positions = source.encoded, source.positions
    arrays = encoded.memory | encoded.states
    lengths = {name: positions if name in (*encoded.memory, "alignment") else None for name in arrays}
    found = {name: array[0, : lengths[name]] for name, array in arrays.items()}
    return found if source.ctc is None else {**found, CTC: source.ctc}


def _largest(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found - expected).max()) if found.shape == expected.shape else float("inf")


def _relative(found: np.ndarray, expected: np.ndarray) -> float:
    scale = np.maximum(np.abs(expected), 1.0)
    return _largest(found / scale, expected / scale) if found.shape == expected.shape else float("inf")


def _tied(one: Found, other: Found) -> bool:
    """Whether two hypotheses are equally good: in all, or where they differ first."""
    if abs(one.score - other.score) < TIE:
        return True
    pairs = zip(one.tokens, other.tokens, strict=False)
    shorter = min(len(one.tokens), len(other.tokens))
    place = next((place for place, (left, right) in enumerate(pairs) if left != right), shorter)
    scores = [each.token_scores[place : place + 1] for each in (one, other)]
    return all(scores) and abs(scores[0][0] - scores[1][0]) < TIE
