"""The settings of a run: the model's, the data's and the training's."""

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from edge.errors import UserError
from keras_s2s.config import CompressConfig, Seq2SeqModelConfig, Positive, SegmentationModelConfig, Settings, Share

# Each task has its own.
RECIPES = {file.stem: file for file in sorted((Path(__file__).parent / "tasks").glob("*/recipes/*.yaml"))}

AnyConfig = TypeVar("AnyConfig", bound="RunConfig")


class TokenizerConfig(Settings):
    """How text is cut into pieces.

    Attributes:
        type: SentencePiece's algorithm.
        size: number of pieces a side; for words and characters the most.
        joint: one vocabulary for both sides instead of one each.
        coverage: share of the characters of the text that become pieces; rarer ones are unknown.
        normalization: SentencePiece's rule for text before it is cut; those with `_cf` lose capital letters.
    """

    type: Literal["unigram", "bpe", "word", "char"] = "unigram"
    size: Annotated[int, Field(ge=5, le=1_000_000)] = 8000
    joint: bool = False
    coverage: Annotated[float, Field(gt=0.9, le=1.0)] = 0.9995
    normalization: Literal["nmt_nfkc", "nfkc", "nmt_nfkc_cf", "nfkc_cf", "identity"] = "nmt_nfkc"


class FitConfig(Settings):
    """How a network of any task is trained.

    Attributes:
        epochs: passes over the data, at most.
        learning_rate: its peak.
        warmup: steps until the peak.
        schedule: what follows: an even fall until the end, known from `epochs` or --max-minutes; a fall with the
            inverse square root of the step; or a plateau that is halved whenever an epoch brings nothing better.
        clip_norm: gradients are scaled down to this global norm.
        accumulate: batches whose gradients are averaged for one step.
        average: momentum of the moving average of the weights, which is what is kept; 0 keeps the weights themselves.
        checkpoints: last epochs whose weights are averaged when training has ended, and kept if they are better than
            the best one's; 1 for none.
        patience: epochs without a better one after which training ends.
        save_minutes: time between saves from which an interrupted training goes on; each epoch's end is one, too.
        tensorboard: write a log for TensorBoard as well.
        seed: of initial weights, dropout, and the order of the data.
    """

    epochs: Positive = 40
    learning_rate: Annotated[float, Field(gt=0.0, le=1.0)] = 0.002
    warmup: Positive = 1000
    schedule: Literal["linear", "inverse_square_root", "plateau"] = "linear"
    clip_norm: Annotated[float, Field(gt=0.0)] = 1.0
    accumulate: Positive = 1
    average: Share = 0.998
    checkpoints: Positive = 1
    patience: Positive = 5
    save_minutes: Annotated[float, Field(ge=0.0)] = 5.0
    tensorboard: bool = False
    seed: Annotated[int, Field(ge=0)] = 1


class TrainConfig(FitConfig):
    """How a translation network is trained.

    Attributes:
        batch_tokens: target pieces a batch, padding included.
        weights: how often an epoch has each pair of the files of each --train, in their order; once if there are none.
        max_length: longest sentence in pieces, end symbol included; longer pairs are left out, and counted.
        label_smoothing: share of the target probability spread over the vocabulary.
        sampling: how the share of the decoder's own predictions among the tokens it reads rises, if it does; a second
            pass over each target then.
        sampling_rate: the share it rises to.
        sampling_steps: in how many steps.
        precision: of matrix products; `auto` is bfloat16 on GPUs and on processors that are faster with it. Everything
            else is float32, and so are the weights that are kept.
        teacher: a run whose distribution of each token is learned beside the label, and whose tokenizers are used.
        teacher_share: how much of the loss that is.
        monitor: what says which weights are the best, validation loss or BLEU.
    """

    batch_tokens: Positive = 2000
    weights: tuple[Annotated[float, Field(gt=0.0)], ...] = ()
    max_length: Annotated[int, Field(ge=4, le=1000)] = 80
    label_smoothing: Share = 0.1
    sampling: Literal["none", "linear", "exponential", "inverse_sigmoid"] = "none"
    sampling_rate: Share = 0.25
    sampling_steps: Positive = 5000
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    teacher: str = ""
    teacher_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    monitor: Literal["loss", "bleu"] = "bleu"

    @model_validator(mode="after")
    def _a_teacher_reads_what_is_written(self) -> "TrainConfig":
        if self.teacher and self.sampling != "none":
            raise ValueError("train.sampling must be none with train.teacher: the teacher reads the references")
        return self


class RunConfig(Settings):
    """The settings that runs of all tasks have."""

    train: FitConfig = FitConfig()
    compress: CompressConfig = CompressConfig()

    @model_validator(mode="after")
    def _exact_weights_are_not_averaged(self) -> "RunConfig":
        held = self.compress != CompressConfig()
        if held and (self.train.average or self.train.checkpoints > 1):
            one = "train.average must be 0 and train.checkpoints 1 with compress"
            raise ValueError(f"{one}: an average of such weights is none of them")
        return self


class Config(RunConfig):
    """All settings of a translation run."""

    model: Seq2SeqModelConfig = Seq2SeqModelConfig()
    tokenizer: TokenizerConfig = TokenizerConfig()
    train: TrainConfig = TrainConfig()


