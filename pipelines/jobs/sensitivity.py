"""Sparsity of each matrix of a run, measured on its validation sample."""

import numpy as np

from edge.errors import UserError
from keras_s2s.compress.matrices import matrices
from keras_s2s.compress.sensitivity import LEVELS, losses_by_sparsity, sparsity_by_sensitivity
from pipelines.log import log
from pipelines.network import load_network
from pipelines.run import Run
from pipelines.tasks.task import Task


def measure_sparsity(task: Task, run: Run) -> dict[str, float]:
    """Return a value of `compress.special`: matrices that the loss depends on less have more zeros.

    Args:
        task: of the run.
        run: a trained run, with settings whose `compress.sparsity` is the fraction of zeros of all matrices together.

    Raises:
        UserError: the sparsity is larger than can be measured.
    """
    sparsity = run.config.compress.sparsity
    if sparsity > LEVELS[-1]:
        raise UserError(f"--sparsity auto: compress.sparsity must be at most {LEVELS[-1]}, not {sparsity}")
    training, data = task.training(run), task.data(run)
    with training.context() as slices:
        model = training.trained(load_network(run), slices)
        model.compile(loss=training.loss())
        batches = data.batches(data.sample_reader())
        pruned = matrices(model)
        log(f"measuring how sensitive {len(pruned)} matrices are to pruning, on the validation sample")
        losses = losses_by_sparsity(pruned, lambda: float(model.evaluate(batches, verbose=0)))
    shares = sparsity_by_sensitivity([int(np.prod(each.shape)) for each in pruned], losses, sparsity)
    for variable, share, row in zip(pruned, shares, losses, strict=True):
        costs = zip(LEVELS, row[1:] - row[0], strict=True)
        increases = ", ".join(f"{cost:+.3f} at {level:.0%}" for level, cost in costs)
        log(f"sparsity of {variable.path}: {share:.1%}; loss alone {increases}")
    return {variable.path: round(share, 4) for variable, share in zip(pruned, shares, strict=True)}
