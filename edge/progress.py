"""Progress of a command that reads many files, on standard error."""

import sys
from types import TracebackType


class Progress:
    """Shows how many files are done: on a terminal a line that is written again and again, else nothing.

    Args:
        total: number of files.
        unit: what they are, for example `images`.
    """

    def __init__(self, total: int, unit: str):
        self.total = total
        self.unit = unit
        self.done = 0
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> "Progress":
        self._show()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def step(self) -> None:
        """Count one more file."""
        self.done += 1
        self._show()

    def say(self, line: str) -> None:
        """Print a line above the progress."""
        self._clear()
        print(line, file=sys.stderr, flush=True)
        self._show()

    def _show(self) -> None:
        if self._shown:
            print(f"\r{self.done:,} of {self.total:,} {self.unit}", end="", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
