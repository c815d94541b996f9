import re

import pytest

from edge.errors import UserError
from pipelines.data.languages import parse_languages


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("es-en", ("es", "en")),
        ("es:en", ("es", "en")),
        ("en-en", ("en", "en")),
        ("pt_BR-en", ("pt_BR", "en")),
        ("pt-BR:en", ("pt-BR", "en")),
        ("en:zh-Hant-TW", ("en", "zh-Hant-TW")),
        ("src-tgt", ("src", "tgt")),
    ],
)
def test_languages(text, languages):
    assert parse_languages(text) == languages


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("español-inglés", "has a language code that cannot be served; codes have ASCII letters, digits and _"),
        ("русский:en", "has a language code that cannot be served"),
        ("es-en glish", "has a language code that cannot be served"),
        ("es-en\n", "has a language code that cannot be served"),
        ("es/mx-en", "has a language code that cannot be served"),
        ("esen", "is not of the form A-B"),
        ("es-", "is not of the form A-B"),
        ("-en", "is not of the form A-B"),
        ("", "is not of the form A-B"),
        ("es:en:de", "has a language code that cannot be served"),
        ("pt-BR-en", "--languages pt-BR:en"),
        ("en-zh-Hant-TW", "--languages en:zh-Hant-TW"),
        ("pt-BR-zh-CN", "--languages pt-BR:zh-CN"),
    ],
)
def test_what_is_no_pair_of_languages(text, said):
    with pytest.raises(UserError, match=re.escape(said)) as error:
        parse_languages(text)
    if found := re.search(r": --languages (\S+)$", str(error.value)):
        assert len(parse_languages(found[1])) == 2
