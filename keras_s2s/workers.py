"""Several processes, or several devices of one, that train one network: Keras 3's `model.fit` with tf.distribute.

Every worker reads the same batches and computes its rows of each. Losses divide by the tokens of all replicas, and
gradients are added up before they are clipped, so that a step is that of a batch as a whole.
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
from keras_s2s.tensors import Tensor

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
        multi_worker: there are other processes.
        is_chief: this process writes the files and reports the progress.
    """

    def __init__(self, strategy: tf.distribute.Strategy | None = None):
        self.strategy = strategy
        self._processes = strategy if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy) else None
        self.multi_worker = self._processes is not None
        self.is_chief = self._processes is None or bool(self._processes.extended.should_save_summary)

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
            # A single process does not wait.
            strategy = "mirrored"
        try:
            return cls(STRATEGIES[strategy]())
        except (tf.errors.OpError, RuntimeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise UserError(f"--strategy {strategy}: cannot begin ({reason})") from error

    @contextlib.contextmanager
    def reporting_lost_workers(self) -> Iterator[None]:
        """Turns an error by which TensorFlow reports that another worker has gone into a `UserError`."""
        try:
            yield
        except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError) as error:
            if not self.multi_worker:
                raise
            raise UserError("another worker has gone; begin all of them again, with --resume") from error

    def scope(self) -> contextlib.AbstractContextManager:
        """The context in which network, metrics and optimizer are created."""
        return self.strategy.scope() if self.strategy else contextlib.nullcontext()

    def distribute(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        """The data set for `model.fit` in which each replica has its rows of each batch."""
        if not self.strategy:
            return batches
        return self.strategy.distribute_datasets_from_function(lambda context: _rows(batches, context))

    def model(self, model: keras.Model) -> keras.Model:
        """A model that shares the layers of a functional one, and whose `fit` works here; created within `scope`."""
        return _WorkersModel(model.input, model.output, name=model.name) if self.multi_worker else model

    def all_reduce_sum(self, values: Sequence[float]) -> list[float]:
        """Sums of each value over all workers. All workers must call it at the same place of the program."""
        if self._processes is None:
            return list(values)
        return _all_reduce_sum(self._processes, tf.constant(values, tf.float64)).numpy().tolist()

    def any(self, flag: bool) -> bool:
        """Whether a flag is set on any worker. All workers must call it at the same place of the program."""
        return self.all_reduce_sum([float(flag)])[0] > 0.0

    def broadcast(self, values: Sequence[float]) -> list[float]:
        """The chief's values, on all workers. All workers must call it at the same place of the program."""
        return self.all_reduce_sum([value if self.is_chief else 0.0 for value in values])

    def barrier(self) -> None:
        """Waits until all workers have come here: a process that ends too soon is missed by those that still answer."""
        with contextlib.suppress(tf.errors.OpError):
            self.any(False)

    def on_chief(self, job: Callable[[], Result]) -> Result | None:
        """Runs a job on the chief, while the other workers wait for its end.

        Returns:
            What the job returned; None on the other workers.

        Raises:
            UserError: the job's, on the chief; on the others, that the chief had one.
        """
        result: Result | None = None
        error: UserError | None = None
        if self.is_chief:
            try:
                result = job()
            except UserError as raised:
                error = raised
        failed = self.any(error is not None)
        if error:
            raise error
        if failed:
            raise UserError("worker 0 (the chief) failed; see the log of worker 0 for the reason")
        return result


@tf.function
def _all_reduce_sum(strategy: tf.distribute.MultiWorkerMirroredStrategy, values: Tensor) -> Tensor:
    def add() -> Tensor:
        # Each of this worker's devices adds an equal part.
        part = values / len(strategy.extended.worker_devices)
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, part)

    return strategy.experimental_local_results(strategy.run(add))[0]


class _WorkersModel(keras.Model):
    """What keeps Keras 3.15 from fitting across processes, mended (keras issue 20585)."""

    def train_step(self, data: Any) -> dict[str, Tensor]:
        return _expand_metrics(super().train_step(data))

    def test_step(self, data: Any) -> dict[str, Tensor]:
        return _expand_metrics(super().test_step(data))

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        # Keras runs the model on a batch here, which it cannot take apart. Only the optimizer is not built yet.
        with self.distribute_strategy.scope():
            self.optimizer.build(self.trainable_variables)


def _expand_metrics(metrics: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Metrics as Keras reduces them among processes: over an axis, which scalars have not."""
    return {name: tf.expand_dims(value, 0) for name, value in metrics.items()}


def _rows(batches: tf.data.Dataset, context: tf.distribute.InputContext) -> tf.data.Dataset:
    """Splits each batch among all replicas, and yields those of this worker; a replica may have no rows."""
    replicas = context.num_replicas_in_sync
    local_replicas = replicas // context.num_input_pipelines
    first = context.input_pipeline_id * local_replicas

    def split(*batch: Any) -> tf.data.Dataset:
        rows = tf.shape(tf.nest.flatten(batch)[0])[0]

        def rows_of(replica: Tensor) -> Any:
            own = slice(rows * replica // replicas, rows * (replica + 1) // replicas)
            return tf.nest.map_structure(lambda tensor: tensor[own], batch)

        return tf.data.Dataset.range(first, first + local_replicas, output_type=tf.int32).map(rows_of)

    return batches.flat_map(split).prefetch(2)


def _cluster_size(text: str | None) -> int:
    """How many workers `TF_CONFIG` names.

    Raises:
        UserError: it does not list the workers and the index of this one.
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
