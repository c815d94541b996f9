import pytest

from keras_s2s.config import SegmentationModelConfig
from pipelines.tasks.segmentation.memory import largest_batch


@pytest.mark.parametrize(
    ("settings", "patch", "memory", "batch"),
    [
        # 2 * (300 + 30 * 32) bytes per pixel, 65,536 pixels: 165,150,720 bytes per patch, in half of the memory.
        ({}, 256, 2 * 165_150_720 * 8, 8),
        ({}, 256, 2 * 165_150_720 * 8 - 2, 7),
        ({}, 128, 2 * 165_150_720 * 8, 32),
        ({"filters": 64}, 256, 2**30, 1),
        # Even if nothing fits.
        ({"encoder": "plain"}, 4096, 2**30, 1),
    ],
)
def test_by_hand(settings, patch, memory, batch):
    assert largest_batch(SegmentationModelConfig(**settings), patch, memory) == batch


def test_a_machine_that_does_not_tell(monkeypatch):
    monkeypatch.delattr("os.sysconf")
    assert largest_batch(SegmentationModelConfig(), 256) > 1000
