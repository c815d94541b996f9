"""A corpus with some broken lines trains, and each kind of them is counted."""

from pathlib import Path


def test_one_line_in_a_hundred_is_broken(cli, toy, tiny, tmp_path):
    lines = (toy / "train.tsv").read_text(encoding="utf-8").splitlines()
    broken = [
        "no tab at all",
        "",
        "uno\t",
        "\tone",
        "   ",
        "x" * 70_000 + "\tlong",
        "another without",
        "\t",
        "uno dos\t ",
    ]
    for number, line in enumerate(broken):
        lines.insert(100 * number + 50, line)
    file: Path = tmp_path / "train.tsv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = cli("train", "--train", file, "--valid", toy / "valid.tsv", "--out", tmp_path / "run", *tiny, "--epochs", 1)
    assert done.status == 0, done.stderr
    report = done.stderr.splitlines()[0]
    assert report.startswith(f"{file}: 9 of 909 lines unused: ")
    for kind in ("4 with an empty side", "2 without a tab", "2 blank", "1 over 64 KiB", f"first: {file}:51"):
        assert kind in report
    assert (tmp_path / "run" / "model.keras").exists()
