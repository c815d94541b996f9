"""Makes the toy bundles again that the tests of edge run on. A minute, in the training environment:

python tests/edge/make_toy_bundle.py

toy_bundle/        number words, Spanish to English: a closed vocabulary, learned to the last word; int8
toy_bundle_float/  the same network in float32
toy_bundle_static/ the same in float32 with static shapes, for the tests of web/
toy_bundle.tsv     sentences that were not trained on, and what is right for them: the grammar says so, not the network
"""

import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from edge.translator import Translator
from pipelines.data.pairs import write_pairs
from pipelines.jobs.export import export
from pipelines.jobs.train import train
from pipelines.recipes import load_recipe
from pipelines.tasks import configs

HERE = Path(__file__).parent
# Quantization of each, and whether its shapes are static.
BUNDLES = {"toy_bundle": ("int8", False), "toy_bundle_float": ("none", False), "toy_bundle_static": ("none", True)}

WORDS = dict(
    zip(
        ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"],
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"],
        strict=True,
    )
)
LONGEST = 5

SETTINGS = """
    model.cell=gru model.attention=luong model.bidirectional=false model.units=32 model.embedding=16 model.dropout=0
    tokenizer.type=word tokenizer.size=20 tokenizer.normalization=identity tokenizer.coverage=1.0
    train.learning_rate=0.01 train.warmup=50 train.max_length=16 train.batch_tokens=400 train.epochs=24 train.patience=8
    train.label_smoothing=0
"""


def make_pairs(number: int, seed: int) -> list[tuple[str, str]]:
    """Different sentences of the grammar: every word has one translation, and the order stays."""
    draw = random.Random(seed)
    pairs: dict[str, str] = {}
    while len(pairs) < number:
        words = draw.choices(list(WORDS), k=draw.randint(1, LONGEST))
        pairs[" ".join(words)] = " ".join(WORDS[word] for word in words)
    return list(pairs.items())


def main() -> None:
    """Trains, exports, checks, and only then replaces what is there."""
    pairs = make_pairs(5200, seed=1)
    # Sentences of one or two words are nearly all needed to learn from.
    held_out = [pair for pair in pairs[5100:] if len(pair[0].split()) > 2][:60]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_pairs(work / "train.tsv", pairs[:5000])
        write_pairs(work / "valid.tsv", pairs[5000:5100])
        recipe = load_recipe("small", configs(), SETTINGS.split())
        train(work / "train.tsv", work / "valid.tsv", work / "run", recipe, languages=("es", "en"))
        for name, (quantize, static) in BUNDLES.items():
            export(work / "run", work / name, quantize, static=static)
            wrong = [pair for pair in held_out if Translator(work / name).translate(pair[0]) != pair[1]]
            if wrong:
                sys.exit(f"{name}: {len(wrong)} of {len(held_out)} held-out sentences are wrong, nothing was replaced")
        for name in BUNDLES:
            shutil.rmtree(HERE / name, ignore_errors=True)
            shutil.copytree(work / name, HERE / name)
    write_pairs(HERE / "toy_bundle.tsv", held_out)


if __name__ == "__main__":
    main()
