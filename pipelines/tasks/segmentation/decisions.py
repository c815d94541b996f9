"""Settings that are `auto`: their values, by the images and masks of the training set."""

from typing import Any, NamedTuple

import numpy as np

from pipelines.config import AUTO, as_assignments, assigned, decided
from pipelines.data.image_facts import ImageFacts, image_facts
from pipelines.data.images import ImageReader
from pipelines.log import log
from pipelines.tasks.segmentation.config import SegmentationConfig, SegmentationTrainConfig
from pipelines.tasks.segmentation.memory import largest_batch

# Side of a patch in pixels: a multiple of the network's stride. Patches of half the side of an image make four times as
# many training steps in the same time, and see enough around a pixel unless they are tiny.
_STRIDE, _SMALLEST, _ENOUGH_AROUND, _LARGEST = 32, 32, 128, 256
# Patches per batch, and pixels of a batch as far as that allows: many small steps are better than few large ones.
_FEWEST, _MOST, _BATCH_PIXELS = 4, 16, 8 * 128**2

# An orientation: some class is on the same side of the middle in this fraction of the images, by this fraction of the
# height or width on average. Fewer images say nothing: four coins of five are alike more often than not.
_ALIKE, _FAR, _ENOUGH = 0.9, 0.1, 8
# Rotation in degrees of images that have no orientation, and of others.
_ANY_ANGLE, _SMALL_ANGLE = 180.0, 15.0

# A class is rare below this fraction of the pixels; then this fraction of the patches is placed at a class.
_RARE, _BALANCE = 0.05, 0.33

# Training steps per epoch at least, and per validation batch: validation then takes a tenth of the time.
_STEPS, _STEPS_PER_VALIDATION = 50, 3


class Decision(NamedTuple):
    """A setting's value, and the reason for it."""

    key: str
    value: Any
    reason: str


def decide(config: SegmentationConfig, train: ImageReader, valid: ImageReader) -> SegmentationConfig:
    """Replace the settings that are `auto`, and log each of them with the reason.

    Args:
        config: settings.
        train, valid: the images.

    Raises:
        UserError: a mask cannot be used.
    """
    if AUTO not in (*config.train.model_dump().values(), *config.augment.model_dump().values()):
        return config
    facts = image_facts(train)
    decisions = orientation(facts)
    decisions.append(balance(facts))
    decisions.append(patch(facts))
    config = _taken(config, decisions)
    config = _taken(config, [batch(config)])
    return _taken(config, [epoch_steps(config.train, valid)])


def _taken(config: SegmentationConfig, decisions: list[Decision]) -> SegmentationConfig:
    """Settings with decisions about those that are `auto`."""
    settings = config.model_dump()
    taken = [each for each in decisions if settings[each.key.split(".")[0]][each.key.split(".")[1]] == AUTO]
    for each in taken:
        log(f"auto: {each.key}={each.value}: {each.reason}")
    return assigned(config, as_assignments({each.key: each.value for each in taken}))


def orientation(facts: ImageFacts) -> list[Decision]:
    """Decide which flips and rotations leave an image as likely as it was, by where classes are in the images."""
    sides = [
        _one_sided(facts.centres[..., axis], *names)
        for axis, names in enumerate((("above", "below"), ("left of", "right of")))
    ]
    flips = {(False, False): "both", (True, False): "horizontal", (False, True): "vertical", (True, True): "none"}
    if len(facts.sizes) < _ENOUGH:
        reason = f"{len(facts.sizes)} images are too few to show an orientation"
    else:
        reason = " and ".join(filter(None, sides)) or "no class is always on the same side of the images"
    flip, angle = flips[bool(sides[0]), bool(sides[1])], _SMALL_ANGLE if any(sides) else _ANY_ANGLE
    return [Decision("augment.flip", flip, reason), Decision("augment.rotate", angle, reason)]


def _one_sided(centres: np.ndarray, before: str, behind: str) -> str:
    """Say which class is always on the same side of the middle, if any is.

    Args:
        centres: of each image and class, along one axis `(images, classes)`; NaN where there is none.
        before, behind: names of both sides.

    Returns:
        Of these the class that is farthest from the middle, in words; empty if there is none.
    """
    # Of two classes one is where the other is not: the foreground says it all.
    first = 1 if centres.shape[1] == 2 else 0
    found = []
    for index in range(first, centres.shape[1]):
        known = centres[:, index][np.isfinite(centres[:, index])]
        if len(known) < _ENOUGH:
            continue
        mean = known.mean()
        alike = np.mean(np.sign(known) == np.sign(mean))
        if alike >= _ALIKE and abs(mean) >= _FAR:
            side = before if mean < 0 else behind
            found.append((abs(mean), f"class {index} is {side} the middle in {alike:.0%} of {len(known)} images"))
    return max(found, default=(0.0, ""))[1]


def balance(facts: ImageFacts) -> Decision:
    """Decide whether patches are placed at classes, by how rare the rarest one is."""
    fractions = facts.pixels.sum(axis=0) / max(1, facts.pixels.sum())
    known = [(float(fraction), index) for index, fraction in enumerate(fractions) if index and fraction]
    fraction, rarest = min(known, default=(1.0, 1))
    is_rare = fraction < _RARE
    reason = f"class {rarest} has {fraction:.2%} of the pixels, {'less' if is_rare else 'not less'} than {_RARE:.0%}"
    return Decision("train.balance", _BALANCE if is_rare else 0.0, reason)


def patch(facts: ImageFacts) -> Decision:
    """Decide the side of a patch by the size of the images."""
    side = float(np.median(facts.sizes.min(axis=1)))
    wanted = max(side / 2, min(side, _ENOUGH_AROUND))
    value = min(max(_STRIDE * round(wanted / _STRIDE), _SMALLEST), _LARGEST)
    return Decision("train.patch", value, f"the shorter side of the images has {side:g} pixels (median)")


def batch(config: SegmentationConfig) -> Decision:
    """Decide the batch size by the size of a patch and by the memory of the machine."""
    side = decided(config.train.patch)
    wanted = min(max(_BATCH_PIXELS // side**2, _FEWEST), _MOST)
    fits = largest_batch(config.model, side)
    if wanted <= fits:
        return Decision("train.batch", wanted, f"patches have {side} x {side} pixels")
    return Decision("train.batch", max(1, fits), f"more patches of {side} x {side} pixels do not fit into memory")


def epoch_steps(config: SegmentationTrainConfig, valid: ImageReader) -> Decision:
    """Decide how long an epoch is at least, by how long validation takes."""
    side = decided(config.patch)
    tiles = sum(-(-height // side) * -(-width // side) for height, width in valid.sizes())
    batches = -(-tiles // decided(config.batch))
    steps = max(_STEPS, _STEPS_PER_VALIDATION * batches)
    return Decision("train.epoch_steps", steps, f"validation has {batches} batches")
