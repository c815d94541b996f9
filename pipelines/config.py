"""The settings that runs of all tasks have, and how settings are read, changed and checked."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from edge.errors import UserError
from keras_s2s.config import CompressConfig, Positive, Settings, Share

# A setting that is decided by the data of a new run.
Auto = Literal["auto"]
AUTO: Auto = "auto"

Number = TypeVar("Number", bound=float)

# More epochs than any training has time for.
_NO_LIMIT = 1_000_000

_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class _Loader(yaml.SafeLoader):
    """YAML 1.1 but for its numbers to the base of 60: `2:4` is a text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NUMBERS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _form in zip(
    _NUMBERS,
    (
        r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)$",
        r"[-+]?([0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?$",
    ),
    strict=True,
):
    _Loader.add_implicit_resolver(_tag, re.compile(_form), list("-+.0123456789"))

AnyConfig = TypeVar("AnyConfig", bound="RunConfig")


class FitConfig(Settings):
    """How a network of any task is trained.

    Attributes:
        epochs: maximum number of epochs; 0: no limit.
        monitor: validation metric that selects the weights: loss, or a metric of the task.
        learning_rate: peak learning rate.
        warmup: warm-up steps: training steps until the peak.
        schedule: linear decay to zero at the end (`epochs` or --max-minutes); inverse square root of the step; or
            plateau: halve the learning rate after an epoch without improvement.
        clip_norm: gradient clipping by global norm.
        accumulate: gradient accumulation: batches per training step.
        average: decay of the exponential moving average (EMA) of the weights; the EMA is saved; 0: off.
        checkpoints: checkpoint averaging: number of last epochs; kept only if the metric improves; 1: off.
        patience: early stopping: epochs without improvement; 0: off.
        save_minutes: minutes between checkpoints for resuming; each epoch also ends with one.
        tensorboard: also write a log for TensorBoard.
        seed: seed of initial weights, dropout and the order of the data.
    """

    epochs: Annotated[int, Field(ge=0)] = 40
    monitor: str = "loss"
    learning_rate: Annotated[float, Field(gt=0.0, le=1.0)] = 0.002
    warmup: Positive = 1000
    schedule: Literal["linear", "inverse_square_root", "plateau"] = "linear"
    clip_norm: Annotated[float, Field(gt=0.0)] = 1.0
    accumulate: Positive = 1
    average: Share = 0.998
    checkpoints: Positive = 1
    patience: Annotated[int, Field(ge=0)] = 5
    save_minutes: Annotated[float, Field(ge=0.0)] = 5.0
    tensorboard: bool = False
    seed: Annotated[int, Field(ge=0)] = 1

    @property
    def last_epoch(self) -> int:
        """The epoch after which training ends in any case."""
        return self.epochs or _NO_LIMIT


class RunConfig(Settings):
    """The settings that runs of all tasks have."""

    train: FitConfig = FitConfig()
    compress: CompressConfig = CompressConfig()

    @model_validator(mode="after")
    def _exact_weights_are_not_averaged(self) -> "RunConfig":
        held = self.compress.clusters or self.compress.bits
        if held and (self.train.average or self.train.checkpoints > 1):
            raise ValueError(
                "train.average must be 0 and train.checkpoints 1 together with compress.clusters and compress.bits: "
                "averaged weights are no longer clustered or quantized"
            )
        return self


def assigned(config: AnyConfig, assignments: Sequence[str]) -> AnyConfig:
    """Settings with some of them changed.

    Args:
        config: the settings.
        assignments: `KEY=VALUE` each, for example `model.cell=gru`.

    Raises:
        UserError: an unknown key (the nearest known one is named), or a value that does not fit.
    """
    settings = config.model_dump()
    assign(settings, assignments, type(config))
    return validate(settings, "--set", type(config))


def decided(value: Number | Auto) -> Number:
    """Return a setting that is not `auto` any more."""
    assert not isinstance(value, str), "a run has no settings that are auto"
    return value


def completed(config: AnyConfig, known: RunConfig) -> AnyConfig:
    """Settings whose `auto` is replaced by what other settings have, which were decided before."""
    settings, decided = config.model_dump(), known.model_dump()
    for section, values in settings.items():
        values |= {key: decided[section][key] for key, value in values.items() if value == AUTO}
    return type(config).model_validate(settings)


def as_assignments(settings: Mapping[str, Any]) -> list[str]:
    """Return `KEY=VALUE` of each setting, as `assigned` takes them."""
    # JSON is YAML, whatever is in a text.
    return [f"{key}={json.dumps(value)}" for key, value in settings.items()]


def assign(settings: dict[str, Any], assignments: Sequence[str], kind: type[RunConfig]) -> None:
    """Changes settings that are not validated yet; see `assigned`."""
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise UserError(f"--set {assignment}: is not KEY=VALUE")
        if key not in known_keys(kind):
            raise UserError(f"--set {assignment}: {_unknown(key, kind)}")
        section, field = key.split(".")
        settings.setdefault(section, {})[field] = _value(text, assignment)


def validate(settings: dict[str, Any], where: str, kind: type[AnyConfig]) -> AnyConfig:
    """Settings as a config; a value that does not fit is a UserError that names `where` and the key."""
    try:
        return kind.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"] or first["type"] == "value_error":
            # Of settings that do not go together: they name themselves.
            raise UserError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from error
        # What follows the two says where in a value.
        key = ".".join(str(part) for part in first["loc"][:2])
        raise UserError(f"{where} {key}: {first['msg']}, not {first['input']!r}") from error


def read_settings(path: Path) -> dict[str, Any]:
    """Read a YAML file of settings: sections, and the name of the task they are for, as `task`, if the file has it.

    Raises:
        UserError: it is missing, not YAML, or not made of sections.
    """
    try:
        settings = yaml.load(path.read_text(encoding="utf-8-sig"), _Loader) or {}
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from error
    except (yaml.YAMLError, ValueError) as error:
        # A date or a number of impossible digits is a ValueError.
        raise UserError(f"{path}: is not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(settings, dict) or not all(isinstance(settings[key], dict) for key in settings if key != "task"):
        raise UserError(f"{path}: is not made of sections such as 'model:' with settings below")
    return settings


def known_keys(kind: type[RunConfig]) -> list[str]:
    """Every settable key, for example `model.cell`."""
    return list(_keys(kind))


def _keys(settings: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _keys(kind, f"{prefix}{name}.")
        else:
            yield prefix + name


def check_keys(settings: dict[str, Any], where: str, kind: type[RunConfig]) -> None:
    """Raises a UserError for a key that this kind of settings does not have; it names the nearest one."""
    for section, values in settings.items():
        for field in values:
            if f"{section}.{field}" not in known_keys(kind):
                raise UserError(f"{where}: {_unknown(f'{section}.{field}', kind)}")


def _unknown(key: str, kind: type[RunConfig]) -> str:
    nearest = difflib.get_close_matches(key, known_keys(kind), n=1, cutoff=0.0)
    return f"unknown key {key}; the nearest is {nearest[0]}"


def _value(text: str, assignment: str) -> Any:
    try:
        return yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"--set {assignment}: cannot read the value") from error
