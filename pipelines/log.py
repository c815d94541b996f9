"""What a command says while it works: on stderr, so that stdout holds results only."""

import sys


def log(message: str) -> None:
    """Prints a line."""
    print(message, file=sys.stderr, flush=True)
