"""Scripts that put no spaces between words."""

# First and last characters: Thai and Lao, Myanmar, Khmer, CJK punctuation with Kana and Bopomofo, ideographs of all
# planes, full-width forms.
_RANGES = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3001, 0x312F),
    (0x31A0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF00, 0xFF9F),
    (0x20000, 0x3FFFF),
)


def is_unspaced(character: str) -> bool:
    """Return whether a character belongs to a script without spaces between words."""
    code = ord(character)
    return any(first <= code <= last for first, last in _RANGES)
