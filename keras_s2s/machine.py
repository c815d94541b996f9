"""What a machine is good at, and how a training process makes use of it."""

import ctypes
import functools
import os
import sys
import time
from pathlib import Path

import tensorflow as tf

# mallopt's parameters, from glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST = 2**31 - 1

_MAX_SLICES = 4


def keep_memory() -> None:
    """Has the allocator keep large freed blocks, instead of returning them to the system each time.

    A training step makes and drops hundreds of megabytes. By default each large tensor is fresh memory, and clearing
    it page by page took an eighth of a training step where it was measured. Elsewhere than on Linux with glibc, and
    where another allocator is loaded, nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_MMAP_THRESHOLD, 1 << 30)
        mallopt(_TRIM_THRESHOLD, _LARGEST)


@functools.cache
def spread_over_cores() -> int:
    """Sets TensorFlow's threads for `layers.parallel.Parallel`, and returns the number of slices of a batch.

    The steps of a recurrent network are many small operators. An operator that is split over several cores waits for
    the slowest of them; slices of the batch, one per core, wait for each other once per training step. It has to be
    called before TensorFlow runs anything; afterwards the threads cannot change, and there is a single slice.
    """
    if tf.config.list_physical_devices("GPU"):
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    slices = min(cores, _MAX_SLICES)
    try:
        tf.config.threading.set_intra_op_parallelism_threads(max(1, cores // slices))
        tf.config.threading.set_inter_op_parallelism_threads(slices)
    except RuntimeError:
        return 1
    return slices


@functools.cache
def fast_precision() -> str:
    """The precision of products that is the fastest here: `bfloat16` or `float32`.

    Some processors that have instructions for bfloat16 take twice as long with them as with float32, so both are tried.
    """
    if tf.config.list_physical_devices("GPU"):
        return "bfloat16"
    cpu = Path("/proc/cpuinfo")
    flags = cpu.read_text(encoding="utf-8") if cpu.exists() else ""
    if "avx512_bf16" not in flags and "amx_bf16" not in flags:
        return "float32"
    # Differences within the noise of the measurement do not count: a resumed run has to choose the same precision.
    return "bfloat16" if _seconds(tf.bfloat16) < 0.85 * _seconds(tf.float32) else "float32"


def _seconds(dtype: tf.DType) -> float:
    """How long a product takes, at best."""
    matrix = tf.ones((512, 512), dtype)
    times = []
    for _ in range(20):
        began = time.perf_counter()
        tf.linalg.matmul(matrix, matrix).numpy()
        times.append(time.perf_counter() - began)
    return min(times)
