"""From settings to callbacks."""

import fnmatch

import keras

from edge.errors import UserError
from keras_s2s.callbacks import TrainingLeft
from keras_s2s.compress.cluster import Clustering
from keras_s2s.compress.matrices import matrices
from keras_s2s.compress.prune import Pruning
from keras_s2s.compress.qat import QuantizationAware
from keras_s2s.compress.tfmot import ConstantSparsity, PolynomialDecay, PruningSchedule
from keras_s2s.config import CompressConfig
from keras_s2s.export.low_bits import scale_axis

# The number of training steps is not known: the steps of the schedule are thousandths of the training.
_STEPS = 1000
_UPDATES = 20


def compression_callbacks(
    config: CompressConfig, left: TrainingLeft, model: keras.Model
) -> list[keras.callbacks.Callback]:
    """What holds a model's matrices to the settings while it trains, in the order in which the callbacks stand.

    Args:
        config: the settings.
        left: how much of the training is; it stands before them.
        model: that they will train.

    Raises:
        UserError: no matrix of the model is meant by a pattern, or what is to be clustered is not pruned yet.
    """
    paths = [variable.path for variable in matrices(model)]
    for pattern in config.special:
        if not fnmatch.filter(paths, pattern):
            raise UserError(f"compress.special: no matrix matches {pattern!r}; there are {', '.join(paths)}")
    if config.clusters and config.sparsity and not any((each.numpy() == 0).any() for each in matrices(model)):
        raise UserError("compress.clusters: a network is pruned first, and then clustered: one after the other")
    callbacks: list[keras.callbacks.Callback] = []
    if config.bits:
        callbacks.append(QuantizationAware(config.bits, lambda variable: scale_axis(variable, config.bits)))
    if config.prunes:
        callbacks.append(
            Pruning(
                _schedule(config, config.sparsity),
                {pattern: _schedule(config, sparsity) for pattern, sparsity in config.special.items()},
                config.block,
                m_by_n=_m_by_n(config.pattern),
                step=lambda: round(_STEPS * (1.0 - left.share)),
            )
        )
    if config.clusters:
        callbacks.append(Clustering(config.clusters, config.centroids))
    return callbacks


def _m_by_n(pattern: str) -> tuple[int, int] | None:
    zeros, _, neighbours = pattern.partition(":")
    return (int(zeros), int(neighbours)) if pattern else None


def _schedule(config: CompressConfig, sparsity: float) -> PruningSchedule:
    begin, end = round(_STEPS * config.pruned_from), round(_STEPS * config.pruned_by)
    if config.pruning == "constant":
        begin = 0
    if config.pattern:
        # The pattern says how many; the schedule only when.
        return ConstantSparsity(0.5, begin, frequency=_STEPS)
    if config.pruning == "constant":
        return ConstantSparsity(sparsity, begin, frequency=_STEPS)
    end = max(end, begin + 1)
    return PolynomialDecay(0.0, sparsity, begin, end, frequency=max(1, (end - begin) // _UPDATES))
