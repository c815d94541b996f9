"""Our training step on given batches; `benchmarks.training` starts it beside `pytorch_training.py`.

python -m benchmarks.peers.keras_training BATCHES.npz float32|bfloat16
"""

import sys
import time
from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from keras_s2s.config import Seq2SeqModelConfig
from keras_s2s.layers.product import precision
from keras_s2s.losses import MeanObjective
from keras_s2s.machine import keep_memory, spread_over_cores
from keras_s2s.metrics import ObjectiveAccuracy, ObjectivePerplexity
from keras_s2s.models.seq2seq import build_seq2seq
from keras_s2s.optimizers import FusedAdam
from keras_s2s.sources.tokens import TokenSource


def main(batches_file: str, dtype: str) -> None:
    """Trains on the batches whenever asked to."""
    keep_memory()
    slices = spread_over_cores()
    keras.utils.set_random_seed(0)
    arrays = np.load(batches_file)
    source, target = (int(arrays[name]) for name in ("source_size", "target_size"))
    settings = Seq2SeqModelConfig(units=int(arrays["units"]), embedding=int(arrays["embedding"]), dropout=0.0)
    model = build_seq2seq(settings, TokenSource(settings, source), target).objective(label_smoothing=0.1, slices=slices)
    model.compile(
        FusedAdam(1e-3, beta_2=0.98, global_clipnorm=1.0),
        MeanObjective(),
        metrics=[ObjectivePerplexity(), ObjectiveAccuracy()],
    )
    shape = tf.TensorSpec((None, None), tf.int32)

    def batches() -> Iterator[tuple[dict[str, np.ndarray], np.ndarray]]:
        for index in range(int(arrays["batches"])):
            batch = {name: arrays[f"{name}_{index}"] for name in ("source", "target", "labels")}
            yield batch, batch["labels"]

    data = tf.data.Dataset.from_generator(
        batches, output_signature=({"source": shape, "target": shape, "labels": shape}, shape)
    )
    with precision(dtype):
        model.fit(data.cache().prefetch(4), epochs=sys.maxsize, verbose=0, callbacks=[Rounds(model.count_params())])


class Rounds(keras.callbacks.Callback):
    """An epoch is a round: two to warm up, then one for each line on standard input."""

    def __init__(self, parameters: int):
        super().__init__()
        self.parameters = parameters

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        if epoch == 2:
            print("ready", self.parameters, flush=True)
        if epoch >= 2 and not sys.stdin.readline():
            sys.exit()
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if epoch >= 2:
            print(time.perf_counter() - self.began, flush=True)


main(*sys.argv[1:])
