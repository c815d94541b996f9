"""Latency and memory of a speech bundle on this machine."""

import time
from typing import Any

import numpy as np

from edge.audio import read_audio
from edge.bench import peak_megabytes
from edge.bundle import read_bundle
from edge.deciding import decide_words
from edge.errors import UserError
from edge.recognizer import Recognizer
from edge.recognizer_components import open_recognizer_components
from edge.runtime import find_runtime
from edge.search.options import SearchOptions
from edge.sound import Sound

# Seconds of a synthetic recording, and tokens of its transcript per second: characters of fast speech.
SECONDS, TOKENS_PER_SECOND = 5.0, 15
RECORDINGS = 20

_WARM_UP = 2


def bench_sound(path: str, threads: int = 1, beam: int = 1, source: str | None = None) -> dict[str, Any]:
    """Measures a speech bundle, a recording at a time.

    Args:
        path: the bundle.
        threads: of the runtime.
        beam: hypotheses of the search.
        source: a recording to transcribe, `RECORDINGS` times. Without one, noise of `SECONDS` seconds is, to
            `TOKENS_PER_SECOND` tokens a second.

    Returns:
        runtime, version, threads, beam, recordings, their seconds; megabytes of the flatbuffer, and of the process at
        its peak; start_ms, from nothing loaded to the first transcript; first_word_ms, until the first word of a phrase
        is decided, and seconds_per_second, of computing and of sound: p50, p90, p99 both; operators.

    Raises:
        UserError: the bundle is damaged, for another task, or the installed runtime cannot run it; or the recording
            cannot be used.
    """
    started = time.perf_counter()
    bundle = read_bundle(path)
    components = open_recognizer_components(bundle, threads)
    recognizer = Recognizer(components)
    noise = 0.1 * np.random.default_rng(1).standard_normal(components.max_samples, np.float32)
    noise = noise[: round(SECONDS * components.rate)]
    first = SearchOptions(max_length=1)
    decide_words(components, Sound(noise[: components.rate]), first)
    start = time.perf_counter() - started
    if source:
        sound = read_audio(source, components.rate)[0]
        options = SearchOptions(beam=beam)
        phrase = next(recognizer.phrases([sound]), None)
        if phrase is None:
            raise UserError(f"{source}: has no speech; name a recording with speech")
        head = Sound(phrase.samples)
    else:
        sound, head = noise, Sound(noise)
        length = min(components.max_target_length, round(TOKENS_PER_SECOND * len(noise) / components.rate))
        options = SearchOptions(beam=beam, min_length=length, max_length=length)
    seconds, latency = [], []
    for _ in range(_WARM_UP + RECORDINGS):
        began = time.perf_counter()
        decide_words(components, head, options, 1)
        latency.append(time.perf_counter() - began)
        began = time.perf_counter()
        if source:
            recognizer.transcribe(sound, components.rate, options)
        else:
            decide_words(components, head, options)
        seconds.append((time.perf_counter() - began) * components.rate / len(sound))
    runtime, version, _ = find_runtime()
    return {
        "bundle": str(path),
        "runtime": runtime,
        "version": version,
        "threads": threads,
        "beam": beam,
        "recordings": RECORDINGS,
        "seconds": len(sound) / components.rate,
        "model_mb": bundle.model.stat().st_size / 1e6,
        "peak_mb": peak_megabytes(),
        "start_ms": start * 1e3,
        "first_word_ms": _percentiles(latency[_WARM_UP:], 1e3),
        "seconds_per_second": _percentiles(seconds[_WARM_UP:]),
        "operators": bundle.manifest["operators"],
    }


def _percentiles(values: list[float], scale: float = 1.0) -> dict[str, float]:
    found = scale * np.percentile(values, (50, 90, 99))
    return dict(zip(("p50", "p90", "p99"), map(float, found), strict=True))
