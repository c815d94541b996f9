"""How many patches of a training step fit into memory."""

import os

from keras_s2s.config import SegmentationModelConfig

# What a network computes per pixel, in bytes: without filters, and per filter of the first stage. Counted over the
# outputs of all layers, and rounded up. resnet50 always has 64 filters.
_BYTES = {"resnet18": (300, 30), "resnet34": (300, 35), "resnet50": (4500, 0), "plain": (0, 130)}
# The gradients are as many again.
_WITH_GRADIENTS = 2
# Fraction of the machine's memory that a training step may have.
_FRACTION = 0.5


def largest_batch(model: SegmentationModelConfig, patch: int, memory: int | None = None) -> int:
    """Estimate the largest batch that a training step has memory for.

    Args:
        model: the network.
        patch: side length of a patch in pixels.
        memory: of the machine in bytes; asked for if not given.

    Returns:
        Patches, at least 1; a large number if the machine does not tell.
    """
    available = memory or _machine_memory()
    if available is None:
        return 1_000_000
    fixed, per_filter = _BYTES[model.encoder]
    needed = _WITH_GRADIENTS * (fixed + per_filter * model.filters) * patch**2
    return max(1, int(_FRACTION * available) // needed)


def _machine_memory() -> int | None:
    """Return the memory of the machine in bytes; None where the system has no such call, as on Windows."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
