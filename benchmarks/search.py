"""`python -m benchmarks.search`: latency of decoding on the device, one thread, int8.

With `--bundle` and `--test` on real sentences; else on the design's network with random weights, whose sentences
hardly ever end before the limit. The steps with and without shortlist are always of random networks.
"""

import argparse
import itertools
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.command import run
from benchmarks.jobs import alternate_jobs
from edge.bundle import read_bundle
from edge.encoding import encode_tokens
from edge.flatbuffer_step import FlatbufferStep
from edge.runtime import Flatbuffer
from edge.search.batch import stack
from edge.search.options import SearchOptions
from edge.search.search import search
from edge.search.step import Encoded, Step
from edge.tokenizer import BOS, EOS
from edge.translator import Translator
from keras_s2s.config import Seq2SeqModelConfig
from keras_s2s.export.signatures import seq2seq_signatures
from keras_s2s.export.tflite import convert
from keras_s2s.models.seq2seq import build_seq2seq
from keras_s2s.sources.tokens import TokenSource
from pipelines.jobs.evaluate import evaluate
from pipelines.tasks import TASKS
from pipelines.tasks.protocol import Decoding

SOURCE_LENGTH, STEPS, CANDIDATES = 12, 24, 400
SENTENCES, BATCH = 64, 32


def main() -> None:
    """Measures, and prints a table or one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--bundle", type=Path, help="an int8 bundle with a shortlist")
    parser.add_argument("--test", help="pairs to translate with it")
    parser.add_argument("--limit", type=int, help="use only the first N of them for BLEU")
    parser.add_argument("--rounds", type=int, default=7, help="rounds per measurement [7]")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    if bool(options.bundle) != bool(options.test):
        parser.error("--bundle and --test go together")
    with tempfile.TemporaryDirectory() as folder:
        networks = {size: _random_network(size, Path(folder)) for size in (8000, 32000)}
        steps = {f"{size // 1000}k": _steps(network, size, options.rounds) for size, network in networks.items()}
        if options.bundle:
            searches = _real_searches(options.bundle, options.test, options.rounds)
        else:
            searches = _random_searches(networks[8000], options.rounds)
    results = {
        "milliseconds_a_sentence": searches,
        "milliseconds_a_step": steps,
        "beam5_cost": searches["beam 5"] / searches["greedy"],
        "batch32_gain": searches["greedy"] / searches["greedy, batch 32"],
        **{f"shortlist_gain_{name}": taken["whole"] / taken["shortlist"] for name, taken in steps.items()},
        "shortlist_bleu_loss": _bleu_loss(options.bundle, options.test, options.limit) if options.bundle else None,
    }
    print(json.dumps(results)) if options.json else _show(results)


def _random_network(vocabulary: int, folder: Path) -> Flatbuffer:
    models = build_seq2seq(Seq2SeqModelConfig(), TokenSource(Seq2SeqModelConfig(), vocabulary), vocabulary)
    path = folder / f"{vocabulary}.tflite"
    path.write_bytes(convert(seq2seq_signatures(models, STEPS, shortlist=True), "int8"))
    return Flatbuffer(path)


def _sources(count: int, vocabulary: int) -> list[list[int]]:
    random = np.random.default_rng(1)
    return [[*random.integers(EOS + 1, vocabulary, SOURCE_LENGTH - 1).tolist(), EOS] for _ in range(count)]


def _steps(network: Flatbuffer, vocabulary: int, rounds: int) -> dict[str, float]:
    """Milliseconds of a greedy step, with the choice of its token."""
    whole = FlatbufferStep(network)
    chosen = np.random.default_rng(2).choice(np.arange(EOS + 1, vocabulary), CANDIDATES - EOS - 1, replace=False)
    short = whole.shortened(np.concatenate([np.arange(EOS + 1), np.sort(chosen)]).astype(np.int32))
    start = stack([whole.encode(source=np.array(_sources(1, vocabulary), np.int32))], 1)

    def walk(step: Step) -> None:
        token, encoded = np.array([BOS], np.int32), start
        for _ in range(20 * STEPS):
            logits, states, _ = step.step(token, encoded)
            encoded = Encoded(encoded.memory, states)
            token = logits.argmax(axis=1).astype(np.int32)

    seconds = alternate_jobs({"whole": lambda: walk(whole), "shortlist": lambda: walk(short)}, rounds)
    return {name: 1000 * taken / (20 * STEPS) for name, taken in seconds.items()}


def _random_searches(network: Flatbuffer, rounds: int) -> dict[str, float]:
    step, sources = FlatbufferStep(network), _sources(SENTENCES, 8000)

    def job(beam: int, batch: int) -> Callable[[], None]:
        options = SearchOptions(beam=beam)

        def translate() -> None:
            for start in range(0, SENTENCES, batch):
                search(step, encode_tokens(step, sources[start : start + batch]), STEPS, options)

        return translate

    return _searches(job, rounds, SENTENCES, short=False)


def _real_searches(bundle: Path, test: str, rounds: int) -> dict[str, float]:
    texts = _texts(bundle, test, 4 * SENTENCES)
    translators = {
        (batch, short): Translator(bundle, batch=batch, shortlist=short) for batch in (1, BATCH) for short in (0, 1)
    }

    def job(beam: int, batch: int, short: bool = False) -> Callable[[], None]:
        translator, options = translators[batch, short], SearchOptions(beam=beam)
        return lambda: translator.translate(texts, options)

    return _searches(job, rounds, len(texts), short=True)


def _searches(job: Callable[..., Callable[[], None]], rounds: int, sentences: int, short: bool) -> dict[str, float]:
    """Return the latency of each kind of decoding in ms per sentence."""
    jobs = {}
    for beam, batch, listed in itertools.product((1, 5), (1, BATCH), (False, True) if short else (False,)):
        name = f"beam {beam}" if beam > 1 else "greedy"
        name += f", batch {batch}" * (batch > 1) + ", shortlist" * listed
        jobs[name] = job(beam, batch, *([listed] if short else []))
    return {name: 1000 * taken / sentences for name, taken in alternate_jobs(jobs, rounds).items()}


def _texts(bundle: Path, test: str, count: int) -> list[str]:
    pairs = TASKS["translation"].scores.bundle_reader(read_bundle(bundle).manifest, test)
    return [pair.source for pair in itertools.islice(pairs, count)]


def _bleu_loss(bundle: Path, test: str, limit: int | None) -> float:
    whole, short = (evaluate(bundle, test, limit, Decoding(shortlist=short))[1]["bleu"] for short in (False, True))
    return whole - short


def _show(results: dict) -> None:
    for title, unit in (("milliseconds_a_sentence", "sentence"), ("milliseconds_a_step", "step")):
        table = Table(title=f"Milliseconds a {unit}, one thread", title_justify="left")
        table.add_column("")
        table.add_column("ms", justify="right")
        for name, value in results[title].items():
            rows = value if isinstance(value, dict) else {"": value}
            for label, taken in rows.items():
                table.add_row(f"{name} {label}".strip(), f"{taken:.3f}")
        Console().print(table)
    for name in ("beam5_cost", "batch32_gain", "shortlist_gain_8k", "shortlist_gain_32k", "shortlist_bleu_loss"):
        value = results[name]
        print(f"{name:22} {'needs --bundle' if value is None else f'{value:.2f}'}")


if __name__ == "__main__":
    run(main)
