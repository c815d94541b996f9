"""How good translations are."""

from collections.abc import Sequence
from typing import Any

from sacrebleu.metrics import BLEU, CHRF


def score(hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
    """Scores translations against one reference each.

    Args:
        hypotheses: the translations.
        references: what they should have been, in the same order.

    Returns:
        bleu and chrf (sacrebleu, with their signatures), and exact: the share, in percent, of sentences that equal
        their reference but for case.
    """
    bleu, chrf = BLEU(), CHRF()
    result = {
        "bleu": bleu.corpus_score(hypotheses, [references]).score,
        "chrf": chrf.corpus_score(hypotheses, [references]).score,
        "exact": 100.0 * sum(map(_same, hypotheses, references)) / len(references),
        "sentences": len(references),
    }
    result["signatures"] = {"bleu": str(bleu.get_signature()), "chrf": str(chrf.get_signature())}
    return result


def _same(hypothesis: str, reference: str) -> bool:
    return " ".join(hypothesis.split()).casefold() == " ".join(reference.split()).casefold()
