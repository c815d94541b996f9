"""`python -m benchmarks.speech`: an int8 recognizer on the device, on one thread, beside sherpa-onnx.

The network of recipe `speech` with random weights, or that of a run. Its transcript of synthetic sound has 15 tokens
per second, as many as fast speech has characters; a run's transcript of a recording has those that the run finds.

The peer is sherpa-onnx, the toolkit for speech recognition on devices that runs ONNX models from C++, as an offline CTC
recognizer: a model in the form of NVIDIA NeMo's, with the convolutions, the recurrent layers and the CTC of our
network, and the same weights, which is checked in float32 before its matrices get 8 bits. What it lacks: it is no
published model, as none could be had; it has no attention decoder; it does not detect speech, and gives no times of
words. Its features are its own. It has an environment of its own, which
`scripts/environment.sh bench` sets up. All are measured in turns, each in a process of its own.

The peer's time is that of a whole recording by greedy CTC: its CTC models have no other search, and no text before all
of it is there.

What is measured:
    greedy_ctc  a recording by CTC alone, features and detection of speech included
    beam1       a recording by the joint search of attention and CTC, greedily
    beam5       a recording by the joint search with a beam
    first_word  from the end of a phrase, when all of its sound is there, until its first word is decided, with a beam;
                with random weights until six tokens are
    peak_mb     memory of the process at its peak
    mb          files of the bundle, and of the peer's model
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import soundfile
from rich.console import Console
from rich.table import Table

from benchmarks.command import run
from benchmarks.environment import PEERS, check_environment, run_in_environment
from benchmarks.worker import Worker, alternate
from edge.audio import read_audio
from edge.bundle import read_bundle
from edge.errors import UserError
from edge.sound import pad_sounds
from edge.tokenizer import Tokenizer
from keras_s2s.layers.subsampling import FACTOR
from keras_s2s.models.seq2seq import Seq2Seq
from keras_s2s.sources.audio import TAIL
from pipelines.data.recordings import load
from pipelines.jobs.export import export
from pipelines.recipes import load_recipe
from pipelines.run import Run
from pipelines.tasks import TASKS, configs
from pipelines.tasks.opening import LoadedRun, load_run
from pipelines.tasks.speech.config import SpeechConfig
from pipelines.tasks.speech.data import tokenizer_file

# Of synthetic sound.
SECONDS, TOKENS_PER_SECOND = 5.0, 15

# A vocabulary of the usual size.
_LETTERS = "pack my box with five dozen jugs of liquor, don't"

# Our jobs, and the only one of the peer.
OURS = ("greedy_ctc", "beam1", "beam5", "first_word")
FIRST_WORD, PEER = "keras_s2s first_word", "sherpa_onnx greedy_ctc"


def main() -> None:
    """Measures, and prints a table or one JSON object."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speech", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, help="a speech run; else recipe `speech`, untrained")
    parser.add_argument("--recording", type=Path, help="what is transcribed [the run's longest sample, or noise]")
    parser.add_argument("--rounds", type=int, default=20, help="rounds per measurement [20]")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    check_environment()
    with tempfile.TemporaryDirectory() as folder:
        results = measure(options.run, options.recording, options.rounds, Path(folder))
    print(json.dumps(results)) if options.json else _show(results)


def measure(path: Path | None, recording: Path | None, rounds: int, folder: Path) -> dict:
    """Times both, and returns the peer's times over ours, and all that was measured.

    Args:
        path: a speech run; None for an untrained one.
        recording: what is transcribed; None for a recording of the run's sample, or synthetic sound.
        rounds: of each measurement.
        folder: for what is made.
    """
    opened = load_run(path or make_untrained(folder))
    check_network(opened.run)
    export(opened.run.path, folder / "bundle", "int8")
    seconds = _write_sound(opened, folder, recording, trained=path is not None)
    difference = _write_peer(opened, folder)
    workers = {name: Worker(command) for name, command in _commands(folder, opened.run.config.audio.rate).items()}
    alternate(list(workers.values()), rounds)
    taken = {name: worker.median for name, worker in workers.items()}
    peaks = {name: worker.peak_megabytes for name, worker in workers.items()}
    for worker in workers.values():
        worker.close()
    return {
        **{f"sherpa_onnx_{job}": taken[PEER] / taken[f"keras_s2s {job}"] for job in OURS},
        "seconds_per_second": {name: value / seconds for name, value in taken.items() if name != FIRST_WORD},
        "first_word_ms": 1000 * taken[FIRST_WORD],
        "peak_mb": peaks,
        "mb": {"keras_s2s": read_bundle(folder / "bundle").bytes / 1e6, "sherpa_onnx": _megabytes(folder / "peer")},
        "seconds": seconds,
        "float32_difference": difference,
        "versions": sorted({worker.ready for worker in workers.values()}),
    }


