"""What cannot be used is one line with status 2, and nothing is written."""

import pytest


@pytest.fixture
def refused(cli):
    def check(*arguments: object) -> str:
        done = cli(*arguments)
        assert done.status == 2 and done.stdout == ""
        assert done.stderr.splitlines()[-1].startswith("error: ") and "Traceback" not in done.stderr
        return done.stderr.splitlines()[-1]

    return check


def test_pictures(sets, draw_set, refused, tmp_path):
    out = tmp_path / "run"
    rest = ["--valid", sets / "valid", "--out", out]
    assert "no such file or directory" in refused(
        "train", "--recipe", "segmentation", "--train", tmp_path / "gone", *rest
    )
    draw_set(tmp_path / "broken", 3, 1)
    (tmp_path / "broken" / "images" / "1.png").write_bytes(b"")
    assert "1.png: is empty" in refused("train", "--recipe", "segmentation", "--train", tmp_path / "broken", *rest)
    assert not out.exists()


def test_settings(sets, refused, tmp_path):
    files = ["--train", sets / "train", "--valid", sets / "valid", "--out", tmp_path / "run"]
    unknown = refused("train", "--recipe", "segmentation", *files, "--set", "model.filter=3")
    assert "unknown key model.filter; the nearest is model.filters" in unknown
    weights = ["--set", "model.encoder=resnet50", "--set", f"model.weights={tmp_path / 'gone.h5'}"]
    assert "model.weights" in refused("train", "--recipe", "segmentation", *files, *weights)


def test_runs_and_bundles_of_the_other_task(run, bundles, sets, toy_bundle, refused, tmp_path):
    pictures = sorted((sets / "test" / "images").iterdir())
    out = ["--out", tmp_path / "out"]
    assert "not for segmentation" in refused("segment", toy_bundle, pictures[0], *out)
    assert "not for translation" in refused("translate", run, "text")
    flipped = refused("evaluate", toy_bundle, "--test", sets / "test", "--flips")
    assert "--flips is not for translation" in flipped
    assert "not for translation" in refused("translate", bundles["none"], "text")
    for path in (run, bundles["none"]):
        assert "--beam is not for segmentation" in refused("evaluate", path, "--test", sets / "test", "--beam", 3)
    no_shortlist = refused("evaluate", bundles["none"], "--test", sets / "test", "--shortlist")
    assert "--shortlist is not for segmentation" in no_shortlist
    assert "--shortlist is not for segmentation" in refused("export", run, *out, "--shortlist", "pairs.tsv")
    assert "is not for segmentation" in refused("export", run, *out, "--quantize", "int4")
    data = ["--train", sets / "train", "--valid", sets / "valid"]
    assert "must be 8" in refused("compress", run, *out, "--method", "qat", "--bits", 4, *data)
    assert "has no --method distill" in refused("compress", run, *out, "--method", "distill", *data)
    trained = ("train", "--recipe", "segmentation", *data, *out)
    assert "--languages is not for segmentation" in refused(*trained, "--languages", "es-en")
    assert "--columns is not for segmentation" in refused(*trained, "--reverse")
    assert "--columns is not for segmentation" in refused(*trained, "--columns", "2:4")
    assert "--ids is not for segmentation" in refused("export", run, *out, "--format", "saved-model", "--ids")
    assert not (tmp_path / "out").exists()


def test_one_name_for_two_masks(bundles, sets, refused, tmp_path):
    pictures = [sets / part / "images" / "1.png" for part in ("test", "valid")]
    message = refused("segment", bundles["none"], *pictures, "--out", tmp_path / "out")
    assert f"{tmp_path / 'out' / '1.png'}: would be written for" in message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["x.png", "x.overlay.png"])
def test_nothing_is_written_over_an_image_that_is_read(bundles, sets, refused, tmp_path, name):
    picture = (sets / "test" / "images" / "1.png").read_bytes()
    (tmp_path / "here").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "here")
    for file in ("x.png", name):
        (tmp_path / "here" / file).write_bytes(picture)
    files = dict.fromkeys([tmp_path / "here" / "x.png", tmp_path / "here" / name])
    for out in (tmp_path / "here", tmp_path / "here" / ".." / "here", tmp_path / "link"):
        message = refused("segment", bundles["none"], *files, "--out", out, "--overlays")
        assert "is one of the images that are read; choose another --out" in message
    assert {file.read_bytes() for file in (tmp_path / "here").iterdir()} == {picture}


def test_nothing_is_written_over_an_image_by_another_name(bundles, sets, refused, tmp_path):
    picture = (sets / "test" / "images" / "1.png").read_bytes()
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "x.tif").write_bytes(picture)
    (tmp_path / "out" / "x.png").hardlink_to(tmp_path / "in" / "x.tif")
    message = refused("segment", bundles["none"], tmp_path / "in" / "x.tif", "--out", tmp_path / "out")
    assert "is one of the images that are read" in message
    assert (tmp_path / "in" / "x.tif").read_bytes() == picture


def test_options_of_objects_alone(bundles, sets, refused, tmp_path):
    picture = sets / "test" / "images" / "1.png"
    for option in (["--split"], ["--min-area", 5]):
        message = refused("segment", bundles["none"], picture, "--out", tmp_path / "out", *option)
        assert f"{option[0]}: is for objects; use it with --objects" in message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("other", "options"),
    [("x.objects.png", ["--objects"]), ("x.overlay.png", ["--overlays"]), ("X.png", [])],
    ids=["objects", "overlay", "case"],
)
def test_two_files_of_one_name(bundles, sets, refused, tmp_path, other, options):
    files = [tmp_path / "x.png", tmp_path / other]
    for file in files:
        file.write_bytes((sets / "test" / "images" / "1.png").read_bytes())
    message = refused("segment", bundles["none"], *files, "--out", tmp_path / "out", *options)
    assert f"{tmp_path / 'out' / other}: would be written for" in message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [("train", "train --recipe segmentation"), ("predict", "segment RUN|BUNDLE"), ("demo", "demo segmentation")],
)
def test_commands_of_earlier_versions_name_the_new_ones(refused, old, new):
    assert f"keras-s2s segment {old}: is now: keras-s2s {new}" in refused("segment", old, "--out", "x")