class AugmentConfig(Settings):
    """How pictures are changed while a network trains on them.

    Attributes:
        flip: mirror half of them, in either direction.
        rotate: by up to so many degrees either way.
        scale: make up to so much larger or smaller: 0.25 is from 80% to 125%.
        elastic: bend, by displacements of so many pixels (standard deviation).
        colour: change brightness, contrast and saturation by up to this share.
    """

    flip: bool = True
    rotate: Annotated[float, Field(ge=0.0, le=180.0)] = 180.0
    scale: Annotated[float, Field(ge=0.0, le=4.0)] = 0.25
    elastic: Annotated[float, Field(ge=0.0)] = 3.0
    colour: Share = 0.2


class MaskTrainConfig(FitConfig):
    """How a segmentation network is trained.

    Attributes:
        batch: patches a batch.
        patch: side of a patch in pixels; smaller pictures are mirrored at their borders.
        loss: cross-entropy plus Dice; or focal or Tversky, for foreground that is rare.
        monitor: what says which weights are the best, validation loss or intersection over union.
    """

    batch: Positive = 8
    patch: Annotated[int, Field(ge=32, le=4096)] = 256
    loss: Literal["cross_entropy_dice", "focal", "tversky"] = "cross_entropy_dice"
    monitor: Literal["loss", "iou"] = "iou"
    # Pictures are fewer than sentences, and so are steps.
    epochs: Positive = 50
    warmup: Positive = 50
    average: Share = 0.99
    patience: Positive = 20


class MaskConfig(RunConfig):
    """All settings of a segmentation run."""

    model: SegmentationModelConfig = SegmentationModelConfig()
    augment: AugmentConfig = AugmentConfig()
    train: MaskTrainConfig = MaskTrainConfig()

    @model_validator(mode="after")
    def _convolutions_have_8_bits(self) -> "MaskConfig":
        if self.compress.bits == 4:
            raise ValueError("compress.bits must be 8, not 4: nothing runs convolutions of 4 bits")
        return self


# The settings of each task's runs.
CONFIGS: dict[str, type[RunConfig]] = {"translation": Config, "segmentation": MaskConfig}


def load_config(
    recipe: str | None = None, assignments: Sequence[str] = (), kind: type[AnyConfig] = Config
) -> AnyConfig:
    """Puts settings together: defaults, then a recipe's, then single ones.

    Args:
        recipe: the name of a recipe that comes with the package, or the path of a YAML file.
        assignments: `KEY=VALUE` each, for example `model.cell=gru`.
        kind: a value of `CONFIGS`.

    Raises:
        UserError: no such recipe, an unknown key (the nearest known one is named), or a value that does not fit.
    """
    settings = read_settings(_recipe_path(recipe)) if recipe else {}
    name = f"recipe {recipe}" if recipe else "settings"
    _check_keys(settings, name, kind)
    if recipe:
        validate(settings, name, kind)
    _assign(settings, assignments, kind)
    return validate(settings, "--set" if assignments else name, kind)


def assigned(config: AnyConfig, assignments: Sequence[str]) -> AnyConfig:
    """Settings with some of them changed; see `load_config`."""
    settings = config.model_dump()
    _assign(settings, assignments, type(config))
    return validate(settings, "--set", type(config))


def _assign(settings: dict[str, Any], assignments: Sequence[str], kind: type[RunConfig]) -> None:
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise UserError(f"--set {assignment}: is not KEY=VALUE")
        if key not in known_keys(kind):
            raise UserError(f"--set {assignment}: {_unknown(key, kind)}")
        section, field = key.split(".")
        settings.setdefault(section, {})[field] = _value(text, assignment)


def validate(settings: dict[str, Any], where: str, kind: type[AnyConfig] = Config) -> AnyConfig:
    """Settings as a config; a value that does not fit is a UserError that names `where` and the key."""
    try:
        return kind.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"] or first["type"] == "value_error":
            # Of settings that do not go together: they name themselves.
            raise UserError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from error
        key = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{where} {key}: {first['msg']}, not {first['input']!r}") from error


def read_settings(path: Path) -> dict[str, Any]:
    """Reads a YAML file of settings.

    Raises:
        UserError: it is missing, not YAML, or not made of sections.
    """
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from error
    except (yaml.YAMLError, ValueError) as error:
        # A date or a number of impossible digits is a ValueError.
        raise UserError(f"{path}: is not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(settings, dict) or not all(isinstance(section, dict) for section in settings.values()):
        raise UserError(f"{path}: is not made of sections such as 'model:' with settings below")
    return settings


def known_keys(kind: type[RunConfig] = Config) -> list[str]:
    """Every settable key, for example `model.cell`."""
    return list(_keys(kind))


def _keys(settings: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _keys(kind, f"{prefix}{name}.")
        else:
            yield prefix + name


def _check_keys(settings: dict[str, Any], where: str, kind: type[RunConfig]) -> None:
    for section, values in settings.items():
        for field in values:
            if f"{section}.{field}" not in known_keys(kind):
                raise UserError(f"{where}: {_unknown(f'{section}.{field}', kind)}")


def _unknown(key: str, kind: type[RunConfig]) -> str:
    nearest = difflib.get_close_matches(key, known_keys(kind), n=1, cutoff=0.0)
    return f"unknown key {key}; the nearest is {nearest[0]}"


def _value(text: str, assignment: str) -> Any:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"--set {assignment}: cannot read the value") from error


def _recipe_path(recipe: str) -> Path:
    if recipe.endswith((".yaml", ".yml")):
        return Path(recipe)
    if recipe not in RECIPES:
        known = ", ".join(sorted(RECIPES))
        raise UserError(f"--recipe {recipe}: no such recipe; known are {known}, or name a .yaml file")
    return RECIPES[recipe]
