"""Spans in place of their stand-ins, in a translation."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from edge.stand_ins import Carried, continues, places
from edge.translation import Translation
from edge.word_units import token_spans

_END = "</s>"
_FINAL = tuple(".!?…。！？")
_FINAL_OR_SPACE = "".join(_FINAL) + " "
_OPENING = frozenset("([{¿¡\"'«“„‘")


def put_back(carried: Sequence[Carried], masked: str, surfaces: Sequence[str], found: Translation) -> Translation:
    """Return a translation with spans in place of their stand-ins, each once.

    Args:
        carried: the spans.
        masked: the source with the stand-ins.
        surfaces: its tokens, without EOS.
        found: the translation. A stand-in that it lacks goes behind the word that attends to it most.
    """
    text = _ended(carried, masked, _completed(carried, surfaces, found))
    missing = {each.stand_in: each for each in carried}
    written, end = "", 0
    for place in places(carried, text):
        written += text[end:place]
        end = place + 1
        if each := missing.pop(text[place], None):
            before, behind = masked[: each.place][-1:], masked[each.place + 1 :][:1]
            is_apart = not before or before.isspace()
            is_lacking = is_apart and written and not written[-1].isspace() and written[-1] not in _OPENING
            if is_lacking or (not continues(before) and continues(written[-1:])):
                written += " "
            elif before and written[-1:].isspace() and written.rstrip().endswith(before):
                # A bracket, for example, that stands right before the span.
                written = written.rstrip()
            written += each.text
            if not continues(behind) and continues(text[end : end + 1]):
                written += " "
        else:
            written = written.rstrip()
    names = {each.stand_in: each.text for each in carried}
    return replace(
        found,
        text=written + text[end:],
        source_tokens=_spelled(found.source_tokens, names),
        target_tokens=_spelled(found.target_tokens, names),
        surfaces=_spelled(surfaces, names),
    )


def _completed(carried: Sequence[Carried], surfaces: Sequence[str], found: Translation) -> str:
    """The text of a translation with the stand-ins that it lacks."""
    text = found.text
    present = {text[place] for place in places(carried, text)}
    added = [(_end_of_aligned(each, surfaces, found), each) for each in carried if each.stand_in not in present]
    for place, each in sorted(added, key=lambda one: (-one[0], -one[1].place)):
        before, after = text[:place].rstrip(), text[place:]
        text = f"{before}{' ' * bool(before)}{each.stand_in}{' ' * (not before and bool(after))}{after}"
    return text


def _ended(carried: Sequence[Carried], masked: str, text: str) -> str:
    """A text that does not end before stand-ins at its end, if the source does not: `Now? X` for `Now X?`."""
    found = places(carried, text)
    end = len(text.rstrip(_FINAL_OR_SPACE))
    first = end
    while found and first == found[-1] + 1:
        first = len(text[: found.pop()].rstrip())
    before = text[:first]
    mark = before[-1:]
    if first == end or mark not in _FINAL or (mark == "." and end < len(text.rstrip())):
        return text
    stand_in = text[first:].lstrip()[:1]
    place = next((each.place for each in carried if each.stand_in == stand_in), 0)
    if not masked[:place].strip() or masked[:place].rstrip()[-1:] in _FINAL:
        return text
    body = before.rstrip(_FINAL_OR_SPACE)
    return f"{body}{text[first:end]}{text[end:].strip() or before[len(body) :].strip()}"


def _end_of_aligned(missing: Carried, surfaces: Sequence[str], found: Translation) -> int:
    """The end of the word that attends most to a stand-in; without attention the end of the sentence."""
    text = found.text
    end = len(text.rstrip(" .!?…。"))
    column = next((place for place, surface in enumerate(surfaces) if missing.stand_in in surface), None)
    tokens = [token for token in found.target_tokens if token != _END]
    if found.attention is None or column is None or not tokens:
        return end
    row = int(found.attention[: len(tokens), column].argmax())
    end = token_spans(text, tokens)[row][1]
    while end < len(text) and continues(text[end]):
        end += 1
    return end


def _spelled(tokens: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """Tokens with the spans in place of stand-ins."""
    return ["".join(names.get(character, character) for character in token) for token in tokens]
