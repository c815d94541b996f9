"""The TFLite runtime: LiteRT or its predecessor tflite-runtime, whichever is installed."""

import importlib
import importlib.metadata
import os
import threading
from pathlib import Path
from types import ModuleType

import numpy as np

from edge.errors import UserError
from edge.quiet import without_greeting
from edge.signature import NONE, Arrays, Signature

# Name, distribution and module, the preferred one first.
RUNTIMES = {
    "litert": ("ai-edge-litert", "ai_edge_litert.interpreter"),
    "tflite-runtime": ("tflite-runtime", "tflite_runtime.interpreter"),
}


def find_runtime() -> tuple[str, str, ModuleType]:
    """Imports the first runtime that is installed.

    Returns:
        Its name (a key of `RUNTIMES`), its version and its interpreter module.

    Raises:
        UserError: none is installed.
    """
    for name, (distribution, module) in RUNTIMES.items():
        try:
            return name, importlib.metadata.version(distribution), importlib.import_module(module)
        except (ImportError, importlib.metadata.PackageNotFoundError):
            continue
    raise UserError("no TFLite runtime is installed; install one with: pip install ai-edge-litert")


class Flatbuffer:
    """A `.tflite` file and its signatures, for any number of threads: one of them is served at a time.

    Args:
        path: the file; it is mapped into memory, not read.
        threads: how many the runtime may use.

    Raises:
        UserError: the installed runtime cannot run the file.
    """

    def __init__(self, path: str | Path, threads: int = 1):
        self.runtime, self.version, module = find_runtime()
        # An interpreter is no more than one thread's at a time.
        self._lock = threading.Lock()
        self._is_new = True
        try:
            # As bytes: the name of a file need not be UTF-8.
            self._interpreter = module.Interpreter(os.fsencode(path), num_threads=threads)
            self.signatures: dict[str, dict[str, list[str]]] = self._interpreter.get_signature_list()
            self._runners = {name: self._interpreter.get_signature_runner(name) for name in self.signatures}
            self._called = {name: Signature(runner) for name, runner in self._runners.items()}
        except (ValueError, RuntimeError, AttributeError) as error:
            reason = str(error).strip().splitlines()[0]
            install = "" if self.runtime == "litert" else "install ai-edge-litert, or "
            raise UserError(
                f"{path}: {self.runtime} {self.version} cannot run this flatbuffer ({reason}); "
                f"{install}export the run again with: keras-s2s export RUN --format tflite --out BUNDLE"
            ) from error

    def description(self) -> dict[str, dict[str, list[dict]]]:
        """Each signature's inputs and outputs: name, type and shape, None where the length is free."""
        return {
            name: {"inputs": _tensors(runner.get_input_details()), "outputs": _tensors(runner.get_output_details())}
            for name, runner in self._runners.items()
        }

    def call(self, signature: str, inputs: Arrays, held: Arrays = NONE) -> dict[str, np.ndarray]:
        """Runs a signature on named arrays.

        Args:
            signature: its name.
            inputs: exactly the arrays it takes.
            held: those of them that stay the same from call to call, in the same mapping: they are copied once.
        """
        with self._lock:
            if self._is_new:
                self._is_new = False
                with without_greeting():
                    return self._called[signature](inputs, held)
            return self._called[signature](inputs, held)


def _tensors(details: dict[str, dict]) -> list[dict]:
    return [
        {
            "name": name,
            "dtype": np.dtype(detail["dtype"]).name,
            "shape": [None if size < 0 else int(size) for size in detail["shape_signature"]],
        }
        for name, detail in sorted(details.items())
    ]
