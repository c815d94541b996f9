"""A Transformer with random weights, in 8 bits, for CTranslate2. Runs where there is no TensorFlow.

python -m benchmarks.peers.ctranslate2_model FOLDER ENCODER_LAYERS DECODER_LAYERS WIDTH VOCABULARY
"""

import sys
from pathlib import Path

import numpy as np
from ctranslate2.specs import TransformerSpec
from ctranslate2.specs.attention_spec import MultiHeadAttentionSpec
from ctranslate2.specs.common_spec import EmbeddingsSpec, LayerNormSpec, LinearSpec
from ctranslate2.specs.transformer_spec import FeedForwardSpec

# CTranslate2 identifies tokens by name.
_CONTROL = ["<blank>", "<unk>", "<s>", "</s>"]

# As in Vaswani et al. 2017.
_HEAD, _INNER = 64, 4


def token_name(index: int) -> str:
    """The token of a number in our vocabularies."""
    return _CONTROL[index] if index < len(_CONTROL) else str(index)


class RandomTransformer:
    """Fills the specification of a Transformer.

    Args:
        layers: of encoder and decoder.
        width: of the model.
        vocabulary: vocabulary size per language.
    """

    def __init__(self, layers: tuple[int, int], width: int, vocabulary: int):
        self._random = np.random.default_rng(1)
        self._width = width
        self.spec = TransformerSpec.from_config(layers, num_heads=width // _HEAD)
        for side in (self.spec.encoder, self.spec.decoder):
            self._norm(side.layer_norm)
            for layer in side.layer:
                self._feed_forward(layer.ffn)
                self._attention(layer.self_attention)
        for layer in self.spec.decoder.layer:
            self._attention(layer.attention)
        self._embed(self.spec.encoder.embeddings[0], vocabulary)
        self._embed(self.spec.decoder.embeddings, vocabulary)
        self._linear(self.spec.decoder.projection, width, vocabulary)
        tokens = [token_name(index) for index in range(vocabulary)]
        self.spec.register_source_vocabulary(tokens)
        self.spec.register_target_vocabulary(tokens)

    def _attention(self, spec: MultiHeadAttentionSpec) -> None:
        self._norm(spec.layer_norm)
        # Query, key and value in one product, or key and value of the memory in one of their own; then the output's.
        outputs = {2: (3, 1), 3: (1, 2, 1)}[len(spec.linear)]
        for linear, times in zip(spec.linear, outputs, strict=True):
            self._linear(linear, self._width, times * self._width)

    def _feed_forward(self, spec: FeedForwardSpec) -> None:
        self._norm(spec.layer_norm)
        self._linear(spec.linear_0, self._width, _INNER * self._width)
        self._linear(spec.linear_1, _INNER * self._width, self._width)

    def _norm(self, spec: LayerNormSpec) -> None:
        spec.gamma, spec.beta = np.ones(self._width, np.float32), np.zeros(self._width, np.float32)

    def _linear(self, spec: LinearSpec, inputs: int, outputs: int) -> None:
        spec.weight, spec.bias = self._normal(outputs, inputs), np.zeros(outputs, np.float32)

    def _embed(self, spec: EmbeddingsSpec, vocabulary: int) -> None:
        spec.weight = self._normal(vocabulary, self._width)

    def _normal(self, rows: int, columns: int) -> np.ndarray:
        return self._random.normal(0.0, columns**-0.5, (rows, columns)).astype(np.float32)


def main(folder: str, *sizes: str) -> None:
    """Writes a model."""
    encoder_layers, decoder_layers, width, vocabulary = map(int, sizes)
    spec = RandomTransformer((encoder_layers, decoder_layers), width, vocabulary).spec
    spec.validate()
    spec.optimize("int8")
    Path(folder).mkdir()
    spec.save(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
