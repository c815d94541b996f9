"""`python -m benchmarks.carried BUNDLE --test PAIRS`: whether what is not translated comes through, and in its place.

A span is inserted into both sides of each pair: for a name that both sides have, before the sentence, before its final
punctuation, or at two of these places. Each kind of span has the same probability. Values in percent:

- whole: the translation has the span as often as the source;
- ordered: the spans of the translation are those of the reference in its order (of sentences);
- placed: also, the span stands behind the nearest word or span before it in the reference that the translation shares,
  and before the nearest one behind it. Shared words occur once in both.
- bleu, bleu_off: of the pairs as they are, and with `carry=False`.
"""

import argparse
import itertools
import json
import random
import string
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.command import run
from edge.bundle import read_bundle
from edge.glossary import split_words
from edge.search.options import SearchOptions
from edge.translator import Translator
from edge.word_units import is_word
from pipelines.tasks import TASKS
from pipelines.tasks.translation.bleu import score

_FINAL = ".!?…"


class Case(NamedTuple):
    """A pair with spans.

    Attributes:
        source, target: the texts.
        spans: the inserted spans, with their kinds.
    """

    source: str
    target: str
    spans: dict[str, str]


def main() -> None:
    """Translates, and prints shares in percent as one JSON object."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.carried", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--test", required=True, help="pairs to translate and compare with")
    parser.add_argument("--limit", type=int, default=2000, help="use only the first N [2000]")
    parser.add_argument("--beam", type=int, default=1, help="beam size [1]")
    parser.add_argument("--show", type=int, default=0, help="print N wrong translations to standard error")
    options = parser.parse_args()
    reader = TASKS["translation"].scores.bundle_reader(read_bundle(options.bundle).manifest, options.test)
    pairs = [(pair.source, pair.target) for pair in itertools.islice(reader, options.limit)]
    chance = random.Random(1)
    cases = [make_case(*pair, chance) for pair in pairs]
    carrying, plain = Translator(options.bundle), Translator(options.bundle, carry=False)
    search = SearchOptions(beam=options.beam)
    found = carrying.translate([case.source for case in cases], search)
    results = {"sentences": len(cases), **shares(cases, found)}
    for name, translator in (("bleu", carrying), ("bleu_off", plain)):
        texts = translator.translate([source for source, _ in pairs], search)
        results[name] = round(score(texts, [target for _, target in pairs])["bleu"], 2)
    print(json.dumps(results))
    wrong = [each for each in zip(cases, found, strict=True) if shares([each[0]], [each[1]])["placed"] < 100]
    for case, text in wrong[: options.show]:
        print(case.source, case.target, text, sep="\n  ", file=sys.stderr)


def make_case(source: str, target: str, chance: random.Random) -> Case:
    """Insert one or two spans into both sides of a pair."""
    places: list[Callable[[str, str, str], tuple[str, str] | None]] = [_at_name, _before, _at_end]
    wanted = chance.choice([[0], [0], [1], [2], [2], [0, 2], [1, 2]])
    spans: dict[str, str] = {}
    for place in wanted:
        kind = chance.choice(list(_KINDS))
        span = _KINDS[kind](chance)
        if span in spans or span in source or span in target:
            continue
        written = places[place](source, target, span) or _at_end(source, target, span)
        source, target = written
        spans[span] = kind
    return Case(source, target, spans)


def shares(cases: Sequence[Case], found: Sequence[str]) -> dict[str, float]:
    """Return the shares of spans that are whole and in their place, and of sentences in order, in percent."""
    totals, whole, placed = Counter[str](), Counter[str](), Counter[str]()
    ordered = 0
    for case, text in zip(cases, found, strict=True):
        reference, written = _units(case.target, case.spans), _units(text, case.spans)
        order = [[unit for unit in units if unit in case.spans] for units in (reference, written)]
        ordered += order[0] == order[1]
        for span, kind in case.spans.items():
            totals[kind] += 1
            whole[kind] += text.count(span) == case.source.count(span)
            placed[kind] += written.count(span) == 1 and _is_placed(span, reference, written)
    result = {"ordered": 100 * ordered / len(cases)}
    for name, counts in (("whole", whole), ("placed", placed)):
        result[name] = 100 * counts.total() / totals.total()
        result |= {f"{name}_{kind}": 100 * counts[kind] / totals[kind] for kind in sorted(totals)}
    return {name: round(value, 1) for name, value in result.items()}


def _is_placed(span: str, reference: Sequence[str], written: Sequence[str]) -> bool:
    common = {unit for unit in reference if reference.count(unit) == 1 and written.count(unit) == 1}
    place, own = reference.index(span), written.index(span)
    before = next((unit for unit in reversed(reference[:place]) if unit in common), None)
    behind = next((unit for unit in reference[place + 1 :] if unit in common), None)
    return (before is None or written.index(before) < own) and (behind is None or own < written.index(behind))


def _units(text: str, spans: Iterable[str]) -> list[str]:
    """Words of a text in small letters, and spans as they are."""
    units: list[str] = []
    while text:
        # Of those that begin at one place the longest.
        place, _, span = min(
            ((text.find(each), -len(each), each) for each in spans if each in text), default=(-1, 0, "")
        )
        before, text = (text[:place], text[place + len(span) :]) if span else (text, "")
        units += [word.key for word in split_words(before) if is_word(before[word.start])]
        units += [span] if span else []
    return units


def _at_name(source: str, target: str, span: str) -> tuple[str, str] | None:
    sides = [
        [text[word.start : word.end] for word in split_words(text) if text[word.start].isupper()]
        for text in (source, target)
    ]
    for name in sides[0]:
        if len(name) > 2 and all(side.count(name) == 1 for side in sides) and source.count(name) == 1:
            return source.replace(name, span), target.replace(name, span, 1)
    return None


def _before(source: str, target: str, span: str) -> tuple[str, str]:
    return f"{span}: {source}", f"{span}: {target}"


def _at_end(source: str, target: str, span: str) -> tuple[str, str]:
    def written(text: str) -> str:
        body = text.rstrip(_FINAL)
        return f"{body} {span}{text[len(body) :]}"

    return written(source), written(target)


def _word(chance: random.Random, size: int) -> str:
    return "".join(chance.choices(string.ascii_lowercase, k=size))


_KINDS: dict[str, Callable[[random.Random], str]] = {
    "number": lambda chance: chance.choice(
        [
            str(chance.randrange(2, 3000)),
            f"{chance.randrange(1, 900)}.{chance.randrange(100, 999)},{chance.randrange(10, 99)}",
            f"{chance.randrange(2, 90)} %",
            f"{chance.randrange(10, 24)}:{chance.randrange(10, 60)}",
            f"20{chance.randrange(10, 40)}-0{chance.randrange(1, 10)}-{chance.randrange(10, 29)}",
            f"{chance.randrange(2, 99)} km",
        ]
    ),
    "url": lambda chance: (
        f"https://{_word(chance, 6)}.example.com/{_word(chance, 4)}?{_word(chance, 1)}={chance.randrange(99)}"
    ),
    "mail": lambda chance: f"{_word(chance, 5)}.{_word(chance, 6)}@example.org",
    "placeholder": lambda chance: chance.choice(
        [
            f"{{{_word(chance, 4)}}}",
            f"{{{{ {_word(chance, 4)} }}}}",
            "%s",
            "%1$d",
            f"${_word(chance, 4).upper()}",
            "<0/>",
        ]
    ),
    "file": lambda chance: f"{_word(chance, 6)}_{chance.randrange(99)}.{chance.choice(['pdf', 'txt', 'jpg'])}",
    "code": lambda chance: f"`{_word(chance, 4)} = {chance.randrange(99)}`",
    "emoji": lambda chance: chance.choice("😀🎉🚀🐍🍕"),
}


if __name__ == "__main__":
    run(main)
