"""The road of a segmentation run on pictures that are drawn: train, evaluate, export, predict, go on."""

import csv
import json
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from edge.bundle import read_bundle
from edge.images import read_image
from edge.runtime import Flatbuffer
from edge.segmenter import Segmenter
from keras_s2s.export.tflite import STATIC
from pipelines.tasks.segmentation.data import SAMPLE_IMAGES


def test_what_training_says_and_leaves(trained, sets):
    run, said = trained
    assert f"{sets / 'train'}: 96 images with masks" in said
    assert "begins with random weights" in said and "of the pixels are foreground" in said
    assert "epoch   5: loss" in said and "IoU" in said and "BLEU" not in said
    scores = json.loads((run / "scores.json").read_text())
    assert scores["iou"] > 80
    threshold = json.loads((run / "threshold.json").read_text())
    assert 0 < threshold["threshold"] < 1 and threshold["iou"] == pytest.approx(scores["iou"])
    with (run / "log.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 5 and {"loss", "iou", "dice", "val_loss", "val_iou", "val_dice"} <= set(rows[0])
    assert len(list((run / "valid.sample" / "images").iterdir())) == min(10, SAMPLE_IMAGES)
    told = json.loads((run / "run.json").read_text())
    assert told == {"format_version": 2, "task": "segmentation"}
    assert np.asarray(Image.open(run / "validation.png")).std() > 10
    assert len(list((run / "overlays").iterdir())) == 4


def test_the_sample_is_the_validation_pictures(run, sets):
    for number in range(10):
        for name in ("images", "masks"):
            kept = np.asarray(Image.open(run / "valid.sample" / name / f"{number:03}.png"))
            np.testing.assert_array_equal(kept, np.asarray(Image.open(sets / "valid" / name / f"{number}.png")))


def test_evaluating(run, bundles, sets, cli):
    found = {}
    for path in (run, *bundles.values()):
        done = cli("evaluate", path, "--test", sets / "test", "--json")
        assert done.status == 0, done.stderr
        found[path.name] = json.loads(done.stdout)
    pixels, objects = {"iou", "dice", "image_iou", "image_dice"}, {"object_ap", "object_ap50", "object_f1", "object_pq"}
    assert set(found["run"]) == pixels | objects | {"images", "objects", "seconds"}
    # One rectangle in each image.
    assert found["run"]["objects"]["true"] == 6 and found["run"]["object_f1"] > 50
    assert found["run"]["images"] == 6 and found["run"]["iou"] > 80
    for name, scores in found.items():
        assert scores["iou"] == pytest.approx(found["run"]["iou"], abs={"none": 0.01}.get(name, 5)), name
    done = cli("evaluate", run, "--test", sets / "test", "--limit", 2)
    assert "IoU" in done.stdout and "2 images in" in done.stdout and "BLEU" not in done.stdout
    assert "Object F1 0.5" in done.stdout and "Object PQ" in done.stdout


def test_objects_of_masks_of_ids(bundles, sets, cli, tmp_path):
    """Each rectangle is two objects that touch: only the numbers in the masks say so, and no predicted one matches."""
    shutil.copytree(sets / "test", tmp_path / "test")
    for number, file in enumerate(sorted((tmp_path / "test" / "masks").iterdir())):
        ids = (np.asarray(Image.open(file)) > 0).astype(np.uint8)
        rows, columns = np.nonzero(ids)
        ids[(rows.min() + rows.max()) // 2 + 1 :] *= 2
        if number == 0:
            # Not always as many, as numbers are.
            ids[rows.max(), columns.max()] = 3
        Image.fromarray(ids).save(file)
    found = json.loads(cli("evaluate", bundles["none"], "--test", tmp_path / "test", "--json").stdout)
    whole = json.loads(cli("evaluate", bundles["none"], "--test", sets / "test", "--json").stdout)
    assert found["iou"] == pytest.approx(whole["iou"])
    assert found["objects"]["true"] == 13 and found["object_f1"] < whole["object_f1"] - 30
    large = cli("evaluate", bundles["none"], "--test", sets / "test", "--json", "--min-area", 10_000, "--split")
    assert json.loads(large.stdout)["objects"]["predicted"] == 0 == json.loads(large.stdout)["object_ap"]


def test_the_float_bundle_computes_what_keras_does(run, bundles, sets):
    network = keras.saving.load_model(run / "model.keras")
    flatbuffer = Flatbuffer(bundles["none"] / "model.tflite")
    for file in sorted((sets / "test" / "images").iterdir()):
        image = read_image(file, 1)[None]
        found = flatbuffer.call("segment", {"image": image})["probabilities"]
        np.testing.assert_allclose(found, network(image), atol=1e-5)


def test_manifests(run, bundles):
    threshold = json.loads((run / "threshold.json").read_text())["threshold"]
    for name, path in bundles.items():
        manifest = read_bundle(path).manifest
        assert (manifest["task"], manifest["quantization"], manifest["threshold"]) == ("segmentation", name, threshold)
        assert (manifest["channels"], manifest["classes"]) == (1, 1)
        assert manifest["scores"]["iou"] > 75 and manifest["scores"]["sample"] == "valid.sample"
        assert manifest["signatures"] == {
            "segment": {
                "inputs": [{"name": "image", "dtype": "float32", "shape": [None, None, None, 1]}],
                "outputs": [{"name": "probabilities", "dtype": "float32", "shape": [None, None, None, 1]}],
            }
        }
        operators = {entry.split(":")[0] for entry in manifest["operators"]}
        assert not [each for each in operators if each.startswith("CUSTOM")]
        assert ("QUANTIZE" in operators) == (name in STATIC)
    sizes = {name: read_bundle(path).bytes for name, path in bundles.items()}
    assert sizes["int8-static"] < 0.55 * sizes["none"]


def test_static_shapes(run, bundles, sets, cli, tmp_path):
    """Tiles of a static bundle: each image becomes one of them. Only near its edges do pixels see something else."""
    done = cli("export", run, "--out", tmp_path / "static", "--quantize", "int8-static", "--static")
    assert done.status == 0, done.stderr
    manifest = json.loads((tmp_path / "static" / "manifest.json").read_text())
    assert manifest["static"] is True
    ((image,), (probabilities,)) = manifest["signatures"]["segment"].values()
    assert image["shape"] == probabilities["shape"] == [1, 256, 256, 1]
    static, dynamic = (Segmenter(path) for path in (tmp_path / "static", bundles["int8-static"]))
    for path in sorted((sets / "test" / "images").iterdir()):
        picture = read_image(path, 1)
        assert np.mean(static.mask(picture) != dynamic.mask(picture)) < 0.02


def test_fixed_scales_leave_no_float_arithmetic(bundles):
    """Each convolution of the flatbuffer reads and writes 8-bit integers."""
    from tensorflow.lite.python import schema_py_generated as schema

    data = (bundles["int8-static"] / "model.tflite").read_bytes()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
    (graph,) = model.subgraphs
    codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    convolutions = [each for each in graph.operators if codes[each.opcodeIndex] == schema.BuiltinOperator.CONV_2D]
    assert len(convolutions) > 20
    for each in convolutions:
        tensors = [graph.tensors[index] for index in (each.inputs[0], each.inputs[1], each.outputs[0])]
        assert {tensor.type for tensor in tensors} == {schema.TensorType.INT8}


def test_a_report(run, bundles, sets, toy_bundle, cli, tmp_path):
    out = tmp_path / "report"
    done = cli("report", run, bundles["int8-static"], "--test", sets / "test", "--out", out)
    assert done.status == 0, done.stderr
    with (out / "report.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["quantization"] for row in rows] == ["Keras", "int8-static"]
    for row, path in zip(rows, (run, bundles["int8-static"]), strict=True):
        scores = json.loads(cli("evaluate", path, "--test", sets / "test", "--json").stdout)
        for name in ("iou", "object_ap", "object_f1", "object_pq"):
            assert float(row[name]) == pytest.approx(scores[name])
    assert float(rows[1]["litert image_ms"]) > 0
    assert "| int8-static |" in (out / "report.md").read_text() and (out / "speed.png").exists()
    done = cli("report", run, toy_bundle, "--test", sets / "test", "--out", tmp_path / "mixed")
    assert done.status == 2


def test_predicting(run, bundles, sets, cli, tmp_path):
    pictures = sorted((sets / "test" / "images").iterdir())[:3]
    for path in (run, bundles["int8-static"]):
        out = tmp_path / path.name
        done = cli("segment", path, *pictures, "--out", out, "--overlays")
        assert done.status == 0, done.stderr
        assert sorted(file.name for file in out.iterdir()) == sorted(
            f"{file.stem}{kind}.png" for file in pictures for kind in ("", ".overlay")
        )
        for file in pictures:
            found = np.asarray(Image.open(out / f"{file.stem}.png")) == 255
            true = np.asarray(Image.open(sets / "test" / "masks" / file.name)) == 255
            assert (found & true).sum() / (found | true).sum() > 0.6


def test_objects_of_images(run, bundles, sets, cli, tmp_path):
    """Each image has one rectangle."""
    pictures = sorted((sets / "test" / "images").iterdir())[:3]
    for path in (run, bundles["int8-static"]):
        out = tmp_path / path.name
        done = cli("segment", path, *pictures, "--out", out, "--objects", "--split", "--min-area", 20)
        assert done.status == 0, done.stderr
        assert sorted(file.name for file in out.iterdir()) == sorted(
            f"{file.stem}{kind}" for file in pictures for kind in (".png", ".objects.png", ".objects.csv")
        )
        for file in pictures:
            labels = np.asarray(Image.open(out / f"{file.stem}.objects.png"))
            with (out / f"{file.stem}.objects.csv").open(newline="") as stream:
                rows = list(csv.DictReader(stream))
            assert labels.max() == len(rows) >= 1
            assert [int(row["area"]) for row in rows] == np.bincount(labels.ravel())[1:].tolist()
            true = np.asarray(Image.open(sets / "test" / "masks" / file.name)) == 255
            largest = 1 + int(np.argmax([int(row["area"]) for row in rows]))
            assert ((labels == largest) & true).sum() / ((labels == largest) | true).sum() > 0.6


def test_flips(run, bundles, sets, cli, tmp_path):
    """Masks and scores are those of the mean of four flips, which is computed by hand with the Keras model."""
    network = keras.saving.load_model(run / "model.keras")
    threshold = json.loads((run / "threshold.json").read_text())["threshold"]
    shared = union = 0
    masks = {}
    for file in sorted((sets / "test" / "images").iterdir()):
        image = read_image(file, 1)
        flips = [np.flip(network(np.flip(image, axes)[None])[0].numpy(), axes) for axes in ((), 0, 1, (0, 1))]
        masks[file] = np.mean(flips, axis=0)[..., 0] >= threshold
        true = np.asarray(Image.open(sets / "test" / "masks" / file.name)) == 255
        shared, union = shared + (masks[file] & true).sum(), union + (masks[file] | true).sum()
    for path in (run, bundles["none"]):
        scores = json.loads(cli("evaluate", path, "--test", sets / "test", "--json", "--flips").stdout)
        assert scores["iou"] == pytest.approx(100 * shared / union, abs=0.1)
        assert cli("segment", path, *masks, "--out", tmp_path / path.name, "--flips").status == 0
        for file, mask in masks.items():
            written = np.asarray(Image.open(tmp_path / path.name / f"{file.stem}.png")) == 255
            assert (written != mask).mean() < 0.002


def test_a_saved_model(run, cli, sets, tmp_path):
    done = cli("export", run, "--format", "saved-model", "--out", tmp_path / "served")
    assert done.status == 0, done.stderr
    assert "IoU" in done.stderr
    served = tf.saved_model.load(str(tmp_path / "served")).signatures["serving_default"]
    image = read_image(next((sets / "test" / "images").iterdir()), 1)[None]
    expected = keras.saving.load_model(run / "model.keras")(image)
    np.testing.assert_allclose(served(image=tf.constant(image))["probabilities"], expected, atol=1e-5)


def test_compressing(run, sets, cli, tmp_path):
    """Pruned, and fit for 8 bits, in one go."""
    files = ["--train", sets / "train", "--valid", sets / "valid", "--out", tmp_path / "smaller"]
    settings = ["compress.pruning=constant", "compress.bits=8", "train.epochs=1"]
    more = [part for setting in settings for part in ("--set", setting)]
    done = cli("compress", run, "--method", "prune", "--sparsity", 0.5, *files, *more)
    assert done.status == 0, done.stderr
    kernels = [
        variable.numpy()
        for variable in keras.saving.load_model(tmp_path / "smaller" / "model.keras").trainable_variables
        if len(variable.shape) == 4
    ]
    zeros = sum((kernel == 0).sum() for kernel in kernels) / sum(kernel.size for kernel in kernels)
    assert 0.45 < zeros < 0.6
    done = cli("evaluate", tmp_path / "smaller", "--test", sets / "test", "--json")
    assert json.loads(done.stdout)["iou"] > 50


def test_pruning_while_training(sets, cli, tmp_path, tiny):
    """Of the averages no pruned weight is anything but zero, in convolutions of two ways."""
    files = ["--train", sets / "train", "--valid", sets / "valid", "--out", tmp_path / "run"]
    settings = ["--set", "compress.sparsity=0.5", "--set", "model.upsampling=transposed"]
    done = cli("train", "--recipe", "segmentation", *files, *tiny, *settings, "--epochs", 3)
    assert done.status == 0, done.stderr
    assert "sparsity: 50.0% of the" in done.stderr
    network = keras.saving.load_model(tmp_path / "run" / "model.keras")
    for kernel in (each.numpy() for each in network.trainable_variables if len(each.shape) == 4):
        assert abs((kernel == 0).mean() - 0.5) < 1 / kernel.size


def test_going_on(run, sets, cli, tmp_path, tiny):
    longer = shutil.copytree(run, tmp_path / "run")
    files = ["--train", sets / "train", "--valid", sets / "valid", "--out", longer]
    done = cli("train", "--recipe", "segmentation", *files, *tiny, "--epochs", 6, "--resume")
    assert done.status == 0, done.stderr
    assert "resuming after" in done.stderr and "epoch   6:" in done.stderr and "epoch   5:" not in done.stderr


def test_several_classes(cli, tmp_path, tiny):
    """Rectangles are class 1 or 2 by how bright they are."""
    random = np.random.default_rng(5)
    for name in ("images", "masks"):
        (tmp_path / "set" / name).mkdir(parents=True)
    for number in range(48):
        mask = np.zeros((32, 32), np.uint8)
        mask[4:16, 4:20], mask[18:30, 8:28] = random.permutation([1, 2])
        picture = 40 + 90 * mask + random.normal(0, 8, mask.shape)
        Image.fromarray(mask).save(tmp_path / "set" / "masks" / f"{number}.png")
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(tmp_path / "set" / "images" / f"{number}.png")
    run, bundle = tmp_path / "run", tmp_path / "bundle"
    files = ["--train", tmp_path / "set", "--valid", tmp_path / "set", "--out", run]
    done = cli(
        "train",
        "--recipe",
        "segmentation",
        *files,
        *tiny,
        "--set",
        "model.classes=3",
        "--set",
        "model.filters=4",
        "--epochs",
        8,
    )
    assert done.status == 0, done.stderr
    assert not (run / "threshold.json").exists()
    assert cli("export", run, "--out", bundle).status == 0
    scores = json.loads(cli("evaluate", bundle, "--test", tmp_path / "set", "--json").stdout)
    assert scores["iou"] > 60
    by_class, matrix = scores["classes"], np.array(scores["confusion"])
    assert [row["class"] for row in by_class] == [0, 1, 2]
    assert np.mean([row["iou"] for row in by_class]) == pytest.approx(scores["iou"])
    # By hand of the masks: 12 x 16 and 12 x 20 pixels, either of which may be class 1.
    labels = np.stack([np.asarray(Image.open(file)) for file in (tmp_path / "set" / "masks").iterdir()])
    shares = [100 * (labels == each).mean() for each in range(3)]
    assert [row["pixels"] for row in by_class] == pytest.approx(shares)
    assert matrix.sum(axis=1).tolist() == [(labels == each).sum() for each in range(3)]
    assert scores["objects"]["true"] == 2 * 48
    shown = cli("evaluate", bundle, "--test", tmp_path / "set").stdout.splitlines()
    row = next(number for number, line in enumerate(shown) if line.split() == ["class", "iou", "dice", "pixels"])
    for each, line in zip(by_class, shown[row + 1 : row + 4], strict=True):
        assert [float(value) for value in line.split()] == pytest.approx(list(each.values()), abs=0.01)
    done = cli("report", run, bundle, "--test", tmp_path / "set", "--out", tmp_path / "report")
    assert done.status == 0, done.stderr
    assert "| 2 | " in (tmp_path / "report" / "report.md").read_text()
    assert "![confusion](bundle.confusion.png)" in (tmp_path / "report" / "report.md").read_text()
    for name in ("run", "bundle"):
        assert np.asarray(Image.open(tmp_path / "report" / f"{name}.confusion.png")).std() > 10
    with (tmp_path / "report" / "report.csv").open() as stream:
        assert not {"plots", "notes"} & set(next(csv.reader(stream)))
    picture = tmp_path / "set" / "images" / "0.png"
    assert cli("segment", bundle, picture, "--out", tmp_path / "out").status == 0
    assert set(np.unique(np.asarray(Image.open(tmp_path / "out" / "0.png")))) == {0, 1, 2}


def test_weights_of_imagenet_that_cannot_be_had_are_random(monkeypatch, capsys, tmp_path):
    from pipelines.run import Run
    from pipelines.tasks.segmentation import training
    from pipelines.tasks.segmentation.config import SegmentationConfig

    def unreachable(*_: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(training, "load_pretrained", unreachable)
    config = SegmentationConfig.model_validate({"model": {"encoder": "resnet50", "weights": "imagenet", "filters": 4}})
    built = training.SegmentationTraining(Run(tmp_path, "segmentation", None, False, config)).build()
    assert built.count_params() > 20_000_000
    assert "cannot be had (no route to host): the encoder begins with random ones" in capsys.readouterr().err
