"""Sound as a source."""

import keras

from keras_s2s import names
from keras_s2s.config import AudioConfig
from keras_s2s.layers.log_mel import LogMel
from keras_s2s.layers.mask import LengthMask
from keras_s2s.layers.sequence_normalization import SequenceNormalization
from keras_s2s.layers.spec_augment import SpecAugment
from keras_s2s.layers.subsampling import FACTOR, Subsampling

# Positions behind the end of each recording, in which nothing is heard: CTC has room to spell a short word that was
# spoken fast, and the decoder learns what an end is.
TAIL = 4


# Frames that the loudness of a whole recording counts for where its bands are normalized, see `SequenceNormalization`.
PRIOR = 100.0


class AudioSource:
    """Samples, float32 `(batch, samples)` in [-1, 1], padded with zeros; see `Source` for the attributes.

    Log-mel features, normalized for each recording, and a convolutional front that leaves a quarter of the frames.

    Args:
        config: its settings.
        dropout: fraction of the values of what the encoder reads set to zero in training.
    """

    def __init__(self, config: AudioConfig, dropout: float = 0.0):
        audio = keras.Input((None,), dtype="float32", name=names.AUDIO)
        lengths = keras.Input((), dtype="int32", name=names.AUDIO_LENGTH)
        self.inputs = {names.AUDIO: audio, names.AUDIO_LENGTH: lengths}
        self.shared = None
        features = LogMel(config.rate, config.mels, config.window, config.hop, name=names.FEATURES)(audio)
        frames = LengthMask(config.hop, name="frame_mask")(lengths, features)
        features = SequenceNormalization(PRIOR, name="normalization")(features, frames)
        features = SpecAugment(
            config.frequency_masks, config.frequency_width, config.time_masks, config.time_width, name="spec_augment"
        )(features, frames)
        features = keras.layers.ZeroPadding1D((0, TAIL * FACTOR), name="tail")(features)
        frames = LengthMask(config.hop, TAIL * FACTOR, name="tailed_frame_mask")(lengths, features)
        embedded = Subsampling(config.filters, name="subsampling")(features, frames)
        self.mask = LengthMask(FACTOR * config.hop, TAIL, name=names.MASK)(lengths, embedded)
        self.embedded = keras.layers.Dropout(dropout, name="audio_dropout")(embedded)
