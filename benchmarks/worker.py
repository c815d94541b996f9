"""A process that measures whenever it is asked to, so that two peers can be measured in turns."""

import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent


class Worker:
    """A command that prints "ready ..." when it is warm, and the seconds of one round for each line it reads.

    Args:
        command: its arguments, run in the project's root.

    Attributes:
        ready: what it said after "ready".
        seconds: of each round so far.
    """

    def __init__(self, command: Sequence[str]):
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        word, _, self.ready = self._answer().partition(" ")
        if word != "ready":
            raise RuntimeError(f"{' '.join(command)}: said {word!r} instead of being ready")
        self.seconds: list[float] = []

    def round(self) -> None:
        """Measures once."""
        print(file=self.process.stdin, flush=True)
        self.seconds.append(float(self._answer()))

    @property
    def median(self) -> float:
        """Seconds of a round."""
        return statistics.median(self.seconds)

    @property
    def peak_megabytes(self) -> float:
        """The most memory that the process has had so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return 1.024e-3 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))

    def close(self) -> None:
        """Ends the process."""
        self.process.stdin.close()
        self.process.wait()

    def _answer(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(map(str, self.process.args))}: ended with status {self.process.wait()}")
        return line.strip()


def alternate(workers: Sequence[Worker], rounds: int) -> None:
    """Measures all in turns, so that what else the machine does reaches all of them."""
    for _ in range(rounds):
        for worker in workers:
            worker.round()
