"""The TFLite runtimes, and SentencePiece inside of TensorFlow, without their greeting."""

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator

# Standard error is the process': one thread at a time turns it aside.
_LOCK = threading.Lock()

_GREETING = (b"INFO: ", b"normalizer.cc")


@contextlib.contextmanager
def without_greeting() -> Iterator[None]:
    """Drop the lines of level INFO that come on standard error meanwhile.

    The runtimes say that they have made an XNNPACK delegate at the first call of every flatbuffer, and SentencePiece
    that a tokenizer normalizes nothing. They write it from C++, past `sys.stderr`, and have no setting against it. All
    else that comes meanwhile is shown afterwards, also that of other threads.
    """
    with _LOCK, contextlib.ExitStack() as stack:
        try:
            if sys.stderr is not None:
                sys.stderr.flush()
            told = stack.enter_context(tempfile.TemporaryFile())
            stderr = os.dup(2)
        except (OSError, ValueError):
            # Closed, or no room for a file: then it may greet.
            yield
            return
        os.dup2(told.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            told.seek(0)
            rest = b"".join(line for line in told.read().splitlines(keepends=True) if not line.startswith(_GREETING))
            with contextlib.suppress(OSError):
                os.write(2, rest)
