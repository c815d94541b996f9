"""Several processes, or several devices of one, that train one network: Keras 3's `model.fit` with tf.distribute.

Every worker reads the same batches and computes its rows of each. Losses divide by the tokens of all replicas, and
gradients are added up before they are clipped, so that a step is that of a batch in one piece.
"""

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import keras
import tensorflow as tf

from edge.errors import UserError

Result = TypeVar("Result")

STRATEGIES: dict[str, Callable[[], tf.distribute.Strategy | None]] = {
    "none": lambda: None,
    "mirrored": tf.distribute.MirroredStrategy,
    "multiworker": tf.distribute.MultiWorkerMirroredStrategy,
}

_CONFIG = "TF_CONFIG"


class Workers:
    """The processes that train one network, as one of them sees them.

    Args:
        strategy: how they work together; none for one process that does it all.

    Attributes:
        many: there are other processes.
        chief: this one writes the files and says how training goes.
    """

    def __init__(self, strategy: tf.distribute.Strategy | None = None):
        self.strategy = strategy
        self.many = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
        self.chief = not self.many or strategy.extended.should_save_summary

    @classmethod
    def start(cls, strategy: str) -> "Workers":
        """Begins to work together; to be called before TensorFlow runs anything.

        Args:
            strategy: a key of `STRATEGIES`. "mirrored" takes the GPUs of this machine, "multiworker" the processes that
                the environment variable `TF_CONFIG` lists.

        Raises:
            UserError: there is no such strategy, or `TF_CONFIG` is not as it should be.
        """
        if strategy not in STRATEGIES:
            raise UserError(f"--strategy {strategy}: is none of {', '.join(STRATEGIES)}")
        if strategy == "multiworker" and _cluster_size(os.environ.get(_CONFIG)) == 1:
            # A process alone has nobody to wait for.
            strategy = "mirrored"
        try:
            return cls(STRATEGIES[strategy]())
        except (tf.errors.OpError, RuntimeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise UserError(f"--strategy {strategy}: cannot begin ({reason})") from error

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Within it, an error by which TensorFlow says that another worker has gone is a `UserError`."""
        try:
            yield
        except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError) as error:
            if not self.many:
                raise
            raise UserError("another worker has gone; begin all of them again, with --resume") from error

    def scope(self) -> contextlib.AbstractContextManager:
        """Where network, metrics and optimizer are made."""
        return self.strategy.scope() if self.strategy else contextlib.nullcontext()

    @tf.function
    def _sums(self, values: tf.Tensor) -> tf.Tensor:
        def add() -> tf.Tensor:
            # A part from each of this worker's devices.
            part = values / len(self.strategy.extended.worker_devices)
            return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, part)

        return self.strategy.experimental_local_results(self.strategy.run(add))[0]

    def split(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        """Each replica's rows of each batch, for `model.fit`."""
        if not self.strategy:
            return batches
        return self.strategy.distribute_datasets_from_function(lambda context: _rows(batches, context))

    def model(self, model: keras.Model) -> keras.Model:
        """A model that shares the layers of a functional one, and whose `fit` works here; made within `scope`."""
        return _WorkersModel(model.input, model.output, name=model.name) if self.many else model

    def sums(self, values: Sequence[float]) -> list[float]:
        """Values of all workers, added up. All have to call it at the same place of the program."""
        if not self.many:
            return list(values)
        return self._sums(tf.constant(values, tf.float64)).numpy().tolist()

    def any(self, here: bool) -> bool:
        """Whether something is so for any of them."""
        return self.sums([float(here)])[0] > 0.0

    def of_chief(self, values: Sequence[float]) -> list[float]:
        """The chief's values."""
        return self.sums([value if self.chief else 0.0 for value in values])

    def leave(self) -> None:
        """Waits until all have come to their end: a process that is gone too soon is missed by those that answer."""
        with contextlib.suppress(tf.errors.OpError):
            self.any(False)

    def first(self, job: Callable[[], Result]) -> Result | None:
        """The chief does a job, and the others wait for it; they get None.

        Raises:
            UserError: the chief's, or that it had one.
        """
        try:
            result, error = (job() if self.chief else None), None
        except UserError as raised:
            result, error = None, raised
        failed = self.any(error is not None)
        if error:
            raise error
        if failed:
            raise UserError("the chief among the workers could not go on; it says why")
        return result


class _WorkersModel(keras.Model):
    """What keeps Keras 3.15 from fitting across processes, mended (keras issue 20585)."""

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        return _of_rank_one(super().train_step(data))

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        return _of_rank_one(super().test_step(data))

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        # Keras runs the model on a batch here, which it cannot take apart. Only the optimizer is not built yet.
        with self.distribute_strategy.scope():
            self.optimizer.build(self.trainable_variables)


def _of_rank_one(metrics: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Metrics as Keras reduces them among processes: over an axis, which scalars have not."""
    return {name: tf.expand_dims(value, 0) for name, value in metrics.items()}


def _rows(batches: tf.data.Dataset, context: tf.distribute.InputContext) -> tf.data.Dataset:
    """This worker's rows of each batch, a part for each of its replicas. A part may have none."""
    replicas = context.num_replicas_in_sync
    here = replicas // context.num_input_pipelines
    first = context.input_pipeline_id * here

    def parts(*batch: Any) -> tf.data.Dataset:
        rows = tf.shape(tf.nest.flatten(batch)[0])[0]

        def part(index: tf.Tensor) -> Any:
            edges = slice(rows * index // replicas, rows * (index + 1) // replicas)
            return tf.nest.map_structure(lambda tensor: tensor[edges], batch)

        return tf.data.Dataset.range(first, first + here, output_type=tf.int32).map(part)

    return batches.flat_map(parts).prefetch(2)


def _cluster_size(text: str | None) -> int:
    """How many workers `TF_CONFIG` names.

    Raises:
        UserError: it does not say who works together and which of them this is.
    """
    example = '{"cluster": {"worker": ["host1:12345", "host2:12345"]}, "task": {"type": "worker", "index": 0}}'
    if not text:
        raise UserError(f"--strategy multiworker: {_CONFIG} is not set; on the first of two machines it is {example}")
    try:
        config = json.loads(text)
        hosts, task, index = config["cluster"]["worker"], config["task"]["type"], config["task"]["index"]
        good = task == "worker" and all(re.fullmatch(r".+:\d+", host) for host in hosts) and 0 <= index < len(hosts)
    except (ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise UserError(f"{_CONFIG}: is not of the form {example}, or has no such worker")
    return len(hosts)
