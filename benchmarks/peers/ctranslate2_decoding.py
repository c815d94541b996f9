"""CTranslate2 on a model of `ctranslate2_model.py`; `benchmarks.edge` starts it beside ours.

python -m benchmarks.peers.ctranslate2_decoding FOLDER VOCABULARY LENGTH STEPS THREADS
"""

import sys

import ctranslate2

from benchmarks.peers.ctranslate2_model import token_name
from benchmarks.peers.rounds import answer_rounds
from benchmarks.peers.source import random_source


def main(folder: str, *sizes: str) -> None:
    """Translates whenever asked to, greedily, one sentence."""
    vocabulary, length, steps, threads = map(int, sizes)
    translator = ctranslate2.Translator(folder, compute_type="int8", inter_threads=1, intra_threads=threads)
    source = [list(map(token_name, random_source(length, vocabulary)[0].tolist()))]
    limits = {"min_decoding_length": steps, "max_decoding_length": steps}

    def translate() -> None:
        found = translator.translate_batch(source, beam_size=1, **limits)[0].hypotheses[0]
        if len(found) != steps:
            raise RuntimeError(f"a sentence took {len(found)} steps, not {steps}")

    answer_rounds(translate, f"ctranslate2 {ctranslate2.__version__}")


if __name__ == "__main__":
    main(*sys.argv[1:])
