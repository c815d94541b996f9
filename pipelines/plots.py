"""Plots of training, attention and masks."""

import csv
import itertools
import textwrap
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import numpy as np

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib import font_manager
from matplotlib.ticker import LogLocator, NullFormatter

from edge.errors import UserError
from edge.features import is_feature
from edge.files import replacing
from edge.images import as_floats, overlay
from edge.translator import Translation
from keras_s2s.mask_losses import IGNORED

_INK = "#222222"
_SPACE = "▁"
# Rows or columns of an attention plot at full size.
_MOST_CELLS = 30
# Values that differ by a larger factor than this are plotted on a logarithmic scale.
_WIDE = 10


def plot_training(log_file: Path, metrics: Mapping[str, str], out: Path) -> None:
    """Plot loss and metrics by the minutes of training; of the training set, too, where the log has them.

    Args:
        log_file: `log.csv` of a run.
        metrics: names in the log, without the `val_` before them, and their labels.
        out: the PNG.
    """
    with log_file.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    minutes = [float(row["minutes"]) for row in rows]
    panels = {"loss": "Loss", **metrics}
    figure, axes = plt.subplots(1, len(panels), figsize=(4.3 * len(panels), 3.6), layout="constrained")
    for axis, (key, title) in zip(axes, panels.items(), strict=True):
        for name, label, style in ((key, "training set", "--"), (f"val_{key}", "validation set", "-")):
            if name in rows[0]:
                axis.plot(minutes, [float(row[name]) for row in rows], style, label=label, marker="o", markersize=3)
        # A name with a capital is spelled as it is: chrF.
        axis.set(title=title.capitalize() if title.islower() else title, xlabel="minutes", xlim=(0, None))
        values = [value for line in axis.get_lines() for value in line.get_ydata()]
        if min(values) > 0 and max(values) > _WIDE * min(values):
            # Perplexity: the first epochs would leave nothing to see of the others.
            axis.set_yscale("log")
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter("{x:g}")
            axis.yaxis.set_minor_formatter(NullFormatter())
        axis.legend(frameon=False)
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    save(figure, out)


def plot_lines(labels: Sequence[str], lines: Mapping[str, Sequence[float]], x: str, y: str, out: Path) -> None:
    """Plot a line for each name over the same labels.

    Args:
        labels: of the points.
        lines: name to values, one for each label.
        x, y: what the axes are.
        out: the PNG.
    """
    figure, axis = plt.subplots(figsize=(6.5, 4), layout="constrained")
    for name, values in lines.items():
        axis.plot(range(len(labels)), values, marker="o", markersize=4, label=name)
    axis.set_xticks(range(len(labels)), labels)
    axis.set(xlabel=x, ylabel=y, ylim=(0, None))
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False)
    save(figure, out)


class Axis(NamedTuple):
    """An axis of a plot: the key of its values, and its label."""

    key: str
    label: str


