"""The outputs of the SavedModel's signatures, made on the device."""

from typing import Any

from edge.search.options import SearchOptions
from edge.tokenizer import EOS, PAD, Tokenizer
from edge.translation import Translation

# The signatures, and their decoding options.
SIGNATURES = {"serving_default": SearchOptions(), "beam": SearchOptions(beam=5, n_best=5)}
OUTPUTS = {"translation": "DT_STRING", "score": "DT_FLOAT", "tokens": "DT_INT32", "length": "DT_INT32"}

# JSON has no infinity. The least that a float32 can be.
_NOTHING = Translation("", -3.4028234663852886e38, [], [], [], None)


def outputs(translations: list[Translation], target: Tokenizer, longest: int, options: SearchOptions) -> dict[str, Any]:
    """The outputs for one text.

    Args:
        translations: of it, the best first.
        target: tokenizer of its language.
        longest: maximum length of a translation in tokens; rows of tokens are padded to it.
        options: decoding options.

    Returns:
        Translation, score, tokens and length; each once, or as many as the n-best list is long. Where there are fewer,
        the rest have the least of all scores. The only translation of a text that the model was not asked for stands
        in all places, with a score of 0 and no tokens.
    """
    filling = _NOTHING if translations[0].target_tokens else translations[0]
    filled = [*translations, *[filling] * (options.n_best - len(translations))]
    tokens = [[index for index in target.ids(each.target_tokens) if index != EOS] for each in filled]
    row: dict[str, list] = {
        "translation": [each.text for each in filled],
        "score": [each.score for each in filled],
        "tokens": [ids + [PAD] * (longest - len(ids)) for ids in tokens],
        "length": [len(ids) for ids in tokens],
    }
    return row if options.n_best > 1 else {name: values[0] for name, values in row.items()}


def signature(name: str, options: SearchOptions, longest: int) -> dict[str, Any]:
    """What goes into a signature and comes out, as TF Serving's metadata has it.

    Args:
        name: of the signature.
        options: decoding options.
        longest: tokens that a translation may have.
    """
    shape = [-1] if options.n_best == 1 else [-1, options.n_best]
    shapes = dict.fromkeys(OUTPUTS, shape) | {"tokens": [*shape, longest]}
    outputs = {key: _tensor(key, kind, shapes[key]) for key, kind in OUTPUTS.items()}
    inputs = {"text": _tensor(f"{name}_text", "DT_STRING", [-1])}
    return {"inputs": inputs, "outputs": outputs, "method_name": "tensorflow/serving/predict", "defaults": {}}


def _tensor(name: str, kind: str, shape: list[int]) -> dict[str, Any]:
    dimensions = [{"size": str(size), "name": ""} for size in shape]
    return {"dtype": kind, "tensor_shape": {"dim": dimensions, "unknown_rank": False}, "name": f"{name}:0"}
