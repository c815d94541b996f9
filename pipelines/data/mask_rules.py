"""How the binary masks of a data set are read: decided by what all of its files show."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.errors import UserError
from pipelines.data.files import shown
from pipelines.data.mask_facts import BLACK, SETTING, Kind, MaskFacts, brightness, colours, luminance

# Of the full scale: near enough to black or white; far enough apart to be told by the eye.
_NEAR, _APART = 0.1, 0.25
_FULL = {8: 255, 16: 65535}
# Foreground in the usual conventions, which may be mixed.
_USUAL = {1, 255, 65535}
# Objects that make numbers of values 1, 2, 3: fewer may be classes.
_OBJECTS = 3


@dataclass(frozen=True)
class MaskRule:
    """How the masks of a data set are read.

    Attributes:
        foreground: values as seen, and bits of a file, to a boolean mask.
        in_alpha: the files whose mask is in the opacity.
        said: what was decided and why; empty where all is as usual.
    """

    foreground: Callable[[np.ndarray, int], np.ndarray]
    in_alpha: frozenset[Path] = frozenset()
    said: str = ""


def halves(facts: Sequence[MaskFacts], light: bool) -> MaskRule:
    """The lighter or the darker half of what a data set has."""
    middle = {}
    for bits, full in _FULL.items():
        those = [each for each in facts if each.bits == bits]
        low = min((each.darkest for each in those), default=0)
        high = max((each.lightest for each in those), default=0)
        middle[bits] = (low + high) / 2 if low < high else full / 2
    return MaskRule(lambda values, bits: (luminance(values) > middle[bits]) == light)


def decide(facts: Sequence[MaskFacts]) -> MaskRule:
    """What is foreground, by what all files show.

    Raises:
        UserError: it cannot be decided.
    """
    in_alpha, facts, parts = _in_alpha(facts)
    for each in facts:
        if each.kind is Kind.UNCLEAR:
            raise _undecided(each, "light" if each.bottom <= _NEAR * each.top else "light or dark")
    smooth = [each for each in facts if each.kind is Kind.SMOOTH]
    objects = [each for each in facts if each.kind is Kind.OBJECTS]
    if smooth:
        rule, said = _smoothed(smooth, [each for each in facts if each.kind is not Kind.SMOOTH])
    elif objects:
        rule, said = _objects(objects, facts)
    else:
        rule, said = _exact(facts)
    if reordered := sum(each.reordered for each in facts):
        parts.append(f"{reordered:,} masks have a palette that begins with another colour than black: colours decide")
    return MaskRule(rule, in_alpha, "; ".join(filter(None, [*parts, said])))


def numbers_objects(facts: Sequence[MaskFacts]) -> bool:
    """Whether the values of masks are the numbers of objects."""
    kinds = {each.kind for each in facts}
    if any(each.in_alpha for each in facts) or kinds & {Kind.SMOOTH, Kind.UNCLEAR}:
        return False
    return Kind.OBJECTS in kinds or are_consecutive([each.values for each in facts])


def are_consecutive(values: Sequence[Sequence[int]]) -> bool:
    """Whether each mask has the values 1, 2, 3 and so on, not always as many, and some mask has background.

    Args:
        values: the different values of each mask, in order.
    """
    counts = {len(each) - (BLACK in each) for each in values}
    consecutive = all(each[-1] == len(each) - (BLACK in each) for each in values)
    has_background = any(BLACK in each for each in values)
    return has_background and consecutive and len(counts - {0}) > 1 and max(counts) >= _OBJECTS


def _in_alpha(facts: Sequence[MaskFacts]) -> tuple[frozenset[Path], list[MaskFacts], list[str]]:
    """The files whose mask is in the opacity, the others, and what is to say."""
    chosen = [each for each in facts if each.in_alpha]
    if not chosen:
        return frozenset(), list(facts), []
    # Those that show nothing follow the others.
    others = [each for each in facts if each.has_alpha and not each.in_alpha and each.kind is not Kind.BLANK]
    blank = [each for each in facts if each.has_alpha and each.kind is Kind.BLANK and not each.in_alpha]
    chosen += [] if others else blank
    paths = frozenset(each.path for each in chosen)
    rest = [each for each in facts if each.path not in paths]
    said = f"{len(paths):,} masks are of one colour and differ in opacity: what is opaque is foreground"
    return paths, rest, [said]


Decision = tuple[Callable[[np.ndarray, int], np.ndarray], str]


def _smoothed(smooth: Sequence[MaskFacts], others: Iterable[MaskFacts]) -> Decision:
    others = list(others)
    tops = {}
    for bits, full in _FULL.items():
        top = max((each.top for each in [*smooth, *others] if each.bits == bits), default=full)
        # All of it nearly black, as JPEG leaves it: nothing is foreground.
        tops[bits] = top if top > _NEAR * full or bits == 16 else full
    for each in others:
        top = tops[each.bits]
        extremes = each.bottom <= _NEAR * top or each.bottom >= (1 - _NEAR) * top
        if each.count > 2 or not extremes or BLACK < each.top < (1 - _NEAR) * top:
            raise _undecided(each, "light or nonzero", f"while other masks have grey values up to {top}")
    middle = {bits: top / 2 for bits, top in tops.items()}
    many = max(each.count for each in smooth)
    said = f"masks have up to {many} values, dark and bright ones and few between: the brighter half is foreground"
    return lambda values, bits: brightness(values) > middle[bits], said


def _objects(objects: Sequence[MaskFacts], facts: Sequence[MaskFacts]) -> Decision:
    if not any(BLACK in each.values for each in facts):
        raise _undecided(objects[0], "nonzero, dark or light", "none of them 0")
    many = max(each.count for each in objects)
    said = f"masks have up to {many} values, each of an even area, as numbered objects have: all but 0 is foreground"
    return _nonzero, said


def _exact(facts: Sequence[MaskFacts]) -> Decision:
    levels = sorted({_as_colour(value, each, facts) for each in facts for value in each.values})
    shown_levels = [f"#{level:06x}" if any(each.is_colour for each in facts) else str(level) for level in levels]
    above = [level for level in levels if level != BLACK]
    if len(above) <= 1 or (BLACK in levels and _USUAL.issuperset(above) and not any(each.is_colour for each in facts)):
        unusual = above and (above[0] not in _USUAL or len(above) > 1)
        said = f"masks have the values {', '.join(shown_levels)}: everything but black is foreground" if unusual else ""
        return _nonzero, said
    if are_consecutive([each.values for each in facts]):
        return _nonzero, f"masks number their objects, 1 to {levels[-1]} in one of them: all but 0 is foreground"
    grey = not any(each.is_colour for each in facts)
    if BLACK not in levels and len(levels) == 2 and not grey:
        low, high = min(each.bottom for each in facts), max(each.top for each in facts)
        if low <= _NEAR * 255 and high - low >= _APART * 255:
            said = f"masks have the colours {' and '.join(shown_levels)}: all but the nearly black is foreground"
            return lambda values, bits: brightness(values) > (low + high) / 2, said
    if BLACK not in levels and len(levels) == 2 and grey:
        low, high = levels
        if high - low >= _APART * _FULL[max(each.bits for each in facts)]:
            said = f"masks have the values {low} and {high}: {high} is foreground, as it is lighter"
            return lambda values, bits: values > (low + high) / 2, said
    blamed = max(facts, key=lambda each: len(each.values))
    if len(blamed.values) <= 2 and len(levels) > 2:
        other = next(each for each in facts if set(each.values) - set(blamed.values))
        raise _undecided(blamed, "nonzero", f"and {shown(other.path)} {other.listed}")
    settings = "nonzero, or to the foreground's values, such as 1" if BLACK in levels else "light or dark"
    raise _undecided(blamed, settings)


def _nonzero(values: np.ndarray, bits: int) -> np.ndarray:
    return colours(values) != BLACK


def _as_colour(value: int, facts: MaskFacts, all_facts: Sequence[MaskFacts]) -> int:
    """A value, so that grey files can be compared with coloured ones."""
    mixed = not facts.is_colour and any(each.is_colour for each in all_facts)
    return value * 0x010101 if mixed else value


def _undecided(facts: MaskFacts, settings: str, why: str = "") -> UserError:
    why = f", {why}" if why else ""
    return UserError(
        f"{shown(facts.path)}: has {facts.listed}{why}; it cannot be told which are foreground: set {SETTING} to "
        f"{settings}, or model.classes for a mask of several classes"
    )
