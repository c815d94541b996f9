"""`keras-s2s fetch`: public data sets, and synthetic ones."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from edge.errors import UserError
from pipelines.data.cmudict import STRESS, fetch_cmudict
from pipelines.data.corpora import CORPORA
from pipelines.data.corpora import fetch as fetch_corpus
from pipelines.data.shapes import fetch_shapes
from pipelines.data.spoken_numbers import fetch_spoken_numbers


def _generated(name: str, generate: Callable[[Path], None], out: Path, source_file: Path | None) -> None:
    if source_file:
        raise UserError(f"--from is for a corpus that is downloaded; {name} are generated")
    generate(out)


# Each writes a data set to a directory, from a file of the user's if there is one.
DATA_SETS: dict[str, Callable[[Path, Path | None], None]] = {
    **{name: partial(fetch_corpus, name) for name in CORPORA},
    **{name: partial(fetch_cmudict, name) for name in STRESS},
    "shapes": partial(_generated, "shapes", fetch_shapes),
    "spoken-numbers": partial(_generated, "spoken-numbers", fetch_spoken_numbers),
}


def fetch(name: str, out: Path, source_file: Path | None = None) -> None:
    """Write a data set, split so that no test example is in the training set.

    Args:
        name: a key of `DATA_SETS`.
        out: the directory for train, valid, test and ATTRIBUTION.
        source_file: a downloaded file to use instead of downloading.

    Raises:
        UserError: there is no such data set, it cannot be had, or `out` holds something else.
    """
    if name not in DATA_SETS:
        raise UserError(f"fetch {name}: is not one of {', '.join(DATA_SETS)}")
    DATA_SETS[name](out, source_file)
