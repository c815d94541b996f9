"""The callbacks of a training, in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import keras

from keras_s2s.averaging import LastWeights
from keras_s2s.callbacks import (
    AveragedWeights,
    BroadcastLogs,
    Deadline,
    KeepBest,
    LinearDecay,
    PlateauDecay,
    StopOnNaN,
    TrainingLeft,
)
from keras_s2s.clock import Clock
from keras_s2s.compress.callbacks import compression_callbacks
from keras_s2s.compress.prune import Pruning
from keras_s2s.schedules import WarmupScaled
from pipelines.data.position import Position
from pipelines.run import Run
from pipelines.tasks.task import Task
from pipelines.training.checkpoint import Checkpoint
from pipelines.training.progress import Progress
from pipelines.training.run_log import RunLog
from pipelines.training.validation import ScoreSample

# The folder of the weights after the last epochs.
LAST = "last"


class Compiled(NamedTuple):
    """A network ready for `model.fit`.

    Attributes:
        network: as it is saved.
        trained: as it is trained; it shares the network's weights.
        model: the same, as the workers fit it.
        metrics, schedule: that the model is compiled with.
    """

    network: keras.Model
    trained: keras.Model
    model: keras.Model
    metrics: list[keras.metrics.Metric]
    schedule: WarmupScaled


@dataclass(frozen=True)
class Callbacks:
    """The callbacks of a training, and those of them that are asked something afterwards.

    Attributes:
        all: in their order.
        checkpoint: knows how far training has come.
        keep_best: knows the best epoch.
        deadline, stop_on_nan: know whether they have ended training.
    """

    all: Sequence[keras.callbacks.Callback]
    checkpoint: Checkpoint
    keep_best: KeepBest
    deadline: Deadline
    stop_on_nan: StopOnNaN


def training_callbacks(
    task: Task,
    run: Run,
    files: Run,
    compiled: Compiled,
    position: Position,
    corpus: list[list[int]],
    clock: Clock,
    seconds: float,
) -> Callbacks:
    """Put the callbacks of a training together.

    Args:
        task, run: what is trained.
        files: where this worker writes; the run itself if it is the chief.
        compiled: what is trained.
        position: of the training data.
        corpus: what tells the training data from others.
        clock: of the training.
        seconds: of the clock at which training ends.
    """
    settings, workers, network = run.config.train, clock.workers, compiled.network
    monitored = settings.monitor, task.metric(settings.monitor).larger_is_better
    left = TrainingLeft(settings.last_epoch, clock, seconds)
    compression = compression_callbacks(run.config.compress, left, network)
    pruning = [callback for callback in compression if isinstance(callback, Pruning)]

    def pruned() -> bool:
        return all(each.reached for each in pruning)

    keep_best = KeepBest(network, files.model_file, *monitored, settings.patience, ready=pruned)
    run_log = RunLog(files.file("log.csv"), clock)
    deadline, stop_on_nan = Deadline(seconds, clock), StopOnNaN()
    decay: list[keras.callbacks.Callback] = []
    stateful: dict[str, keras.callbacks.Callback] = {"best": keep_best, "log": run_log, "left": left}
    if settings.schedule == "plateau":
        name, larger_is_better = monitored
        decay = [PlateauDecay(compiled.schedule, monitor=name, larger_is_better=larger_is_better, ready=pruned)]
        stateful["plateau"] = decay[0]
    elif settings.schedule == "linear":
        decay = [LinearDecay(compiled.schedule, left)]
    checkpoint = Checkpoint(
        files.checkpoint_file, position, compiled.metrics, stateful, corpus, settings.save_minutes, clock
    )

    callbacks: list[keras.callbacks.Callback] = [
        clock,  # all others ask it
        checkpoint.first,  # puts values back before anyone reads them
        deadline,  # measures validation from its first batch, before scoring begins
        stop_on_nan,  # before anything is made of values that are no numbers
        left,  # schedules below ask it
        ScoreSample(task, run, network),  # adds scores to the logs of an epoch
        BroadcastLogs(workers),  # behind what scores, before what decides: all workers decide alike
        keep_best,  # before the averaged weights leave the model again
    ]
    if settings.checkpoints > 1:
        callbacks.append(LastWeights(network, files.file(LAST), settings.checkpoints, pruned))  # as keep_best
    if settings.average:
        callbacks.append(AveragedWeights())  # callbacks before it find the averaged weights at an epoch's end
    callbacks += [
        *decay,
        *task.training(run).callbacks(compiled.trained),
        *compression,
    ]  # change trained weights and rates
    callbacks.append(run_log)  # behind all that adds to the logs
    if settings.tensorboard:
        callbacks.append(keras.callbacks.TensorBoard(files.file("tensorboard"), write_graph=False))
    if workers.is_chief:
        callbacks.append(Progress(task.epoch_line, settings.last_epoch, clock, seconds))
    callbacks.append(checkpoint)  # last: it saves what the others made of an epoch
    return Callbacks(callbacks, checkpoint, keep_best, deadline, stop_on_nan)
