"""The first words of a transcript, before the search has ended."""

from edge.recognizer_components import RecognizerComponents
from edge.search.constraints import SPACE
from edge.search.options import SearchOptions
from edge.search.search import follow
from edge.sound import Sound, encode_sounds


def decide_words(
    components: RecognizerComponents, sound: Sound, options: SearchOptions, words: float = float("inf")
) -> None:
    """Search until a number of words is decided, or to the end.

    Args:
        components: of the recognizer.
        sound: what it transcribes, read at once.
        options: how it searches.
        words: number of words that later steps cannot change.
    """
    spellings = components.target.spellings
    encoded = encode_sounds(components.step, [sound])
    for paths in follow(components.step, encoded, components.max_target_length, options):
        if not paths.sentences:
            return
        decided = [spellings[token].startswith(SPACE) for token in paths.decided(0)]
        # A word is decided when the next one begins.
        if sum(decided[1:]) >= words:
            return
