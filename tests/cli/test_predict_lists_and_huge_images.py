import csv
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.transform import from_origin

from maskwright.workflows.photo_lists import chunks
from tests.support.commands import call, refusal

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio's own


def mask_of(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


def manifest_of(discs: Path, path: Path) -> Path:
    photos = sorted(photo for photo in discs.iterdir() if photo.suffix == ".png")
    path.write_text("path\n" + "".join(f"{photo}\n" for photo in photos))
    return path


def tables_of(out: Path) -> dict[str, object]:
    """Return what the tables of an output say, in an order that does not depend on who wrote them."""
    regions = json.loads((out / "regions.via.json").read_text())
    rows = {name: sorted((out / name).read_text().splitlines()) for name in ("objects.csv", "totals.csv")}
    return {"regions": regions, **rows}


def test_shards_give_what_one_command_gives(disc_run: Path, discs: Path, tmp_path: Path) -> None:
    manifest = manifest_of(discs, tmp_path / "photos.csv")
    for part in ("1/2", "2/2"):
        assert call("predict", disc_run, manifest, "--shard", part, "--out", tmp_path / "out") == 0
    assert call("predict", disc_run, discs, "--out", tmp_path / "plain") == 0
    plain = sorted((tmp_path / "plain" / "masks").iterdir())
    assert len(plain) == 6
    for mask in plain:
        assert mask.read_bytes() == (tmp_path / "out" / "masks" / mask.name).read_bytes()
    assert tables_of(tmp_path / "out") == tables_of(tmp_path / "plain")


def done_lines(out: Path) -> list[str]:
    return [line for file in (out / "parts" / "done").iterdir() for line in file.read_text().splitlines()]


def test_a_killed_shard_is_finished_by_the_plain_command(
    disc_run: Path, discs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(chunks, "PHOTOS_A_CHUNK", 1)
    out = tmp_path / "out"
    manifest = manifest_of(discs, tmp_path / "photos.csv")
    assert call("predict", disc_run, manifest, "--shard", "1/2", "--out", out) == 0
    assert "3 photos left" in capsys.readouterr().out
    assert not (out / "totals.csv").exists()
    max((out / "parts" / "done").iterdir()).unlink()  # killed after the rows were written, before they counted as done
    assert call("predict", disc_run, manifest, "--out", out) == 0
    assert "4 photos predicted, 2 were done before" in capsys.readouterr().out
    assert len(done_lines(out)) == len(set(done_lines(out))) == 6
    assert len((out / "totals.csv").read_text().splitlines()) == 7
    assert call("predict", disc_run, discs, "--out", out) == 0
    assert "0 photos predicted, 6 were done before" in capsys.readouterr().out


def test_missing_and_broken_photos_are_findings_and_tried_again(
    disc_run: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(discs, tmp_path / "photos")
    manifest = manifest_of(tmp_path / "photos", tmp_path / "photos.csv")
    (tmp_path / "photos" / "disc00.png").unlink()
    (tmp_path / "photos" / "disc01.png").write_bytes(b"no photo")
    with manifest.open("a") as file:
        file.write("nothing-like-this\n")
    command = ("predict", disc_run, manifest, "--shard", "1/1", "--out", tmp_path / "out")
    assert call(*command) == 1
    printed = capsys.readouterr().out
    assert printed.count("photo-unreadable") == 2
    assert "nothing-like-this" in printed
    failed = (tmp_path / "out" / "failed.csv").read_text()
    assert "disc00" in failed
    assert "disc01" in failed
    shutil.copy(discs / "disc00.png", tmp_path / "photos" / "disc00.png")
    assert call(*command) == 1
    assert "1 photo predicted, 4 were done before" in capsys.readouterr().out
    assert "disc00" not in (tmp_path / "out" / "failed.csv").read_text()
    assert len((tmp_path / "out" / "totals.csv").read_text().splitlines()) == 6


def test_an_output_holds_the_predictions_of_one_model(
    disc_run: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = manifest_of(discs, tmp_path / "photos.csv")
    assert call("predict", disc_run, manifest, "--out", tmp_path / "out") == 0
    shutil.copytree(disc_run, tmp_path / "other")
    (tmp_path / "other" / "plan.toml").write_text((disc_run / "plan.toml").read_text() + "\n# changed\n")
    again = ("predict", tmp_path / "other", manifest, "--out", tmp_path / "out")
    assert "another model" in refusal(capsys, *again)
    scaled = ("predict", disc_run, manifest, "--px-per-mm", "3", "--out", tmp_path / "out")
    assert "px_per_mm None, now 3.0" in refusal(capsys, *scaled)
    (tmp_path / "mine" / "masks").mkdir(parents=True)
    assert "choose another --out" in refusal(capsys, "predict", disc_run, manifest, "--out", tmp_path / "mine")


def test_a_huge_image_gets_the_mask_of_a_small_one(disc_run: Path, discs: Path, tmp_path: Path) -> None:
    photo = min(photo for photo in discs.iterdir() if photo.suffix == ".png")
    with Image.open(photo) as image:
        image.resize((1280, 960), Image.Resampling.BICUBIC).save(tmp_path / "large.png")
    assert call("predict", disc_run, tmp_path / "large.png", "--out", tmp_path / "memory") == 0
    assert call("predict", disc_run, tmp_path / "large.png", "--huge", "--out", tmp_path / "rows") == 0
    rows, memory = tmp_path / "rows" / "masks" / "large.tif", tmp_path / "memory" / "masks" / "large.png"
    assert np.mean(mask_of(rows) == mask_of(memory)) > 0.9995
    assert (tmp_path / "rows" / "polygons" / "large.gpkg").is_file()
    assert (tmp_path / "rows" / "classes.csv").read_text().splitlines()[2].startswith("1,disc,")
    assert json.loads((tmp_path / "rows" / "polygons" / "large.geojson").read_text())["type"] == "FeatureCollection"


def test_a_list_of_photos_with_and_without_a_place_on_the_ground_has_the_columns_of_both(
    disc_run: Path, discs: Path, tmp_path: Path
) -> None:
    first, second = sorted(discs.glob("*.png"))[:2]
    placed = {"driver": "GTiff", "height": 96, "width": 128, "count": 3, "dtype": "uint8", "crs": "EPSG:32633"}
    with rasterio.open(tmp_path / "b.tif", "w", **placed, transform=from_origin(500000, 5400000, 2, 2)) as file:
        file.write(np.moveaxis(mask_of(second), 2, 0))
    (tmp_path / "photos.csv").write_text(f"path\n{first}\n{tmp_path / 'b.tif'}\n")
    assert call("predict", disc_run, tmp_path / "photos.csv", "--out", tmp_path / "out") == 0
    with (tmp_path / "out" / "totals.csv").open(newline="") as table:
        plain, metres = csv.DictReader(table)
    assert plain["area_m2"] == plain["length_m"] == ""
    assert float(metres["area_m2"]) == pytest.approx(4 * int(metres["area_px"]), rel=2e-3)


def test_mistakes_are_one_line(
    disc_run: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "is no part" in refusal(capsys, "predict", disc_run, discs, "--shard", "3/2", "--out", tmp_path / "out")
    huge = ("predict", disc_run, discs, "--huge", "--out", tmp_path / "out")
    for flag in (("--shard", "1/2"), ("--on", "ray"), ("--px-per-mm", "3"), ("--min-area", "3"), ("--regions", "coco")):
        assert f"{flag[0]} is for photos, not for huge images" in refusal(capsys, *huge, *flag)
    assert "a URL as --out is for photos" in refusal(capsys, "predict", disc_run, discs, "--huge", "--out", "s3://b/o")
    for flag in (("--smooth", "on"), ("--frame-masks", "png")):
        assert f"{flag[0]} is for films, not for photos" in refusal(capsys, "predict", disc_run, discs, *flag)
    window = refusal(capsys, "predict", disc_run, discs, "--window", "500")
    assert "--window is for huge images given with --huge, not for photos" in window
    assert "needs --out" in refusal(capsys, "predict", disc_run, discs, "--shard", "1/2")
    assert "No such file" in refusal(capsys, "predict", disc_run, tmp_path / "none.csv")
    monkeypatch.setitem(sys.modules, "rasterio", None)
    assert "pip install 'maskwright[huge]'" in refusal(capsys, "predict", disc_run, discs, "--huge")


def test_masks_that_are_left_out_are_said_where_only_results_are_wanted_too(
    disc_run: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, (images, masks) = sorted(discs.glob("*.png")), (tmp_path / "data" / name for name in ("images", "masks"))
    for number, photo in enumerate(photos):
        for folder in (images, masks):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(photo, images)
        drawn = np.zeros_like(mask_of(photo)[..., 0])
        drawn[10 : 30 + number, 10:40] = 255
        Image.fromarray(drawn).save(masks / photo.name)
    assert call("predict", disc_run, tmp_path / "data", "--out", tmp_path / "out", "--quiet") == 0
    assert f"warning: {tmp_path / 'data'} is a dataset: " in capsys.readouterr().out
    assert len([*(tmp_path / "out" / "masks").rglob("*.png")]) == len(photos)
