"""What the recipe decides on made-up data sets, and where it is written."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from edge.errors import UserError
from pipelines.data.image_facts import ImageFacts
from pipelines.jobs import train as job
from pipelines.recipes import load_recipe
from pipelines.run import Run
from pipelines.tasks import configs
from pipelines.tasks.segmentation import decisions
from pipelines.tasks.segmentation.config import SegmentationConfig

RANDOM = np.random.default_rng(2)


def facts(centres: np.ndarray, sizes: tuple[int, int] = (64, 64), fractions: tuple[float, ...] = (0.8, 0.2)):
    """Facts of images whose classes have these centres `(images, classes, 2)`."""
    pixels = np.round(10_000 * np.array(fractions)).astype(np.int64)
    return ImageFacts(np.tile(sizes, (len(centres), 1)), np.tile(pixels, (len(centres), 1)), centres)


def anywhere(images: int, classes: int = 2, far: float = 0.5) -> np.ndarray:
    """Centres that are anywhere."""
    return RANDOM.uniform(-far, far, (images, classes, 2))


def orientation(centres: np.ndarray) -> tuple[str, float]:
    flip, rotate = decisions.orientation(facts(centres))
    assert (flip.key, rotate.key) == ("augment.flip", "augment.rotate")
    return flip.value, rotate.value


def test_objects_anywhere_have_no_orientation():
    """Of a thousand sets of few images hardly any is taken for one with an orientation."""
    for images in (8, 16, 100):
        found = [orientation(anywhere(images)) for _ in range(1000)]
        assert found.count(("both", 180.0)) > 960


@pytest.mark.parametrize(
    ("row", "column", "flip", "rotate"),
    [(-0.3, None, "horizontal", 15.0), (None, 0.3, "vertical", 15.0), (0.2, -0.2, "none", 15.0)],
)
def test_a_class_that_is_always_on_one_side(row, column, flip, rotate):
    """As sky is above, and the liver left. It may be absent, and on the other side now and then."""
    centres = anywhere(20, 3)
    for axis, place in enumerate((row, column)):
        if place is not None:
            centres[:, 2, axis] = place + RANDOM.uniform(-0.05, 0.05, 20)
            centres[0, 2, axis] *= -1
    centres[1, 2] = np.nan
    assert orientation(centres) == (flip, rotate)
    reason = decisions.orientation(facts(centres))[0].reason
    assert "class 2 is " in reason and "the middle in 95% of 19 images" in reason


def test_what_is_no_orientation():
    # A little above the middle in all images.
    assert orientation(anywhere(20) * [0, 1] - [0.05, 0]) == ("both", 180.0)
    # Far above or far below.
    assert orientation(np.sign(anywhere(40)) * 0.4) == ("both", 180.0)
    # Of few images nothing is known, nor of a class that only few have.
    assert orientation(anywhere(7) - [2, 0]) == ("both", 180.0)
    rare = anywhere(30, 3)
    rare[7:, 2], rare[:7, 2] = np.nan, 0.4
    assert orientation(rare) == ("both", 180.0)


def test_the_background_is_no_class_of_its_own():
    """Around objects that are anywhere, it is where they are not; here it is moved far up."""
    centres = anywhere(20)
    centres[:, 0] = -0.4
    assert orientation(centres) == ("both", 180.0)


@pytest.mark.parametrize(
    ("fractions", "value"),
    [
        ((0.9, 0.1), 0.0),
        ((0.96, 0.04), 0.33),
        ((0.5, 0.47, 0.03), 0.33),
        # A rare background, and a class that is nowhere.
        ((0.01, 0.99), 0.0),
        ((0.5, 0.5, 0.0), 0.0),
    ],
)
def test_patches_at_rare_classes(fractions, value):
    assert decisions.balance(facts(anywhere(3), fractions=fractions)).value == value


@pytest.mark.parametrize(
    ("size", "patch", "batch"),
    [
        ((20, 300), 32, 16),
        ((64, 64), 64, 16),
        ((96, 120), 96, 14),
        ((2000, 140), 128, 8),
        ((256, 256), 128, 8),
        ((360, 480), 192, 4),
        ((5000, 5000), 256, 4),
    ],
)
def test_patches_by_the_size_of_the_images(size, patch, batch, monkeypatch):
    monkeypatch.setattr(decisions, "largest_batch", lambda model, side: 1000)
    assert decisions.patch(facts(anywhere(3), size)).value == patch
    config = SegmentationConfig.model_validate({"train": {"patch": patch}})
    assert decisions.batch(config).value == batch
    monkeypatch.setattr(decisions, "largest_batch", lambda model, side: 3)
    assert decisions.batch(config).value == 3


class Reader:
    def __init__(self, *sizes: tuple[int, int]):
        self.sizes = lambda: iter(sizes)


def test_an_epoch_is_long_beside_a_validation():
    config = SegmentationConfig.model_validate({"train": {"patch": 128, "batch": 4}}).train
    # 1 + 6 tiles are 2 batches; 400 tiles are 100.
    assert decisions.epoch_steps(config, Reader((100, 128), (300, 256))).value == 50
    assert decisions.epoch_steps(config, Reader(*[(128, 128)] * 400)).value == 300


def write(folder: Path, count: int) -> Path:
    """Images with a horizon: the foreground is below it."""
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        mask = np.zeros((48, 70), np.uint8)
        mask[20 + number % 5 :] = 255
        Image.fromarray(mask).save(folder / "masks" / f"{number}.png")
        Image.fromarray(mask // 2).save(folder / "images" / f"{number}.png")
    return folder


@pytest.fixture
def fitted(monkeypatch) -> list[Run]:
    """The runs that would be trained."""
    runs: list[Run] = []

    def fit(task, run, *rest, **options):
        runs.append(run)
        run.checkpoint_file.touch()

    monkeypatch.setattr(job, "fit", fit)
    return runs


def start(folder: Path, *settings: str, **options):
    job.train(
        folder / "set", folder / "set", folder / "run", load_recipe("segmentation", configs(), settings), **options
    )


def test_decisions_are_written_and_read(fitted, tmp_path, capsys):
    write(tmp_path / "set", 9)
    start(tmp_path, "train.batch=2")
    said = capsys.readouterr().err
    assert "auto: augment.flip=horizontal: class 1 is below the middle in 100% of 9 images\n" in said
    assert "train.batch" not in said and "augment.scale" not in said
    written = yaml.safe_load((tmp_path / "run" / "config.yaml").read_text())
    assert (written["train"]["patch"], written["train"]["batch"], written["augment"]["rotate"]) == (64, 2, 15.0)
    assert "auto" not in {**written["train"], **written["augment"]}.values()
    assert {name: fitted[0].config.model_dump()[name] for name in ("train", "augment")}.items() <= written.items()
    # A resumed training has what was decided, even if the files are others by now, or what is asked for is that.
    write(tmp_path / "more", 3)
    start(tmp_path, "train.batch=2", resume=True)
    start(tmp_path, "train.batch=2", "train.patch=64", resume=True)
    assert fitted[0].config == fitted[1].config == fitted[2].config
    with pytest.raises(UserError, match=r"was trained with another train\.patch"):
        start(tmp_path, "train.batch=2", "train.patch=32", resume=True)


@pytest.mark.parametrize(
    ("settings", "minutes", "epochs", "patience"),
    [
        ((), None, 50, 20),
        ((), 1.0, 0, 0),
        (("train.patience=7",), 1.0, 0, 7),
        # Whoever chooses a number of epochs has not asked for all of the time.
        (("train.epochs=9",), 1.0, 9, 20),
    ],
)
def test_with_a_time_limit_alone_nothing_else_ends_training(settings, minutes, epochs, patience, fitted, tmp_path):
    write(tmp_path / "set", 3)
    start(tmp_path, *settings, max_minutes=minutes)
    found = fitted[0].config.train
    assert (found.epochs, found.patience) == (epochs, patience)
