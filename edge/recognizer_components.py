"""What a recognizer is made of."""

from dataclasses import dataclass

from edge.bundle import MANIFEST, Bundle
from edge.encoding import EncoderDecoder
from edge.errors import UserError
from edge.static_step import open_step
from edge.tokenizer import Tokenizer


@dataclass(frozen=True)
class RecognizerComponents:
    """The components of a recognizer, wherever they come from.

    Attributes:
        step: the model.
        target: tokenizer of the text.
        rate: of the sound that the model reads, in Hz.
        position_seconds: time between two positions of the memory.
        max_samples: of the sound that the model reads at once.
        phrase_samples: of sound that is not split, at most: what is much longer than the recordings of the training set
            is read with more errors.
        max_target_length: tokens after which a transcript of it ends in any case.
    """

    step: EncoderDecoder
    target: Tokenizer
    rate: int
    position_seconds: float
    max_samples: int
    phrase_samples: int
    max_target_length: int


def open_recognizer_components(bundle: Bundle, threads: int = 1) -> RecognizerComponents:
    """Return the components of a bundle's recognizer; arguments and errors as `Recognizer`'s."""
    bundle.require_task("speech")
    # A bundle of an earlier version does not say how long recordings of the training set were.
    phrase = "phrase_samples" if "phrase_samples" in bundle.manifest["limits"] else "max_samples"
    return RecognizerComponents(
        step=open_step(bundle, threads),
        target=Tokenizer(bundle.file("tokenizers", "target")),
        rate=int(_audio(bundle, "rate")),
        position_seconds=_audio(bundle, "position_ms") / 1000.0,
        max_samples=bundle.limit("max_samples"),
        phrase_samples=bundle.limit(phrase),
        max_target_length=bundle.limit("max_target_length"),
    )


def _audio(bundle: Bundle, key: str) -> float:
    section = bundle.manifest.get("audio")
    value = section.get(key) if isinstance(section, dict) else None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < float("inf"):
        raise UserError(f"{bundle.path / MANIFEST}: audio.{key} is {value!r}, not a positive number")
    return float(value)
