"""Requests that TF Serving sends to a model before anybody else does: the first of each kind is slow."""

from collections.abc import Iterable
from pathlib import Path

import tensorflow as tf
from tensorflow_serving.apis import model_pb2, predict_pb2, prediction_log_pb2

# TF Serving reads them here.
WARMUP = Path("assets.extra") / "tf_serving_warmup_requests"


def write_warmup(saved_model: Path, requests: Iterable[tuple[str, dict[str, tf.Tensor]]]) -> None:
    """Puts requests into a SavedModel.

    Args:
        saved_model: its directory.
        requests: the name of a signature and its inputs, each.
    """
    path = saved_model / WARMUP
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, inputs in requests:
            request = predict_pb2.PredictRequest(model_spec=model_pb2.ModelSpec(signature_name=signature))
            for name, value in inputs.items():
                request.inputs[name].CopyFrom(tf.make_tensor_proto(value.numpy()))
            log = prediction_log_pb2.PredictLog(request=request)
            writer.write(prediction_log_pb2.PredictionLog(predict_log=log).SerializeToString())
