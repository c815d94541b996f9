"""`keras-s2s export --format saved-model`: from a run to a SavedModel that is known to work."""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from edge.errors import UserError
from edge.tokenizer import cut
from keras_s2s.export.bundle import check_output
from keras_s2s.export.saved_model import save
from pipelines.log import log
from pipelines.models import load_run
from pipelines.pairs import PairReader, PathLike

_BATCH = 64


def export_saved_model(path: PathLike, out: PathLike, ids: bool = False) -> dict[str, Any]:
    """Saves a run's best weights with tokenizers and search, loads the result again, and scores it.

    Args:
        path: a run.
        out: the SavedModel's directory, which must not exist or be empty.
        ids: leave the tokenizers out; piece ids go in and come out.

    Returns:
        Scores on the run's validation sample.

    Raises:
        UserError: path or out cannot be used.
    """
    path, out = Path(path), Path(out).resolve()
    check_output(out)
    task, model = load_run(path)
    log(f"saving {path} as a SavedModel" + ", ids only" * ids)
    partial = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        save(task.served(model, ids), partial)
        loaded = tf.saved_model.load(str(partial)).signatures["serving_default"]
        predict = _with_ids(loaded, task) if ids else _with_text(loaded)
        scores = task.score(predict, PairReader(task.run.sample_file, reverse=task.run.reverse), None)
        if out.exists():
            out.rmdir()
        partial.rename(out)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    log(
        f"BLEU {scores['bleu']:.1f}, chrF {scores['chrf']:.1f} on {scores['sentences']} validation sentences; "
        f"the SavedModel is {out}"
    )
    return scores


def _with_text(signature: Callable) -> Callable[[Sequence[str]], list[str]]:
    def predict(texts: Sequence[str]) -> list[str]:
        found: list[str] = []
        for start in range(0, len(texts), _BATCH):
            translations = signature(text=tf.constant(texts[start : start + _BATCH]))["translation"]
            found += [translation.decode("utf-8", "replace") for translation in translations.numpy()]
        return found

    return predict


def _with_ids(signature: Callable, task: Any) -> Callable[[Sequence[str]], list[str]]:
    source, target = task.tokenizers

    def predict(texts: Sequence[str]) -> list[str]:
        found: list[str] = []
        for text in texts:
            outputs = signature(source=tf.constant([cut(source.encode(text), task.config.train.max_length)]))
            found.append(target.decode(outputs["tokens"][0, : outputs["length"][0]].numpy()) if text.strip() else "")
        return found

    return predict
