"""`python -m benchmarks.packing RUN`: the size of int8 bundles, as they are and compressed.

Of a run without sparsity or clusters these networks are made: as it is; 80 and 90 % of each matrix pruned; 16 clusters
per matrix; 80 % pruned with 32 clusters. Nothing is trained, so the sizes are those of trained networks only roughly,
and no network is scored.

What is measured, in MB (in JSON in bytes), of all files of a bundle, and of the flatbuffer alone:
    raw         as they are
    zip         a zip archive that `edge` reads: deflate, level 9
    gzip, xz    a tar archive; the highest level
"""

import argparse
import io
import json
import lzma
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.command import run
from edge.bundle import read_bundle
from keras_s2s.compress.cluster import k_means, nearest
from keras_s2s.compress.matrices import matrices
from keras_s2s.compress.tfmot import centroids_of, pruning_mask
from pipelines.jobs.drafts import Drafts
from pipelines.tasks.opening import load_run
from pipelines.tasks.protocol import ExportForm

# Name to sparsity and number of clusters.
NETWORKS = {
    "dense": (0.0, 0),
    "sparsity 80 %": (0.8, 0),
    "sparsity 90 %": (0.9, 0),
    "16 clusters": (0.0, 16),
    "sparsity 80 %, 32 clusters": (0.8, 32),
}


def main() -> None:
    """Measures, and prints a table or one JSON object."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.packing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="a trained run that is not compressed")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    results = measure(options.run)
    if options.json:
        print(json.dumps(results, indent=1))
        return
    table = Table("MB, int8", *next(iter(results.values())))
    for name, found in results.items():
        table.add_row(name, *(f"{size / 1e6:.2f}" for size in found.values()))
    Console().print(table)


def measure(path: Path) -> dict[str, dict[str, int]]:
    """Return the sizes of the bundles of each network by name."""
    loaded = load_run(path)
    dense = [variable.numpy() for variable in matrices(loaded.network)]
    results = {}
    for name, (sparsity, clusters) in NETWORKS.items():
        for variable, weights in zip(matrices(loaded.network), dense, strict=True):
            variable.assign(compressed(weights, sparsity, clusters))
        with tempfile.TemporaryDirectory() as folder:
            bundle = Drafts(loaded, ExportForm(), Path(folder)).make("int8").bundle
            read_bundle(archive(bundle.files, Path(folder) / "packed.zip"))
            whole, alone = sizes(bundle.files), sizes([bundle.model])
        results[name] = whole | {f"{key}, flatbuffer": size for key, size in alone.items()}
    return results


def compressed(weights: np.ndarray, sparsity: float, clusters: int) -> np.ndarray:
    """Return a matrix with zeros and clusters as `keras_s2s.compress` has them before training."""
    if sparsity:
        weights = weights * pruning_mask(keras.ops.convert_to_tensor(weights), sparsity).numpy()
    if clusters:
        used = weights[weights != 0]
        centroids = k_means(used, np.sort(centroids_of(used, clusters - bool(sparsity), "linear")))
        weights = np.where(weights != 0, centroids[nearest(weights, centroids)], 0.0).astype(weights.dtype)
    return weights


def archive(files: Iterable[Path], out: Path) -> Path:
    """Write a zip archive of files."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as stream:
        for file in files:
            stream.write(file, file.name)
    return out


def sizes(files: list[Path]) -> dict[str, int]:
    """Return the sizes of files together, by the way in which they are compressed."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as stream:
        for file in files:
            stream.add(file, file.name)
    gzip = zlib.compressobj(9, zlib.DEFLATED, 31)
    with tempfile.TemporaryDirectory() as folder:
        return {
            "raw": sum(file.stat().st_size for file in files),
            "zip": archive(files, Path(folder) / "packed.zip").stat().st_size,
            "gzip": len(gzip.compress(tar.getvalue()) + gzip.flush()),
            "xz": len(lzma.compress(tar.getvalue(), preset=9 | lzma.PRESET_EXTREME)),
        }


if __name__ == "__main__":
    run(main)
