import shutil
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from edge.errors import UserError
from keras_s2s.layers.objective import TOTALS
from keras_s2s.layers.product import product
from pipelines.run import Run
from pipelines.tasks import seq2seq_training
from pipelines.tasks.seq2seq_training import Seq2SeqTraining
from pipelines.tasks.translation.config import TranslationConfig

# 1 + 2**-9 has no bfloat16: it becomes 1, exactly.
FACTORS = tf.constant([[1.0 + 2.0**-9]]), tf.constant([[1.0]])


@pytest.fixture
def training(tmp_path) -> Callable[..., Seq2SeqTraining]:
    """Makes the training of a new run with some settings."""

    def make(**settings: object) -> Seq2SeqTraining:
        config = TranslationConfig.model_validate({"train": settings})
        run = Run.create(tmp_path / "run", "translation", ("es", "en"), None, config)
        return Seq2SeqTraining(run, lambda run, other: False)

    return make


@pytest.mark.parametrize(("precision", "expected"), [("float32", 1.0 + 2.0**-9), ("bfloat16", 1.0)])
def test_products_have_the_precision_of_the_run(monkeypatch, training, precision, expected):
    monkeypatch.setattr(seq2seq_training, "spread_over_cores", lambda: 3)
    with training(precision=precision).context() as slices:
        assert slices == 3
        assert float(product(*FACTORS)[0, 0]) == expected
    assert float(product(*FACTORS)[0, 0]) == 1.0 + 2.0**-9


def test_loss_and_metrics_read_the_sums_of_the_objective(training):
    training = training()
    assert TOTALS == ("loss", "cross_entropy", "tokens", "correct")
    labels, sums = tf.constant([[5, 6, 3, 0], [7, 3, 0, 0]]), tf.constant([10.0, 5.0 * np.log(2.0), 5.0, 4.0])
    assert float(training.loss()(labels, sums)) == pytest.approx(2.0)
    found = {}
    for metric in training.metrics():
        metric.update_state(labels, sums)
        found[metric.name] = float(metric.result())
    assert sorted(found.values()) == pytest.approx([3 / 8, 0.8, 2.0])


def test_a_teacher_has_the_runs_tokenizers(training, tmp_path):
    assert training().teacher() is None
    teacher = Run.create(tmp_path / "teacher", "translation", ("es", "en"), None, TranslationConfig())
    teacher.model_file.touch()
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(UserError, match=r"train\.teacher: .*teacher has other tokenizers than .*run"):
        training(teacher=str(teacher.path)).teacher()
