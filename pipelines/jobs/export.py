"""`keras-s2s export`: from a run to a bundle that is known to work."""

import tempfile
import time
from pathlib import Path
from typing import Any

from edge.bundle import Manifest, read_bundle
from edge.errors import UserError
from edge.files import check_output
from edge.runtime import Flatbuffer, find_runtime
from keras_s2s.export.bundle import write_bundle
from keras_s2s.export.operators import operators
from keras_s2s.export.tflite import QUANTIZATIONS, STATIC, convert
from pipelines.data.pairs import PathLike
from pipelines.log import log
from pipelines.run import Run
from pipelines.tasks.opening import load_run
from pipelines.tasks.protocol import Decoding, Export, ExportForm
from pipelines.tasks.task import Task

RUNTIMES = ["litert", "tflite-runtime"]

# Quantizations that need operators younger than the last tflite-runtime.
_FOR_LITERT = ("int4", "mixed")

# The quality check fails if the metric of the bundle is lower than the run's by this fraction.
_RUIN = 0.2


def export(
    path: PathLike,
    out: PathLike,
    quantize: str | None = None,
    shortlist: PathLike | None = None,
    static: bool = False,
) -> Manifest:
    """Convert a run's best weights, run and score the result, and only then write the bundle.

    Args:
        path: a run.
        out: the bundle's directory, which must not exist or be empty.
        quantize: a member of `QUANTIZATIONS`; the task's default if not given.
        shortlist: data to estimate a lexical shortlist from, columns as in the training files.
        static: fix all shapes, as browsers and accelerators want it; slower, and without a shortlist.

    Returns:
        The bundle's manifest.

    Raises:
        UserError: path or out cannot be used, or the result does not run.
    """
    path, out = Path(path), Path(out)
    if quantize is not None and quantize not in QUANTIZATIONS:
        raise UserError(f"--quantize {quantize}: is not one of {', '.join(QUANTIZATIONS)}")
    check_output(out)
    task, run, network = load_run(path)
    exported, form = task.export(run), ExportForm(static, shortlist)
    _check_form(task, path, form)
    quantize = _quantization(task, exported, quantize)
    log(f"converting {path} to TFLite, quantization {quantize}")
    calibration = list(exported.calibration()) if quantize in STATIC else ()
    flatbuffer = convert(exported.signatures(network, form), quantize, calibration)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "model.tflite").write_bytes(flatbuffer)
        manifest = {
            "task": task.name,
            "quantization": quantize,
            "runtimes": RUNTIMES[:1] if quantize in _FOR_LITERT else RUNTIMES,
            "signatures": Flatbuffer(Path(folder) / "model.tflite").description(),
            "operators": _builtin_operators(path, flatbuffer),
            "parameters": network.count_params(),
            "scores": {},
            **exported.manifest(form),
        }
        files = exported.files(form, Path(folder))
        # What is scored is a whole bundle, read as a device reads it.
        draft = Path(folder, "bundle")
        write_bundle(draft, flatbuffer, files, manifest)
        manifest["scores"] = _scores(task, run, draft, quantize)
        write_bundle(out, flatbuffer, files, manifest)
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


def _quantization(task: Task, exported: Export, quantize: str | None) -> str:
    """Return the quantization that was asked for, or the task's default."""
    quantize = quantize or exported.quantizations[0]
    if quantize not in exported.quantizations:
        reason, allowed = exported.refused[quantize], ", ".join(exported.quantizations)
        raise UserError(f"--quantize {quantize}: is not for {task.name}: {reason}; allowed are {allowed}")
    return quantize


def _builtin_operators(path: Path, flatbuffer: bytes) -> list[str]:
    """Return the operators of a flatbuffer, all of which a TFLite runtime has built in."""
    found = operators(flatbuffer)
    if custom := [name for name in found if name.startswith("CUSTOM")]:
        raise UserError(f"{path}: its flatbuffer needs {', '.join(custom)}, which no TFLite runtime has built in")
    return found


def _scores(task: Task, run: Run, bundle: Path, quantize: str) -> dict[str, Any]:
    """Score a bundle on the run's validation sample, and warn where quantization has cost too much."""
    data = task.data(run)
    began = time.perf_counter()
    scores = task.scores.score(task.scores.bundle_predictor(bundle, Decoding()), data.sample_reader(), None)
    name, version, _ = find_runtime()
    seconds = time.perf_counter() - began
    scores |= {"seconds": seconds, "runtime": f"{name} {version}", "sample": data.sample.name}
    own, metric = run.read_json("scores.json"), task.scores.metrics[0]
    if own and metric.worse_by(scores[metric.name], own[metric.name]) > _RUIN:
        scores["ruined"] = True
        before, after = (f"{values[metric.name]:.{metric.digits}f}" for values in (own, scores))
        log(
            f"{quantize}: {metric.label} went from {before} to {after} (more than {_RUIN:.0%} worse). Try --quantize "
            f"{task.export(run).quantizations[0]} or float16, or run keras-s2s compress --method qat first."
        )
    return scores