def make_untrained(folder: Path, settings: Sequence[str] = ()) -> Path:
    """Makes a run of recipe `speech` with random weights.

    Args:
        folder: for the run, and for the sound that it keeps as its sample.
        settings: `KEY=VALUE` each, in place of the recipe's.

    Returns:
        The path of the run.
    """
    config = load_recipe("speech", configs(), settings).config
    made = Run.create(folder / "run", "speech", None, None, config)
    task = TASKS["speech"]
    soundfile.write(folder / "sound.wav", synthetic_sound(config.audio.rate, 1.0), config.audio.rate)
    (folder / "list.tsv").write_text(f"sound.wav\t{_LETTERS}\n", encoding="utf-8")
    data = task.data(made)
    reader = data.reader(folder / "list.tsv")
    data.prepare(reader, reader, frozenset())
    keras.utils.set_random_seed(1)
    network, random = task.training(made).build(), np.random.default_rng(1)
    for weight in network.weights:
        # A converter removes a bias of zeros.
        if len(weight.shape) == 1:
            weight.assign(random.normal(0.0, 0.1, weight.shape))
    network.save(made.model_file)
    return made.path


def synthetic_sound(rate: int, seconds: float) -> np.ndarray:
    """Noise that swells four times per second, as speech does, between two silences."""
    time = np.arange(round(seconds * rate)) / rate
    swell = np.sin(4 * np.pi * time) ** 2 * ((time > 0.1) & (time < seconds - 0.1))
    return (0.1 * swell * np.random.default_rng(1).standard_normal(len(time))).astype(np.float32)


def check_network(made: Run) -> None:
    """Raises a UserError if a run is not for speech, or has layers that the peer's network has not."""
    if not isinstance(made.config, SpeechConfig):
        raise UserError(f"{made.path}: is for {made.task}, not for speech")
    model, plain = made.config.model, SpeechConfig().model
    for key in ("cell", "bidirectional", "pyramid", "residual", "layer_norm"):
        if (value := getattr(model, key)) != (known := getattr(plain, key)):
            raise UserError(f"{made.path}: model.{key} is {value}; the peer's network has {known}")
    if not made.config.train.ctc_weight:
        raise UserError(f"{made.path}: train.ctc_weight is 0; the peer has CTC alone")


def _write_sound(opened: LoadedRun, folder: Path, recording: Path | None, trained: bool) -> float:
    """Writes what is transcribed, and returns its length in seconds."""
    config = opened.run.config
    rate = config.audio.rate
    if recording:
        audio = read_audio(recording, rate)[0]
    elif trained:
        sample = opened.task.data(opened.run).sample_reader()
        audio = load(max(sample, key=lambda each: each.duration), rate)
    else:
        audio = synthetic_sound(rate, SECONDS)
    seconds = len(audio) / rate
    if len(audio) > config.max_samples:
        raise UserError(f"{recording}: is {seconds:.1f} s long; the network reads {config.train.max_seconds:g} at once")
    np.savez(folder / "sound.npz", audio=audio, tokens=0 if trained else round(TOKENS_PER_SECOND * seconds))
    return seconds


def _write_peer(opened: LoadedRun, folder: Path) -> float:
    """Makes the peer's model, and returns how far its float32 log probabilities are from Keras'."""
    network = opened.network
    np.savez(folder / "weights.npz", **{weight.path: weight.numpy() for weight in network.weights})
    models, inputs = Seq2Seq.of(network), pad_sounds([np.load(folder / "sound.npz")["audio"]])
    target = Tokenizer(tokenizer_file(opened.run))
    features = keras.Model(models.encoder.input, network.get_layer("normalization").output)
    np.savez(
        folder / "probe.npz",
        features=features(inputs).numpy(),
        ctc=models.encoder(inputs)["ctc"].numpy(),
        tail=TAIL * FACTOR,
        symbols=np.array(target.tokens(range(len(target)))),
    )
    (folder / "peer").mkdir()
    arguments = (f"{folder}/weights.npz", f"{folder}/probe.npz", f"{folder}/peer")
    return float(run_in_environment("benchmarks.peers.sherpa_network", *arguments))


def _commands(folder: Path, rate: int) -> dict[str, list[str]]:
    sound = f"{folder}/sound.npz"
    own = [sys.executable, "-m", "benchmarks.peers.edge_transcribing", f"{folder}/bundle", sound]
    peer = [str(PEERS), "-m", "benchmarks.peers.sherpa_transcribing", f"{folder}/peer", sound, str(rate)]
    return {**{f"keras_s2s {job}": [*own, job] for job in OURS}, PEER: peer}


def _megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.iterdir()) / 1e6


def _show(results: dict) -> None:
    table = Table(title=f"A recording of {results['seconds']:.1f} s, int8, one thread", title_justify="left")
    for column in ("", "seconds per second", "peak memory (MB)"):
        table.add_column(column, justify="right" if column else "left")
    for name, peak in results["peak_mb"].items():
        taken = results["seconds_per_second"].get(name)
        table.add_row(name, "" if taken is None else f"{taken:.4f}", f"{peak:.0f}")
    Console().print(table)
    print(f"First word: {results['first_word_ms']:.0f} ms after the end of the phrase.")
    ratios = (f"{job} {results['sherpa_onnx_' + job]:.2f}" for job in OURS)
    print(f"The peer's times over ours: {', '.join(ratios)}.")
    print(", ".join(f"{name} {size:.2f} MB" for name, size in results["mb"].items()))
    print(f"The peer's float32 log probabilities differ from Keras' by {results['float32_difference']:.1e} at most.")
    print(", ".join(results["versions"]))


if __name__ == "__main__":
    run(main)
