"""`keras-s2s compress --method distill`: a small run that learns from a large one."""

import glob
import hashlib
import itertools
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from edge.errors import UserError
from edge.search.options import SearchOptions
from keras_s2s.files import replacing
from keras_s2s.machine import spread_over_cores
from pipelines.config import assigned, load_config
from pipelines.data.columns import Columns
from pipelines.data.pairs import Pair, PairReader, PathLike, write_pairs
from pipelines.jobs.train import train
from pipelines.log import log
from pipelines.run import Run
from pipelines.tasks.models import load_run
from pipelines.tasks.translation.translate import translator

# What the teacher translates between two saves.
_CHUNK = 1000

# Sentences that an ensemble translates side by side.
_TOGETHER = 32


def distill(
    path: PathLike,
    out: PathLike,
    student: str,
    train_files: PathLike | Sequence[PathLike],
    valid_files: PathLike | Sequence[PathLike],
    assignments: Sequence[str] = (),
    *,
    level: str = "sequence",
    others: Sequence[PathLike] = (),
    sentences: int = 30_000,
    beam: int = 5,
    max_minutes: float | None = None,
    resume: bool = False,
) -> dict[str, Any]:
    """Trains a student on what its teacher makes of the training pairs: knowledge distillation (Kim and Rush 2016).

    On the level of sequences these are translations, which it learns beside the references: what a beam search finds
    has less variety than what people write, and a small network can learn it. They are kept in a folder beside the
    student's run, and used again. On the level of words they are the distributions of each of the references' tokens.

    Args:
        path: the teacher's run.
        out: the student's directory, which must not exist or be empty, unless training is resumed.
        student: recipe of the student, a name or a YAML file. It has tokenizers of its own; on the level of words
            those of its teacher.
        train_files, valid_files: as for `train`, columns as in the files that the teacher was trained on.
        assignments: `KEY=VALUE` each, on top of the recipe.
        level: sequence or word.
        others: of sequences, runs that translate together with the teacher, an ensemble.
        sentences: of sequences, how many of the training sources the teacher translates at most, evenly spread.
        beam: hypotheses of its search.
        max_minutes, resume: of the student's training, as for `train`; the teacher's time does not count.

    Returns:
        The scores of the student's best weights on the validation sample.

    Raises:
        UserError: as for `train`; or the teacher is no translator.
    """
    teacher = Run.open(Path(path))
    if teacher.task != "translation":
        raise UserError(f"{path}: is for {teacher.task}; only translators are distilled so far")
    config = load_config(student, assignments)
    # Before TensorFlow runs anything.
    spread_over_cores()
    files = [train_files] if isinstance(train_files, str | os.PathLike) else list(train_files)
    if level == "word":
        taught = {"train.teacher": str(teacher.path.resolve()), "tokenizer.joint": teacher.config.tokenizer.joint}
        # JSON is YAML, whatever is in a path.
        config = assigned(config, [f"{key}={json.dumps(value)}" for key, value in taught.items()])
    else:
        pairs = _spread(PairReader(files, Columns().swapped if teacher.reverse else None), sentences)
        teachers = [Path(each) for each in (path, *others)]
        distilled = _distilled(teachers, Path(f"{out}.teacher"), pairs, teacher.reverse, beam)
        files = [str(Path(glob.escape(str(distilled)), "*.tsv")), *files]
    languages = teacher.languages[::-1] if teacher.reverse else teacher.languages
    return train(
        files,
        valid_files,
        out,
        config,
        languages=languages,
        reverse=teacher.reverse,
        max_minutes=max_minutes,
        resume=resume,
        task_name=teacher.task,
    )


def _spread(pairs: PairReader, most: int) -> list[Pair]:
    """So many pairs, evenly spread."""
    count = sum(1 for _ in pairs)
    if not count:
        raise UserError(f"{pairs.name}: has no pairs")
    stride = max(1, -(-count // most))
    return list(itertools.islice(pairs, 0, None, stride))


def _distilled(teachers: list[Path], folder: Path, pairs: list[Pair], reverse: bool, beam: int) -> Path:
    """The folder of the teachers' translations, a file for each thousand; what they made before is taken as it is.

    Raises:
        UserError: what is there is of another teacher or of other sentences, or nothing can be written.
    """
    sources = [pair.source for pair in pairs]
    weights = "+".join(hashlib.sha256(Run.open(path).model_file.read_bytes()).hexdigest() for path in teachers)
    made_from = hashlib.sha256(json.dumps([weights, beam, reverse, sources]).encode()).hexdigest()
    note = folder / "made_from.sha256"
    predict = _predictor(teachers, SearchOptions(beam=beam))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not note.exists():
            with replacing(note) as partial:
                partial.write_text(made_from, encoding="ascii")
        found = note.read_text(encoding="ascii")
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror or error})") from error
    if found != made_from:
        raise UserError(f"{folder}: has the translations of other sentences or of another teacher; remove it")
    starts = range(0, len(pairs), _CHUNK)
    files = [folder / f"{start:08}.tsv" for start in starts]
    if missing := [(start, file) for start, file in zip(starts, files, strict=True) if not file.exists()]:
        began = time.monotonic()
        for done, (start, file) in enumerate(missing):
            chunk = sources[start : start + _CHUNK]
            write_pairs(file, _columns(chunk, predict(chunk), reverse))
            left = (time.monotonic() - began) / (done + 1) * (len(missing) - done - 1)
            log(f"{file}: translated by the teacher; at most {left / 60:.1f} minutes left")
    return folder


def _predictor(teachers: list[Path], options: SearchOptions) -> Callable[[Sequence[str]], list[str]]:
    """Texts to translations: in the graph, or by the search on the host, which knows ensembles."""
    if len(teachers) == 1:
        task, model = load_run(teachers[0])
        return task.predictor(model, options)
    together = translator(teachers[0], others=teachers[1:], batch=_TOGETHER)
    return lambda texts: together.translate(texts, options)


def _columns(sources: Iterable[str], translations: Iterable[str], reverse: bool) -> Iterator[tuple[str, str]]:
    """Pairs in the order of the training files' columns; what has no translation teaches nothing."""
    for source, translation in zip(sources, translations, strict=True):
        if translation.strip():
            yield (translation, source) if reverse else (source, translation)
