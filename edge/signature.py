"""One signature of a flatbuffer: the one place that uses the runtimes' unlisted interpreter wrapper.

The runtimes' own signature runner resizes, allocates and copies all inputs in every call. A decoder's memory stays the
same for a whole sentence; here it is copied once.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

Arrays = Mapping[str, np.ndarray]

NONE: Arrays = {}


class Signature:
    """Runs a signature.

    Args:
        runner: of LiteRT or tflite-runtime, from `Interpreter.get_signature_runner`.
    """

    def __init__(self, runner: Any):
        # Keeps the interpreter alive, too.
        self._runner = runner
        self._wrapper = runner._interpreter_wrapper
        self._subgraph = runner._subgraph_index
        self._inputs: dict[str, int] = dict(runner._inputs)
        self._outputs: dict[str, int] = dict(runner._outputs)
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._held: Arrays | None = None

    def __call__(self, inputs: Arrays, held: Arrays = NONE) -> dict[str, np.ndarray]:
        """Runs it.

        Args:
            inputs: named arrays.
            held: more of them, in a mapping that is not changed as long as it is used: they are copied when another
                mapping comes.
        """
        if len(inputs) + len(held) != len(self._inputs):
            raise ValueError(f"inputs are {sorted({*inputs, *held})}, not {sorted(self._inputs)}")
        shapes = {name: array.shape for arrays in (inputs, held) for name, array in arrays.items()}
        if shapes != self._shapes:
            # Whatever goes wrong below, the next call begins anew.
            self._shapes, self._held = {}, None
            for name, shape in shapes.items():
                size = np.array(shape, np.int32)
                self._wrapper.ResizeInputTensor(self._inputs[name], size, False, self._subgraph)
            self._wrapper.AllocateTensors(self._subgraph)
            self._shapes = shapes
        if held is not self._held:
            self._set(held)
            self._held = held
        self._set(inputs)
        self._wrapper.Invoke(self._subgraph)
        return {name: self._wrapper.GetTensor(index, self._subgraph) for name, index in self._outputs.items()}

    def _set(self, arrays: Arrays) -> None:
        for name, array in arrays.items():
            self._wrapper.SetTensor(self._inputs[name], array, self._subgraph)
