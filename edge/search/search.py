"""The search: from encoded sources to target sentences."""

from collections.abc import Iterator, Sequence

import numpy as np

from edge.errors import UserError
from edge.search.batch import stack, take
from edge.search.beam import Beam
from edge.search.constraints import Constraints, constraints_of_each
from edge.search.ctc import PrefixScores
from edge.search.options import SearchOptions
from edge.search.paths import Paths, Sentence
from edge.search.required import RequiredBeam
from edge.search.step import Encoded, Hypothesis, Source, Step
from edge.search.walk import Walk
from edge.tokenizer import BOS

# Fraction of a batch that has ended before it is made smaller: to resize a network's tensors costs about a step.
_ENDED = 0.25

_PLAIN = SearchOptions()
_FREE = Constraints()


def search(
    step: Step,
    sources: Sequence[Source],
    limit: int,
    options: SearchOptions = _PLAIN,
    constraints: Constraints | Sequence[Constraints] = _FREE,
) -> list[list[Hypothesis]]:
    """Searches for the translations of a batch of sentences.

    Args:
        step: the decoder.
        sources: the encoded sentences.
        limit: tokens after which the model's sentences end in any case.
        options: how to search.
        constraints: what each translation must and must not have, the same of all or one of each.

    Returns:
        The hypotheses of each sentence, the best first. Fewer than `options.n_best` if there are fewer.

    Raises:
        UnmetConstraints: the constraints cannot be met for a sentence.
        UserError: the prefix is longer than a translation may be.
    """
    paths = None
    for paths in follow(step, sources, limit, options, constraints):  # noqa: B007
        pass
    if paths is None:
        return []
    return [paths.found(index) for index in range(len(sources))]


def follow(
    step: Step,
    sources: Sequence[Source],
    limit: int,
    options: SearchOptions = _PLAIN,
    constraints: Constraints | Sequence[Constraints] = _FREE,
) -> Iterator[Paths]:
    """Searches as `search` does, and yields the hypotheses after every step."""
    if not sources:
        return
    sentences = []
    for index, (source, own) in enumerate(zip(sources, constraints_of_each(constraints, len(sources)), strict=True)):
        least, most = options.bounds(source.length, limit, own.given + len(own.rest))
        if len(own.prefix) + bool(own.rest) > most:
            raise UserError(
                f"search: the prefix is longer than a translation may be: {most} tokens; use a shorter prefix, or a "
                "larger max_length"
            )
        sentences.append(Sentence(index, source.positions, source.seed, least, most, own))
    kind = Walk if options.width == 1 or options.temperature else Beam
    is_required = any(sentence.constraints.required for sentence in sentences)
    paths = (RequiredBeam if is_required else kind)(sentences, options, step.vocabulary)
    # CTC log probabilities are the same for all rows of a source: they are not multiplied.
    rows = stack([source.encoded._replace(ctc=None) for source in sources], options.width)
    ctc = _prefix_scores(sources, options)
    tokens = np.full(len(sources) * options.width, BOS, np.int32)
    while paths.sentences:
        logits, states, attention = step.step(tokens, rows)
        parents, tokens = paths.advance(logits, attention, ctc.scores() if ctc else None)
        if ctc:
            ctc.advance(parents, tokens)
        rows = Encoded(rows.memory, states if parents is None else {name: states[name][parents] for name in states})
        yield paths
        if np.count_nonzero(paths.ended) >= _ENDED * len(paths.ended):
            kept = paths.drop_ended()
            rows, tokens = take(rows, kept), tokens[kept]
            if ctc:
                ctc.keep(kept)
    yield paths


def _prefix_scores(sources: Sequence[Source], options: SearchOptions) -> PrefixScores | None:
    """CTC's part in the search; None for a model without CTC, or where nothing but the decoder counts."""
    found = [source.ctc for source in sources if source.ctc is not None]
    return PrefixScores(found, options.width) if found and options.ctc_weight and not options.temperature else None
