"""`keras-s2s export`: from a run to a bundle that is known to work."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.bundle import Manifest, read_bundle
from edge.errors import UserError
from edge.outputs import check_output
from edge.runtime import find_runtime
from keras_s2s.export.bundle import write_bundle
from keras_s2s.export.tflite import QUANTIZATIONS
from pipelines.data.pairs import PathLike
from pipelines.jobs.choose import choose
from pipelines.jobs.drafts import RUNTIMES, Draft, Drafts, runtimes
from pipelines.log import log
from pipelines.run import Run
from pipelines.tasks.opening import load_run
from pipelines.tasks.protocol import Export, ExportForm
from pipelines.tasks.task import Task

# Chooses among the quantizations of a task.
AUTO = "auto"

# It is for accelerators, and slow on a CPU: never chosen without being asked for.
_NOT_CHOSEN = ("int16x8",)

# The quality check fails if the metric of the bundle is lower than the run's by this fraction; of WER it is 100 - WER.
_RUIN = 0.2


def export(
    path: PathLike,
    out: PathLike,
    quantize: str | None = None,
    shortlist: PathLike | None = None,
    static: bool = False,
    any_runtime: bool = False,
) -> Manifest:
    """Convert a run's best weights, run and score the result, and only then write the bundle.

    Args:
        path: a run.
        out: the bundle's directory, which must not exist or be empty.
        quantize: a member of `QUANTIZATIONS`; or `auto`, the smallest that keeps the quality of float; the task's
            default if not given.
        shortlist: data to estimate a lexical shortlist from, columns as in the training files.
        static: fix all shapes, as browsers and accelerators want it; slower, and without a shortlist.
        any_runtime: every runtime must be able to run the bundle.

    Returns:
        The bundle's manifest.

    Raises:
        UserError: path or out cannot be used, or the result does not run.
    """
    path, out = Path(path), Path(out)
    if quantize is not None and quantize not in (*QUANTIZATIONS, AUTO):
        raise UserError(f"--quantize {quantize}: is not one of {', '.join((*QUANTIZATIONS, AUTO))}")
    check_output(out)
    loaded = load_run(path)
    task, run, _ = loaded
    form = ExportForm(static, shortlist)
    _check_form(task, path, form)
    candidates = _candidates(task, task.export(run), quantize, any_runtime)
    with tempfile.TemporaryDirectory() as folder:
        drafts = Drafts(loaded, form, Path(folder))
        draft, found = _chosen(drafts, candidates) if quantize == AUTO else _only(drafts, candidates[0])
        _check_quality(task, run, draft, found["scores"], quantize)
        write_bundle(out, draft.bundle.model.read_bytes(), drafts.files, {**draft.manifest, **found})
    bundle = read_bundle(out)
    log(f"{task.headline(bundle.manifest['scores'])}; the bundle is {out}, {bundle.bytes / 1e6:.2f} MB")
    return bundle.manifest


def _check_form(task: Task, path: Path, form: ExportForm) -> None:
    if form.shortlist is not None:
        task.check_option("--shortlist", path)
    if form.static:
        task.check_option("--static", path)
    if form.shortlist is not None and form.static:
        raise UserError("--shortlist and --static cannot be combined: the number of tokens of a shortlist varies")


def _candidates(task: Task, exported: Export, quantize: str | None, any_runtime: bool) -> Sequence[str]:
    """Return the quantization that was asked for, or the task's default; with `auto` all that may be chosen."""
    required = RUNTIMES if any_runtime else []
    if quantize == AUTO:
        # They are scored here.
        required = [*required, find_runtime()[0]]
        allowed = [name for name in exported.quantizations if name not in _NOT_CHOSEN]
        return [name for name in allowed if set(required) <= set(runtimes(name))]
    quantize = quantize or exported.quantizations[0]
    if quantize not in exported.quantizations:
        reason, allowed = exported.refused[quantize], [*exported.quantizations, AUTO]
        raise UserError(f"--quantize {quantize}: is not for {task.name}: {reason}; allowed are {', '.join(allowed)}")
    if missing := [name for name in required if name not in runtimes(quantize)]:
        raise UserError(f"--quantize {quantize}: {', '.join(missing)} cannot run it; leave out --runtime any")
    return [quantize]


def _only(drafts: Drafts, quantize: str) -> tuple[Draft, dict[str, Any]]:
    """Return a bundle, and what its manifest says of its scores."""
    draft = drafts.make(quantize)
    return draft, {"scores": drafts.score(draft)}


def _chosen(drafts: Drafts, candidates: Sequence[str]) -> tuple[Draft, dict[str, Any]]:
    """Return the smallest bundle that is as good as float, and what its manifest says of its scores and its choice."""
    made = {name: drafts.make(name) for name in candidates}
    sizes = {name: draft.bundle.bytes for name, draft in made.items()}
    metric = drafts.task.scores.metrics[0]
    choice = choose(metric, sizes, lambda name: drafts.score(made[name]))
    log(f"{choice.table()}\n{choice.chosen}: the smallest that costs at most {metric.tolerance:g} {metric.label}")
    return made[choice.chosen], {"scores": choice.tried[choice.chosen][1], "quantize_auto": choice.manifest()}


def _check_quality(task: Task, run: Run, draft: Draft, scores: dict[str, Any], quantize: str | None) -> None:
    """Warn where the bundle is much worse than the run, and note it."""
    own, metric = run.read_json("scores.json"), task.scores.metrics[0]
    if own and metric.worse_by(scores[metric.name], own[metric.name]) > _RUIN:
        scores["ruined"] = True
        quantization = draft.manifest["quantization"]
        advice = "Try --quantize auto, or run keras-s2s compress --method qat first."
        if quantize == AUTO or quantization == "none":
            # It is as good as float.
            advice = "Evaluate the run and the bundle on a test set before you use the bundle."
        before, after = (f"{values[metric.name]:.{metric.digits}f}" for values in (own, scores))
        log(f"{quantization}: {metric.label} went from {before} to {after} (more than {_RUIN:.0%} worse). {advice}")
