import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.sentences import split


@pytest.mark.parametrize(
    "text, longest, parts",
    [
        ("One two. Three!  Four?", 12, [("One two.", " "), ("Three!", "  "), ("Four?", "")]),
        ("A line\n\n- another one. Yes", 14, [("A line", "\n\n"), ("- another one.", " "), ("Yes", "")]),
        ('"Go away." He went.', 12, [('"Go away."', " "), ("He went.", "")]),
        ("我来了。你呢？好。", 4, [("我来了。", ""), ("你呢？", ""), ("好。", "")]),
        ("first of all, that; and this", 13, [("first of all,", " "), ("that;", " "), ("and this", "")]),
        ("one two three four", 8, [("one two", " "), ("three", " "), ("four", "")]),
        ("abcdefghij", 4, [("ab", ""), ("cde", ""), ("fg", ""), ("hij", "")]),
        ("El Sr. García y J. Pérez. Yo", 25, [("El Sr. García y J. Pérez.", " "), ("Yo", "")]),
        ("Привет! Как дела?", 12, [("Привет!", " "), ("Как дела?", "")]),
        (" \n One.  Two. \n", 5, [("", " \n "), ("One.", "  "), ("Two.", " \n")]),
        ("", 5, [("", "")]),
        # A number is no sentence's end.
        ("It is 3.14 or so.", 10, [("It is 3.14", " "), ("or so.", "")]),
    ],
)
def test_places_where_text_is_parted(text, longest, parts):
    assert split(text, lambda part: len(part) <= longest) == parts


CASES = [
    # Not before a lower-case letter or a digit, whatever stands before it.
    "¿Cómo está Ud. hoy?",
    "Vivo en EE. UU. con mi hermana.",
    "Tengo fruta, p. ej. manzanas.",
    "Véase la pág. 5.",
    "Bueno... no sé.",
    "¡Hola! dijo ella.",
    "Hay 3. 000 casas, o 1.5, a las 12.30. 20 más.",
    "Es el No. 5.",
    '"Go away." he said.',
    "Pero… ¿qué haces?",
    "Er kam am 3. 4. zurück.",
    "Το βλέπω. ναι.",
    # Full stops that belong to words.
    "Es el Sr. García.",
    "Dr. J. R. R. Tolkien",
    "Los EE. UU. Mexicanos y las FF. AA. Nacionales",
    "Pregunte a Ud. María",
    "1. Uno 2. Dos 10. Diez",
    "(3. Tres",
    "Lee www.example.com o escribe a a.b@example.com, versión v1.2.3 de 3.14",
    "「行こう。」と言った",
]


@pytest.mark.parametrize("text", CASES)
def test_what_stays_whole(text):
    assert split(text, lambda part: True) == [(text, "")]


@pytest.mark.parametrize(
    "parts",
    [
        ["El precio es 1.5.", "Es caro."],
        ["Nací en 1990.", "Vivo aquí."],
        ["Tengo 12.", "Ella tiene 13."],
        ["Visita www.example.com.", "Gracias."],
        ["La v1.2.3 va bien.", "Mejor que v1.", "Adiós."],
        ["¿Qué?!", "No sé...", "¿Y tú?", "Yo…", "No."],
        ["Vino (ayer).", "«Sí.»", 'Dijo: "Ven."', "Fue."],
        ["¿Cómo está Ud.?", "¡Bien!", "- Yo también."],
        ["मैं घर गया।", "वह आया।", "ठीक है॥", "हाँ।"],
        ["كيف حالك؟", "أنا بخير.", "شكرا."],
        ["ሰላም።", "እንዴት ነህ፧", "ደህና።"],
        ["آپ کیسے ہیں؟", "ٹھیک ہوں۔", "شکریہ۔"],
        ["Ինչպես ես։", "Լավ։"],
        ["本当！？", "いいえ。", "一人です。"],
    ],
)
def test_sentences(parts):
    assert [part for part, _ in split(" ".join(parts), lambda part: True)] == parts
    if parts[0][-1] in "।።？":
        assert [part for part, _ in split("".join(parts), lambda part: True)] == parts


def test_abbreviations_that_are_given():
    text = "Das ist z.B. Anna. Am 3. Oktober kam Hr. Meier, bzw. Frau Meier. Punkt."
    assert [part for part, _ in split(text, lambda part: True, {"hr", "bzw", "0"})] == [
        "Das ist z.B. Anna.",
        "Am 3. Oktober kam Hr. Meier, bzw. Frau Meier.",
        "Punkt.",
    ]
    assert len(split(text, lambda part: True)) == 6
    assert len(split("Sé de BZW. Nada.", lambda part: True, {"bzw"})) == 1
    # The same word at the end of a question, and a longer word.
    assert len(split("¿Habla a Hr.? Oh. Uhr. Dann.", lambda part: True, {"hr"})) == 4


def test_too_long_a_text_is_parted_at_sentences_that_begin_with_a_lower_case_letter():
    text = "hola a todos. qué tal, amigos. yo bien"
    assert [part for part, _ in split(text, lambda part: len(part) <= 20)] == [
        "hola a todos.",
        "qué tal, amigos.",
        "yo bien",
    ]


@given(st.text(alphabet=st.sampled_from("aB1 .,!?\n\t。、»\"'\u2003é।")), st.integers(1, 12))
def test_the_parts_fit_and_are_the_text(text, longest):
    parts = split(text, lambda part: len(part) <= longest)
    assert "".join(part + gap for part, gap in parts) == text
    assert all(len(part) <= longest for part, _ in parts)
    assert not any(gap.strip() for _, gap in parts)


@pytest.mark.parametrize("piece", [" ", "a. ", "x ", "x", "\n ", ", ", "。"])
def test_no_text_takes_long(piece):
    """What looked at the rest of a text again for each part of it would take minutes, or go too deep."""
    parts = split(piece * 100_000, lambda part: len(part) <= 100)
    assert "".join(part + gap for part, gap in parts) == piece * 100_000
