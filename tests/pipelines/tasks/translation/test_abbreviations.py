"""Abbreviations and what else the training sources say, learned from text that has them."""

import random
import shutil

import pytest

from edge import Translator, read_bundle
from edge.sentences import split
from pipelines.run import Run
from pipelines.tasks.translation.abbreviations import MOST, AbbreviationCounter
from pipelines.tasks.translation.config import TranslationConfig
from pipelines.tasks.translation.source_text import SourceText
from pipelines.tasks.translation.translate import open_translator

# Each stands inside sentences, some at the end as well; the other words end sentences and stand inside lines of two.
SPANISH = """
¿Cómo está Ud. hoy?
Gracias a Ud. por todo.
¿Es de Ud.?
Se lo doy a Ud.
Tengo fruta, p. ej. manzanas.
Hay perros, p. ej. Toby, en casa.
Véase la pág. 5 del libro.
Está en la pág. 12.
Vivo en EE. UU. con mi hermana.
Los EE. UU. son grandes.
Es el Gral. Franco.
Vino el Gral. Mola ayer.
Se fue el Gral. Prim.
Compra pan, leche, etc., en la tienda.
Pinta, canta, etc. y baila.
Lee, escribe, etc.
Cuesta aprox. dos euros.
Pesa aprox. 3 kilos.
No. Me voy a casa.
No. Gracias.
No me gusta la casa.
Esta es mi casa. Entra.
Vendo la casa. Es cara.
La casa es de mi hermana.
Ella canta bien. Yo no.
Bueno... no sé.
Bueno... qué más da.
El 3. Luego el 4.
Tengo 12. Ella tiene 13.
Son 10.
Hay 7.
Quiero 9.
Lee www.example.com y vuelve.
Vale 3.14 euros.
""".strip().splitlines()

GERMAN = """
Er kam am 3. Oktober nach Hause.
Am 24. Dezember ist Weihnachten.
Der 1. Mai ist ein Feiertag.
Ich bin 30.
Das ist z. B. Anna, bzw. ihre Schwester.
Er oder sie bzw. beide kommen.
Herr Dr. Meier wohnt in der Goethestr. 5 in Bonn.
Die Goethestr. ist lang.
Ich komme nach Hause. Dann esse ich.
Das Haus ist alt. Es steht am Main.
""".strip().splitlines()

RUSSIAN = """
Дом на ул. Ленина красивый.
Это ул. Мира, 5.
На ул. Гоголя тихо.
Книги, тетради и т. д. лежат здесь.
Я живу в г. Москве.
Это дом. Он большой.
Мой дом далеко.
""".strip().splitlines()


def learned(lines: list[str]) -> list[str]:
    counter = AbbreviationCounter()
    for line in lines:
        counter.add(line)
    return counter.abbreviations()


def test_spanish():
    assert set(learned(SPANISH)) == {"ud", "ej", "pág", "ee", "uu", "gral", "etc", "aprox"}


def test_german_with_its_ordinal_numbers():
    assert set(learned(GERMAN)) == {"bzw", "goethestr", "0"}


def test_russian():
    assert set(learned(RUSSIAN)) == {"ул"}


def test_they_keep_sentences_whole_that_the_text_never_had():
    abbreviations = set(learned(SPANISH))
    for text in ("Habla con Ud. Ana.", "Vino a EE. UU. Mi tía.", "Es, p. ej. Madrid.", "El Gral. San Martín, etc. Fin"):
        assert len(split(text, lambda part: True, abbreviations)) == 1
        assert len(split(text, lambda part: True)) >= (1 if "Ud" in text or "UU" in text else 2)
    for text in ("No. Gracias.", "Vendo la casa. Es cara.", "Tengo 12. Ella no.", "Bueno... No."):
        assert len(split(text, lambda part: True, abbreviations)) == 2


def test_a_template_that_is_repeated_is_no_evidence():
    """Two sentences a line, a thousand times: the words at the first full stop are ordinary ones."""
    draw = random.Random(1)
    words = ["llueve", "nieva mucho", "vamos", "el perro duerme", "tengo sueño", "mañana", "ya es tarde"]
    lines = [f"{draw.choice(words).capitalize()}. {draw.choice(words).capitalize()}." for _ in range(1000)]
    assert learned(lines) == []


def test_there_is_a_bound_and_the_most_frequent_stay():
    words = ["".join(chr(97 + place // 26**digit % 26) for digit in range(3)) + "q" for place in range(400)]
    lines = [f"Dijo {word}. nada" for place, word in enumerate(words) for _ in range(2 + place % 50)]
    found = learned(lines)
    assert len(found) == MOST == 300
    assert words[49] in found and words[0] not in found


@pytest.mark.parametrize(
    ("letterless", "total", "expected"), [(0, 100, False), (1, 100, False), (2, 100, True), (1, 99, True)]
)
def test_more_than_one_percent_without_a_letter(letterless, total, expected):
    sources = ["12:30", "\U0001f600 !"] * total
    sources = sources[:letterless] + ["hola"] * (total - letterless)
    assert SourceText.learn(iter(sources)).letterless is expected


def test_a_run_keeps_it(tmp_path):
    run = Run.create(tmp_path / "run", "translation", ("es", "en"), False, TranslationConfig())
    # Runs of earlier versions have no such file.
    assert SourceText.of(run) == SourceText(False, ())
    SourceText.learn(SPANISH).save(run)
    assert "pág" in SourceText.of(run).abbreviations and not SourceText.of(run).letterless
    assert "pág" in run.file("source.json").read_text(encoding="utf-8")


def test_the_bundle_has_what_its_run_has(cli, run, tmp_path):
    assert SourceText.of(Run.open(run, {"translation": TranslationConfig})) == SourceText(False, ())
    copy = shutil.copytree(run, tmp_path / "run")
    (copy / "source.json").write_text('{"letterless": true, "abbreviations": ["pág", "ud"]}', encoding="utf-8")
    done = cli("export", copy, "--format", "tflite", "--quantize", "none", "--out", tmp_path / "bundle")
    assert done.status == 0, done.stderr
    manifest = read_bundle(tmp_path / "bundle").manifest
    assert (manifest["letterless"], manifest["abbreviations"]) == (True, ["pág", "ud"])
    for translator in (Translator(tmp_path / "bundle"), open_translator(copy)):
        components = translator.components
        assert components.letterless and components.abbreviations == {"pág", "ud"}
