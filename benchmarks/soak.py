"""`python -m benchmarks.soak`: one process translates for long, threads share a translator, HTML is random,
and bundles are damaged.

Without arguments on the tests' toy bundle. It ends with status 1 if anything was not as it should be.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.command import run
from benchmarks.damage import ROOT, verdicts
from benchmarks.markup import measure
from edge.bench import memory
from edge.translator import Translator

TOY = ROOT / "tests" / "edge" / "toy_bundle"
SENTENCES = ["tres uno dos", "uno", "dos dos tres", "diez uno tres dos", "cuatro cinco seis siete ocho"]

# Megabytes by which a process may grow that translates for ever: what allocators keep of the first calls.
_MAY_GROW = 10

# Percent of sentences and words of HTML that are as they should be.
_HTML = 95

_GOOD = ("refused", "translated")


def main() -> None:
    """Does all four, and prints what came of them or one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("bundle", nargs="?", type=Path, default=TOY, metavar="BUNDLE")
    parser.add_argument("--source", type=Path, help="sentences, one per line [sentences of the toy language]")
    parser.add_argument(
        "--translations", type=int, default=200_000, help="number of translations of the one process [200000]"
    )
    parser.add_argument("--damages", type=int, default=5000, help="number of damaged copies of the bundle [5000]")
    parser.add_argument("--texts", type=int, default=5000, help="number of texts of random characters [5000]")
    parser.add_argument("--documents", type=int, default=1000, help="number of random documents of HTML [1000]")
    parser.add_argument("--fuzzed", type=int, default=10_000, help="number of random fragments of HTML [10000]")
    parser.add_argument("--threads", type=int, default=8, help="number of threads that use one translator [8]")
    parser.add_argument("--seed", type=int, default=1, help="seed of everything random [1]")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    sentences = options.source.read_text(encoding="utf-8").splitlines() if options.source else SENTENCES
    translator = Translator(options.bundle)
    results = {
        **_long(translator, sentences, options.translations),
        **_shared(translator, sentences, options.threads),
        **_fuzzed(translator, options.texts, options.seed),
        **measure(translator, sentences, options.documents, options.fuzzed, options.seed),
        **_damaged(options.bundle, translator, sentences[0], options.damages, options.seed),
    }
    good = (
        results["changed"] == 0
        and results["grown_mb"] < _MAY_GROW
        and results["threads_agree"]
        and results["html_changed"] == 0
        and min(results["html_text"], results["html_words"]) >= _HTML
        and set(results["damage"]) <= set(_GOOD)
    )
    if options.json:
        print(json.dumps({**results, "good": good}))
    else:
        for name, value in results.items():
            print(f"{name:20} {value}")
    sys.exit(0 if good else 1)


def _long(translator: Translator, sentences: list[str], count: int) -> dict:
    """Translate a number of sentences, and compare each translation with the first one of its sentence."""
    first = [translator.translate(sentence) for sentence in sentences]
    for number in range(min(count // 20, 2000)):
        translator.translate(sentences[number % len(sentences)])
    before, started, changed = memory(), time.perf_counter(), 0
    for number in range(count):
        place = number % len(sentences)
        changed += translator.translate(sentences[place]) != first[place]
    return {
        "translations": count,
        "seconds": round(time.perf_counter() - started, 1),
        "changed": changed,
        "grown_mb": round((memory() - before) / 1e6, 2),
    }


def _shared(translator: Translator, sentences: list[str], threads: int) -> dict:
    """Has threads translate the same sentences at once, each many times."""
    sentences = sentences[:100]
    alone = [translator.translate(sentence) for sentence in sentences]
    with ThreadPoolExecutor(threads) as pool:
        jobs = [pool.submit(lambda: [translator.translate(each) for each in sentences]) for _ in range(10 * threads)]
        return {"threads": threads, "threads_agree": all(job.result() == alone for job in jobs)}


def _fuzzed(translator: Translator, count: int, seed: int) -> dict:
    """Translates random characters; whatever comes is a string, or the process ends here."""
    draw = random.Random(seed)
    for _ in range(count):
        text = "".join(
            chr(draw.choice([draw.randrange(0x80), draw.randrange(0x110000)])) for _ in range(draw.randrange(40))
        )
        if not isinstance(translator.translate(text), str):
            raise TypeError(f"{text!r} has a translation that is no string")
    return {"random_texts": count}


def _damaged(bundle: Path, translator: Translator, text: str, count: int, seed: int) -> dict:
    """Has a process read damaged copies of the bundle."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for what, verdict in verdicts(bundle, Path(folder), count, seed, text, translator.translate(text)):
            kind = verdict.split()[0]
            found[kind] += 1
            if kind not in _GOOD:
                print(f"{what}: {verdict}", file=sys.stderr)
    return {"damages": count, "damage": dict(found)}


if __name__ == "__main__":
    run(main)
