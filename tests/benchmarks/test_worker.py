import sys

from benchmarks.worker import Worker

PROGRAM = """
import sys
taken = bytearray({megabytes} * 1000 * 1000)
print("ready", "steady", flush=True)
for _ in sys.stdin:
    print(0.25, flush=True)
"""


def test_rounds_and_the_peak_of_memory():
    small, large = (Worker([sys.executable, "-c", PROGRAM.format(megabytes=each)]) for each in (1, 61))
    for worker in (small, large):
        worker.round()
        assert worker.median == 0.25 and worker.ready == "steady"
    grown = large.peak_megabytes - small.peak_megabytes
    assert 55 < grown < 65
    for worker in (small, large):
        worker.close()
