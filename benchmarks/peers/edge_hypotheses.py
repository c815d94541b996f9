"""What a speech bundle finds in recordings; `benchmarks.parity` starts it on another TFLite runtime.

python -m benchmarks.peers.edge_hypotheses BUNDLE SOUNDS.npz

It prints one JSON object: the name and version of the runtime, and for each kind of decoding the hypotheses of all
recordings. SOUNDS.npz has the samples of each recording as an array.
"""

import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from edge.bundle import read_bundle
from edge.recognizer_components import open_recognizer_components
from edge.runtime import find_runtime
from edge.search.ctc_greedy import greedy
from edge.search.options import SearchOptions
from edge.search.search import search
from edge.search.step import Source, Step
from edge.sound import Sound, encode_sounds

GREEDY_CTC = "greedy CTC"
# Without CTC, as searches inside a graph are.
GREEDY, BEAM = "decoder alone, greedy", "decoder alone, beam 5"

# Kinds of decoding that are searches.
_SEARCHES = {
    "beam 1": SearchOptions(),
    "beam 5": SearchOptions(beam=5),
    GREEDY: SearchOptions(ctc_weight=0.0),
    BEAM: SearchOptions(beam=5, ctc_weight=0.0),
}


@dataclass(frozen=True)
class Found:
    """A transcript as it was found.

    Attributes:
        tokens: token ids.
        score: what it was ranked by.
        token_scores: log probability of each token, as the decoder gave it; empty if that is not known.
    """

    tokens: list[int]
    score: float
    token_scores: list[float] = field(default_factory=list)


def hypotheses(step: Step, sources: Sequence[Source], limit: int) -> Iterator[tuple[str, list[Found]]]:
    """Yield each kind of decoding that a model has, and the best hypothesis of each source.

    Args:
        step: the decoder.
        sources: encoded recordings, searched as one batch.
        limit: tokens after which a transcript ends in any case.
    """
    ctc = [source.ctc for source in sources if source.ctc is not None]
    if ctc:
        yield GREEDY_CTC, [Found(greedy(each), float(each.max(axis=1).sum())) for each in ctc]
    for name, options in _SEARCHES.items():
        best = [n_best[0] for n_best in search(step, sources, limit, options)]
        yield name, [Found(each.tokens, float(each.score), list(map(float, each.token_scores))) for each in best]


def main(bundle: str, sounds: str) -> None:
    """Transcribe all recordings, one at a time."""
    components = open_recognizer_components(read_bundle(bundle))
    found: dict[str, list[dict]] = {}
    with np.load(sounds) as arrays:
        for sound in arrays.values():
            sources = encode_sounds(components.step, [Sound(sound)])
            for name, each in hypotheses(components.step, sources, components.max_target_length):
                found.setdefault(name, []).extend(map(dataclasses.asdict, each))
    runtime, version, _ = find_runtime()
    print(json.dumps({"runtime": f"{runtime} {version}", "found": found}))


if __name__ == "__main__":
    main(*sys.argv[1:])
