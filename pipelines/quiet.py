"""TensorFlow without its greeting."""

import os
import sys
import tempfile


def import_tensorflow() -> None:
    """Imports TensorFlow, and drops the lines that it writes to stderr whatever its log level is.

    They come from C++, past `sys.stderr`. If the import fails they are shown after all.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as greeting:
        os.dup2(greeting.fileno(), 2)
        try:
            import tensorflow  # noqa: F401
        except BaseException:
            greeting.seek(0)
            os.write(stderr, greeting.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
    # It warns of every function without a gradient that it loads; here nothing that is loaded is trained.
    from absl import logging

    logging.set_verbosity(logging.ERROR)
