"""The precision of matrix products, chosen once for a run."""

from keras_s2s.machine import fast_precision
from pipelines.run import Run

# What was found out about the machine that a run began on.
_FILE = "machine.json"


def choose_precision(run: Run, setting: str) -> None:
    """Choose the precision where the setting leaves it open, for all workers and for a resumed training."""
    if setting == "auto":
        run.write_json(_FILE, {"precision": fast_precision()})


def chosen_precision(run: Run, setting: str) -> str:
    """Return the precision of a run: `float32` or `bfloat16`."""
    chosen = run.read_json(_FILE).get("precision") or setting
    return fast_precision() if chosen == "auto" else chosen
