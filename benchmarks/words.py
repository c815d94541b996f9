"""`python -m benchmarks.words RUN|BUNDLE... --test FILE`: models of words beside each other, as int8 bundles.

Of a run the int8 bundle is made first; its minutes are those of its log. Several runs or bundles joined with commas are
an ensemble, whose probabilities are averaged. All are measured in turns, in one process with one thread.

What is measured:
    minutes     of training, all members of an ensemble together; a student's without its teacher's
    wer, cer    percent of the words of the test set that are wrong, and edit distance per symbol (PER where symbols are
                sounds), greedily and with beam 5; lines with the same source are alternatives
    mb          files of the bundle
    words per second, and ms per word of those that are translated one at a time
"""

import argparse
import csv
import functools
import itertools
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.command import run
from benchmarks.jobs import alternate_jobs
from edge.bundle import Bundle, read_bundle
from edge.components import Components, open_components
from edge.errors import UserError
from edge.runtime import find_runtime
from edge.search.options import SearchOptions
from edge.translator import Translator
from keras_s2s.ensemble import EnsembleStep
from pipelines.data.pairs import PairReader
from pipelines.jobs.export import export
from pipelines.run import is_bundle
from pipelines.tasks.opening import open_scored
from pipelines.tasks.protocol import Decoding
from pipelines.tasks.translation.symbols import count_symbols
from pipelines.tasks.translation.word_scores import WordScores

# Words that are timed one at a time, and in batches, at most.
_ALONE, _LIST, BATCH = 200, 10_000, 64

BEAMS = {"greedy": 1, "beam 5": 5}


