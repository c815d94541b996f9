"""`python -m edge info`."""

import argparse
import json
from collections.abc import Iterator

from edge.bundle import Bundle, read_bundle
from edge.commands.arguments import add_bundle
from edge.runtime import find_runtime
from edge.terminal import write_utf8


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    parser.add_argument("--json", action="store_true", help="print the manifest and the installed runtime as JSON")
    parser.set_defaults(run=info)


def info(options: argparse.Namespace) -> None:
    """Print what a bundle is."""
    write_utf8()
    bundle = read_bundle(options.bundle)
    name, version, _ = find_runtime()
    if options.json:
        print(json.dumps({**bundle.manifest, "installed_runtime": {"name": name, "version": version}}))
        return
    for label, value in _description(bundle):
        print(f"{label:14} {value}")
    print(f"{'here':14} {name} {version}")


def _description(bundle: Bundle) -> Iterator[tuple[str, str]]:
    manifest = bundle.manifest
    yield "task", manifest["task"]
    if languages := manifest.get("languages"):
        yield "languages", f"{languages['source']} to {languages['target']}"
    if audio := manifest.get("audio"):
        yield "audio", f"{audio['rate']} Hz, a position every {audio['position_ms']:g} ms"
    yield "quantization", manifest["quantization"]
    yield "runs on", ", ".join(manifest["runtimes"])
    yield "size", f"{bundle.bytes / 1e6:.1f} MB"
    for name, entry in manifest["files"].items():
        yield "", f"{name} {entry['bytes'] / 1e6:.2f} MB"
    if limits := manifest["limits"]:
        yield "limits", ", ".join(f"{name} {value}" for name, value in limits.items())
    # Numbers only: sacrebleu's signatures are long, and `--json` has them.
    for name, value in manifest["scores"].items():
        if isinstance(value, float | int):
            yield name, f"{value:.2f}" if isinstance(value, float) else str(value)
    yield "signatures", ", ".join(manifest["signatures"])
    yield "operators", " ".join(manifest["operators"])
