"""`--quantize auto`: the smallest quantization that keeps the quality of the float model."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.tasks.protocol import Metric

# The quantization without any loss, which the others are compared with.
FLOAT = "none"

Scores = Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """What was tried, and what was chosen.

    Attributes:
        metric: by which quantizations were compared.
        tried: quantization to the size of its bundle in bytes and its scores, float first, then in the order of trial.
        chosen: a key of `tried`.
    """

    metric: Metric
    tried: Mapping[str, tuple[int, Scores]]
    chosen: str

    def difference(self, quantization: str) -> float:
        """Return the metric of a quantization less that of float."""
        return self.tried[quantization][1][self.metric.name] - self.tried[FLOAT][1][self.metric.name]

    def manifest(self) -> dict[str, Any]:
        """Return what the manifest says of it: `docs/bundle.md` has the keys."""
        rows = [
            {
                "quantization": name,
                "bytes": size,
                "score": scores[self.metric.name],
                "difference": self.difference(name),
                "seconds": scores["seconds"],
            }
            for name, (size, scores) in self.tried.items()
        ]
        return {"metric": self.metric.name, "tolerance": self.metric.tolerance, "tried": rows}

    def table(self) -> str:
        """Return the table that is logged."""
        return "\n".join(_aligned([self._head(), *map(self._row, self.tried)]))

    def _head(self) -> list[str]:
        return ["quantization", "MB", self.metric.label, "difference", "seconds", ""]

    def _row(self, name: str) -> list[str]:
        size, scores = self.tried[name]
        digits = self.metric.digits + 1
        return [
            name,
            f"{size / 1e6:.2f}",
            f"{scores[self.metric.name]:.{digits}f}",
            f"{self.difference(name):+.{digits}f}",
            f"{scores['seconds']:.1f}",
            "chosen" if name == self.chosen else "",
        ]


def choose(metric: Metric, sizes: Mapping[str, int], score: Callable[[str], Scores]) -> Choice:
    """Choose the smallest quantization that is as good as float, within the tolerance of the metric.

    Size alone decides: times vary from run to run. Scored are float, and the others from the smallest on, until one is
    good enough. What is larger than float is never scored.

    Args:
        metric: by which quantizations are compared.
        sizes: quantization to the size of its bundle in bytes; float is one of them.
        score: scores a quantization; `seconds` is one of its scores.

    Returns:
        The choice; float if nothing smaller is good enough.
    """
    tried = {FLOAT: (sizes[FLOAT], score(FLOAT))}
    for name in sorted(sizes, key=sizes.__getitem__):
        if name not in tried:
            tried[name] = sizes[name], score(name)
        if metric.tolerates(tried[name][1][metric.name], tried[FLOAT][1][metric.name]):
            break
    return Choice(metric, tried, name)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        yield f"  {'  '.join(cells)}".rstrip()
