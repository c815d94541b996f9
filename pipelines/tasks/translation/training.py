"""How the network of a translation run is built and trained."""

import keras

from keras_s2s import names
from keras_s2s.callbacks import SamplingRate
from keras_s2s.models.seq2seq import Seq2Seq, build_seq2seq
from keras_s2s.sources.tokens import TokenSource
from pipelines.run import Run
from pipelines.tasks.seq2seq_training import Seq2SeqTraining
from pipelines.tasks.translation.config import TranslationConfig
from pipelines.tasks.translation.vocabularies import Vocabularies, same_tokenizers


class TranslationTraining(Seq2SeqTraining):
    """Implement `pipelines.tasks.protocol.Training`.

    Args:
        run: the run directory.
    """

    def __init__(self, run: Run):
        assert isinstance(run.config, TranslationConfig)
        super().__init__(run, same_tokenizers)
        self.config = run.config
        # The files of the base do not matter any more.
        self.fine_tuning = {**super().fine_tuning, "train.weights": []}

    def build(self) -> keras.Model:
        """Return the network, as it is saved."""
        source, target = map(len, Vocabularies(self.run).tokenizers)
        tokens = TokenSource(self.config.model, source, joint=self.config.tokenizer.joint)
        return build_seq2seq(self.config.model, tokens, target).training

    def trained(self, network: keras.Model, slices: int) -> keras.Model:
        """Return the network with its loss inside, computed in slices of a batch."""
        settings = self.config.train
        sampling = settings.sampling != "none"
        return Seq2Seq.of(network).objective(
            settings.label_smoothing, slices, sampling, self.teacher(), settings.teacher_share
        )

    def callbacks(self, trained: keras.Model) -> list[keras.callbacks.Callback]:
        """Return what raises the rate of scheduled sampling, if there is any."""
        settings = self.config.train
        if settings.sampling == "none":
            return []
        sliced = [layer.model for layer in trained.layers if layer.name == names.SLICES]
        layer = (sliced or [trained])[0].get_layer(names.SAMPLING)
        return [SamplingRate(layer.rate, settings.sampling, settings.sampling_rate, settings.sampling_steps)]
