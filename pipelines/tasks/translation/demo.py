"""What the translation demo brings: everyday Spanish sentences."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from edge.translator import Translator
from pipelines.data.corpora import fetch
from pipelines.data.everyday import everyday_subset
from pipelines.data.pairs import Pair, PairReader, write_pairs
from pipelines.log import log
from pipelines.plots import plot_attention
from pipelines.tasks.task import Splits

CORPUS = "tatoeba-es-en"
_SHOWN = 12


class TranslationDemo:
    """Implement `pipelines.tasks.protocol.Demo`."""

    data = "Spanish-English sentence pairs of Tatoeba"
    training = "Spanish to English"
    minutes = 6.0
    recipe = "tiny"
    settings = ()
    languages = ("es", "en")

    def fetch(self, out: Path) -> Splits:
        """Fetch the corpus, and write the pairs that a small model learns in minutes."""
        corpus, data = out / CORPUS, out / "everyday"
        fetch(CORPUS, corpus)
        parts = [list(PairReader(corpus / f"{part}.tsv")) for part in ("train", "valid", "test")]
        # Tested on a little less than it is trained on.
        learned = everyday_subset(*parts, max_words=6, source_types=2000, target_types=1500)
        tested = everyday_subset(*parts, max_words=5, source_types=1500, target_types=1000, min_count=8)
        data.mkdir(parents=True, exist_ok=True)
        splits = Splits(*(data / f"{part}.tsv" for part in ("train", "valid", "test")))
        for file, pairs in zip(splits, (learned.train, tested.valid, tested.test), strict=True):
            write_pairs(file, pairs)
        log(
            f"everyday sentences: {len(learned.train):,} training pairs of {learned.source_types:,} Spanish and "
            f"{learned.target_types:,} English words, at most 6 each; {len(tested.test):,} test pairs of at most 5 "
            f"words, of the {tested.source_types:,} and {tested.target_types:,} most frequent"
        )
        return splits

    def show(self, bundle: Path, splits: Splits, out: Path) -> list[str]:
        """Print translations, and plot the attention of the longest test sentence."""
        translator = Translator(bundle)
        pairs = list(PairReader(splits.test))
        _show_translations(translator, pairs[:: max(1, len(pairs) // _SHOWN)][:_SHOWN])
        longest = max(pairs, key=lambda pair: len(pair.source))
        plot_attention(translator.explain(longest.source), out / "attention.png")
        return ["python -m edge translate", str(bundle), '"¿Dónde está mi libro?"']


def _show_translations(translator: Translator, pairs: list[Pair]) -> None:
    table = Table(title="Test sentences, translated by the int8 bundle", title_justify="left")
    for column in ("Spanish", "translation", "reference"):
        table.add_column(column)
    for source, reference in pairs:
        table.add_row(source, translator.translate(source), reference)
    Console().print(table)