def plot_front(
    rows: Sequence[Mapping[str, Any]], cost: Axis, quality: Axis, out: Path, larger_is_better: bool = True
) -> None:
    """Plot quality against a cost, and a line through the rows that no other row beats in both.

    Args:
        rows: with name, quality, and the cost, which may be missing.
        cost, quality: the axes.
        out: the PNG.
        larger_is_better: the direction of the quality.
    """
    sign = 1 if larger_is_better else -1
    points = [(row[cost.key], row[quality.key], row["name"]) for row in rows if row.get(cost.key) is not None]
    # Of equal cost, the best first.
    points.sort(key=lambda point: (point[0], -sign * point[1]))
    figure, axis = plt.subplots(figsize=(8, 5), layout="constrained")
    front: list[tuple[float, float, str]] = []
    for point in points:
        if not front or sign * point[1] > sign * front[-1][1]:
            front.append(point)
    axis.plot(*zip(*[point[:2] for point in front], strict=True), color="C0", linewidth=1, alpha=0.6)
    for point in points:
        axis.plot(*point[:2], "o", color="C0" if point in front else "0.6", markersize=5)
    axis.set(xlabel=cost.label, ylabel=quality.label, xscale="log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.margins(x=0.12, y=0.1)
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    _label(figure, axis, points)
    save(figure, out)


def _label(figure: plt.Figure, axis: plt.Axes, points: Sequence[tuple[float, float, str]]) -> None:
    """Writes the points' names beside them, one below the other where they would lie on each other."""
    # Only now is it known where the points are.
    figure.canvas.draw()
    written: list[tuple[float, float, float]] = []
    scale = figure.dpi / 72
    for cost, quality, name in sorted(points, key=lambda point: -point[1]):
        left, start = axis.transData.transform((cost, quality))
        height, right = start, left + 5.0 * scale * len(name)
        while any(left < other[1] and other[0] < right and abs(height - other[2]) < 10 * scale for other in written):
            height -= scale
        written.append((left, right, height))
        offset = 5, 3 + (height - start) / scale
        axis.annotate(name, (cost, quality), xytext=offset, textcoords="offset points", fontsize=8, color=_INK)


def plot_attention(translation: Translation, out: Path) -> None:
    """Plot the attention: source tokens from left to right, target tokens downwards.

    Args:
        translation: one with attention.
        out: the PNG.

    Raises:
        UserError: the model has no attention, or the file cannot be written.
    """
    if not translation.source_tokens:
        raise UserError("there is no attention to plot: the text is empty")
    if translation.attention is None:
        raise UserError("there is no attention to plot: the model was trained with model.attention none")
    weights = translation.attention
    rows, columns = weights.shape
    # A long sentence gets smaller cells, so that the plot fits a screen.
    cell = min(1.0, _MOST_CELLS / max(rows, columns))
    size = (max(3.5, 0.42 * cell * columns + 1.8), max(2.8, 0.36 * cell * rows + 1.6))
    source, target = _labels(translation.source_tokens), _labels(translation.target_tokens)
    fonts = _fonts("".join([*source, *target, translation.text]))
    with plt.rc_context({"font.family": fonts, "font.size": 10 * max(0.6, cell)}), warnings.catch_warnings():
        # `_fonts` has said so, once.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        _draw_attention(weights, source, target, translation.text, size, out)


class MaskExample(NamedTuple):
    """An image with two masks.

    Attributes:
        iou: of the two, in percent.
        image: float32 `(height, width, channels)` in [0, 1].
        labels: the true mask, class ids `(height, width)`.
        predicted: the other one.
    """

    iou: float
    image: np.ndarray
    labels: np.ndarray
    predicted: np.ndarray


def plot_masks(groups: Mapping[str, Sequence[MaskExample]], out: Path) -> None:
    """Plot a row for each group: each image alone, with its true mask, and with its predicted mask.

    Args:
        groups: name to images.
        out: the PNG.
    """
    columns = 3 * max(map(len, groups.values()))
    size = (1.6 * columns, 1.9 * len(groups))
    figure, axes = plt.subplots(len(groups), columns, figsize=size, squeeze=False, layout="constrained")
    for axis in axes.flat:
        axis.set_axis_off()
    for row, (name, examples) in zip(axes, groups.items(), strict=True):
        for number, example in enumerate(examples):
            # Labels that do not count are none of the classes.
            labels = np.where(example.labels == IGNORED, 0, example.labels)
            drawn = (
                as_floats(example.image, 3),
                overlay(example.image, labels),
                overlay(example.image, example.predicted),
            )
            titles = (name, "true", f"predicted, IoU {example.iou:.0f}")
            for axis, image, title in zip(row[3 * number :], drawn, titles, strict=False):
                axis.imshow(image)
                axis.set_title(title, fontsize=8, color=_INK)
    save(figure, out)


def plot_confusion(matrix: np.ndarray, out: Path) -> None:
    """Plot a confusion matrix: of each true class the percentage of its pixels by predicted class.

    Args:
        matrix: counts `(classes, classes)`: a row for each true class.
        out: the PNG.
    """
    totals = matrix.sum(axis=1, keepdims=True)
    percent = 100 * matrix / np.maximum(totals, 1)
    side = max(3.0, min(12.0, 0.55 * len(matrix) + 1.2))
    figure, axis = plt.subplots(figsize=(side, side), layout="constrained")
    axis.imshow(percent, cmap="Blues", vmin=0, vmax=100)
    numbers = range(len(matrix)) if len(matrix) <= _MOST_CELLS else ()
    axis.set_xticks(numbers)
    axis.set_yticks(numbers)
    axis.tick_params(length=0, colors=_INK)
    axis.spines[:].set_visible(False)
    for row, column in itertools.product(numbers, numbers):
        # A class that no pixel has has no percentages.
        if totals[row]:
            colour = "white" if percent[row, column] > 60 else _INK
            axis.text(column, row, f"{percent[row, column]:.0f}", ha="center", va="center", fontsize=8, color=colour)
    axis.set_xlabel("predicted class", color=_INK)
    axis.set_ylabel("true class", color=_INK)
    axis.set_title("% of the pixels of each true class", fontsize=9, color=_INK)
    save(figure, out)


def _draw_attention(
    weights: np.ndarray, source: list[str], target: list[str], caption: str, size: tuple[float, float], out: Path
) -> None:
    rows, columns = weights.shape
    figure, axis = plt.subplots(figsize=size, layout="constrained")
    axis.imshow(weights, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    axis.set_xticks(range(columns), source, rotation=60, ha="left", rotation_mode="anchor")
    axis.set_yticks(range(rows), target)
    axis.xaxis.tick_top()
    axis.tick_params(length=0, colors=_INK)
    axis.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
    axis.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
    axis.grid(which="minor", color="white", linewidth=1.5)
    axis.tick_params(which="minor", length=0)
    axis.spines[:].set_visible(False)
    axis.set_xlabel("\n".join(textwrap.wrap(caption, max(30, int(10 * size[0])))), labelpad=10, color=_INK)
    save(figure, out)


def _fonts(text: str) -> list[str]:
    """Matplotlib's font, and installed ones for the characters that it has not got; a warning if there is none."""
    fonts, missing = ["DejaVu Sans"], {ord(character) for character in text if not character.isspace()}
    missing -= set(_characters(font_manager.findfont("DejaVu Sans")))
    installed = {entry.name: entry.fname for entry in font_manager.fontManager.ttflist if entry.style == "normal"}
    for name in sorted(installed) if missing else ():
        if not name.startswith(("Last Resort", "cm", "STIX")) and (covered := missing & _characters(installed[name])):
            fonts.append(name)
            missing -= covered
    if missing:
        examples = "".join(map(chr, sorted(missing)[:5]))
        warnings.warn(f"no installed font has {examples!r}: install one for its script, for example Noto", stacklevel=3)
    return fonts


def _characters(font: str) -> set[int]:
    return set(font_manager.get_font(font).get_charmap())


def _labels(tokens: Sequence[str]) -> list[str]:
    """Return tokens as labels: one that continues a word begins with a middle dot, and EOS is a square."""
    return list(map(_label_of, tokens))


def _label_of(token: str) -> str:
    if token == "</s>":
        return "∎"
    if is_feature(token):
        return token.strip()
    return token.removeprefix(_SPACE) or "␣" if token.startswith(_SPACE) else f"·{token}"


def save(figure: plt.Figure, out: Path) -> None:
    try:
        with replacing(out) as partial:
            figure.savefig(partial, dpi=150, format="png")
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error})") from error
    finally:
        plt.close(figure)
