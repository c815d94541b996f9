"""Benchmark of a segmentation bundle: latency and memory on this machine."""

import time
from typing import Any

import numpy as np

from edge.bench import peak_megabytes
from edge.bundle import read_bundle
from edge.runtime import find_runtime
from edge.segmenter import Segmenter

IMAGES = 30

_WARM_UP = 3


def bench_images(path: str, threads: int = 1, side: int = 256) -> dict[str, Any]:
    """Measure a segmentation bundle, one image per call.

    Args:
        path: the bundle.
        threads: of the runtime.
        side: side length of the images in pixels. They are noise: the latency does not depend on the content.

    Returns:
        runtime, version, threads, images, side; megabytes of the flatbuffer, and of the process at its peak;
        start_ms, from nothing loaded to the first mask; image_ms: p50, p90, p99; operators.

    Raises:
        UserError: the bundle is damaged, for another task, or the installed runtime cannot run it.
    """
    image = np.random.default_rng(1).integers(0, 256, (side, side, 3), dtype=np.uint8)
    started = time.perf_counter()
    bundle = read_bundle(path)
    segmenter = Segmenter(path, threads)
    segmenter.mask(image)
    start = time.perf_counter() - started
    seconds = []
    for _ in range(_WARM_UP + IMAGES):
        began = time.perf_counter()
        segmenter.mask(image)
        seconds.append(time.perf_counter() - began)
    runtime, version, _ = find_runtime()
    p50, p90, p99 = (float(value) for value in np.percentile(seconds[_WARM_UP:], (50, 90, 99)) * 1e3)
    return {
        "bundle": str(path),
        "runtime": runtime,
        "version": version,
        "threads": threads,
        "images": IMAGES,
        "side": side,
        "model_mb": bundle.model.stat().st_size / 1e6,
        "peak_mb": peak_megabytes(),
        "start_ms": start * 1e3,
        "image_ms": {"p50": p50, "p90": p90, "p99": p99},
        "operators": bundle.manifest["operators"],
    }
