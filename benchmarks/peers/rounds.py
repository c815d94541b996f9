"""A worker's side of `benchmarks.worker`, in any environment."""

import statistics
import sys
import time
from collections.abc import Callable

# A round: long enough to be warm for most of it, and then time for the threads that wait for more work to sleep; they
# would take the next worker's core. OpenMP's wait for a fifth of a second.
_ROUND, _PAUSE = 0.05, 0.25


def answer_rounds(job: Callable[[], object], about: str) -> None:
    """Says that it is ready; then each line on standard input is answered by the seconds that the job takes.

    Args:
        job: what is measured, often enough per round for a stable time; the median counts.
        about: what is said after "ready".
    """
    for _ in range(3):
        taken = _seconds(job)
    times = max(1, round(_ROUND / taken))
    print("ready", about, flush=True)
    for _ in sys.stdin:
        seconds = statistics.median(_seconds(job) for _ in range(times))
        time.sleep(_PAUSE)
        print(seconds, flush=True)


def _seconds(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began
