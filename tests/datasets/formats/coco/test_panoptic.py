"""Panoptic files whose photos are PNGs too, with masks of other names, and what is said of the files beside them."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from tests.support.truths import draw_photos, pixels

COUNT = 25


def draw(folder: Path, *, place: str = "panoptic_train", has_pngs: bool = True, images: int = 1) -> None:
    """Draw 25 PNG photos and a panoptic file; `images` times as many are listed as there are annotations."""
    stems = [f"x{k:03}" for k in range(COUNT)]
    draw_photos(folder / "photos", *(f"{stem}_leftImg8bit.png" for stem in stems), size_hw=(5, 6))
    (folder / place).mkdir(exist_ok=True)
    rgb = np.zeros((5, 6, 3), dtype=np.uint8)
    rgb[0, :, 0] = 7
    for stem in stems if has_pngs else ():
        Image.fromarray(rgb).save(folder / place / f"{stem}_gtFine_panoptic.png")
    listed = [*stems, *(f"other{k}" for k in range(COUNT * (images - 1)))]
    content = {
        "images": [{"id": s, "file_name": f"{s}_leftImg8bit.png", "height": 5, "width": 6} for s in listed],
        "annotations": [
            {
                "image_id": stem,
                "file_name": f"{stem}_gtFine_panoptic.png",
                "segments_info": [{"id": 7, "category_id": 1}],
            }
            for stem in stems
        ],
        "categories": [{"id": 1, "name": "car", "isthing": 1}],
    }
    (folder / "panoptic_train.json").write_text(json.dumps(content))


@pytest.mark.parametrize("place", ["panoptic_train", "."])
def test_photos_that_are_pngs_are_not_taken_for_the_pngs_of_segments(tmp_path: Path, place: str) -> None:
    draw(tmp_path, place=place)
    data = open_dataset(tmp_path)
    assert data.read_as.startswith("read as COCO json (panoptic_train.json): 25 photos, 25 annotated")
    assert pixels(data)["car"] == 6
    assert "file-unused" not in {finding.code for finding in file_findings(data)}


def test_a_panoptic_file_without_its_pngs_gives_way_to_masks(tmp_path: Path) -> None:
    draw(tmp_path, has_pngs=False)
    for k in range(COUNT):
        (tmp_path / "masks").mkdir(exist_ok=True)
        mask = np.zeros((5, 6), dtype=np.uint8)
        mask[1:3, 1 : 3 + k % 2] = 255
        Image.fromarray(mask).save(tmp_path / "masks" / f"x{k:03}_leftImg8bit.png")
    assert "COCO" not in open_dataset(tmp_path).read_as


def test_a_large_panoptic_file_is_judged_by_its_annotations(tmp_path: Path) -> None:
    draw(tmp_path, images=1000)
    content = json.loads((tmp_path / "panoptic_train.json").read_text())
    ordered = {key: content[key] for key in ("categories", "annotations", "images")}
    (tmp_path / "panoptic_train.json").write_text(json.dumps(ordered))
    assert (tmp_path / "panoptic_train.json").stat().st_size > 1 << 20
    assert open_dataset(tmp_path).read_as.startswith("read as COCO json (panoptic_train.json)")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read by root")
def test_a_table_that_cannot_be_read_does_not_stop_sound_labels(tmp_path: Path) -> None:
    draw(tmp_path)
    (tmp_path / "a/b/c/d").mkdir(parents=True)
    (tmp_path / "a/b/c/d/notes.csv").symlink_to("/proc/self/mem")
    data = open_dataset(tmp_path)
    assert data.read_as.startswith("read as COCO json")
    assert "notes.csv" in " ".join(finding.evidence for finding in file_findings(data))
