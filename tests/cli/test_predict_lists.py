import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.workflows import predict_shard
from tests.support.commands import call, refusal

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio's own


def mask_of(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


def manifest_of(discs: Path, path: Path) -> Path:
    photos = sorted(photo for photo in discs.iterdir() if photo.suffix == ".png")
    path.write_text("path\n" + "".join(f"{photo}\n" for photo in photos))
    return path


def test_shards_of_a_manifest_give_each_mask_once(disc_run: Path, discs: Path, tmp_path: Path) -> None:
    manifest = manifest_of(discs, tmp_path / "photos.csv")
    for part in ("1/2", "2/2"):
        assert call("predict", disc_run, manifest, "--shard", part, "--out", tmp_path / "out") == 0
    assert call("predict", disc_run, manifest, "--out", tmp_path / "whole") == 0
    masks = {mask.name: mask for mask in (tmp_path / "out").glob("shard-*-of-2/masks/*.png")}
    whole = sorted((tmp_path / "whole" / "masks").iterdir())
    assert len(list((tmp_path / "out").glob("shard-*/masks/*"))) == len(whole) == 6
    assert all(np.array_equal(mask_of(masks[mask.name]), mask_of(mask)) for mask in whole)


def test_a_stopped_shard_does_what_is_left(
    disc_run: Path, discs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(predict_shard, "PHOTOS_AT_ONCE", 2)
    shutil.copytree(discs, tmp_path / "photos")
    command = ("predict", disc_run, tmp_path / "photos", "--shard", "1/1", "--out", tmp_path / "out")
    assert call(*command) == 0
    done = tmp_path / "out" / "shard-1-of-1" / "done.txt"
    lines = done.read_text().splitlines(keepends=True)
    assert len(lines) == 6
    done.write_text("".join(lines[:3]) + lines[3].rstrip("\n")[:-1])  # killed in the middle of the fourth line
    capsys.readouterr()
    assert call(*command) == 0
    assert "3 photos predicted, 3 were done before" in capsys.readouterr().out
    assert set(lines) <= set(done.read_text().splitlines(keepends=True))


def test_a_photo_that_cannot_be_read_is_a_finding_and_tried_again(
    disc_run: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(discs, tmp_path / "photos")
    (tmp_path / "photos" / "broken.png").write_bytes(b"no photo")
    command = ("predict", disc_run, tmp_path / "photos", "--shard", "1/1", "--out", tmp_path / "out")
    assert call(*command) == 1
    capsys.readouterr()
    assert call(*command) == 1
    assert "0 photos predicted, 6 were done before" in capsys.readouterr().out


def test_a_huge_image_gets_the_mask_of_a_small_one(disc_run: Path, discs: Path, tmp_path: Path) -> None:
    photo = min(photo for photo in discs.iterdir() if photo.suffix == ".png")
    with Image.open(photo) as image:
        image.resize((1280, 960), Image.Resampling.BICUBIC).save(tmp_path / "large.png")
    assert call("predict", disc_run, tmp_path / "large.png", "--out", tmp_path / "memory") == 0
    assert call("predict", disc_run, tmp_path / "large.png", "--huge", "--out", tmp_path / "rows") == 0
    rows, memory = tmp_path / "rows" / "masks" / "large.tif", tmp_path / "memory" / "masks" / "large.png"
    assert np.mean(mask_of(rows) == mask_of(memory)) > 0.9995


def test_mistakes_are_one_line(
    disc_run: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "is no part" in refusal(capsys, "predict", disc_run, discs, "--shard", "3/2", "--out", tmp_path / "out")
    assert "needs --out" in refusal(capsys, "predict", disc_run, discs, "--shard", "1/2")
    assert "No such file" in refusal(capsys, "predict", disc_run, tmp_path / "none.csv")
    monkeypatch.setitem(sys.modules, "rasterio", None)
    assert "pip install 'maskwright[huge]'" in refusal(capsys, "predict", disc_run, discs, "--huge")
