"""Word and character error rates."""

import importlib.metadata
from collections.abc import Sequence
from typing import Any

import jiwer

# What `jiwer` does to both sides before it compares them.
NORMALIZED = "white space only"


def score(hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
    """Score transcripts.

    Args:
        hypotheses: what was recognized.
        references: what was said, none of them empty.

    Returns:
        wer, cer and exact in percent; recordings, their number; and the signatures of the rates.
    """
    signature = f"jiwer {importlib.metadata.version('jiwer')}, normalized: {NORMALIZED}"
    pairs = zip(hypotheses, references, strict=True)
    same = sum(hypothesis.split() == reference.split() for hypothesis, reference in pairs)
    return {
        "wer": 100.0 * jiwer.wer(list(references), list(hypotheses)),
        "cer": 100.0 * jiwer.cer(list(references), list(hypotheses)),
        "exact": 100.0 * same / len(references),
        "recordings": len(references),
        "signatures": {"wer": signature, "cer": signature},
    }


def word_errors(hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, int]:
    """Count the words that are right, substituted, inserted and deleted."""
    found = jiwer.process_words(list(references), list(hypotheses))
    return {
        "hits": found.hits,
        "substitutions": found.substitutions,
        "insertions": found.insertions,
        "deletions": found.deletions,
    }


def alignment(hypotheses: Sequence[str], references: Sequence[str]) -> str:
    """Return each transcript below its reference, words aligned, with the errors marked."""
    return jiwer.visualize_alignment(jiwer.process_words(list(references), list(hypotheses)), show_measures=False)
