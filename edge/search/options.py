"""Decoding options."""

import difflib
import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from edge.errors import UserError

LENGTH_PENALTIES = ("none", "wu", "average")

# Beyond these nothing changes any more but the arithmetic, which breaks.
_LARGEST, _SMALLEST = 100, 0.001
# Maximum length of a target: tokens for each token of the source, and further ones.
_RATIO, _FURTHER = 4, 16


@dataclass(frozen=True)
class SearchOptions:
    """Decoding options. Lengths are in tokens, without EOS.

    Attributes:
        beam: beam size; 1 is greedy search.
        n_best: number of hypotheses that are returned, the best first; with random sampling: of samples.
        length_penalty: divisor of the log probability: `none`, `wu` (Wu et al. 2016) or `average` (the length).
        alpha: exponent of `wu`.
        coverage_penalty: weight of the coverage penalty (Wu et al. 2016).
        min_length, max_length: of the target; None leaves the maximum to the model.
        min_ratio, max_ratio: of the target, as a multiple of the source's length; the stricter bound holds. Without any
            maximum it is 16 tokens and 4 for each token of the source.
        temperature: 0: greedy or beam search; above 0: random sampling, with flatter probabilities for larger values.
        top_k: sample from the K most probable tokens; 0: from all.
        top_p: sample from the most probable tokens that together have this probability (Holtzman et al. 2020).
        seed: of random sampling.
        groups: of diverse beam search (Vijayakumar et al. 2018); each has `beam / groups` hypotheses.
        diversity: penalty in log probability per hypothesis of an earlier group that has the same token at this step.
        no_repeat_ngram: no N-gram of this length is repeated; 0: off.
        max_repeats: how much more often than in its source the most frequent n-gram of a translation may occur; if it
            does, the translation is decoded again with repetition blocked. Not of speech.
        ctc_weight: weight of the CTC prefix score beside the decoder's log probability, from 0 to 1 (Watanabe et al.
            2017), if the model has CTC; not of random sampling.

    Raises:
        UserError: an invalid value, or two options that cannot be combined.
    """

    beam: int = 1
    n_best: int = 1
    length_penalty: str = "wu"
    alpha: float = 0.6
    coverage_penalty: float = 0.0
    min_length: int = 0
    max_length: int | None = None
    min_ratio: float = 0.0
    max_ratio: float | None = None
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0
    groups: int = 1
    diversity: float = 0.5
    no_repeat_ngram: int = 0
    max_repeats: int = 2
    ctc_weight: float = 0.3

    def __post_init__(self) -> None:
        for field in fields(self):
            value, wanted = getattr(self, field.name), getattr(field.type, "__name__", str(field.type))
            kind = str if "str" in wanted else numbers.Integral if "int" in wanted else numbers.Real
            optional = value is None and "None" in wanted
            good = optional or (isinstance(value, kind) and not isinstance(value, bool))
            self._check(field.name, good, f"is no {wanted.split(' ')[0]}")
        for name in ("beam", "n_best", "groups"):
            self._check(name, getattr(self, name) >= 1, "is less than 1")
        for name in ("alpha", "coverage_penalty", "min_length", "min_ratio", "temperature", "top_k", "diversity"):
            value = getattr(self, name)
            self._check(name, math.isfinite(value) and value >= 0, "is no number from 0 upwards")
        for name in ("no_repeat_ngram", "max_repeats"):
            self._check(name, getattr(self, name) >= 0, "is less than 0")
        self._check("seed", self.seed >= 0, "is less than 0")
        self._check("top_p", 0 < self.top_p <= 1, "is not between 0 and 1")
        self._check("ctc_weight", 0 <= self.ctc_weight <= 1, "is not between 0 and 1")
        self._check("max_length", self.max_length is None or self.max_length >= 1, "is less than 1")
        self._check("max_ratio", self.max_ratio is None or self.max_ratio > 0, "is no number above 0")
        for name in ("alpha", "min_ratio", "max_ratio", "temperature", "coverage_penalty"):
            self._check(name, (getattr(self, name) or 0) <= _LARGEST, f"is more than {_LARGEST}")
        self._check("temperature", not 0 < self.temperature < _SMALLEST, f"is neither 0 nor {_SMALLEST} or more")
        known = ", ".join(LENGTH_PENALTIES)
        self._check("length_penalty", self.length_penalty in LENGTH_PENALTIES, f"is not one of {known}")
        self._check("groups", self.beam % self.groups == 0, f"is not a divisor of the beam size {self.beam}")
        if self.temperature:
            self._check(
                "beam",
                self.beam == 1,
                "cannot be combined with a temperature: use beam 1 for random sampling, or temperature 0",
            )
        else:
            self._check("n_best", self.n_best <= self.beam, f"is more than the beam size {self.beam}")

    def _check(self, name: str, good: bool, wrong: str) -> None:
        if not good:
            raise UserError(f"search: {name} {getattr(self, name)!r} {wrong}")

    @classmethod
    def parse(cls, assignments: Sequence[str], **others: Any) -> "SearchOptions":
        """Makes options of texts such as `alpha=1.0`.

        Args:
            assignments: `KEY=VALUE` each.
            others: further options, by name; None for the default.

        Raises:
            UserError: an unknown key, or a value that cannot be.
        """
        known = {field.name: field.type for field in fields(cls)}
        for assignment in assignments:
            key, equals, text = assignment.partition("=")
            if key not in known or not equals:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
                raise UserError(f"search: {assignment!r} is not KEY=VALUE with a known key; {hint}")
            kind = next(kind for kind in (int, float, str) if kind.__name__ in str(known[key]))
            try:
                others[key] = kind(text)
            except ValueError as error:
                raise UserError(f"search: {key} {text!r} is no {kind.__name__}") from error
        return cls(**{key: value for key, value in others.items() if value is not None})

    @property
    def width(self) -> int:
        """Rows of a sentence in the decoder's batch."""
        return self.n_best if self.temperature else self.beam

    def bounds(self, source_length: int, limit: int, given: int = 0) -> tuple[int, int]:
        """Return the minimum and the maximum length of a translation, in tokens.

        Args:
            source_length: in tokens, without EOS.
            limit: maximum length of the model.
            given: tokens that the translation has in any case, because constraints say so.
        """
        least = max(self.min_length, math.floor(self.min_ratio * source_length))
        most = [limit, *([] if self.max_length is None else [self.max_length])]
        if self.max_ratio is not None:
            most.append(max(1, math.ceil(self.max_ratio * source_length)))
        elif self.max_length is None:
            most.append(max(least, _RATIO * source_length + _FURTHER + given))
        return min(least, *most), min(most)
