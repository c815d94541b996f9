"""The choice of a quantization, with scores and sizes made up by hand."""

import pytest

from pipelines.jobs.choose import choose
from pipelines.tasks import TASKS
from pipelines.tasks.protocol import Metric
from pipelines.tasks.translation.word_scores import WordScores

BLEU = Metric("bleu", "BLEU", tolerance=0.3)
WER = Metric("wer", "WER", larger_is_better=False, worst=100.0, tolerance=0.3)

# Bytes of each, in no order.
SIZES = {"int8": 250, "float16": 500, "none": 1000, "int4": 130, "mixed": 160}


def chosen(metric, values, sizes=SIZES):
    """The choice, and what was scored, in its order."""
    asked = []

    def score(name):
        asked.append(name)
        return {metric.name: values[name], "seconds": 0.25}

    choice = choose(metric, sizes, score)
    assert list(choice.tried) == asked
    return choice.chosen, asked


@pytest.mark.parametrize(
    ("int4", "mixed", "int8", "expected"),
    [
        (41.0, 41.0, 41.0, "int4"),
        # Exactly the tolerance, although 41.3 - 41.0 is more than 0.3 in floating point.
        (41.0, 0.0, 0.0, "int4"),
        (40.99, 41.0, 0.0, "mixed"),
        (40.99, 40.0, 41.2, "int8"),
        # Better than float is good enough, however large the difference.
        (45.0, 41.3, 41.3, "int4"),
        # What is larger than int8 does as well.
        (0.0, 0.0, 0.0, "float16"),
    ],
)
def test_the_smallest_within_the_tolerance(int4, mixed, int8, expected):
    values = {"none": 41.3, "float16": 41.25, "int8": int8, "mixed": mixed, "int4": int4}
    found, asked = chosen(BLEU, values)
    assert found == expected
    order = ["none", "int4", "mixed", "int8", "float16"]
    assert asked == order[: order.index(expected) + 1]


def test_an_error_rate_may_rise_by_the_tolerance():
    values = {"none": 25.0, "float16": 25.0, "int8": 24.0, "mixed": 25.3, "int4": 25.31}
    assert chosen(WER, values)[0] == "mixed"


def test_float_if_nothing_smaller_is_good_enough():
    values = {name: 41.3 if name == "none" else 0.0 for name in SIZES}
    assert chosen(BLEU, values) == ("none", ["none", "int4", "mixed", "int8", "float16"])


def test_what_is_larger_than_float_is_never_scored():
    """A small network has scales that need more bytes than they save."""
    values = {"none": 41.3, "int8": 40.0}
    assert chosen(BLEU, values, {"int4": 1200, "none": 1000, "int8": 900}) == ("none", ["none", "int8"])


def test_without_a_tolerance_nothing_may_be_lost():
    metric = Metric("exact", "exact match")
    assert metric.tolerates(80.0, 80.0) and metric.tolerates(80.1, 80.0) and not metric.tolerates(79.9, 80.0)


def test_each_task_states_its_tolerance():
    scores = [task.scores for task in TASKS.values()] + [WordScores(spaced=True)]
    assert {each.metrics[0].name: each.metrics[0].tolerance for each in scores} == {"bleu": 0.3, "wer": 0.3, "iou": 0.3}


def test_the_table_and_the_manifest_have_what_was_tried():
    bleu = {"none": 41.3, "int4": 38.25, "mixed": 41.1}
    choice = choose(BLEU, {name: SIZES[name] * 10_000 for name in SIZES}, lambda n: {"bleu": bleu[n], "seconds": 1.26})
    assert choice.table().splitlines() == [
        "  quantization     MB   BLEU  difference  seconds",
        "  none          10.00  41.30       +0.00      1.3",
        "  int4           1.30  38.25       -3.05      1.3",
        "  mixed          1.60  41.10       -0.20      1.3  chosen",
    ]
    manifest = choice.manifest()
    assert (manifest["metric"], manifest["tolerance"]) == ("bleu", 0.3)
    assert [(row["quantization"], row["bytes"], row["score"]) for row in manifest["tried"]] == [
        ("none", 10_000_000, 41.3),
        ("int4", 1_300_000, 38.25),
        ("mixed", 1_600_000, 41.1),
    ]
    assert [row["difference"] for row in manifest["tried"]] == pytest.approx([0.0, -3.05, -0.2])
