"""What docs/tf-serving and docs/serving.md say of TF Serving, read with its own message types."""

import re
import subprocess
import sys
from concurrent import futures
from pathlib import Path

import grpc
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc
from tensorflow_serving.config import model_server_config_pb2

DOCS = Path(__file__).parents[3] / "docs"


class Capitals(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Answers as the signature `beam` does, with capitals and scores."""

    def Predict(
        self, request: predict_pb2.PredictRequest, context: grpc.ServicerContext
    ) -> predict_pb2.PredictResponse:
        assert (request.model_spec.name, request.model_spec.signature_name) == ("es-en", "beam")
        texts = tf.make_ndarray(request.inputs["text"])
        reply = predict_pb2.PredictResponse()
        reply.outputs["translation"].CopyFrom(tf.make_tensor_proto([[text.upper(), text] for text in texts]))
        reply.outputs["score"].CopyFrom(tf.make_tensor_proto([[-0.5, -1.5]] * len(texts)))
        return reply


def test_the_grpc_client():
    text = (DOCS / "serving.md").read_text(encoding="utf-8")
    found = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (code,) = (block for block in found if "import grpc" in block)
    server = grpc.server(futures.ThreadPoolExecutor(1))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Capitals(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    code = code.replace("127.0.0.1:8500", f"127.0.0.1:{port}")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    server.stop(None)
    assert done.stdout == "MI HERMANA VIVE EN MADRID. -0.5\nMi hermana vive en Madrid. -1.5\n", done.stderr


def test_the_model_config():
    text = (DOCS / "tf-serving" / "models.config").read_text(encoding="utf-8")
    config = text_format.Parse(text, model_server_config_pb2.ModelServerConfig())
    (model,) = config.model_config_list.config
    assert (model.name, model.base_path, model.model_platform) == ("es-en", "/models/es-en", "tensorflow")
