"""Functions of one process, measured in turns; `benchmarks.worker` measures processes."""

import statistics
import time
from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def alternate_jobs(jobs: Mapping[Name, Callable[[], object]], rounds: int) -> dict[Name, float]:
    """Return the median seconds of each job, all measured in turns after a round that does not count."""
    seconds: dict[Name, list[float]] = {name: [] for name in jobs}
    for round_ in range(rounds + 1):
        for name, job in jobs.items():
            started = time.perf_counter()
            job()
            if round_:
                seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(taken) for name, taken in seconds.items()}
