"""The run directory: everything that training made, written and read in one place.

    RUN/run.json            task, languages, format version: what tells a run from a bundle
    RUN/config.yaml         the settings, resolved: a recipe for another run
    RUN/model.keras         the best weights so far
    RUN/checkpoint.npz      checkpoint to resume from
    RUN/log.csv             one line per epoch
    RUN/last/               weights after the last epochs, where they are to be averaged
    RUN/scores.json         what the best weights reach on the sample

of translation:

    RUN/machine.json        what was found out about the machine that training began on
    RUN/source.model        tokenizers; a joint one is tokenizer.model
    RUN/target.model
    RUN/source.json         what training sources are like: abbreviations; whether some have no letter
    RUN/valid.sample.tsv    up to 500 validation pairs: every export is scored on them

of speech:

    RUN/target.model        the tokenizer of the transcripts
    RUN/sound.json          how long sound may be that is not split into phrases
    RUN/valid.sample/       up to 200 validation recordings, of up to 5 minutes in all, and their transcripts

and of segmentation:

    RUN/valid.sample/       up to 50 validation images and their masks, for the same, and for calibration
    RUN/threshold.json      the probability from which on a pixel is foreground
    RUN/overlays/           masks of some of them, true and predicted, after the latest epoch
    RUN/validation.png      the best, middle and worst validation images

Pair files that go with a run have their columns as in the files that it was trained on. Pair files that the product
writes, the sample for example, have the source in the first column and the target in the second.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from edge.bundle import MANIFEST, RUN_MARKER
from edge.errors import UserError
from edge.files import replacing
from pipelines.config import RunConfig, read_settings, validate
from pipelines.data.columns import Columns

FORMAT_VERSION = 2


@dataclass(frozen=True)
class Run:
    """A run directory.

    Attributes:
        path: the directory.
        task: a key of `pipelines.tasks.TASKS`.
        languages: source and target language as trained, for example `("es", "en")`; None if the task has none.
        columns: of the pair files that were chosen as source and target; None for the first two, or without pair files.
        config: the settings.
    """

    path: Path
    task: str
    languages: tuple[str, str] | None
    columns: Columns | None
    config: RunConfig

    @classmethod
    def create(
        cls, path: Path, task: str, languages: tuple[str, str] | None, columns: Columns | None, config: RunConfig
    ) -> "Run":
        """Makes a run directory.

        Raises:
            UserError: it exists and is not empty, or cannot be made.
        """
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise UserError(f"{path}: already exists and is not empty; choose another --out, or remove it")
        run = cls(path, task, languages, columns, config)
        try:
            path.mkdir(parents=True, exist_ok=True)
            run.file("config.yaml").write_text(
                yaml.safe_dump({"task": task, **config.model_dump()}, sort_keys=False, allow_unicode=True),
                encoding="utf-8",
            )
            info: dict[str, Any] = {"languages": list(languages)} if languages else {}
            info |= {"columns": str(columns)} if columns else {}
            run.write_json(RUN_MARKER, {"format_version": FORMAT_VERSION, "task": task, **info})
        except OSError as error:
            raise UserError(f"{path}: cannot be written ({error.strerror or error})") from error
        return run

    @classmethod
    def open(cls, path: Path, configs: Mapping[str, type[RunConfig]], trained: bool = True) -> "Run":
        """Open a run directory.

        Args:
            path: the directory.
            configs: tasks that it may be for, and the class of their settings.
            trained: it must have weights.

        Raises:
            UserError: it is none, of another format, or has no weights yet.
        """
        if not path.exists():
            raise UserError(f"{path}: no such run")
        if (path / MANIFEST).exists():
            raise UserError(f"{path}: is a bundle, not a training run; name the run it was exported from")
        info = _read_marker(path / RUN_MARKER)
        task = info["task"]
        if task not in configs:
            raise UserError(f"{path}: is for {task}, not for {' or '.join(configs)}")
        config = path / "config.yaml"
        settings = read_settings(config)
        settings.pop("task", None)
        run = cls(path, task, info["languages"], info["columns"], validate(settings, str(config), configs[task]))
        if trained and not run.model_file.exists():
            raise UserError(f"{path}: has no trained weights; train it first")
        return run

    def file(self, name: str) -> Path:
        """A file of the run."""
        return self.path / name

    @property
    def model_file(self) -> Path:
        """The best weights so far, as a Keras model."""
        return self.path / "model.keras"

    @property
    def checkpoint_file(self) -> Path:
        """The checkpoint to resume from."""
        return self.path / "checkpoint.npz"

    def discard(self) -> None:
        """Removes the directory."""
        shutil.rmtree(self.path)

    def write_json(self, name: str, value: dict[str, Any]) -> None:
        """Writes a JSON file, whole or not at all."""
        with replacing(self.file(name)) as partial:
            partial.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def read_json(self, name: str) -> dict[str, Any]:
        """Reads a JSON file; empty if there is none."""
        file = self.file(name)
        return json.loads(file.read_bytes()) if file.exists() else {}


def is_bundle(path: Path) -> bool:
    """Return whether a path is a bundle rather than a run.

    Raises:
        UserError: there is nothing.
    """
    if not path.exists():
        raise UserError(f"{path}: no such run or bundle")
    return (path / MANIFEST).exists()


def _read_marker(path: Path) -> dict[str, Any]:
    """Read `run.json`: task, languages and columns."""
    try:
        info = json.loads(path.read_bytes())
        version, languages = info["format_version"], info.get("languages")
        columns = Columns.parse(str(info["columns"])) if "columns" in info else None
        found: dict[str, Any] = {"task": info["task"], "languages": None, "columns": columns}
        if languages is not None:
            source, target = languages
            found["languages"] = source, target
    except FileNotFoundError as error:
        raise UserError(f"{path.parent}: is not a training run: it has no {path.name}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UserError) as error:
        raise UserError(f"{path}: cannot be read as the description of a run ({error}); train again") from error
    if version != FORMAT_VERSION:
        todo = "train again" if isinstance(version, int) and version < FORMAT_VERSION else "update keras-s2s"
        raise UserError(f"{path}: format version {version} is not {FORMAT_VERSION}, which this version reads; {todo}")
    return found
