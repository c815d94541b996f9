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


def alignment(hypotheses: Sequence[str], references: Sequence[str], limit: int) -> str:
    """Return the first wrong transcripts, each below its reference, words aligned, with the errors marked.

    Args:
        hypotheses, references: as for `score`.
        limit: how many.
    """
    pairs = zip(references, hypotheses, strict=True)
    wrong = [pair for pair in pairs if pair[0].split() != pair[1].split()][:limit]
    if not wrong:
        return "no errors"
    words = jiwer.process_words([reference for reference, _ in wrong], [hypothesis for _, hypothesis in wrong])
    return jiwer.visualize_alignment(words, show_measures=False).strip()
