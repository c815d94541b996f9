"""How fast this machine reads as many bytes as a step of decoding does, over and over; one thread.

python -m benchmarks.peers.memory_reading BYTES

The maximum of the bytes is NumPy's fastest operation that reads every one of them: a vector instruction for 64.
"""

import sys

import numpy as np

from benchmarks.peers.rounds import answer_rounds


def main(size: str) -> None:
    """Reads whenever asked to."""
    read = np.random.default_rng(1).integers(-127, 128, int(size), np.int8)
    answer_rounds(read.max, f"numpy {np.__version__}")


if __name__ == "__main__":
    main(*sys.argv[1:])
