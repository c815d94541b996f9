"""Features of a source text: symbols behind it, after a tab: `walk<TAB>V;PRS;3;SG`."""

COLUMN, SYMBOL = "\t", ";"

# Of the symbols' ends: what TensorFlow strips, too.
_WHITE_SPACE = " \n\v\f\r"


def split_features(text: str) -> tuple[str, list[str]]:
    """Split a source into its text and the tokens of its features.

    Args:
        text: a text, and behind it any number of columns of symbols, each after a tab; a semicolon stands between two
            symbols.

    Returns:
        The text, and the token of each symbol in order: the symbol after one tab in the first column, after two in the
        second. No text has such a token, and a symbol of two columns has two.
    """
    text, *columns = text.split(COLUMN)
    tokens = [
        COLUMN * number + stripped
        for number, column in enumerate(columns, start=1)
        for symbol in column.split(SYMBOL)
        if (stripped := symbol.strip(_WHITE_SPACE))
    ]
    return text, tokens


def is_feature(token: str) -> bool:
    """Return whether a token is that of a feature."""
    return token.startswith(COLUMN)
