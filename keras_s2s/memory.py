"""How the process gets its memory."""

import ctypes
import sys

# mallopt's parameters, from glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST = 2**31 - 1


def keep_memory() -> None:
    """Has the allocator keep large blocks that are given back, instead of returning them to the system each time.

    A training step makes and drops hundreds of megabytes. By default each large tensor is fresh memory, and clearing
    it page by page took an eighth of a training step where it was measured. Elsewhere than on Linux with glibc, and
    where another allocator is loaded, nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_MMAP_THRESHOLD, 1 << 30)
        mallopt(_TRIM_THRESHOLD, _LARGEST)
