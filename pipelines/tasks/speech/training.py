"""How the network of a speech run is built and trained."""

import keras

from edge.tokenizer import Tokenizer
from keras_s2s.models.seq2seq import Seq2Seq, build_seq2seq
from keras_s2s.sources.audio import AudioSource
from pipelines.run import Run
from pipelines.tasks.seq2seq_training import Seq2SeqTraining
from pipelines.tasks.speech.config import SpeechConfig
from pipelines.tasks.speech.data import same_tokenizers, tokenizer_file


class SpeechTraining(Seq2SeqTraining):
    """Implement `pipelines.tasks.protocol.Training`.

    Args:
        run: the run directory.
    """

    def __init__(self, run: Run):
        assert isinstance(run.config, SpeechConfig)
        super().__init__(run, same_tokenizers)
        self.config = run.config

    def build(self) -> keras.Model:
        """Return the network, as it is saved."""
        source = AudioSource(self.config.audio, self.config.model.dropout)
        target = len(Tokenizer(tokenizer_file(self.run)))
        return build_seq2seq(self.config.model, source, target, ctc=self.config.train.ctc_weight > 0).training

    def trained(self, network: keras.Model, slices: int) -> keras.Model:
        """Return the network with its loss inside, computed in slices of a batch."""
        settings = self.config.train
        return Seq2Seq.of(network).objective(
            settings.label_smoothing,
            slices,
            teacher=self.teacher(),
            teacher_share=settings.teacher_share,
            ctc_weight=settings.ctc_weight,
        )

    def callbacks(self, trained: keras.Model) -> list[keras.callbacks.Callback]:
        """Return none."""
        return []
