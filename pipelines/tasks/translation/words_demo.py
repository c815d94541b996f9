"""What the demo of words brings: English words and their sounds."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from edge.search.options import SearchOptions
from edge.translator import Translator
from pipelines.data.cmudict import fetch_cmudict
from pipelines.data.pairs import PairReader
from pipelines.plots import plot_attention
from pipelines.tasks.task import Splits

DICTIONARY = "cmudict"
_SHOWN = 12
_BEAM = SearchOptions(beam=5, n_best=3)


class WordsDemo:
    """Implement `pipelines.tasks.protocol.Demo`."""

    data = "words and pronunciations of the CMU pronouncing dictionary"
    training = "English spelling to sounds"
    minutes = 6.0
    recipe = "words"
    settings = ()
    languages = ("en", "arpabet")

    def fetch(self, out: Path) -> Splits:
        """Fetch the dictionary."""
        fetch_cmudict(DICTIONARY, out / DICTIONARY)
        return Splits(*(out / DICTIONARY / f"{part}.tsv" for part in ("train", "valid", "test")))

    def show(self, bundle: Path, splits: Splits, out: Path) -> list[str]:
        """Print pronunciations, and plot the attention of the longest word shown."""
        translator = Translator(bundle)
        words: dict[str, list[str]] = {}
        for pair in PairReader(splits.test):
            words.setdefault(pair.source, []).append(pair.target)
        shown = list(words)[:: max(1, len(words) // _SHOWN)][:_SHOWN]
        table = Table(title="Test words, pronounced by the int8 bundle, beam size 5", title_justify="left")
        for column in ("word", "best", "second", "third", "dictionary"):
            table.add_column(column)
        for word, found in zip(shown, translator.n_best(shown, _BEAM), strict=True):
            table.add_row(word, *(translation.text for translation in found), " | ".join(words[word]))
        Console().print(table)
        plot_attention(translator.explain(max(shown, key=len)), out / "attention.png")
        return ["python -m edge translate", str(bundle), "keras transliteration"]
