"""`python -m benchmarks.browser BUNDLE --test FILE`: translation in headless Chromium, beside the on-device runtime.

The bundle has static shapes. `keras-s2s site` makes a site of it, which this program hosts on this machine. Page and
Python translate the same sentences in turns, one sentence at a time, greedily, with one thread each. Needs the packages
of the extra `web`, and Chromium on the PATH.

What is measured:
    page, python   milliseconds per sentence, the median of the rounds, and their ratio
    first          milliseconds from the call that loads the bundle to the first translation, the median of new visitors
    same           sentences with the same translation
    download       bytes, compressed with gzip: of page, runtime and bundle
    memory         of the page's process, in bytes: its part of the machine's memory (PSS)
"""

import argparse
import functools
import gzip
import http.server
import json
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.command import run
from edge.bundle import read_bundle
from edge.errors import UserError
from edge.translator import Translator
from pipelines.site.build import build_site

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

_OPEN = """async (url) => {
    const { Translator } = await import("./web/keras_s2s.js");
    const start = performance.now();
    globalThis.translator = await Translator.open(url);
    await translator.translate("a");
    return performance.now() - start;
}"""
_TRANSLATE = """async (texts) => {
    const found = [];
    const start = performance.now();
    for (const text of texts) {
        found.push((await translator.translate(text))[0].text);
    }
    return [performance.now() - start, found];
}"""


def main() -> None:
    """Measures, and prints a table or one JSON object."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.browser", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="of translation, exported with --static")
    parser.add_argument("--test", required=True, help="sentences, one per line; what follows a tab is not read")
    parser.add_argument("--limit", type=int, default=500, help="use only the first N sentences [500]")
    parser.add_argument("--rounds", type=int, default=5, help="rounds per measurement [5]")
    parser.add_argument("--runtime", help="directory with the runtime's packages, as for keras-s2s site")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    lines = Path(options.test).read_text(encoding="utf-8").splitlines()
    texts = [line.split("\t")[0] for line in lines[: options.limit]]
    with tempfile.TemporaryDirectory() as folder, _browser() as browser:
        site = Path(folder) / "site"
        build_site([options.bundle], site, options.runtime)
        results = measure(browser, site, options.bundle, texts, options.rounds)
    print(json.dumps(results)) if options.json else _show(results)


def measure(browser: Any, site: Path, bundle: str | Path, texts: Sequence[str], rounds: int) -> dict[str, Any]:
    """Times a site and the on-device runtime.

    Args:
        browser: Chromium, of playwright.
        site: folder of a site with the bundle.
        bundle: of translation, with static shapes.
        texts: sentences to translate.
        rounds: of each measurement.
    """
    languages = read_bundle(bundle).manifest["languages"]
    url = f"bundles/{languages['source']}-{languages['target']}"
    translator = Translator(bundle)
    first: list[float] = []
    own: list[float] = []
    python: list[float] = []
    same = 0
    with _hosted(site) as host:
        for _ in range(rounds):
            context = browser.new_context()
            page = context.new_page()
            page.goto(host)
            first.append(page.evaluate(_OPEN, url))
            milliseconds, found = page.evaluate(_TRANSLATE, texts)
            own.append(milliseconds / len(texts))
            memory = _memory(browser)
            context.close()
            start = time.perf_counter()
            expected = [translator.translate(text) for text in texts]
            python.append(1000 * (time.perf_counter() - start) / len(texts))
            same = sum(one == other for one, other in zip(found, expected, strict=True))
    page_ms, python_ms = statistics.median(own), statistics.median(python)
    return {
        "sentences": len(texts),
        "browser": browser.version,
        "page_ms": page_ms,
        "python_ms": python_ms,
        "relative": page_ms / python_ms,
        "first_ms": statistics.median(first),
        "same": same,
        "download": _download(site, url),
        "memory": memory,
    }


@contextmanager
def _browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError as error:
        raise UserError("playwright: is not installed; install it with: pip install playwright") from error
    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if chromium is None:
        raise UserError("chromium: is not on the PATH; install Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    # Not that of the machine's settings, which may have another type for scripts.
    extensions_map: ClassVar = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *_: object) -> None: ...


@contextmanager
def _hosted(site: Path) -> Iterator[str]:
    """The URL of a folder, on this machine."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(site)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def _memory(browser: Any) -> int:
    """The largest of the browser's processes that show pages."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    return max(_share(process["id"]) for process in processes if process["type"] == "renderer")


def _share(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _download(site: Path, url: str) -> dict[str, int]:
    """Compressed bytes of what a visitor needs for a direction, in a browser with relaxed SIMD."""
    files = {file.relative_to(site).as_posix(): file for file in site.rglob("*") if file.is_file()}
    skipped = [name for name in files if "compat" in name or name == "LICENSES.txt"]
    sizes = {name: len(gzip.compress(file.read_bytes())) for name, file in files.items() if name not in skipped}
    runtime = sum(size for name, size in sizes.items() if name.startswith("litert/"))
    bundle = sum(size for name, size in sizes.items() if name.startswith(f"{url}/"))
    page = sum(size for name, size in sizes.items() if not name.startswith(("litert/", "bundles/")))
    return {"page": page, "runtime": runtime, "bundle": bundle}


def _show(results: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("measured", "value", title=f"{results['sentences']} sentences, Chromium {results['browser']}")
    for name in ("page_ms", "python_ms", "first_ms"):
        table.add_row(name.replace("_", ", "), f"{results[name]:.2f}")
    table.add_row("relative latency (page / python)", f"{results['relative']:.2f}")
    table.add_row("same translation", str(results["same"]))
    for name, size in results["download"].items():
        table.add_row(f"download: {name}, MB", f"{size / 1e6:.2f}")
    table.add_row("memory of the page, MB", f"{results['memory'] / 1e6:.0f}")
    Console().print(table)


if __name__ == "__main__":
    run(main)
