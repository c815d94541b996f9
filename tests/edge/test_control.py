import pytest

from edge import Control, SearchOptions, Translator, UserError
from edge.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def translator(toy) -> Translator:
    return Translator(toy)


@pytest.fixture(scope="module")
def target(toy) -> Tokenizer:
    return Tokenizer(toy / "target.model")


BEAM = SearchOptions(beam=5)


@pytest.mark.parametrize("prefix", ["two", "two thr", "t", "two one "])
@pytest.mark.parametrize("options", [SearchOptions(), BEAM])
def test_a_prefix_begins_the_translation(translator, prefix, options):
    text = translator.translate("uno dos tres", options, Control(prefix=prefix))
    assert f"{text} ".startswith(prefix)
    # After a space the last word stands; else it may go on, and here each goes on to be a word.
    assert set(text.split()) <= {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}


def test_a_prefix_that_is_right_changes_nothing(translator):
    for prefix in ("", "  ", "one", "one t", "one two three", "one two three "):
        assert translator.translate("uno dos tres", control=Control(prefix=prefix)) == "one two three"


def test_required_words_appear_and_suppressed_ones_do_not(translator):
    text = translator.translate("uno dos tres", BEAM, Control(required=["nine ten", "six"], suppressed=["two"]))
    assert "nine ten" in text and "six" in text and "two" not in text.split()


@pytest.mark.parametrize(
    ("control", "message"),
    [
        (Control(prefix="zebra"), "prefix 'zebra': has characters that the model does not know"),
        (Control(prefix="one " * 20), "prefix is longer than a translation may be: 16 tokens"),
        (Control(required=["zebra"]), "required phrase 'zebra'"),
        (Control(required=[" "]), "required phrase ' ': is empty"),
        (
            Control(suppressed=["one two"]),
            "suppressed word 'one two': needs a word that is a single token .* is 2 tokens",
        ),
        (Control(suppressed=["zebra"]), "suppressed word 'zebra'"),
    ],
)
def test_what_the_vocabulary_has_not_got(translator, control, message):
    with pytest.raises(UserError, match=message):
        translator.translate("uno", BEAM, control)


@pytest.mark.parametrize(
    ("source", "required"),
    [
        ("uno uno uno dos", ["one one two"]),
        ("nueve ocho nueve diez", ["nine ten", "nine eight"]),
        ("nueve ocho nueve diez", ["nine eight", "nine ten"]),
    ],
)
def test_phrases_that_are_there_anyway_change_nothing(translator, source, required):
    assert translator.translate(source, BEAM, Control(required=required)) == translator.translate(source, BEAM)


def test_what_cannot_be_met_ends_a_stream_with_an_error(translator):
    message = r"'uno': no translation meets the constraints \(required 'two'; suppressed 'two'\); use a larger --beam"
    with pytest.raises(UserError, match=message):
        list(translator.stream("uno", BEAM, Control(required=["two"], suppressed=["two"])))


@pytest.mark.parametrize("cache", [0, 9])
def test_what_cannot_be_met_names_the_sentence(toy, cache):
    """A sentence of one word can have no more than so many; the others can."""
    control, short = Control(required=["two three"]), SearchOptions(beam=5, max_ratio=1.0)
    texts = ["uno dos tres cuatro", "-", "dos tres cuatro", "uno uno tres"]
    translator = Translator(toy, batch=2, cache=cache)
    assert len(translator.translate(texts, short, control)) == 4
    with pytest.raises(UserError, match="required phrases and prefix have 2 tokens, of 1 at most"):
        translator.translate([*texts, "seis"], short, control)
    both = Control(required=["two"], suppressed=["two"])
    with pytest.raises(UserError, match=r"^'dos tres': no translation meets the constraints"):
        translator.translate(["-", "dos tres"], BEAM, both)
