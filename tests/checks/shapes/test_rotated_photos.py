"""Photos that were rotated after they were annotated, and shapes that leave photos for other reasons."""

import json
from pathlib import Path

from PIL import Image

from maskwright.checks.check import check
from maskwright.checks.shapes.rotated_photos import turned_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset

Box = tuple[int, int, int, int]


def photos(folder: Path, drawn: list[tuple[tuple[int, int], Box]]) -> Dataset:
    """Write photos of these widths and heights, each with a VIA rectangle from its left, top, right and bottom."""
    entries = {}
    for i, (size_wh, (left, top, right, bottom)) in enumerate(drawn):
        Image.new("RGB", size_wh, (40 * i % 255, 90, 120)).save(folder / f"{i}.png")
        box = {"name": "rect", "x": left, "y": top, "width": right - left, "height": bottom - top}
        entries[f"{i}"] = {
            "filename": f"{i}.png",
            "size": -1,
            "regions": [{"shape_attributes": box, "region_attributes": {}}],
        }
    (folder / "via.json").write_text(json.dumps(entries))
    return open_dataset(folder)


UPRIGHT = ((90, 120), (20, 30, 60, 110))
LYING = ((120, 90), (20, 30, 60, 110))
"""The same shape on the photo that was saved without its EXIF rotation: it ends 20 px below it."""


def test_photos_that_lie_on_their_side_are_named_with_all_of_their_size(tmp_path: Path) -> None:
    quiet = ((120, 90), (20, 30, 60, 80))
    (finding,) = turned_findings(photos(tmp_path, [UPRIGHT, UPRIGHT, LYING, LYING, quiet]))
    assert (finding.code, finding.severity) == ("mask-turned", "warning")
    assert "2 of 3 photos of 120x90 px" in finding.evidence
    assert set(finding.photos) == {"2.png", "3.png", "4.png"}


def test_shapes_that_reach_a_little_past_a_border_mean_nothing(tmp_path: Path) -> None:
    past = ((120, 90), (20, 30, 60, 91))
    assert turned_findings(photos(tmp_path, [UPRIGHT, past, past])) == []


def test_shapes_that_leave_the_long_side_as_well_do_not_fit_a_rotated_photo(tmp_path: Path) -> None:
    large = ((120, 90), (20, 30, 115, 110))
    assert turned_findings(photos(tmp_path, [UPRIGHT, large, large])) == []


def test_photos_of_one_size_alone_and_a_single_photo_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert turned_findings(photos(tmp_path / "a", [LYING, LYING])) == []
    assert turned_findings(photos(tmp_path / "b", [UPRIGHT, LYING])) == []


def coco(folder: Path, photo_wh: tuple[int, int], stated_wh: tuple[int, int], boxes: list[Box]) -> Dataset:
    """Write photos of one size and a COCO file that states another, with a rectangle for each."""
    images, annotations = [], []
    for i, (left, top, right, bottom) in enumerate(boxes):
        Image.effect_noise(photo_wh, 60).convert("RGB").save(folder / f"{i}.png")
        images.append({"id": i, "file_name": f"{i}.png", "width": stated_wh[0], "height": stated_wh[1]})
        outline = [left, top, right, top, right, bottom, left, bottom]
        annotations.append({"id": i, "image_id": i, "category_id": 1, "segmentation": [outline]})
    whole = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "box"}]}
    (folder / "coco.json").write_text(json.dumps(whole))
    return open_dataset(folder)


def test_photos_that_lie_on_their_side_against_the_sides_in_the_file_are_named(tmp_path: Path) -> None:
    past, inside = (20, 30, 60, 110), (20, 30, 60, 80)
    dataset = coco(tmp_path, (120, 90), (90, 120), [past, inside, past, inside, inside])
    (finding,) = turned_findings(dataset)
    assert "2 of 5 photos of 120x90 px" in finding.evidence
    assert "which the label file states" in finding.evidence
    assert len(finding.photos) == 5
    titles = [f.title for f in check(dataset)]
    assert "The annotation file states height and width exchanged" in titles


def test_height_and_width_that_a_program_exchanged_are_a_note(tmp_path: Path) -> None:
    dataset = coco(tmp_path, (120, 90), (90, 120), [(20, 30, 115, 85)] * 4)
    assert turned_findings(dataset) == []
    assert all(f.severity == "note" for f in check(dataset) if f.code == "photo-resized")
