"""How a command line ends: one line for what went wrong, and an exit status, whatever happens to its streams."""

import contextlib
import errno
import io
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

from edge.errors import UserError

BAD_INPUT, INTERRUPTED = 2, 130


def run_command(command: Callable[[], int | None]) -> int:
    """Run a command, and turn what a user can do something about into one line on standard error.

    Args:
        command: the command; returns its exit status, None for 0.

    Returns:
        The exit status: the command's; 2 for bad input and for streams that cannot be read or written; 130 after
        Ctrl-C; 0 if the reader of a pipe has gone (`| head`), where nothing is wrong.
    """
    status: int | None = None
    interrupt = _Interrupt()
    try:
        with interrupt:
            _open_streams()
            warnings.showwarning = _show_warning
            try:
                status = command()
            except SystemExit:
                # After `--help`.
                sys.stdout.flush()
                raise
            # What is still buffered would fail when Python ends, with a message of its own.
            sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        # An import that Ctrl-C ends may say that a package is damaged.
        is_interrupt = interrupt.came or isinstance(error, KeyboardInterrupt)
        status = INTERRUPTED if is_interrupt else _report(error)
    finally:
        _drop_unwritten()
    return status or 0


class _Interrupt:
    """Notes that Ctrl-C came, while it is entered; as ever, it raises a KeyboardInterrupt."""

    def __init__(self) -> None:
        self.came = False
        self._before: Any = None

    def __enter__(self) -> None:
        # An own handler of the caller is kept, and only the main thread may set one.
        is_free = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if is_free and threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, *_: object) -> None:
        self.came = True
        raise KeyboardInterrupt


def _report(error: BaseException) -> int:
    """Print what went wrong if a user can do something about it; raise it again if not."""
    match error:
        case UserError():
            return _fail(str(error))
        case BrokenPipeError():
            return 0
        case UnicodeEncodeError():
            return _fail(f"{error.object[:80]!r}: is not UTF-8; use a path and texts that are")
        case OSError():
            return _fail(_explanation(error))
        case _:
            raise error


def write_utf8() -> None:
    """Write UTF-8 and plain line feeds to standard output, whatever the locale and the system are."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors=sys.stdout.errors, newline="\n")


def _open_streams() -> None:
    """Put something in the place of standard streams that are closed.

    Python has None for them, and the next file that is opened would get their number, to be written to by libraries.
    """
    with contextlib.suppress(OSError):
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(descriptor)
    # The type checker knows these as streams that are always there.
    streams: dict[str, io.TextIOBase | None] = {name: getattr(sys, name) for name in ("stdin", "stdout", "stderr")}
    if streams["stdin"] is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(_Closed()))
    if streams["stdout"] is None:
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(_Closed()))
    if streams["stderr"] is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        # File names that are not UTF-8 can be shown, if not be copied.
        sys.stdout.reconfigure(errors="backslashreplace")


class _Closed(io.RawIOBase):
    """A stream that is closed from the start; only its use is an error."""

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        raise OSError(errno.EBADF, "it is closed")

    def write(self, data: object) -> int:
        raise OSError(errno.EBADF, "it is closed")


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"warning: {message}", file=sys.stderr)


def _fail(message: str) -> int:
    # Where standard error cannot be written to either, the status says it.
    with contextlib.suppress(OSError, ValueError):
        print(f"error: {' '.join(message.splitlines())}", file=sys.stderr, flush=True)
    return BAD_INPUT


def _explanation(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    if error.filename is None:
        # What reads names its files and standard input, and what writes its files.
        return f"standard output: cannot be written ({reason})"
    return f"{os.fsdecode(error.filename)}: cannot be read or written ({reason})"


def _drop_unwritten() -> None:
    """Let go of what is buffered but cannot be written: Python would complain of it once more at its end."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        try:
            stream.flush()
        except (OSError, ValueError):
            empty = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
            try:
                os.dup2(empty.fileno(), stream.fileno())
                stream.flush()
            except (OSError, ValueError):
                setattr(sys, name, empty)
