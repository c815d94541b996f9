import pytest

from edge import Control, SearchOptions, Translator, UserError
from edge.control import replace_unknown
from edge.tokenizer import UNK, Tokenizer


@pytest.fixture(scope="module")
def translator(toy) -> Translator:
    return Translator(toy)


@pytest.fixture(scope="module")
def target(toy) -> Tokenizer:
    return Tokenizer(toy / "target.model")


BEAM = SearchOptions(beam=5)


@pytest.mark.parametrize("prefix", ["two", "two ", "two thr", "t", "two one "])
def test_a_prefix_begins_the_translation(translator, prefix):
    for options in (SearchOptions(), BEAM):
        assert f"{translator.translate('uno dos tres', options, Control(prefix=prefix))} ".startswith(prefix)


def test_a_prefix_that_is_right_changes_nothing(translator):
    for prefix in ("", "  ", "one", "one t", "one two three"):
        assert translator.translate("uno dos tres", control=Control(prefix=prefix)) == "one two three"


def test_required_words_appear_and_suppressed_ones_do_not(translator):
    text = translator.translate("uno dos tres", BEAM, Control(required=["nine ten", "six"], suppressed=["two"]))
    assert "nine ten" in text and "six" in text and "two" not in text.split()


@pytest.mark.parametrize(
    ("control", "message"),
    [
        (Control(required=["zebra"]), "required phrase 'zebra'"),
        (Control(required=[" "]), "required phrase ' ': is empty"),
        (Control(suppressed=["one two"]), "suppressed word 'one two': is not one piece .* but 2"),
        (Control(suppressed=["zebra"]), "suppressed word 'zebra'"),
    ],
)
def test_what_the_vocabulary_has_not_got(translator, control, message):
    with pytest.raises(UserError, match=message):
        translator.translate("uno", BEAM, control)


def test_unknown_pieces_become_the_aligned_source_words(target):
    one, two = target.encode("one two")[:-1]
    surfaces = ["▁uno", "▁Zü", "rich", "▁dos"]
    assert replace_unknown([one, UNK, two, 3], [0, 2, 3, 4], surfaces, target).split() == ["one", "Zürich", "two"]
    # The end symbol of the source has no word.
    assert replace_unknown([UNK], [4], surfaces, target) == ""
