"""`python -m edge`: the device's command line. Everything else is imported inside `main`, where Ctrl-C is handled."""

import sys
from collections.abc import Sequence

from edge.terminal import run_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status, see `run_command`."""

    def command() -> None:
        from edge.cli import run

        run(arguments)

    return run_command(command)


if __name__ == "__main__":
    sys.exit(main())
