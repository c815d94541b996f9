"""Makes the toy bundles again that the tests segment pictures with. Some minutes, in the training environment:

python tests/edge/make_toy_segmenter.py

toy_segmenter/        a network as narrow as can be, int8 with fixed scales, trained on discs
toy_segmenter_static/ the same network in float32 with static shapes
"""

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from conftest import draw_discs as draw

from edge.images import write_png
from edge.segmenter import Segmenter
from pipelines.jobs.export import export
from pipelines.jobs.train import train
from pipelines.recipes import load_recipe
from pipelines.tasks import configs

HERE = Path(__file__).parent
# Quantization of each, whether its shapes are static, and what git can bear.
BUNDLES = {"toy_segmenter": ("int8-static", False, 66_000), "toy_segmenter_static": ("none", True, 110_000)}

SETTINGS = """
    model.filters=2 model.channels=1 augment.elastic=0 augment.colour=0 augment.scale=0
    train.patch=96 train.batch=8 train.epochs=8 train.epoch_steps=1 train.learning_rate=0.01 train.average=0.9
"""


def main() -> None:
    """Trains, exports, checks, and only then replaces what is there."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for part, seeds in (("train", range(240)), ("valid", range(1000, 1030))):
            for name in ("images", "masks"):
                (work / part / name).mkdir(parents=True)
            for seed in seeds:
                # Larger ones, too, for what is seen far from any border.
                picture, mask = draw(seed, *np.random.default_rng(seed).integers(40, 140, 2))
                write_png(work / part / "images" / f"{seed}.png", picture)
                write_png(work / part / "masks" / f"{seed}.png", mask.astype(np.uint8) * np.uint8(255))
        recipe = load_recipe("segmentation", configs(), SETTINGS.split())
        train(work / "train", work / "valid", work / "run", recipe)
        drawn = [draw(seed, 40 + seed % 100, 150 - seed % 80) for seed in range(2000, 2100)]
        for name, (quantize, static, largest) in BUNDLES.items():
            manifest = export(work / "run", work / name, quantize, static=static)
            segmenter = Segmenter(work / name)
            found = [(segmenter.mask(picture).astype(bool), mask) for picture, mask in drawn]
            worst = min((one & other).sum() / (one | other).sum() for one, other in found)
            if worst < 0.9 or manifest["files"]["model.tflite"]["bytes"] > largest:
                sys.exit(f"{name}: IoU {worst:.3f} at worst, {manifest['files']}: nothing was replaced")
        for name in BUNDLES:
            shutil.rmtree(HERE / name, ignore_errors=True)
            shutil.copytree(work / name, HERE / name)


if __name__ == "__main__":
    main()