def main() -> None:
    """Measures, and prints a table or one JSON object."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.words", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", metavar="RUN|BUNDLE", help="of words; an ensemble: joined with commas")
    parser.add_argument("--test", required=True, help="pairs to score on and to time")
    parser.add_argument("--limit", type=int, help="use only the first N words [all]")
    parser.add_argument("--rounds", type=int, default=5, help="rounds per measurement [5]")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [open_model(name, Path(folder) / str(index)) for index, name in enumerate(options.models)]
        results = measure(rows, options.test, options.limit, options.rounds)
    print(json.dumps(results)) if options.json else _show(results)


class Model:
    """A model, or an ensemble.

    Args:
        name: what it is called.
        bundles: of its members.
        minutes: of their training; None if that is not known.
    """

    def __init__(self, name: str, bundles: Sequence[Bundle], minutes: float | None):
        self.name = name
        self.bundles = bundles
        self.minutes = minutes
        self.components = _components(bundles)


def open_model(name: str, folder: Path) -> Model:
    """Opens a model.

    Args:
        name: path of a run or a bundle, or several joined with commas.
        folder: for the bundles of runs.

    Raises:
        UserError: a path cannot be used, or members of an ensemble have different tokenizers.
    """
    paths = [Path(path) for path in name.split(",")]
    bundles, minutes = [], []
    for index, path in enumerate(paths):
        if is_bundle(path):
            bundles.append(read_bundle(path))
            continue
        export(path, folder / str(index), "int8")
        bundles.append(read_bundle(folder / str(index)))
        minutes.append(training_minutes(path))
    label = "+".join(path.resolve().name for path in paths)
    return Model(label, bundles, sum(minutes) if len(minutes) == len(paths) else None)


def training_minutes(path: Path) -> float:
    """Return how long a run was trained, by the last line of its log."""
    with (path / "log.csv").open(encoding="utf-8") as stream:
        return float(list(csv.DictReader(stream))[-1]["minutes"])


def measure(models: Sequence[Model], test: str, limit: int | None, rounds: int) -> dict[str, Any]:
    """Scores and times models.

    Args:
        models: to compare.
        test: pairs, with the columns of the files that the models were trained on.
        limit: use only the first words.
        rounds: of each measurement of time.

    Returns:
        `models`, a row of each, with the number of its words; the size of a batch; and the runtime.
    """
    data = [open_scored(model.bundles[0].path, test, Decoding()).data for model in models]
    scores = WordScores(spaced=count_symbols(pair.target for pair in data[0]) > 0)
    rows = [_scored(model, scores, reader, limit) for model, reader in zip(models, data, strict=True)]
    jobs: dict[tuple[int, str], Callable[[], object]] = {}
    counts: dict[tuple[int, str], int] = {}
    for (place, model), (name, beam) in itertools.product(enumerate(models), BEAMS.items()):
        words = [example.source for example in scores.examples(data[place], min(limit or _LIST, _LIST))]
        for kind, job, count in _jobs(model.components, words, SearchOptions(beam=beam)):
            jobs[place, name + kind], counts[place, name + kind] = job, count
    for (place, name), taken in alternate_jobs(jobs, rounds).items():
        count = counts[place, name]
        rows[place]["words_per_second"][name] = count / taken
        if name in BEAMS:
            rows[place]["ms_per_word"][name] = 1000 * taken / count
    runtime, version, _ = find_runtime()
    return {"models": rows, "batch": BATCH, "runtime": f"{runtime} {version}"}


def _components(bundles: Sequence[Bundle]) -> Components:
    """The components of a translator, of one thread."""
    members = [open_components(bundle) for bundle in bundles]
    if len(members) == 1:
        return members[0]
    for bundle in bundles:
        if _tokenizers(bundle) != _tokenizers(bundles[0]):
            raise UserError(f"{bundle.path}: has other tokenizers than {bundles[0].path}; an ensemble shares them")
    return replace(members[0], step=EnsembleStep([member.step for member in members]))


def _tokenizers(bundle: Bundle) -> list[Any]:
    return [bundle.manifest["files"][bundle.file("tokenizers", side).name] for side in ("source", "target")]


def _scored(model: Model, scores: WordScores, reader: PairReader, limit: int | None) -> dict[str, Any]:
    """A row of the table, as far as it is not of time."""
    row: dict[str, Any] = {"name": model.name, "minutes": model.minutes}
    for name, beam in BEAMS.items():
        predict = scores.translating(Translator(model.components), Decoding(beam=beam))
        found = scores.score(predict, reader, limit)
        row[name] = {metric.name: found[metric.name] for metric in scores.metrics if metric.name in found}
        row["words"] = found["words"]
    return row | {
        "mb": sum(bundle.bytes for bundle in model.bundles) / 1e6,
        "words_per_second": {},
        "ms_per_word": {},
    }


def _jobs(
    components: Components, words: list[str], options: SearchOptions
) -> list[tuple[str, Callable[[], object], int]]:
    """What is timed: suffix of its name, the job, and its number of words."""
    alone, together = Translator(components, batch=1), Translator(components, batch=BATCH)
    few = words[:_ALONE]
    return [
        ("", lambda: [alone.translate(word, options) for word in few], len(few)),
        (", batch", functools.partial(together.translate, words, options), len(words)),
    ]


def _show(results: dict[str, Any]) -> None:
    rows = results["models"]
    title = f"{rows[0]['words']} words, int8, one thread of {results['runtime']}"
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for row in rows:
        table.add_column(row["name"], justify="right")
    table.add_row("minutes of training", *("" if row["minutes"] is None else f"{row['minutes']:.1f}" for row in rows))
    for name, metric in itertools.product(BEAMS, ("wer", "cer")):
        table.add_row(f"{metric.upper()}, {name}", *(f"{row[name][metric]:.1f}" for row in rows))
    table.add_row("MB", *(f"{row['mb']:.2f}" for row in rows))
    for key, label, digits in (("words_per_second", "words per second", 0), ("ms_per_word", "ms per word", 2)):
        for name in rows[0][key]:
            table.add_row(f"{label}, {name}", *(f"{row[key][name]:.{digits}f}" for row in rows))
    Console().print(table)


if __name__ == "__main__":
    run(main)
