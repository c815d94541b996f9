"""The precision of matrix products, chosen once for a run."""

from keras_s2s.machine import fast_precision
from pipelines.run import Run
from pipelines.tasks.translation.config import TranslationConfig

# What was found out about the machine that a run began on.
_FILE = "machine.json"


def choose_precision(run: Run, config: TranslationConfig) -> None:
    """Choose the precision where the settings leave it open, for all workers and for a resumed training."""
    if config.train.precision == "auto":
        run.write_json(_FILE, {"precision": fast_precision()})


def chosen_precision(run: Run, config: TranslationConfig) -> str:
    """Return the precision of a run: `float32` or `bfloat16`."""
    chosen = run.read_json(_FILE).get("precision") or config.train.precision
    return fast_precision() if chosen == "auto" else chosen
