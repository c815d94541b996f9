import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.errors import UserError
from edge.translation import Translation
from pipelines.plots import plot_attention


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
