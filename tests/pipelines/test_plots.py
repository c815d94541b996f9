import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.errors import UserError
from edge.translation import Translation
from pipelines import plots
from pipelines.plots import plot_attention, plot_confusion, plot_training


def translation(source: list[str], target: list[str], attention: bool = True) -> Translation:
    weights = np.full((len(target), len(source)), 1 / len(source), np.float32) if attention else None
    return Translation(" ".join(target), 0.0, source, target, [0.0] * len(target), weights)


def test_a_long_sentence_gives_a_picture_that_fits_a_screen(tmp_path: Path):
    words = [f"▁word{number}" for number in range(80)]
    plot_attention(translation(words, words), tmp_path / "long.png")
    with Image.open(tmp_path / "long.png") as picture:
        assert 1000 < picture.width < 3000 and 1000 < picture.height < 3000


def test_other_scripts_are_drawn_and_missing_fonts_are_told_once(tmp_path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot_attention(translation(["▁Привет", "▁γειά"], ["▁שלום", "ñ"]), tmp_path / "scripts.png")
    # A private character: no font has it.
    with pytest.warns(UserWarning, match="no installed font has") as told:
        plot_attention(translation(["▁\ue123"], ["x"]), tmp_path / "missing.png")
    assert len(told) == 1


def test_without_attention_there_is_nothing_to_draw(tmp_path: Path):
    with pytest.raises(UserError, match="no attention to plot"):
        plot_attention(translation(["▁a"], ["▁b"], attention=False), tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


def test_a_confusion_matrix_has_the_percentage_of_each_true_class(tmp_path: Path, monkeypatch):
    drawn = []
    monkeypatch.setattr(plots, "save", lambda figure, out: drawn.extend(figure.axes))
    plot_confusion(np.array([[90, 10, 0], [1, 1, 2], [0, 0, 0]]), tmp_path / "confusion.png")
    texts = {(text.get_position()[::-1]): text.get_text() for text in drawn[0].texts}
    assert [texts[0, column] for column in range(3)] == ["90", "10", "0"]
    assert [texts[1, column] for column in range(3)] == ["25", "25", "50"]
    # No pixel has class 2.
    assert (2, 2) not in texts


def test_training_is_plotted_with_names_as_they_are_spelled(tmp_path: Path, monkeypatch):
    log = "minutes,loss,val_loss,perplexity,val_perplexity,val_chrf\n1,4,3,50,7,20\n2,3,2.5,2,1.7,70\n"
    (tmp_path / "log.csv").write_text(log, encoding="utf-8")
    drawn = []
    monkeypatch.setattr(plots, "save", lambda figure, out: drawn.extend(figure.axes))
    plot_training(tmp_path / "log.csv", {"perplexity": "perplexity", "chrf": "chrF"}, tmp_path / "training.png")
    found = [(axis.get_title(), axis.get_yscale(), len(axis.get_lines())) for axis in drawn]
    assert found == [("Loss", "linear", 2), ("Perplexity", "log", 2), ("chrF", "linear", 1)]
