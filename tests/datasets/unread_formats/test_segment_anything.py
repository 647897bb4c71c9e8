"""What Segment Anything makes of everything in a photo has no class, and is no truth until a person chose."""

import json
from pathlib import Path

import pytest

from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.tiny_images import mask, photo

HEADER = "id,area,bbox_x0,predicted_iou,stability_score,crop_box_x0\n"


def segments(root: Path, header: str) -> None:
    for name in ("p1", "p2"):
        photo(root / "photos" / f"{name}.jpg")
        for k in range(3):
            mask(root / "out" / name / f"{k}.png", top=4 * k)
        (root / "out" / name / "metadata.csv").write_text(header + "0,90,5,0.9,0.98,0\n")


def test_a_folder_of_segments_for_each_photo_is_refused_until_a_person_kept_some(tmp_path: Path) -> None:
    segments(tmp_path, HEADER)
    with pytest.raises(DataError, match=r"no class.*--set data\.masks=union"):
        open_dataset(tmp_path)
    assert len(open_dataset(tmp_path, options=ReadOptions(masks="union")).samples) == 2


def test_another_table_beside_several_masks_refuses_nothing(tmp_path: Path) -> None:
    segments(tmp_path, "id,area\n")
    assert open_dataset(tmp_path).samples[0].truth is not None


def test_its_json_of_run_lengths_is_refused_by_name(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg")
    segment = {"segmentation": {"size": [2, 2], "counts": "04"}, "predicted_iou": 0.9, "stability_score": 0.98}
    (tmp_path / "a.json").write_text(json.dumps([segment]))
    with pytest.raises(DataError, match="Segment Anything json"):
        open_dataset(tmp_path)
