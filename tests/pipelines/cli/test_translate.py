"""The options of the search on the command line, over a run and over bundles."""

import json

from edge import Translator
from edge.shortlist import Shortlist
from edge.tokenizer import Tokenizer
from pipelines.tasks.translation import lexicon


def test_n_best_of_run_and_bundle(cli, bundles, run):
    for path in (run, bundles["none"]):
        done = cli("translate", path, "--beam", 3, "--n-best", 2, "--batch", 2, stdin=b"uno dos\n\ntres\n")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert [line["line"] for line in lines] == [0, 1, 2]
        assert [line["hypotheses"][0]["text"] for line in lines] == ["one two", "", "three"]
        assert [len(line["hypotheses"]) for line in lines] == [2, 1, 2]


def test_a_beam_of_a_run_is_the_graphs_and_of_a_bundle_the_devices(cli, bundles, run, toy):
    for path in (run, bundles["none"]):
        scores = json.loads(cli("evaluate", path, "--test", toy / "valid.tsv", "--beam", 4, "--json").stdout)
        assert scores["exact"] > 80


def test_an_ensemble_of_a_run_with_itself(cli, bundles, run, toy_bundle):
    done = cli("translate", run, "--with", run, "--with", run, "uno dos", "tres")
    assert (done.status, done.stdout) == (0, "one two\nthree\n")
    assert "an ensemble is made of runs" in cli("translate", bundles["none"], "--with", run, "uno").stderr
    assert "no such run" in cli("translate", run, "--with", run / "nothing", "uno").stderr


def test_a_shortlist_has_what_translations_need(cli, run, toy, tmp_path, valid, monkeypatch):
    # Else the most frequent pieces are all there are.
    monkeypatch.setattr(lexicon, "ALWAYS", 0)
    monkeypatch.setattr(lexicon, "LEAST", 0.3)
    out = tmp_path / "short"
    pairs = ["--shortlist", toy / "train.tsv"]
    assert cli("export", run, "--format", "tflite", "--quantize", "none", *pairs, "--out", out).status == 0
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert manifest["shortlist"] == {"lexicon": "shortlist.npz"} and "shortlist.npz" in manifest["files"]
    assert {"decode_readout", "output_rows"} <= set(manifest["signatures"])
    texts = [source for source, _ in valid]
    pieces = [Tokenizer(run / f"{side}.model") for side in ("source", "target")]
    listed = Shortlist.load(out / "shortlist.npz", *map(len, pieces)).candidates([pieces[0].encode("uno dos")])
    assert len(listed) < len(pieces[1]) and set(pieces[1].encode("one two")) <= set(listed.tolist())
    assert Translator(out, shortlist=True).translate(texts) == Translator(out).translate(texts)
    whole, short = (
        json.loads(cli("evaluate", out, "--test", toy / "valid.tsv", *options, "--json").stdout)
        for options in ([], ["--shortlist"])
    )
    assert short["exact"] == whole["exact"]
    assert "only bundles have a shortlist" in cli("evaluate", run, "--test", toy / "valid.tsv", "--shortlist").stderr


def test_wishes_are_heeded(cli, bundles, run):
    wishes = ["--prefix", "eight", "--require", "seven six", "--suppress", "one", "--search", "no_repeat_ngram=2"]
    for path in (run, bundles["none"]):
        done = cli("translate", path, "--beam", 5, *wishes, "uno dos")
        words = done.stdout.split()
        assert words[0] == "eight" and "seven six" in done.stdout and "one" not in words
    assert "suppressed word 'zebra'" in cli("translate", run, "--suppress", "zebra", "uno").stderr


def test_files_of_run_and_bundle(cli, bundles, run, tmp_path):
    source = tmp_path / "a.html"
    source.write_text("<p>uno <b>dos</b></p>\n")
    for name, path in {"run": run, "bundle": bundles["none"]}.items():
        done = cli("translate-file", path, source, "--out", tmp_path / f"{name}.html", "--beam", 2)
        assert (done.status, done.stdout) == (0, "")
        assert (tmp_path / f"{name}.html").read_text() == "<p>one <b>two</b></p>\n"
    assert "already exists" in cli("translate-file", run, source, "--out", tmp_path / "run.html").stderr
    assert "cannot be translated; known: .txt" in cli("translate-file", run, "a.pdf", "--out", "b.pdf").stderr


def test_a_glossary(cli, bundles, run, tmp_path):
    terms = tmp_path / "terms.tsv"
    terms.write_text("dos\tsix\n", encoding="utf-8")
    for path in (run, bundles["none"]):
        assert "six" in cli("translate", path, "--glossary", terms, "uno dos tres").stdout.split()
        assert cli("translate", path, "--glossary", terms, "uno tres").stdout == "one three\n"
    terms.write_text("dos\tsix\ntres\n", encoding="utf-8")
    assert "terms.tsv, line 2: 'tres' is not a term" in cli("translate", run, "--glossary", terms, "uno").stderr
