"""JSON: values are translated, all else stays byte for byte."""

import json

import pytest

from edge import UserError


def test_values_and_nothing_else(translated):
    data = '{ "uno":"uno dos",\n\t"b" : ["tres", 1.50, null, "", "12", {"c":\t"cuatro", "c": "uno"}],\r\n "u": {}}'
    expected = data.replace('"uno dos"', '"one two"').replace("tres", "three").replace("cuatro", "four")
    expected = expected.replace('"c": "uno"', '"c": "one"')
    assert translated("a.json", data.encode()).decode() == expected


@pytest.mark.parametrize(
    "value", ['uno "dos"', "uno\\dos", "uno\ndos\n", "¿uno? <b>&amp;", 'a: "b": uno', "\ud800 uno"]
)
def test_any_value_is_json_again(translated, value):
    for ensure_ascii in (True, False):
        text = json.dumps({"k": value, value: 1}, ensure_ascii=ensure_ascii).encode("utf-8", "replace")
        found = json.loads(translated(f"a{ensure_ascii}.json", text))
        assert [*found] == [*json.loads(text)] and isinstance(found["k"], str)


@pytest.mark.parametrize(
    "data", [b'{"a": "uno"', b"", b'{"a": "uno\n"}', b"[" * 100_000, b'"' + b"\xff" + b'"', b"1" * 5000]
)
def test_damaged(translated, data):
    with pytest.raises(UserError, match=r"a\.json"):
        translated("a.json", data)
