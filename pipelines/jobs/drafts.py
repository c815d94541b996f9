"""Bundles of a run before one of them is kept: made in a temporary folder, and scored there as on a device."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.bundle import Bundle, read_bundle
from edge.errors import UserError
from edge.runtime import Flatbuffer, find_runtime
from keras_s2s.export.bundle import write_bundle
from keras_s2s.export.operators import operators
from keras_s2s.export.tflite import STATIC, convert
from pipelines.log import log
from pipelines.tasks.opening import LoadedRun
from pipelines.tasks.protocol import Decoding, ExportForm

RUNTIMES = ["litert", "tflite-runtime"]

# Quantizations that need operators younger than the last tflite-runtime.
_FOR_LITERT = ("int4", "mixed")


def runtimes(quantize: str) -> list[str]:
    """Return the runtimes that can run a quantization."""
    return RUNTIMES[:1] if quantize in _FOR_LITERT else RUNTIMES


@dataclass(frozen=True)
class Draft:
    """A bundle without scores.

    Attributes:
        bundle: the bundle, in a temporary folder.
        manifest: what `write_bundle` takes.
    """

    bundle: Bundle
    manifest: Mapping[str, Any]


class Drafts:
    """Make bundles of one run, in one form, with different quantizations.

    Args:
        loaded: the run with its task and its network.
        form: the form of the flatbuffers.
        folder: an empty folder; who made it removes it.

    Attributes:
        files: the files that each bundle has beside its flatbuffer, by name.
    """

    def __init__(self, loaded: LoadedRun, form: ExportForm, folder: Path):
        self.task, self.run, self._network = loaded
        self._export, self._form, self._folder = self.task.export(self.run), form, folder
        self._signatures = self._export.signatures(self._network, form)
        self.files = self._export.files(form, folder)

    def make(self, quantize: str) -> Draft:
        """Convert the network, and write a whole bundle.

        Raises:
            UserError: the runtime cannot run the flatbuffer.
        """
        log(f"converting {self.run.path} to TFLite, quantization {quantize}")
        calibration = list(self._export.calibration(self._form)) if quantize in STATIC else ()
        flatbuffer = convert(self._signatures, quantize, calibration)
        file = self._folder / f"{quantize}.tflite"
        file.write_bytes(flatbuffer)
        manifest = {
            "task": self.task.name,
            "quantization": quantize,
            "runtimes": runtimes(quantize),
            "signatures": Flatbuffer(file).description(),
            "operators": self._builtin_operators(flatbuffer),
            "parameters": self._network.count_params(),
            "scores": {},
            **self._export.manifest(self._form),
        }
        file.unlink()
        draft = self._folder / f"bundle-{quantize}"
        write_bundle(draft, flatbuffer, self.files, manifest)
        return Draft(read_bundle(draft), manifest)

    def score(self, draft: Draft) -> dict[str, Any]:
        """Score a bundle on the run's validation sample, read as a device reads it."""
        data, scorer = self.task.data(self.run), self.task.scores
        began = time.perf_counter()
        scores = scorer.score(scorer.bundle_predictor(draft.bundle.path, Decoding()), data.sample_reader(), None)
        name, version, _ = find_runtime()
        seconds = time.perf_counter() - began
        return scores | {"seconds": seconds, "runtime": f"{name} {version}", "sample": data.sample.name}

    def _builtin_operators(self, flatbuffer: bytes) -> list[str]:
        """Return the operators of a flatbuffer, all of which a TFLite runtime has built in."""
        found = operators(flatbuffer)
        if custom := [name for name in found if name.startswith("CUSTOM")]:
            raise UserError(
                f"{self.run.path}: its flatbuffer needs {', '.join(custom)}, which no TFLite runtime has built in"
            )
        return found
