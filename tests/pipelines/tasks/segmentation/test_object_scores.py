"""Object scores, computed by hand, and beside a search over all pairs."""

import numpy as np
import pytest

from pipelines.tasks.segmentation.object_scores import IOUS, count_objects, score_objects

RANDOM = np.random.default_rng(9)


def ids(text: str) -> np.ndarray:
    return np.array([[int(digit) for digit in row] for row in text.split()])


# Object 1: IoU 4/5. Object 2: IoU 2/3. Object 3 is missed. Predicted object 7 is none.
TRUE = ids("1111100022203330 0000000000000000")
PREDICTED = ids("5555000002200000 0000000000000077")


def test_counts_by_hand():
    np.testing.assert_array_equal(IOUS, [50, 55, 60, 65, 70, 75, 80, 85, 90])
    # 5 beside 1: 4 / 5. 2 beside 2: 2 / 3. 7 beside nothing.
    counts = count_objects(PREDICTED, TRUE)
    np.testing.assert_allclose(counts, [3, 3, 4 / 5 + 2 / 3, 2, 2, 2, 2, 1, 1, 0, 0, 0])


def test_scores_by_hand():
    scores = score_objects([count_objects(PREDICTED, TRUE)[None]])
    # Up to IoU 0.65 TP 2, FP 1, FN 1; at 0.7 and 0.75 TP 1, FP 2, FN 2; then TP 0.
    assert scores["object_ap50"] == pytest.approx(100 * 2 / 4)
    assert scores["object_ap"] == pytest.approx(100 * (4 * 2 / 4 + 2 * 1 / 5) / 9)
    assert scores["object_f1"] == pytest.approx(100 * 4 / 6)
    assert scores["object_pq"] == pytest.approx(100 * (4 / 5 + 2 / 3) / (2 + 1 / 2 + 1 / 2))
    assert (scores["objects"]["true"], scores["objects"]["predicted"]) == (3, 3)
    assert list(scores["objects"]["ap"]) == [f"{value:.2f}" for value in np.arange(0.5, 0.91, 0.05)]
    assert scores["objects"]["ap"]["0.70"] == pytest.approx(100 * 1 / 5)


@pytest.mark.parametrize(
    ("predicted", "true", "matching"),
    [
        # IoU 1/2 is not larger than 0.5, 3/5 not larger than 0.6, 9/10 not larger than 0.9.
        ("10", "11", []),
        ("11100", "11111", [50, 55]),
        ("1111111110", "1111111111", [50, 55, 60, 65, 70, 75, 80, 85]),
        ("11", "11", list(IOUS)),
        # One object that covers two matches neither, and two halves of one match it neither.
        ("1111", "1122", []),
        ("1122", "1111", []),
        ("1112", "1111", [50, 55, 60, 65, 70]),
        ("0000", "1111", []),
        ("1111", "0000", []),
        ("0000", "0000", []),
    ],
)
def test_at_which_iou_one_matches(predicted, true, matching):
    counts = count_objects(ids(predicted), ids(true))
    assert [iou for iou, matches in zip(IOUS, counts[3:], strict=True) if matches == 1] == matching
    assert counts[3:].max() <= 1


def test_images_are_summed_and_classes_averaged():
    """Class 1: one of one in an image, none of two in another: TP 1, FN 2. Class 2: one is predicted, none is there."""
    one, none = count_objects(ids("11"), ids("11")), count_objects(ids("00"), ids("12"))
    wrong, empty = count_objects(ids("03"), ids("00")), count_objects(ids("00"), ids("00"))
    # The third class is nowhere.
    scores = score_objects([np.stack([one, wrong, empty]), np.stack([none, empty, empty])])
    assert scores["object_ap50"] == scores["object_ap"] == pytest.approx(100 * (1 / 3 + 0) / 2)
    assert scores["object_f1"] == pytest.approx(100 * (2 / 4 + 0) / 2)
    assert scores["object_pq"] == pytest.approx(100 * (1 / (1 + 2 / 2) + 0) / 2)
    assert (scores["objects"]["true"], scores["objects"]["predicted"]) == (3, 2)


def test_no_objects_and_none_predicted_is_right():
    scores = score_objects([count_objects(ids("00"), ids("00"))[None]])
    assert {scores[name] for name in ("object_ap", "object_ap50", "object_f1", "object_pq")} == {100.0}
    assert scores["objects"]["true"] == scores["objects"]["predicted"] == 0


def test_beside_a_search_over_all_pairs():
    """Large blocks, shifted: many partial overlaps. Ids are not consecutive."""
    for shift in (0, 1, 2, 3):
        true = 3 * np.kron(RANDOM.integers(0, 9, (7, 7)), np.ones((8, 9), int))
        predicted = np.roll(true * 2, shift, axis=(0, 1)) * (RANDOM.random(true.shape) < 0.9)
        ious = []
        for one in set(np.unique(true)) - {0}:
            for other in set(np.unique(predicted)) - {0}:
                union = ((true == one) | (predicted == other)).sum()
                ious.append(((true == one) & (predicted == other)).sum() / union)
        counts = count_objects(predicted, true)
        assert counts[2] == pytest.approx(sum(iou for iou in ious if iou > 0.5))
        assert counts[3:].tolist() == [sum(iou > least / 100 for iou in ious) for least in IOUS]
