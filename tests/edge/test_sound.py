import numpy as np

from edge.search.step import Encoded
from edge.sound import Sound, encode_sounds, pad_sounds


def test_equal_samples_are_equal_sounds():
    samples = np.linspace(-1, 1, 50, dtype=np.float32)
    one, same, other = Sound(samples), Sound(samples.copy()), Sound(samples[::-1])
    assert one == same and hash(one) == hash(same) and len({one, same, other}) == 2
    assert one != other and one != samples.tolist() and len(one) == 50


def test_padding():
    inputs = pad_sounds([np.float32([0.5, -0.5, 1.0]), np.float32([0.25])])
    np.testing.assert_array_equal(inputs["audio"], np.float32([[0.5, -0.5, 1.0], [0.25, 0.0, 0.0]]))
    assert inputs["audio_length"].tolist() == [3, 1]
    assert [array.dtype for array in inputs.values()] == [np.float32, np.int32]


class Counter:
    """An encoder that gives a position for every ten samples, with attention or CTC or both."""

    def __init__(self, mask: bool, ctc: bool):
        self.mask, self.ctc = mask, ctc

    def encode(self, **inputs: np.ndarray) -> Encoded:
        assert {name: array.dtype.name for name, array in inputs.items()} == {
            "audio": "float32",
            "audio_length": "int32",
        }
        assert inputs["audio"].shape == (1, *inputs["audio_length"])
        positions = inputs["audio"].shape[1] // 10
        memory = {"mask": np.ones((1, positions), np.float32)} if self.mask else {}
        return Encoded(memory, {"state_0": inputs["audio"][:, :1]}, np.zeros((1, positions, 5)) if self.ctc else None)


def test_sounds_are_encoded_one_by_one():
    sounds = [Sound(np.full(size, size / 100, np.float32)[::-1]) for size in (30, 50, 10)]
    for mask, ctc in ((True, True), (True, False), (False, True)):
        found = encode_sounds(Counter(mask, ctc), sounds)
        assert [source.length for source in found] == [3, 5, 1]
        assert [round(float(source.encoded.states["state_0"][0, 0]), 2) for source in found] == [0.3, 0.5, 0.1]
        # Random sampling is seeded by the sound.
        assert found[0].seed != found[1].seed and found[0].seed == encode_sounds(Counter(mask, ctc), sounds)[0].seed
        assert all(isinstance(number, int) and number >= 0 for number in found[0].seed)
