"""How good translations are."""

from collections.abc import Sequence
from typing import Any

from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest, Result


def score(hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
    """Scores translations against one reference each.

    Args:
        hypotheses: the translations.
        references: what they should have been, in the same order.

    Returns:
        bleu and chrf (sacrebleu, with their signatures), and exact: percentage of sentences that equal
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


def by_chance(first: Sequence[str], second: Sequence[str], references: Sequence[str]) -> float:
    """How often chance alone makes a difference in BLEU as large as that between two lists of translations.

    Paired bootstrap resampling (Koehn 2004), a thousand times, as sacrebleu does it.

    Args:
        first, second: translations of the same sentences.
        references: one each.

    Returns:
        From about 0, the difference is no accident, to 1.
    """
    if first == second:
        # sacrebleu counts larger differences only, and finds none.
        return 1.0
    named: list[tuple[str, Sequence[str]]] = [("first", list(first)), ("second", list(second))]
    test = PairedTest(named, {"BLEU": BLEU(references=[list(references)])}, None, test_type="bs", n_samples=1000)
    found = test()[1]["BLEU"][1]
    # The first one is the baseline, which has no p-value.
    assert isinstance(found, Result) and found.p_value is not None
    return found.p_value


def _same(hypothesis: str, reference: str) -> bool:
    return " ".join(hypothesis.split()).casefold() == " ".join(reference.split()).casefold()
