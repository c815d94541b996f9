"""`keras-s2s export`: from a run to a bundle that is known to work."""

import tempfile
from pathlib import Path
from typing import Any

from edge.bundle import Manifest, read_bundle
from edge.errors import UserError
from edge.runtime import Flatbuffer, find_runtime
from edge.shortlist import SHORTLIST
from keras_s2s.export.bundle import check_output, write_bundle
from keras_s2s.export.operators import operators
from keras_s2s.export.tflite import QUANTIZATIONS, STATIC, convert
from pipelines.data.pairs import PathLike
from pipelines.jobs.evaluate import evaluate
from pipelines.log import log
from pipelines.tasks.models import load_run

RUNTIMES = ["litert", "tflite-runtime"]

# Quantizations that need operators younger than the last tflite-runtime.
_FOR_LITERT = ("int4", "mixed")

# A loss of such a share of the run's own BLEU is called a ruin.
_RUIN = 0.2


def export(
    path: PathLike,
    out: PathLike,
    quantize: str | None = None,
    shortlist: PathLike | None = None,
    static: bool = False,
) -> Manifest:
    """Converts a run's best weights, runs and scores the result, and only then writes the bundle.

    Args:
        path: a run.
        out: the bundle's directory, which must not exist or be empty.
        quantize: a member of `QUANTIZATIONS`; what suits the task best if not given.
        shortlist: pairs to learn a shortlist from, columns as in the files that the run was trained on.
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
    task, model = load_run(path)
    quantize = quantize or task.QUANTIZATIONS[0]
    if quantize not in task.QUANTIZATIONS:
        reason, others = task.REFUSED[quantize], ", ".join(task.QUANTIZATIONS)
        raise UserError(f"--quantize {quantize}: is not for {task.run.task}: {reason}; {others} are")
    if (shortlist is not None or static) and task.run.task != "translation":
        raise UserError(f"{path}: is for {task.run.task}; only translation has --shortlist and --static")
    if shortlist is not None and static:
        raise UserError("--shortlist and --static do not go together: a shortlist has as many pieces as it finds")
    pairs = None if shortlist is None else task.reader(shortlist)
    log(f"converting {path} to TFLite, quantization {quantize}")
    calibration = list(task.calibration()) if quantize in STATIC else ()
    form = {"static": True} if static else {}
    functions = task.signatures(model, **form, **({"shortlist": True} if pairs is not None else {}))
    flatbuffer = convert(functions, quantize, calibration)
    found = operators(flatbuffer)
    if custom := [name for name in found if name.startswith("CUSTOM")]:
        raise UserError(f"{path}: its flatbuffer needs {', '.join(custom)}, which no device has")
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder, "bundle")
        (Path(folder) / "model.tflite").write_bytes(flatbuffer)
        manifest: dict[str, Any] = {
            "task": task.run.task,
            "quantization": quantize,
            "runtimes": RUNTIMES[:1] if quantize in _FOR_LITERT else RUNTIMES,
            "signatures": Flatbuffer(Path(folder) / "model.tflite").description(),
            "operators": found,
            "parameters": model.count_params(),
            "scores": {},
            **task.manifest(**form),
        }
        files = dict(task.bundle_files())
        if pairs is not None:
            files[SHORTLIST] = Path(folder) / SHORTLIST
            manifest |= task.write_shortlist(pairs, files[SHORTLIST])
        # What is scored is a whole bundle, read as a device reads it.
        write_bundle(draft, flatbuffer, files, manifest)
        scores = evaluate(draft, task.sample)
        name, version, _ = find_runtime()
        manifest["scores"] = {**scores, "runtime": f"{name} {version}", "sample": task.sample.name}
        own, key = task.run.read_json("scores.json"), task.REPORTED[0]
        if own and scores[key] < (1.0 - _RUIN) * own[key]:
            manifest["scores"]["ruined"] = True
            log(f"{quantize} has ruined it: it was {task.headline(own)}; try another, or first compress --method qat")
        write_bundle(out, flatbuffer, files, manifest)
    bundle = read_bundle(out)
    log(f"{task.headline(scores)}; the bundle is {out}, {bundle.bytes / 1e6:.2f} MB")
    return bundle.manifest
