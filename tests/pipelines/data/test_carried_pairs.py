"""Pairs with reserved symbols: which ones, where, and that both sides have the same."""

from edge.stand_ins import SYMBOLS
from pipelines.data.carried_pairs import count_symbols, with_symbols


def symbols(text: str) -> list[str]:
    return sorted(character for character in text if character in SYMBOLS)


def test_equal_spans_of_both_sides_are_symbols():
    source, target = with_symbols("Compra 12 kg y 3.5 por {x}", "Buy {x} 12 kg and 3,5", 0.999)
    assert symbols(source) == symbols(target) and len(symbols(source)) == 2
    first, second = (character for character in source if character in SYMBOLS)
    assert source == f"Compra {first} y 3.5 por {second}"
    assert target == f"Buy {second} {first} and 3,5"


def test_a_span_that_one_side_has_twice_is_a_symbol_once():
    source, target = with_symbols("5 y 5", "5", 0.999)
    assert symbols(source) == symbols(target) and len(symbols(source)) == 1


def test_the_share_is_that_of_the_pairs():
    pairs = [(f"Tengo {number} libros", f"I have {number} books") for number in range(2000)]
    for share in (0.1, 0.5):
        carried, all_pairs = count_symbols(pairs, share)
        assert all_pairs == 2000 and abs(carried / all_pairs - share) < 0.04
    assert count_symbols(pairs, 0.0) == (0, 2000)
    assert [with_symbols(*pair, 0.5) for pair in pairs] == [with_symbols(*pair, 0.5) for pair in pairs]


def test_all_symbols_are_learned():
    pairs = [with_symbols(f"Tengo {number} libros", f"I have {number} books", 0.5) for number in range(500)]
    assert {character for source, _ in pairs for character in symbols(source)} == set(SYMBOLS)


def test_names_and_pairs_without_anything_equal():
    named = [
        (f"Hola Maria {word}", f"Hello Maria {word}") for word in map(str.lower, map(chr, range(0x4E00, 0x4E00 + 2000)))
    ]
    plain = [(f"hola {chr(place)}.", f"hello {chr(place)}!") for place in range(0x4E00, 0x4E00 + 4000)]
    assert abs(count_symbols(named, 0.5)[0] / 2000 - 0.25) < 0.04
    assert abs(count_symbols(plain, 0.5)[0] / 4000 - 0.05) < 0.02
    for pairs, behind in ((named, False), (plain, True)):
        for source, target in pairs:
            found = with_symbols(source, target, 0.5)
            assert symbols(found[0]) == symbols(found[1])
            if found != (source, target) and behind:
                # Before what ends the sentence.
                assert found[0].startswith(f"{source[:-1]} ") and found[0].endswith(".") and found[1].endswith("!")
