"""How long sound may be that is not split into phrases: hardly longer than the recordings of the training set.

A network reads what is much longer than all that it was trained on with more errors.
"""

from collections.abc import Iterable

import numpy as np

from pipelines.data.recording_files import Recording
from pipelines.run import Run
from pipelines.tasks.speech.config import SpeechConfig

_FILE, _KEY = "sound.json", "phrase_seconds"

# A quarter more than 99 percent of the recordings have: a single long one is no measure.
_PERCENT, _MORE = 99.0, 1.25

# A phrase is a word at least.
_LEAST_SECONDS = 1.0


def save_phrase_length(run: Run, recordings: Iterable[Recording]) -> None:
    """Write the length into the run, given the recordings of the training set."""
    usual = float(np.percentile([recording.duration for recording in recordings], _PERCENT))
    run.write_json(_FILE, {_KEY: round(max(_LEAST_SECONDS, _MORE * usual), 3)})


def copy_phrase_length(base: Run, run: Run) -> None:
    """Write the length that another run has, if any."""
    if known := base.read_json(_FILE):
        run.write_json(_FILE, known)


def phrase_samples(run: Run) -> int:
    """Return the length in samples; without one, in a run of an earlier version, all that the network can read."""
    assert isinstance(run.config, SpeechConfig)
    seconds = run.read_json(_FILE).get(_KEY, run.config.train.max_seconds)
    return min(round(seconds * run.config.audio.rate), run.config.max_samples)
