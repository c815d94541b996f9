"""Magnitude pruning."""

import functools
from collections.abc import Callable, Mapping
from fnmatch import fnmatch

import keras
import numpy as np
import tensorflow as tf

from keras_s2s.compress.matrices import matrices
from keras_s2s.compress.tfmot import PruningSchedule, pruning_mask
from keras_s2s.tensors import Tensor

# The end of every schedule.
_FOR_EVER = 10**9


class Pruning(keras.callbacks.Callback):
    """Sets more and more of the smallest weights to zero while a model trains (Zhu and Gupta 2017).

    After each step of the optimizer the pruned weights are zero again; what is zero stays zero, so that a training that
    continues, and a model that was pruned before, need nothing else. A matrix of nothing but zeros has not begun to
    learn: it is taken for dense.

    Averages of the weights over time are pruned as the weights are, before each validation and in the end. A callback
    that puts them into the model, `keras.callbacks.SwapEMAWeights`, stands before this one.

        model.fit(..., callbacks=[Pruning(PolynomialDecay(0.0, 0.8, begin_step=0, end_step=1000))])

    Args:
        schedule: of the sparsity, by step: `tfmot.PolynomialDecay` or `tfmot.ConstantSparsity`.
        special: schedules of matrices whose path matches a pattern, for example `{"decoder/*": ...}`; the first
            pattern that matches counts.
        block, pooling, m_by_n: what goes together, see `tfmot.pruning_mask`.
        step: says how far training is, in the schedule's steps; the optimizer's count if not given.
    """

    def __init__(
        self,
        schedule: PruningSchedule,
        special: Mapping[str, PruningSchedule] | None = None,
        block: tuple[int, int] = (1, 1),
        pooling: str = "AVG",
        m_by_n: tuple[int, int] | None = None,
        step: Callable[[], int] | None = None,
    ):
        super().__init__()
        self.schedule = _Schedule(schedule)
        self.special = {pattern: _Schedule(each) for pattern, each in (special or {}).items()}
        self.block = block
        self.pooling = pooling
        self.m_by_n = m_by_n
        self.step = step or self._steps_done
        self.matrices: list[_Pruned] = []

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.matrices = []

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        # Not earlier: in a resumed training another callback has just restored the weights.
        if not self.matrices:
            chosen = matrices(self.model)
            self.matrices = [_Pruned(variable, self._schedule_of(variable.path)) for variable in chosen]

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        step = self.step()
        for pruned in self.matrices:
            pruned.apply()
            if pruned.is_due(step):
                weights = pruned.variable.value
                pruned.restrict(pruning_mask(weights, pruned.sparsity, self.block, self.pooling, self.m_by_n))

    def on_test_begin(self, logs: dict | None = None) -> None:
        # The model may have averages in it, of weights that were pruned only lately.
        self._apply()

    def on_train_end(self, logs: dict | None = None) -> None:
        # As before: an optimizer with averages leaves them in the model.
        self._apply()

    def _apply(self) -> None:
        for pruned in self.matrices:
            pruned.apply()

    @property
    def reached(self) -> bool:
        """All matrices are as sparse as they will be."""
        return all(pruned.reached for pruned in self.matrices)

    def _schedule_of(self, path: str) -> "_Schedule":
        matching = (schedule for pattern, schedule in self.special.items() if fnmatch(path, pattern))
        return next(matching, self.schedule)

    def _steps_done(self) -> int:
        return int(self.model.optimizer.iterations)


class _Schedule:
    """A schedule that all matrices share: TensorFlow computes each step once, not once for each matrix."""

    def __init__(self, schedule: PruningSchedule):
        self.begin_step = schedule.begin_step
        self._schedule = schedule
        self.at = functools.cache(self._at)

    def _at(self, step: int) -> tuple[bool, float]:
        """Whether to prune at a step, and the sparsity then."""
        is_due, sparsity = self._schedule(step)
        return bool(is_due), float(sparsity)


class _Pruned:
    """A matrix and its mask; None as long as the matrix is dense."""

    def __init__(self, variable: keras.Variable, schedule: _Schedule):
        self.variable = variable
        self.schedule = schedule
        self.mask: Tensor | None = None
        self.final = schedule.at(_FOR_EVER)[1]
        used, size = variable.value != 0, int(np.prod(variable.shape))
        count = int(tf.math.count_nonzero(used))
        if 0 < count < size:
            self.mask = tf.cast(used, variable.dtype)
        # A training that was over, and is made longer.
        self._was_final = 0 < count <= round(size * (1.0 - self.final))
        self.sparsity = 0.0
        self.step = schedule.begin_step - 1

    @property
    def reached(self) -> bool:
        return self._was_final or self.sparsity >= self.final

    def restrict(self, mask: Tensor) -> None:
        """Prunes all weights that another mask has not, either."""
        self.mask = mask if self.mask is None else self.mask * mask
        self.apply()

    def apply(self) -> None:
        """Makes the pruned weights zero."""
        if self.mask is not None:
            self.variable.assign(self.variable * self.mask)

    def is_due(self, step: int) -> bool:
        """Whether to prune now, and then `sparsity` is how much."""
        # Steps may be skipped, those at which the schedule prunes among them.
        passed = map(self.schedule.at, range(self.step + 1, step + 1))
        due = [sparsity for is_due, sparsity in passed if is_due]
        self.step = max(self.step, step)
        # The last one, too, where the schedule's steps do not end on it.
        due += [self.final] if step >= self.schedule.begin_step and self.schedule.at(step)[1] >= self.final else []
        before, self.sparsity = self.sparsity, max([self.sparsity, *due])
        return self.sparsity > before
