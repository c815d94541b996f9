"""Catalogues of gettext, read again by polib."""

import pytest

from edge import UserError

polib = pytest.importorskip("polib")

CATALOGUE = r"""# Translators
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=n != 1;\n"

#. comment
#: a.c:1
msgid "uno dos"
msgstr ""

msgctxt "menu"
msgid ""
"uno\n"
"dos\n"
msgstr ""

msgid "tres"
msgstr "kept"

#, fuzzy
msgid "cuatro"
msgstr "also kept"

msgid "uno"
msgid_plural "dos tres"
msgstr[0] ""
msgstr[1] ""

#~ msgid "cinco"
#~ msgstr ""
"""


def test_what_has_no_translation(translated):
    found = translated("a.po", CATALOGUE.encode()).decode()
    catalogue = polib.pofile(found)
    assert [(entry.msgid, entry.msgstr, entry.msgstr_plural) for entry in catalogue] == [
        ("uno dos", "one two", {}),
        ("uno\ndos\n", "one\ntwo\n", {}),
        ("tres", "kept", {}),
        ("cuatro", "also kept", {}),
        ("uno", "", {0: "one", 1: "two three"}),
        ("cinco", "", {}),
    ]
    # All other lines are as they were.
    changed = found.replace('msgstr "one two"', 'msgstr ""').replace('msgstr ""\n"one\\n"\n"two\\n"', 'msgstr ""')
    assert changed.replace('"one"', '""').replace('"two three"', '""') == CATALOGUE


@pytest.mark.parametrize(("forms", "expected"), [(1, ["two"]), (2, ["one", "two"]), (3, ["one", "two", "two"])])
def test_plural_forms(translated, forms, expected):
    lines = "".join(f'msgstr[{form}] ""\n' for form in range(forms))
    found = translated("a.po", f'msgid "uno"\nmsgid_plural "dos"\n{lines}'.encode()).decode()
    assert [*polib.pofile(found)[0].msgstr_plural.values()] == expected


def test_quotation_marks_and_backslashes(translated):
    [entry] = polib.pofile(translated("a.po", rb'msgid "12 \"\\n %s\" \t"' + b'\nmsgstr ""\n').decode())
    assert entry.msgstr == entry.msgid == '12 "\\n %s" \t'


@pytest.mark.parametrize("data", [b'msgid "uno\nx', b"/etc/passwd", b'msgstr "uno', b"\xff", b'msgid "a" "b"\n'])
def test_damaged(translated, data):
    with pytest.raises(UserError, match=r"a\.po"):
        translated("a.po", data)
