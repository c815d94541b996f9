"""`keras-s2s demo`: the whole road, from a corpus to a translation on the device."""

import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from edge.runtime import find_runtime
from edge.translator import Translator
from pipelines.config import load_config
from pipelines.data.corpora import fetch
from pipelines.data.everyday import everyday_subset
from pipelines.data.pairs import Pair, PairReader, write_pairs
from pipelines.jobs.demo import headline, is_trained, measured, show
from pipelines.jobs.export import export
from pipelines.jobs.train import train
from pipelines.log import log
from pipelines.plots import plot_attention, plot_training

CORPUS = "tatoeba-es-en"
SHOWN = 12

_COLUMNS = {
    "model": lambda row: row["model"],
    "BLEU": lambda row: f"{row['bleu']:.1f}",
    "chrF": lambda row: f"{row['chrf']:.1f}",
    "exactly right": lambda row: f"{row['exact']:.1f} %",
    "size": lambda row: f"{row['megabytes']:.2f} MB",
    "a sentence": lambda row: f"{row['milliseconds']:.2f} ms",
}


def demo(out: Path, max_minutes: float) -> None:
    """Fetches a corpus, trains Spanish to English, exports, scores, translates and draws.

    What an earlier demo finished in the same directory is used again.

    Args:
        out: directory for all of it.
        max_minutes: time for training.

    Raises:
        UserError: the download fails, or the directory holds something else.
    """
    corpus, data, run, bundle = out / CORPUS, out / "everyday", out / "run", out / "bundle"
    test = data / "test.tsv"
    started = time.monotonic()
    headline(1, "A corpus: Spanish-English sentence pairs of Tatoeba")
    fetch(CORPUS, corpus)
    _everyday(corpus, data)

    headline(2, f"Training Spanish to English for at most {max_minutes:g} minutes")
    _train(data, run, max_minutes)
    plot_training(run / "log.csv", out / "training.png")

    headline(3, "Shrinking it to 8 bits, for a device")
    if bundle.exists():
        log(f"{bundle}: already there")
    else:
        export(run, bundle, "int8")

    headline(4, "Scoring on sentences that are not in the training pairs")
    rows = [measured("Keras, float32", run, test), measured("bundle, int8", bundle, test)]

    headline(5, "Translating on the device's runner")
    translator = Translator(bundle)
    pairs = list(PairReader(test))
    _show_translations(translator, pairs[:: max(1, len(pairs) // SHOWN)][:SHOWN])
    longest = max(pairs, key=lambda pair: len(pair.source))
    plot_attention(translator.explain(longest.source), out / "attention.png")
    show("Test sentences, one reference each", _COLUMNS, rows)
    _show_next(out, run, bundle)
    log(f"everything together took {(time.monotonic() - started) / 60:.1f} minutes")


def _train(data: Path, run: Path, max_minutes: float) -> None:
    if not is_trained(run):
        files, config = (data / "train.tsv", data / "valid.tsv"), load_config("tiny")
        train(*files, run, config, languages=("es", "en"), max_minutes=max_minutes)


def _everyday(corpus: Path, data: Path) -> None:
    """Writes the pairs that a small model learns in minutes: tested on a little less than it is trained on."""
    parts = [list(PairReader(corpus / f"{part}.tsv")) for part in ("train", "valid", "test")]
    learned = everyday_subset(*parts, max_words=6, source_types=2000, target_types=1500)
    tested = everyday_subset(*parts, max_words=5, source_types=1500, target_types=1000, min_count=8)
    data.mkdir(parents=True, exist_ok=True)
    write_pairs(data / "train.tsv", learned.train)
    write_pairs(data / "valid.tsv", tested.valid)
    write_pairs(data / "test.tsv", tested.test)
    log(
        f"everyday sentences: {len(learned.train):,} training pairs of {learned.source_types:,} Spanish and "
        f"{learned.target_types:,} English words, at most 6 each; {len(tested.test):,} test pairs of at most 5 words, "
        f"of the {tested.source_types:,} and {tested.target_types:,} most frequent"
    )


def _show_translations(translator: Translator, pairs: list[Pair]) -> None:
    table = Table(title="Held-out sentences, translated by the int8 bundle", title_justify="left")
    for column in ("Spanish", "translation", "reference"):
        table.add_column(column)
    for source, reference in pairs:
        table.add_row(source, translator.translate(source), reference)
    Console().print(table)


def _show_next(out: Path, run: Path, bundle: Path) -> None:
    name, version, _ = find_runtime()
    print(f"Keras translates on all cores, the bundle on one thread of {name} {version}; both in batches.")
    print(f"The run is {run}, the bundle for a device {bundle}.")
    print(f"Pictures: {out / 'training.png'} and {out / 'attention.png'}.")
    print("Next:")
    print(f'  .venv/bin/python -m edge translate {bundle} "¿Dónde está mi libro?"')
    print(f"  .venv/bin/keras-s2s evaluate {bundle} --test {out / 'everyday' / 'test.tsv'}")
    print("  .venv/bin/keras-s2s train --help")
