import pytest

from pipelines.data.everyday import everyday_subset, words
from pipelines.data.pairs import Pair


def test_words():
    assert words("¡Hola, Tom! It's the well-known 2nd one…") == [
        "hola",
        "tom",
        "it's",
        "the",
        "well-known",
        "2nd",
        "one",
    ]
    assert words("?! – _") == []


def subset(train, valid=(), test=(), **settings):
    defaults = {"max_words": 3, "source_types": 100, "target_types": 100, "min_count": 1}
    return everyday_subset(train, valid, test, **defaults | settings)


def test_keeps_short_pairs_only():
    train = [Pair("a b c", "x"), Pair("a b c d", "x"), Pair("a", "x y z w"), Pair("a", "!")]
    assert subset(train, test=train).train == subset(train, test=train).test == [Pair("a b c", "x")]


@pytest.mark.parametrize(("side", "types"), [("source", "source_types"), ("target", "target_types")])
def test_keeps_pairs_of_frequent_words(side, types):
    frequent = [Pair("a a", "x x"), Pair("a b", "x y"), Pair("B", "Y!")]
    rare = Pair("a c", "x x") if side == "source" else Pair("a a", "x z")
    result = subset([rare, *frequent], **{types: 2})
    assert result.train == frequent
    assert (result.source_types, result.target_types) == (2, 2)


def test_words_of_long_pairs_do_not_count():
    long = Pair("z z z z", "z z z z")
    assert subset([Pair("a", "x"), long, Pair("z", "z"), Pair("a", "x")], source_types=1).train == [Pair("a", "x")] * 2


def test_ties_do_not_depend_on_the_order():
    train = [Pair(letter, "x") for letter in "dbca"]
    assert sorted(subset(train, source_types=2).train) == sorted(subset(train[::-1], source_types=2).train)


def test_held_out_pairs_use_words_of_the_chosen_training_pairs():
    train = [Pair("a", "x"), Pair("a b", "x y"), Pair("b c", "y z"), Pair("a b c d", "x x q")]
    good, once, unseen = Pair("b a", "y x"), Pair("a c", "x"), Pair("a d", "x")
    result = subset(train, valid=[unseen, good], test=[once, unseen, good, Pair("a", "q")], min_count=2)
    assert result.valid == result.test == [good]
    assert once in subset(train, test=[once], min_count=1).test


def test_each_held_out_source_is_kept_once():
    train = [Pair("a", "x"), Pair("b", "y")]
    result = subset(train, test=[Pair("A!", "x"), Pair("a", "y"), Pair("b", "y")])
    assert result.test == [Pair("A!", "x"), Pair("b", "y")]
    assert len(subset(train + train).train) == 4
