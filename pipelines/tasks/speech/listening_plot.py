"""A plot of what a recognizer hears: log-mel features, and where the network listens for each token."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from edge.errors import UserError
from edge.recognizer import Recognizer
from edge.search.options import SearchOptions
from edge.search.search import search
from edge.sound import Sound, encode_sounds
from edge.tokenizer import EOS
from keras_s2s.config import AudioConfig
from keras_s2s.layers.log_mel import LogMel
from pipelines.plots import save

# Inches of a token's row.
_ROW = 0.15


def plot_listening(recognizer: Recognizer, audio: np.ndarray, out: Path) -> None:
    """Plot the log-mel features of a recording, and below them the attention of each token over the same time.

    Args:
        recognizer: over a run or a bundle.
        audio: float32 `(samples,)` at its rate, no longer than it reads at once.
        out: the PNG.

    Raises:
        UserError: the model has no attention, or the file cannot be written.
    """
    own = recognizer.components
    sources = encode_sounds(own.step, [Sound(audio)])
    best = search(own.step, sources, own.max_target_length, SearchOptions(beam=5))[0][0]
    if best.attention is None:
        raise UserError("there is no attention to plot: the model was trained with model.attention none")
    settings = AudioConfig(rate=own.rate)
    features = LogMel(own.rate, settings.mels, settings.window, settings.hop)(audio[None])[0].numpy()
    seconds = len(audio) / own.rate
    tokens = own.target.tokens([*best.tokens, EOS])[: len(best.attention)]
    rows = [token.replace("▁", "␣") for token in tokens]
    heights = 3.0, max(3.0, _ROW * len(rows))
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(8, sum(heights)), height_ratios=heights, sharex=True, layout="constrained"
    )
    above.imshow(features.T, origin="lower", aspect="auto", extent=(0, seconds, 0, settings.mels), cmap="magma")
    # The network reads some silence behind the recording.
    above.set(facecolor="black", ylabel="mel band", title=own.target.decode(best.tokens))
    end = best.attention.shape[1] * own.position_seconds
    below.imshow(best.attention, aspect="auto", extent=(0, end, len(rows), 0), cmap="Blues", vmin=0)
    below.set(xlabel="seconds", ylabel="token", xlim=(0, end))
    below.set_yticks(np.arange(len(rows)) + 0.5, rows, fontsize=8)
    save(figure, out)
