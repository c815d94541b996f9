"""What the export of every sequence-to-sequence task has in common."""

from collections.abc import Iterable
from typing import Any

from keras_s2s.export.tflite import STATIC
from pipelines.tasks.protocol import ExportForm


class Seq2SeqExport:
    """Those parts of `pipelines.tasks.protocol.Export` that do not depend on what the source is."""

    quantizations = ("int8", "float16", "none", "int4", "mixed")
    # TensorFlow 2.21 was seen to crash when it calibrates a network with loops.
    refused = dict.fromkeys(STATIC, "TensorFlow cannot calibrate a network with loops")

    def calibration(self, form: ExportForm) -> Iterable[tuple[str, dict[str, Any]]]:
        """Yield nothing: static quantization is refused."""
        return ()
