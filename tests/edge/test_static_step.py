"""Fixed shapes without a flatbuffer: what goes in is recorded, and what comes out is computed from it."""

import numpy as np

from edge.search.step import Encoded
from edge.static_step import StaticStep

SHAPE = [1, 6]


class Fixed:
    """Has the calls of `Flatbuffer`, for inputs of one shape."""

    def description(self) -> dict:
        inputs = [{"name": "audio", "shape": SHAPE}, {"name": "audio_length", "shape": [1]}]
        return {"encode": {"inputs": inputs, "outputs": []}}

    def call(self, signature: str, inputs: dict, held: dict | None = None) -> dict[str, np.ndarray]:
        if signature == "encode":
            assert [list(array.shape) for array in inputs.values()] == [SHAPE, [1]]
            audio, real = inputs["audio"], np.arange(6) < inputs["audio_length"][:, None]
            ctc = np.repeat(audio[:, :, None], 3, axis=2)
            return {"memory": audio, "mask": real.astype(np.float32), "alignment": np.zeros_like(audio), "ctc": ctc}
        assert inputs.keys() == {"token", "alignment"} and held.keys() == {"memory", "mask"}
        assert {len(array) for array in (*inputs.values(), *held.values())} == {1}
        logits = held["memory"] * held["mask"] + inputs["token"][:, None]
        return {"logits": logits, "alignment": inputs["alignment"] + held["mask"], "attention": held["mask"]}


def test_each_row_is_a_call_of_its_own():
    step = StaticStep(Fixed())
    audio = np.array([[1, 2, 3, 4], [5, 6, 0, 0]], np.float32)
    encoded = step.encode(audio=audio, audio_length=np.array([4, 2], np.int32))
    padded = np.pad(audio, [(0, 0), (0, 2)])
    np.testing.assert_array_equal(encoded.memory["memory"], padded)
    np.testing.assert_array_equal(encoded.memory["mask"], [[1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 0, 0]])
    np.testing.assert_array_equal(encoded.ctc[:, :, 1], padded)
    logits, states, attention = step.step(np.array([7, 9], np.int32), encoded)
    np.testing.assert_array_equal(logits, padded + np.array([[7], [9]]))
    np.testing.assert_array_equal(attention, encoded.memory["mask"])
    again = step.step(np.array([7, 9], np.int32), Encoded(encoded.memory, states))
    np.testing.assert_array_equal(again.states["alignment"], 2 * encoded.memory["mask"])
