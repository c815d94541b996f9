"""Benchmark of a translation bundle: latency and memory on this machine."""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edge.bundle import read_bundle
from edge.components import open_components
from edge.encoding import EncoderDecoder, encode_tokens
from edge.reader import Segment
from edge.runtime import find_runtime
from edge.search.options import SearchOptions
from edge.search.search import search
from edge.tokenizer import BOS, EOS
from edge.translator import Translator

# Length in tokens of synthetic sentences, and the maximum length of their translations.
TOKENS, STEPS = 12, 24
SENTENCES = 50

_WARM_UP = 3

_STATUS = Path("/proc/self/status")


def bench(path: str, threads: int = 1, beam: int = 1, texts: Sequence[str] = ()) -> dict[str, Any]:
    """Measure a translation bundle, one sentence per call; `bench_images` measures a segmentation bundle.

    Args:
        path: the bundle.
        threads: of the runtime.
        beam: beam size; 1 is greedy search.
        texts: sentences to translate; if empty, synthetic sentences of `TOKENS` random tokens, with translations of up
            to `STEPS` tokens.

    Returns:
        runtime, version, threads, sentences, beam; megabytes of the flatbuffer, and of the process at its peak (None on
        Windows, which does not say);
        start_ms, from nothing loaded to the first translation; step_ms, of one greedy step; sentence_ms: p50, p90, p99;
        tokens_per_second; words_per_second of a bundle that translates words; operators.

    Raises:
        UserError: the bundle is damaged, for another task, or the installed runtime cannot run it.
    """
    started = time.perf_counter()
    bundle = read_bundle(path)
    components = open_components(bundle, threads)
    translator = Translator(components)
    # Not text: the model might know nothing of it, and not be asked.
    translator.translate_segments([Segment("", "", True, (EOS + 1, EOS))])
    start = time.perf_counter() - started
    step = components.step
    random = np.random.default_rng(1)
    sources = random.integers(EOS + 1, len(components.source), (SENTENCES, TOKENS - 1)).tolist()
    step_seconds = _step_seconds(step, [*sources[0], EOS])
    if texts:
        options = SearchOptions(beam=beam)
        tokens = sum(len(translator.explain(text, options).target_tokens) for text in texts)
        seconds, _ = _timed(texts, lambda text: len(translator.translate(text, options)))
    else:
        # No minimum length: decoding is slower with one.
        options = SearchOptions(beam=beam, max_length=STEPS - 1)
        seconds, tokens = _timed(sources, lambda source: len(_search(step, source, options)) + 1)
    runtime, version, _ = find_runtime()
    p50, p90, p99 = (float(value) for value in np.percentile(seconds, (50, 90, 99)) * 1e3)
    return {
        "bundle": str(path),
        "runtime": runtime,
        "version": version,
        "threads": threads,
        "sentences": len(seconds),
        "beam": beam,
        "model_mb": bundle.model.stat().st_size / 1e6,
        "peak_mb": peak_megabytes(),
        "start_ms": start * 1e3,
        "step_ms": step_seconds * 1e3,
        "sentence_ms": {"p50": p50, "p90": p90, "p99": p99},
        "tokens_per_second": tokens / sum(seconds),
        **({"words_per_second": len(seconds) / sum(seconds)} if bundle.manifest.get("scoring") == "words" else {}),
        "operators": bundle.manifest["operators"],
    }


def peak_memory() -> int | None:
    """The most memory that this process has had, in bytes; None where the system does not say (Windows)."""
    # Not `getrusage`, where it can be avoided: a process begins with the peak of the one that started it.
    if _STATUS.exists():
        return _status("VmHWM")
    try:
        import resource
    except ImportError:
        return None
    # Kilobytes, but bytes on a Mac.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def peak_megabytes() -> float | None:
    """The most memory that this process has had, in megabytes; None where the system does not say."""
    peak = peak_memory()
    return None if peak is None else peak / 1e6


def memory() -> int | None:
    """The memory that this process has now, in bytes; where the system does not say, as `peak_memory`."""
    return _status("VmRSS") if _STATUS.exists() else peak_memory()


def _status(key: str) -> int:
    """An entry of Linux's description of this process, in bytes."""
    return 1024 * int(next(line.split()[1] for line in _STATUS.read_text().splitlines() if line.startswith(key)))


def _step_seconds(step: EncoderDecoder, source: list[int], times: int = 200) -> float:
    """The median time of a greedy step, the choice of the next token included."""
    encoded = step.encode(source=np.array([source], np.int32))
    token, seconds = np.array([BOS], np.int32), []
    for _ in range(times):
        started = time.perf_counter()
        token = step.step(token, encoded).logits.argmax(-1).astype(np.int32)
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))


def _search(step: EncoderDecoder, source: list[int], options: SearchOptions) -> list[int]:
    return search(step, encode_tokens(step, [[*source, EOS]]), STEPS, options)[0][0].tokens


def _timed(items: Iterable[Any], run: Callable[[Any], int]) -> tuple[list[float], int]:
    """Seconds of each item, and the sum of what the runs return."""
    items = list(items)
    for item in items[:_WARM_UP]:
        run(item)
    seconds, total = [], 0
    for item in items:
        started = time.perf_counter()
        total += run(item)
        seconds.append(time.perf_counter() - started)
    return seconds, total
