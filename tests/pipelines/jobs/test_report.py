import csv
import json

import pytest


@pytest.fixture(scope="module")
def reported(cli, run, bundles, toy, tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    models = [run, bundles["none"], bundles["int8"]]
    command = ["report", *models, "--test", toy / "valid.tsv", "--out", out, "--limit", 40]
    done = cli(*command)
    assert done.status == 0, done.stderr
    return out, command, done


def rows(out) -> list[dict[str, str]]:
    with (out / "report.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_rows_say_what_evaluate_and_the_disk_say(reported, cli, bundles, toy):
    out = reported[0]
    keras, float_, small = rows(out)
    done = cli("evaluate", bundles["int8"], "--test", toy / "valid.tsv", "--limit", 40, "--json")
    assert float(small["bleu"]) == pytest.approx(json.loads(done.stdout)["bleu"])
    size = sum(file.stat().st_size for file in bundles["int8"].iterdir())
    assert float(small["mb"]) == pytest.approx(size / 1e6)
    assert float(small["mb_gz"]) < float(small["mb"])
    assert (keras["quantization"], float_["quantization"], small["quantization"]) == ("Keras", "none", "int8")
    # The float bundle translates as the network does.
    assert float(float_["same"]) == 100.0 and float(float_["p"]) == 1.0
    assert float(small["litert step_ms"]) > 0 and keras["litert step_ms"] == ""
    assert {"report.md", "size.png", "speed.png"} <= {file.name for file in out.iterdir()}


def test_what_was_measured_is_not_measured_again(reported, cli):
    out, command, done = reported
    assert done.stderr.count(": measuring") == 3
    before = rows(out)
    again = cli(*command)
    assert again.status == 0 and ": measuring" not in again.stderr
    assert rows(out) == before


def test_the_same_path_twice(cli, run, toy, tmp_path):
    done = cli("report", run, run, "--test", toy / "valid.tsv", "--out", tmp_path)
    assert done.status == 2 and "is named twice" in done.stderr
