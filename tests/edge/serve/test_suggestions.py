"""Suggestions of users."""

import json

import pytest

from edge.errors import UserError

pytest.importorskip("fastapi")

from edge.serve.refusal import Refusal
from edge.serve.suggestions import Suggestions

ASKED = {"q": "uno", "s": "one", "source": "es", "target": "en"}


def test_suggestions_are_appended(start, toy, tmp_path):
    """As JSON and as a form; in languages as the server spells them, detected if need be."""
    file, keys = tmp_path / "suggestions.jsonl", tmp_path / "keys"
    file.write_text("kept\n", encoding="utf-8")
    keys.write_text("first-key\nbound\t\t5\n", encoding="utf-8")
    server = start(toy, "--suggestions", file, "--api-keys", keys)
    assert server.ask("/frontend/settings")[1]["suggestions"] is True
    assert server.ask("/suggest", ASKED)[0] == 403
    told = {**ASKED, "q": "uno\n\tdos", "s": "«one» \u2028", "api_key": "first-key"}
    assert server.ask("/suggest", told)[:2] == (200, {"success": True})
    assert server.form("/suggest", **{**ASKED, "source": "ES", "api_key": "first-key"})[1] == {"success": True}
    assert server.ask("/suggest", {**ASKED, "source": "auto", "api_key": "first-key"})[0] == 200
    assert server.ask("/suggest", {**ASKED, "api_key": "bound"})[0] == 400
    first, *lines = file.read_text(encoding="utf-8").split("\n")
    assert first == "kept" and lines.pop() == ""
    assert [json.loads(line) for line in lines] == [{**ASKED, "q": told["q"], "s": told["s"]}, ASKED, ASKED]
    assert not [line for line in server.log if "uno" in line]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"s": None}, "s: "), ({"q": ""}, "q: "), ({"source": None}, "source: "), ({"target": None}, "target: "),
        ({"source": "xx"}, "'xx' is not a language of this server"), ({"s": "u" * 10_000}, "10003 characters"),
    ],
)  # fmt: skip
def test_what_is_no_suggestion(server, fields, message):
    status, reply, _ = server.ask("/suggest", {**ASKED, **fields})
    assert status == 400 and reply["error"].startswith(message)


def test_a_server_without_a_file_for_them(styled):
    status, reply, _ = styled.ask("/suggest", {**ASKED, "source": "pt"})
    assert (status, reply) == (403, {"error": "suggestions are disabled on this server"})
    assert styled.ask("/frontend/settings")[1]["suggestions"] is False


def test_a_full_file(tmp_path):
    line = len(json.dumps(ASKED)) + 1
    suggestions = Suggestions(tmp_path / "full.jsonl", 2 * line)
    suggestions.add(ASKED)
    suggestions.add(ASKED)
    with pytest.raises(Refusal) as refused:
        suggestions.add(ASKED)
    assert refused.value.status == 507
    assert (tmp_path / "full.jsonl").stat().st_size == 2 * line


def test_a_file_that_cannot_be_written(tmp_path):
    with pytest.raises(UserError, match="cannot be written as suggestions"):
        Suggestions(tmp_path / "nothing" / "suggestions.jsonl", 1000)
