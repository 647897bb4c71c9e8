"""Cityscapes polygons: names of photos, groups, and what Cityscapes does not score."""

import json
from pathlib import Path

from maskwright.datasets.opening import open_dataset
from tests.support.truths import draw_photos, pixels


def square(label: str, x: int, **more: object) -> dict[str, object]:
    return {"label": label, "polygon": [[x, 0], [x + 4, 0], [x + 4, 4], [x, 4]], **more}


def test_polygons_are_read_in_their_order_for_the_photo_of_the_same_place(tmp_path: Path) -> None:
    draw_photos(tmp_path / "leftImg8bit" / "train" / "ulm", "ulm_0_1_leftImg8bit.png")
    folder = tmp_path / "gtFine" / "train" / "ulm"
    folder.mkdir(parents=True)
    objects = [square("road", 0), square("cargroup", 2), square("out of roi", 20), square("person", 30, deleted=1)]
    content = {"imgHeight": 30, "imgWidth": 40, "objects": objects}
    (folder / "ulm_0_1_gtFine_polygons.json").write_text(json.dumps(content))
    data = open_dataset(tmp_path)
    assert data.samples[0].name == "leftImg8bit/train/ulm/ulm_0_1_leftImg8bit.png"
    assert pixels(data) == {"road": 8, "car": 16, "ignored": 16}
