"""The command line. The commands are imported inside `main`, where Ctrl-C is handled."""

import contextlib
import os
import sys

from edge.errors import UserError
from edge.terminal import INTERRUPTED, run_command


def main() -> None:
    """Run a command; see `run_command` for the exit status."""
    if status := run_command(_command):
        sys.exit(status)


def run() -> None:
    """The program: a command, and then an end at once.

    TensorFlow's own end waits for the threads of its input pipelines, and with training that was ended in the middle of
    an epoch it was seen to wait for ever. All files are closed by then.
    """
    status: str | int | None = None
    try:
        main()
    except SystemExit as end:
        status = end.code
    if "tensorflow" not in sys.modules or not isinstance(status, int | None):
        sys.exit(status)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status or 0)


def _command() -> int:
    try:
        from pipelines.cli.app import run as run_app
        from pipelines.training.interrupted import Interrupted
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("pipelines", "keras_s2s", "edge"):
            raise
        raise UserError(
            f"package {error.name}: is not installed; install the extra train: pip install '.[train]' in a clone, or "
            "pip install 'WHEEL[train]' with the file of the wheel. On a device use: python -m edge"
        ) from error

    try:
        return run_app(sys.argv[1:])
    except Interrupted:
        # As after Ctrl-C elsewhere: what comes next in a script, or a scheduler, should not take it for done.
        return INTERRUPTED
