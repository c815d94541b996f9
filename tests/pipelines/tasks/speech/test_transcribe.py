"""Runs of an ensemble: what they must have in common."""

from pathlib import Path

import pytest

from edge.errors import UserError
from pipelines.run import Run
from pipelines.tasks.speech.config import SpeechConfig
from pipelines.tasks.speech.data import tokenizer_file
from pipelines.tasks.speech.transcribe import ensemble_recognizer


def make_run(path: Path, tokenizer: str = "same", **settings: object) -> Run:
    run = Run.create(path, "speech", None, None, SpeechConfig.model_validate(settings))
    tokenizer_file(run).write_text(tokenizer)
    return run


@pytest.mark.parametrize(
    "other",
    [
        {"tokenizer": "other"},
        {"audio": {"rate": 8000}},
        {"audio": {"hop_ms": 5.0}, "model": {"layers": 2, "pyramid": 1}},
    ],
    ids=["tokenizer", "rate", "positions that are only as far apart"],
)
def test_an_ensemble_has_the_same_tokens_and_positions(other, tmp_path):
    first, second = make_run(tmp_path / "first"), make_run(tmp_path / "second", **other)
    with pytest.raises(UserError, match=r"second: has another (tokenizer|audio\.rate, .*) than .*first; use runs with"):
        ensemble_recognizer([first, second], 8)
