"""Makes the toy bundle of words again that the tests of edge run on. A minute, in the training environment:

python tests/edge/make_toy_words.py

toy_words/     stems of three letters and a feature, to forms; int8; the target is decomposed (NFD) inside of the model
toy_words.tsv  stems that were not trained on, with their features behind a tab, and what is right for them
"""

import itertools
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from edge.translator import Translator
from pipelines.data.columns import Columns
from pipelines.jobs.export import export
from pipelines.jobs.train import train
from pipelines.recipes import load_recipe
from pipelines.tasks import configs

HERE = Path(__file__).parent

# What a form ends in. Composed, each ending is one character.
ENDINGS = {"N;PL": "é", "N;SG": "ệ", "V": "o"}
SETTINGS = """
    model.cell=gru model.attention=luong model.bidirectional=false model.units=32 model.embedding=16 model.dropout=0
    train.learning_rate=0.01 train.warmup=50 train.max_length=16 train.batch_tokens=400 train.epochs=30 train.patience=8
    train.label_smoothing=0 train.average=0.99
"""


def main() -> None:
    """Trains, exports, checks, and only then replaces what is there."""
    stems = ["".join(letters) for letters in itertools.product("abdgkmnt", repeat=3)]
    random.Random(1).shuffle(stems)
    rows = [(stem, stem + ending, features) for stem in stems for features, ending in ENDINGS.items()]
    held_out = [(f"{stem}\t{features}", form) for stem, form, features in rows[-60:]]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name, part in (("train", rows[:-120]), ("valid", rows[-120:-60])):
            (work / f"{name}.tsv").write_text("".join("\t".join(row) + "\n" for row in part), encoding="utf-8")
        recipe = load_recipe("words-low", configs(), SETTINGS.split())
        columns = Columns.parse("1,3:2")
        train(work / "train.tsv", work / "valid.tsv", work / "run", recipe, languages=("a", "b"), columns=columns)
        export(work / "run", work / "toy_words", "int8")
        translator = Translator(work / "toy_words")
        wrong = [source for source, form in held_out if translator.translate(source) != form]
        if wrong:
            sys.exit(f"{len(wrong)} of {len(held_out)} held-out forms are wrong, nothing was replaced")
        shutil.rmtree(HERE / "toy_words", ignore_errors=True)
        shutil.copytree(work / "toy_words", HERE / "toy_words")
    lines = [f"{source}\t{form}\n" for source, form in held_out]
    (HERE / "toy_words.tsv").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
