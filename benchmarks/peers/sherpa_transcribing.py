"""sherpa-onnx on the network of `sherpa_network.py`; `benchmarks.speech` starts it beside ours.

python -m benchmarks.peers.sherpa_transcribing FOLDER SOUND.npz RATE
"""

import sys

import numpy as np
import sherpa_onnx

from benchmarks.peers.rounds import answer_rounds
from benchmarks.peers.sherpa_network import MELS, MODEL, TOKENS


def main(folder: str, sound: str, rate: str) -> None:
    """Transcribes whenever asked to: features, network and greedy decoding of one recording."""
    recognizer = sherpa_onnx.OfflineRecognizer.from_nemo_ctc(
        f"{folder}/{MODEL}",
        f"{folder}/{TOKENS}",
        num_threads=1,
        sample_rate=int(rate),
        feature_dim=MELS,
    )
    with np.load(sound) as arrays:
        audio = arrays["audio"]

    def transcribe() -> None:
        stream = recognizer.create_stream()
        stream.accept_waveform(int(rate), audio)
        recognizer.decode_stream(stream)
        if not stream.result.tokens:
            raise RuntimeError("sherpa-onnx hears nothing in the sound")

    answer_rounds(transcribe, f"sherpa-onnx {sherpa_onnx.__version__}")


if __name__ == "__main__":
    main(*sys.argv[1:])
