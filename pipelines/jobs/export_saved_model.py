"""`keras-s2s export --format saved-model`: from a run to a SavedModel that is known to work."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from edge.errors import UserError
from edge.files import making
from edge.outputs import check_output
from keras_s2s.export.saved_model import save
from keras_s2s.export.warmup import write_warmup
from pipelines.data.pairs import PathLike
from pipelines.log import log
from pipelines.tasks.opening import load_run


def export_saved_model(path: PathLike, out: PathLike, ids: bool = False) -> dict[str, Any]:
    """Saves a run's best weights with all that serving them takes, loads the result again, and scores it.

    Args:
        path: a run.
        out: the SavedModel's directory, which must not exist or be empty.
        ids: without tokenizers: token IDs as input and output.

    Returns:
        Scores on the run's validation sample.

    Raises:
        UserError: path or out cannot be used.
    """
    path, out = Path(path), Path(out)
    check_output(out)
    task, run, network = load_run(path)
    if ids:
        task.check_option("--ids", path)
    served, data = task.export(run).served(ids), task.data(run)
    sample = data.sample_reader()
    log(f"saving {path} as a SavedModel" + ", ids only" * ids)
    try:
        with making(out) as partial:
            save(served.module(network), partial)
            write_warmup(partial, served.warmup(sample))
            loaded = tf.saved_model.load(str(partial)).signatures["serving_default"]
            scores = task.scores.score(served.predictor(loaded), sample, None)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error})") from error
    log(f"{task.headline(scores)}; the SavedModel is {out}")
    return scores
