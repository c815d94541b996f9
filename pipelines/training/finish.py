"""What is left to do when training has ended: averaging, the task's last step, and the scores of the best weights."""

import time
from typing import Any

from edge.errors import UserError
from keras_s2s.averaging import average_weights
from keras_s2s.callbacks import KeepBest
from keras_s2s.compress.matrices import sparsity_line
from pipelines.log import log
from pipelines.network import load_network
from pipelines.run import Run
from pipelines.tasks.protocol import Decoding, Reader
from pipelines.tasks.task import Task
from pipelines.training.callbacks import LAST
from pipelines.training.ending import Ending


def finish(task: Task, run: Run, held_out: Reader, ending: Ending, started: float) -> dict[str, Any] | None:
    """Score the best weights of a run.

    Args:
        task: of the run.
        run: the run directory.
        held_out: the validation set.
        ending: why training ended.
        started: `time.monotonic()` at which the command began.

    Returns:
        The scores on the validation sample; None if training was interrupted before there were weights.

    Raises:
        UserError: training ended before there were weights to keep.
    """
    if not run.model_file.exists():
        if ending is Ending.INTERRUPTED:
            log("interrupted before the first validation: there are no weights to keep yet; resume with --resume")
            return None
        hint = "; resume with --resume" if run.checkpoint_file.exists() else ""
        prunes = run.config.compress.prunes
        when = "any validation at which the network was pruned" if prunes else "the first validation"
        raise UserError(f"{run.path}: training ended before {when}: there are no weights to keep{hint}")
    log(ending.value)
    if run.config.train.checkpoints > 1:
        _average(task, run)
    network = load_network(run)
    if run.config.compress.prunes:
        log(sparsity_line(network))
    task.training(run).finish(network, held_out)
    sample, began = task.data(run).sample_reader(), time.perf_counter()
    scores = task.scores.score(task.scores.predictor(run, network, Decoding()), sample, None)
    scores |= {"seconds": time.perf_counter() - began}
    run.write_json("scores.json", scores)
    minutes = (time.monotonic() - started) / 60
    log(f"{task.headline(scores)}; {minutes:.1f} minutes; the run is {run.path}")
    return scores


def _average(task: Task, run: Run) -> None:
    """Keep the mean of the weights after the last epochs, if it is better than the best weights."""
    network, metric = load_network(run), task.scores.metrics[0]
    sample = task.data(run).sample_reader()

    def score() -> dict[str, Any]:
        return task.scores.score(task.scores.predictor(run, network, Decoding()), sample, None)

    best = score()
    count = average_weights(network, run.file(LAST))
    mean = score()
    better = metric.worse_by(mean[metric.name], best[metric.name]) < 0
    log(f"the last {count} epochs averaged: {task.headline(mean)}; {'kept' if better else 'the best epoch is kept'}")
    if better:
        KeepBest(network, run.model_file).save()
