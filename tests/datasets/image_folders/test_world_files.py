"""Tiles of maps that overlap are kept together, or it is said that they cannot be parted."""

from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.natural_order import natural_key

SIDE = 64


def tile(root: Path, number: int, *, x: int, y: int = 0) -> None:
    """Write a photo with its mask, and a world file that places its left upper pixel; a pixel is 0.5 m."""
    rng = np.random.default_rng(number)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[8 : 20 + number, 10:30] = 255
    for name, pixels in (("images", rng.integers(0, 255, (SIDE, SIDE, 3), np.uint8)), ("labels", mask)):
        (root / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(root / name / f"{number}.tif")
        (root / name / f"{number}.tfw").write_text(f"0.5\n0\n0\n-0.5\n{100 + x / 2}\n{900 - y / 2}\n")
        (root / name / f"{number}.tif.aux.xml").write_text("<PAMDataset></PAMDataset>")


def groups(data: Dataset) -> list[str | None]:
    return [sample.group for sample in sorted(data.samples, key=lambda sample: natural_key(sample.name))]


def test_tiles_that_overlap_are_one_group(tmp_path: Path) -> None:
    for number in range(8):  # four strips of two tiles that overlap by half
        tile(tmp_path, number, x=32 * (number % 2), y=200 * (number // 2))
    data = open_dataset(tmp_path)
    assert groups(data) == [f"images/{number // 2 * 2}.tif" for number in range(8)]
    said = [remark.detail for remark in data.facts.remarks]
    assert any("4 groups by their world files: tiles of one group overlap" in text for text in said)
    assert not any(remark.kind == "file-unused" for remark in data.facts.remarks)


def test_small_overlaps_between_strips_do_not_join_them(tmp_path: Path) -> None:
    for number in range(8):  # tiles of a strip overlap by half, and strips by 4 pixels
        tile(tmp_path, number, x=32 * (number % 2) + (96 - 4) * (number // 2))
    data = open_dataset(tmp_path)
    assert groups(data) == [f"images/{number // 2 * 2}.tif" for number in range(8)]
    assert any("3 pairs of tiles of two groups share up to 6%" in remark.detail for remark in data.facts.remarks)


def test_tiles_that_all_hang_together_are_said(tmp_path: Path) -> None:
    for number in range(8):
        tile(tmp_path, number, x=32 * number)
    data = open_dataset(tmp_path)
    assert groups(data) == [None] * 8
    assert any("overlap by their world files" in remark.detail for remark in data.facts.remarks)


def test_tiles_side_by_side_are_no_groups(tmp_path: Path) -> None:
    for number in range(8):
        tile(tmp_path, number, x=SIDE * number)
    data = open_dataset(tmp_path)
    assert groups(data) == [None] * 8
    assert not any("overlap" in remark.detail for remark in data.facts.remarks)


def test_the_classes_of_arcgis_are_read(tmp_path: Path) -> None:
    for number in range(8):
        tile(tmp_path, number, x=SIDE * number)
        mask = np.asarray(Image.open(tmp_path / f"labels/{number}.tif"))
        Image.fromarray((mask > 0).astype(np.uint8)).save(tmp_path / f"labels/{number}.tif")
    listed = '{"ImageHeight": 64, "Classes": [{"Value": 1, "Name": "Riss", "Color": [230, 0, 0]}]}'
    (tmp_path / "esri_model_definition.emd").write_text(listed)
    assert open_dataset(tmp_path).classes.names == ("background", "Riss")
