"""Glossaries of a server: files at its start, and terms of a request."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from edge.errors import UserError
from edge.glossary import Glossary
from edge.serve.body import Text
from edge.serve.directions import plain_code
from edge.serve.limits import Limits
from edge.serve.refusal import Refusal

# Characters of a term, or of its translation.
_LONGEST = 200


def _object(value: Any) -> Any:
    """An object, or the JSON of one, as a form has it."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise PydanticCustomError("dict_type", "Input should be an object, or the JSON of one") from error


_Side = Annotated[Text, Field(min_length=1, max_length=_LONGEST)]
Terms = Annotated[
    dict[_Side, _Side], Field(description="source terms and their translations"), BeforeValidator(_object)
]


def read_glossaries(given: Sequence[str], directions: Sequence[str]) -> dict[str, Glossary]:
    """Read the glossaries of a command line.

    Args:
        given: `es-en=FILE` each; with a single direction, the file alone will do.
        directions: names of those that are served.

    Returns:
        The glossary of each direction that has one.

    Raises:
        UserError: a file is not a glossary, or is for no direction or for one that has a glossary.
    """
    names = {plain_code(name): name for name in directions}
    found: dict[str, Glossary] = {}
    for each in given:
        name, equals, path = each.partition("=")
        if not equals and len(names) == 1:
            name, path = directions[0], each
        if not path or plain_code(name) not in names:
            known = ", ".join(directions) or "none"
            raise UserError(
                f"--glossary {each}: does not begin with a language direction of the server ({known}); write "
                "DIRECTION=FILE, for example es-en=terms.tsv"
            )
        direction = names[plain_code(name)]
        if direction in found:
            raise UserError(f"--glossary {each}: {direction} has a glossary already; put all terms into one file")
        found[direction] = Glossary.read(path)
    return found


def requested(terms: Mapping[str, str], limits: Limits) -> Glossary:
    """Return the glossary of a request.

    Raises:
        Refusal: it has too many terms, or one without text.
    """
    if len(terms) > limits.terms:
        raise Refusal(400, f"glossary: {len(terms)} terms are more than the {limits.terms} of a request")
    try:
        return Glossary(terms)
    except UserError as error:
        # The error quotes the text.
        raise Refusal(400, "glossary: a term or its translation has no text") from error
