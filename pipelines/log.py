"""What a command says while it works: on stderr, so that stdout holds results only."""

import sys

_muted = False


def log(message: str) -> None:
    """Prints a line."""
    if not _muted:
        print(message, file=sys.stderr, flush=True)


def mute() -> None:
    """Lets this process say nothing more: another one speaks for all."""
    global _muted
    _muted = True
