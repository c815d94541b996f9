"""What `benchmarks.speech` measures, on the toy bundle."""

import numpy as np
import pytest

from benchmarks.peers import edge_transcribing
from benchmarks.speech import OURS, check_network, synthetic_sound
from edge.errors import UserError
from edge.phrases import phrases
from edge.recognizer import Recognizer
from pipelines.recipes import load_recipe
from pipelines.run import Run
from pipelines.tasks import configs

RATE = 8000


def test_synthetic_sound_is_heard_as_speech_by_itself():
    sound = synthetic_sound(16000, 5.0)
    assert sound.shape == (80_000,) and sound.dtype == np.float32
    (phrase,) = phrases([sound], 16000, 20 * 16000)
    assert sum(end - start for start, end in phrase.speech) > 4.0


@pytest.mark.parametrize("tokens", [0, 12])
def test_jobs(tokens, toy_recognizer):
    """They find as many tokens as they are to, and stop at the first word."""
    time = np.arange(2 * RATE) / RATE
    words = 0.4 * np.sin(2 * np.pi * np.where(time < 1.0, 600.0, 1000.0) * time) * (np.abs(time - 1.0) > 0.2)
    sound = words.astype(np.float32) + synthetic_sound(RATE, 2.0) / 100
    recognizer = Recognizer(toy_recognizer)
    transcribing = edge_transcribing.Transcribing(recognizer, sound, tokens)
    assert tuple(transcribing.jobs) == OURS
    steps: dict[str, int] = {}
    step = recognizer.components.step
    for name, job in transcribing.jobs.items():
        calls = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(step), "step", _counted(type(step).step, calls))
            job()
        steps[name] = len(calls)
    assert steps["greedy_ctc"] == 0 < steps["first_word"] < steps["beam5"]
    if tokens:
        assert steps["beam1"] == tokens and steps["first_word"] == 6


def _counted(step, calls):
    def counted(*arguments):
        calls.append(1)
        return step(*arguments)

    return counted


def test_a_network_that_the_peer_has_not(tmp_path):
    for number, setting in enumerate(["model.cell=gru", "model.pyramid=1", "train.ctc_weight=0"]):
        config = load_recipe("speech", configs(), [setting]).config
        made = Run.create(tmp_path / str(number), "speech", None, None, config)
        with pytest.raises(UserError, match=setting.partition("=")[0]):
            check_network(made)
    check_network(Run.create(tmp_path / "as it is", "speech", None, None, load_recipe("speech", configs()).config))
    small = load_recipe("small", configs()).config
    with pytest.raises(UserError, match="is for translation"):
        check_network(Run.create(tmp_path / "text", "translation", ("en", "es"), None, small))
