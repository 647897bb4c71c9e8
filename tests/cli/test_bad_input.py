"""Bad input, case by case: one clear line and exit code 2 where nothing usable is left, else a finding."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.commands import FAST, call, in_own_process, left_over, refusal
from tests.support.drawn import disc_photos, mask_folder, via_csv, write_via_csv

RUN_MAIN = "import sys; from maskwright.cli.main import main; code = main(sys.argv[1:]); "
NO_HUB = "import maskwright.models.weights.availability as w; w.HUB = ('127.0.0.1', 9); "
LIGHT = "assert 'torch' not in sys.modules; sys.exit(code)"
CLASSES = "id,name,colour\n0,background,#000000\n1,disc,#ff0000\n"


def photos(folder: Path, *, count: int = 3, shape: str | None = None) -> Path:
    """Draw photos with a VIA csv: of their discs, or of the one shape given as JSON."""
    dataset = disc_photos(folder, count=count)
    if shape is None:
        via_csv(dataset)
    else:
        write_via_csv(folder / "via.csv", [(s.name, 1, 0, shape, '{"kind": "disc"}') for s in dataset.samples])
    return folder


def masked(folder: Path, change: Callable[[Any, int], Any], *, classes: str = "") -> Path:
    """Draw photos with masks and change the mask of each, given its pixels and its index."""
    mask_folder(disc_photos(folder / "drawn", count=4), folder / "data")
    for index, path in enumerate(sorted((folder / "data" / "masks").iterdir())):
        Image.fromarray(change(np.array(Image.open(path)), index).astype(np.uint8)).save(path)
    if classes:
        (folder / "data" / "classes.csv").write_text(classes)
    return folder / "data"


def findings_of(data: Path, *more: str, code: int) -> dict[str, dict[str, Any]]:
    """Return what `check --json` writes, by code, after checking its exit code and form."""
    out = data.parent / "findings.json"
    assert call("check", data, "--json", out, *more) == code
    values = json.loads(out.read_text())
    severities = [value["severity"] for value in values]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    for value in values:
        assert {"code", "severity", "title", "evidence", "fix"} <= set(value)
        assert all(value[key] for key in ("code", "severity", "title", "evidence", "fix"))
    return {value["code"]: value for value in values}


POLYGONS = {
    "outside": ('{"name":"polygon","all_points_x":[500,600,600],"all_points_y":[500,500,600]}', "shape-outside"),
    "two points": ('{"name":"polygon","all_points_x":[10,60],"all_points_y":[10,50]}', "shape-invalid"),
    "NaN": ('{"name":"polygon","all_points_x":[10,NaN,60],"all_points_y":[10,50,60]}', "shape-invalid"),
    "null": ('{"name":"polygon","all_points_x":[10,null,60],"all_points_y":[10,50,60]}', "shape-invalid"),
    "infinite": ('{"name":"polygon","all_points_x":[10,1e999,60],"all_points_y":[10,50,60]}', "shape-invalid"),
}


@pytest.mark.parametrize("verb", ["check", "plan", "train"])
def test_a_path_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    out = ("--out", tmp_path / "run") if verb == "train" else ()
    assert "nosuch does not exist" in refusal(capsys, verb, tmp_path / "nosuch", *out)
    assert not (tmp_path / "run").exists()


def test_an_empty_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is empty: put photos" in refusal(capsys, "check", tmp_path)


def test_a_csv_without_the_columns_of_via(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (photos(tmp_path / "in") / "via.csv").write_text("x,y\n1,2\n")
    for given in (tmp_path / "in", tmp_path / "in" / "via.csv"):
        line = refusal(capsys, "check", given)
        assert "'x,y'" in line
        assert "export COCO, VIA, LabelMe, CVAT or YOLO" in line


@pytest.mark.parametrize("case", POLYGONS)
def test_shapes_that_are_all_unusable(tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str) -> None:
    shape, code = POLYGONS[case]
    data = photos(tmp_path / "in", shape=shape)
    assert findings_of(data, code=2)[code]["severity"] == "error"
    assert "nothing to learn from" in refusal(capsys, "check", data)
    refusal(capsys, "train", data, "--out", tmp_path / "run", *FAST)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("case", POLYGONS)
def test_an_unusable_shape_among_good_ones_is_a_finding(tmp_path: Path, case: str) -> None:
    shape, code = POLYGONS[case]
    data = photos(tmp_path / "in")
    row = f'"{shape.replace(chr(34), chr(34) * 2)}","{{""kind"": ""disc""}}"'
    lines = (data / "via.csv").read_text().splitlines()
    (data / "via.csv").write_text("\n".join([*lines[:-1], f"disc02.png,0,{{}},1,0,{row}"]) + "\n")
    found = findings_of(data, code=1)
    assert found[code]["photos"] == ["disc02.png"]


def test_a_text_file_named_as_a_photo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = photos(tmp_path / "in")
    (data / "disc00.png").write_text("no photo")
    assert findings_of(data, code=1)["photo-unreadable"]["photos"] == ["disc00.png"]
    for path in data.glob("*.png"):
        path.write_text("no photo")
    assert "cannot be decoded" in refusal(capsys, "train", data, "--out", tmp_path / "run", *FAST)


def test_a_truncated_jpeg(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = photos(tmp_path / "in")
    for path in sorted(data.glob("*.png")):
        Image.open(path).save(path.with_suffix(".jpg"), quality=95)
        path.unlink()
    (data / "via.csv").write_text((data / "via.csv").read_text().replace(".png", ".jpg"))
    first, *others = sorted(data.glob("*.jpg"))
    first.write_bytes(first.read_bytes()[:2000])
    assert findings_of(data, code=1)["photo-unreadable"]["photos"] == ["disc00.jpg"]
    for path in others:
        path.write_bytes(path.read_bytes()[:2000])
    assert "is truncated" in refusal(capsys, "train", data, "--out", tmp_path / "run", *FAST)


def test_a_photo_of_one_pixel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = masked(tmp_path, lambda mask, index: mask if index else mask[:1, :1] + 1)
    Image.new("RGB", (1, 1)).save(data / "images" / "disc00.png")
    assert findings_of(data, code=1)["photo-tiny"]["photos"] == ["images/disc00.png"]
    for path in data.rglob("*.png"):
        Image.new("RGB" if path.parent.name == "images" else "L", (1, 1), 1).save(path)
    refusal(capsys, "train", data, "--out", tmp_path / "run", *FAST)


def test_one_photo_is_enough_to_train_and_the_score_is_called_dishonest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = photos(tmp_path / "in", count=1)
    assert call("train", data, "--out", tmp_path / "run", *FAST) == 0
    evaluation = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert (evaluation["photo_count"], evaluation["held_out"]) == (1, False)
    assert "score-none" in capsys.readouterr().out
    assert "train without --folds" in refusal(capsys, "train", data, "--out", tmp_path / "f", "--folds", 2, *FAST)


def test_masks_of_background_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = masked(tmp_path, lambda mask, _: mask * 0)
    assert findings_of(data, code=2)["mask-empty"]["severity"] == "error"
    assert "No mask shows" in refusal(capsys, "train", data, "--out", tmp_path / "run", *FAST)


@pytest.mark.parametrize("classes", ["", CLASSES])
def test_masks_of_ignored_pixels_only(tmp_path: Path, capsys: pytest.CaptureFixture[str], classes: str) -> None:
    data = masked(tmp_path, lambda mask, _: mask * 0 + 255, classes=classes)
    assert findings_of(data, code=2)["mask-all-ignore"]["severity"] == "error"
    assert "Masks hold only ignored pixels" in refusal(capsys, "train", data, "--out", tmp_path / "run", *FAST)


def test_class_ids_beyond_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    some = masked(tmp_path / "some", lambda mask, index: mask * (1 if index else 7), classes=CLASSES)
    assert "7" in findings_of(some, code=0)["mask-values"]["evidence"]
    every = masked(tmp_path / "all", lambda mask, _: mask * 7 + 9, classes=CLASSES)
    assert "9, 16" in findings_of(every, code=2)["mask-values"]["evidence"]
    refusal(capsys, "train", every, "--out", tmp_path / "run", *FAST)


def test_an_output_that_cannot_be_written(discs: Path, disc_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    below = discs / "disc00.png" / "x"  # below a file nothing can be made, not even by root
    for words in (
        ("train", discs, "--out", below, *FAST),
        ("check", discs, "--json", below),
        ("check", discs, "--sheet", below),
        ("plan", discs, "--out", below),
        ("predict", disc_run, discs, "--out", below),
        ("evaluate", disc_run, discs, "--json", below),
        ("demo", "--out", below),
    ):
        assert "choose another place" in refusal(capsys, *words)


def test_a_disk_that_is_full_when_the_weights_are_saved(
    tmp_path: Path, discs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    def full(_: object, path: Path) -> None:
        path.write_bytes(b"half of")
        raise RuntimeError("[enforce fail at inline_container.cc:664] . unexpected pos 64 vs 0\nmore")

    monkeypatch.setattr(torch, "save", full)
    line = refusal(capsys, "train", discs, "--out", tmp_path / "run", *FAST)
    assert "cannot write" in line
    assert "free some space" in line
    assert left_over(tmp_path) == []
    assert not (tmp_path / "run" / "model.safetensors").exists()
    assert "no run folder" not in refusal(capsys, "predict", tmp_path / "run", discs, "--out", tmp_path / "masks")


def test_a_disk_that_is_full_when_anything_is_written(
    tmp_path: Path, discs: Path, disc_run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    for words in (
        ("check", discs, "--json", tmp_path / "a.json"),
        ("plan", discs, "--out", tmp_path / "plan.toml"),
        ("predict", disc_run, discs, "--out", tmp_path / "out"),
        ("train", discs, "--out", tmp_path / "run", *FAST),
    ):
        assert "No space left on device; free some space" in refusal(capsys, *words)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "log.txt"] == []


def test_a_run_folder_from_a_newer_version(
    tmp_path: Path, discs: Path, disc_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = json.loads((disc_run / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps({**values, "format": 99, "version": "3.1", "unheard": "of"}))
    for words in (
        ("predict", tmp_path, discs, "--out", tmp_path / "out"),
        ("evaluate", tmp_path, discs),
        ("report", tmp_path),
        ("train", discs, "--out", tmp_path, "--resume", *FAST),
    ):
        assert "3.1, newer than this one: update maskwright" in refusal(capsys, *words)


@pytest.mark.parametrize("environment", [{"HF_HUB_OFFLINE": "1"}, {}])
def test_an_encoder_from_a_hub_that_is_not_there(discs: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    unset = {key: value for key, value in os.environ.items() if key != "HF_HUB_OFFLINE"}
    words = ("train", discs, "--out", tmp_path / "run", "--set", "net.encoder=resnet18")
    done = in_own_process(NO_HUB + RUN_MAIN + LIGHT, *words, environment={**unset, **environment})
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("maskwright: the weights of resnet18 are on a hub that does not answer")
    assert "tf_efficientnet_lite0, tf_efficientnet_lite1, tf_efficientnet_lite2" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_photos_that_are_none_are_refused_by_predict_and_the_good_ones_are_written(
    tmp_path: Path, disc_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = photos(tmp_path / "in")
    (data / "disc01.png").write_text("no photo")
    assert call("predict", disc_run, data, "--out", tmp_path / "out") == 1
    assert "photo-unreadable" in capsys.readouterr().out
    assert sorted(p.name for p in (tmp_path / "out" / "masks").iterdir()) == ["disc00.png", "disc02.png"]
    for path in data.glob("*.png"):
        path.write_text("no photo")
    assert "none of the 3 photos" in refusal(capsys, "predict", disc_run, data, "--out", tmp_path / "none")
    assert "names no photo" in refusal(capsys, "predict", disc_run, tmp_path / "nosuch", "--out", tmp_path / "none")
    (tmp_path / "film.mp4").write_bytes(b"no photo")
    line = refusal(capsys, "predict", disc_run, tmp_path / "film.mp4", "--out", tmp_path / "none")
    assert "film.mp4 is no film that can be opened" in line


def test_a_photo_of_more_pixels_than_pillow_reads_says_so(
    tmp_path: Path, disc_run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4_000)
    data = photos(tmp_path / "in", count=1)
    refusal(capsys, "predict", disc_run, data, "--out", tmp_path / "out")
    assert call("predict", disc_run, data, "--out", tmp_path / "out") == 2
    assert "has more than 0 million pixels: reduce it" in capsys.readouterr().out
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)  # Pillow only warns up to twice as many
    assert call("predict", disc_run, data, "--out", tmp_path / "out") == 0
    assert capsys.readouterr().err == ""
