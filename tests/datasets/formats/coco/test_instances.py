"""COCO files of every make are read alike, and what is wrong with them is said."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from maskwright.imaging.run_lengths.coco import encode_counts
from maskwright.imaging.run_lengths.codec import run_lengths
from tests.support.truths import draw_photos, pixels

SQUARE = [0.0, 0, 10, 0, 10, 10, 0, 10]
HIGH, WIDE = 30, 40


def annotation(segmentation: object, *, image: object = 1, category: object = 1, crowd: int = 0) -> dict[str, object]:
    return {"image_id": image, "category_id": category, "segmentation": segmentation, "iscrowd": crowd, "bbox": [0] * 4}


def box_runs(x: int, y: int, wide: int, high: int) -> list[int]:
    mask = np.zeros((HIGH, WIDE), dtype=np.bool_)
    mask[y : y + high, x : x + wide] = True
    return [int(count) for count in run_lengths(np.ascontiguousarray(mask.T))]


def coco(*annotations: object, names: Sequence[str] = ("leaf", "bug"), photos: int = 1, **more: object) -> object:
    images = [{"id": i, "file_name": f"{i}.png", "height": HIGH, "width": WIDE} for i in range(1, photos + 1)]
    categories = [{"id": i, "name": name, "supercategory": "none"} for i, name in enumerate(names, 1)]
    return {"images": images, "annotations": list(annotations), "categories": categories, **more}


def opened(folder: Path, content: object, photos: int = 1) -> Dataset:
    draw_photos(folder, *(f"{i}.png" for i in range(1, photos + 1)), size_hw=(HIGH, WIDE))
    (folder / "annotations.json").write_text(json.dumps(content))
    return open_dataset(folder)


def codes(data: Dataset) -> list[str]:
    return [finding.code for finding in file_findings(data)]


def test_the_polygons_of_an_annotation_are_one_object_and_later_annotations_lie_above(tmp_path: Path) -> None:
    parts = [SQUARE, [20.0, 0, 24, 0, 24, 4, 20, 4]]
    data = opened(tmp_path, coco(annotation(parts), annotation([[5.0, 5, 15, 5, 15, 15, 5, 15]], category=2)))
    assert data.classes.names == ("background", "leaf", "bug")
    assert pixels(data) == {"leaf": 100 + 16 - 25, "bug": 100}
    assert data.read_as.startswith("read as COCO json (annotations.json): 1 photos, 1 annotated")


def test_run_lengths_are_read_compressed_and_not(tmp_path: Path) -> None:
    counts = box_runs(3, 4, 5, 6)
    packed = encode_counts(np.array(counts))
    for form in (counts, packed):
        data = opened(tmp_path, coco(annotation({"size": [HIGH, WIDE], "counts": form})))
        assert pixels(data) == {"leaf": 30}
        assert data.mask(data.samples[0])[4:10, 3:8].all()


def test_a_crowd_is_ignored_beneath_the_objects(tmp_path: Path) -> None:
    crowd = annotation({"size": [HIGH, WIDE], "counts": box_runs(0, 0, 20, 20)}, crowd=1)
    data = opened(tmp_path, coco(annotation([SQUARE]), crowd))
    assert pixels(data) == {"leaf": 100, "ignored": 300}
    (finding,) = file_findings(data)
    assert finding.code == "reading-choice"
    assert "iscrowd are ignored" in finding.evidence


def test_cvat_marks_every_bitmap_as_a_crowd_so_that_these_are_objects(tmp_path: Path) -> None:
    mask = annotation({"size": [HIGH, WIDE], "counts": box_runs(0, 0, 20, 20)}, crowd=1) | {"attributes": {}}
    data = opened(tmp_path, coco(mask, annotation([SQUARE], category=2)))
    assert pixels(data) == {"leaf": 300, "bug": 100}
    assert "CVAT" in file_findings(data)[0].evidence


def test_via_writes_flat_outlines_and_ids_as_text(tmp_path: Path) -> None:
    data = opened(tmp_path, coco(annotation(SQUARE, image="1", category="2")))
    assert pixels(data) == {"bug": 100}


def test_roboflows_category_of_the_project_is_no_class_and_repeated_names_are_one(tmp_path: Path) -> None:
    categories = [
        {"id": 0, "name": "plants", "supercategory": "none"},
        {"id": 1, "name": "bug", "supercategory": "plants"},
        {"id": 2, "name": "leaf", "supercategory": "plants"},
        {"id": 3, "name": "bug", "supercategory": "plants"},
    ]
    content = coco(annotation([SQUARE], category=3)) | {"categories": categories}  # type: ignore[operator]
    data = opened(tmp_path, content)
    assert data.classes.names == ("background", "bug", "leaf")
    assert pixels(data) == {"bug": 100}


def test_a_photo_without_annotations_is_not_annotated(tmp_path: Path) -> None:
    data = opened(tmp_path, coco(annotation([SQUARE]), photos=2), photos=2)
    assert [sample.truth is None for sample in data.samples] == [False, True]


@pytest.mark.parametrize(
    ("segmentation", "why"),
    [
        ([], "is a box without an outline"),
        ([[1, 2, 3]], "has an x without a y"),
        ([[1, 2, 3, 4]], "has 2 points"),
        ([[1, 2, "a", 4, 5, 6]], "not numbers"),
        ([[1, 2, 1e400, 4, 5, 6]], "not numbers"),
        ([{"x": 1}], "not numbers"),
        ({"counts": [1, 2]}, "run lengths without a size"),
        ({"size": [30, 40], "counts": [5, 5]}, "has run lengths over 10 pixels"),
        ({"size": [30, 40], "counts": "zzz"}, "damaged"),
        ({"size": [10**9, 10**9], "counts": [10**18]}, "more than any photo"),
    ],
)
def test_what_encloses_no_area_is_left_out_and_said(tmp_path: Path, segmentation: object, why: str) -> None:
    data = opened(tmp_path, coco(annotation([SQUARE]), annotation(segmentation, category=2)))
    assert pixels(data) == {"leaf": 100}
    (finding,) = file_findings(data)
    assert finding.code == "shape-invalid"
    assert why in finding.evidence


def test_a_file_by_part_is_a_given_split(tmp_path: Path) -> None:
    for part in ("train", "valid"):
        draw_photos(tmp_path / part, "1.png", size_hw=(HIGH, WIDE))
        (tmp_path / part / "_annotations.coco.json").write_text(json.dumps(coco(annotation([SQUARE]))))
    data = open_dataset(tmp_path)
    assert [(sample.name, sample.part) for sample in data.samples] == [("train/1.png", "train"), ("valid/1.png", "val")]


def test_files_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    draw_photos(tmp_path, "1.png", size_hw=(HIGH, WIDE))
    (tmp_path / "a.json").write_text(json.dumps(coco(annotation([SQUARE]))))
    (tmp_path / "b.json").write_text(json.dumps(coco(annotation([SQUARE], category=2))))
    with pytest.raises(DataError, match=r"label files that differ about 1.png \(a.json, b.json\)"):
        open_dataset(tmp_path)


def test_files_about_different_photos_are_joined_and_copies_count_once(tmp_path: Path) -> None:
    draw_photos(tmp_path, "1.png", "2.png", size_hw=(HIGH, WIDE))
    both = coco(annotation([SQUARE]), annotation([SQUARE], image=2), photos=2)
    first = both | {"images": both["images"][:1]}  # type: ignore[operator,index]
    second = both | {"images": both["images"][1:]}  # type: ignore[operator,index]
    for name, content in {"a": first, "b": second, "c": first}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    data = open_dataset(tmp_path)
    assert [pixels(data, i) for i in range(2)] == [{"leaf": 100}, {"leaf": 100}]


def test_results_are_painted_with_the_surest_on_top_and_the_unsure_left_out(tmp_path: Path) -> None:
    scored = [
        {"image_id": 7, "category_id": 3, "score": s, "segmentation": {"size": [HIGH, WIDE], "counts": box_runs(*box)}}
        for s, box in ((0.9, (0, 0, 10, 10)), (0.6, (5, 5, 10, 10)), (0.2, (20, 20, 5, 5)))
    ]
    draw_photos(tmp_path, "000000000007.jpg", size_hw=(HIGH, WIDE))
    (tmp_path / "results.json").write_text(json.dumps(scored))
    data = open_dataset(tmp_path)
    assert pixels(data) == {"class 3": 175}
    assert "score below 0.5" in file_findings(data)[0].evidence


def panoptic(folder: Path, *, is_stuff: bool) -> Dataset:
    draw_photos(folder, "a.jpg", size_hw=(5, 6))
    ids = np.zeros((5, 6), dtype=np.int32)
    ids[0, :] = 7
    ids[1, :] = 70000
    ids[2, :] = 300
    rgb = np.stack([ids & 255, (ids >> 8) & 255, ids >> 16], axis=2).astype(np.uint8)
    (folder / "panoptic_val").mkdir()
    Image.fromarray(rgb).save(folder / "panoptic_val" / "a.png")
    segments = [
        {"id": 7, "category_id": 1},
        {"id": 70000, "category_id": 2},
        {"id": 300, "category_id": 2, "iscrowd": 1},
    ]
    content = {
        "images": [{"id": 5, "file_name": "a.jpg", "height": 5, "width": 6}],
        "annotations": [{"image_id": 5, "file_name": "a.png", "segments_info": segments}],
        "categories": [{"id": 1, "name": "sky", "isthing": int(not is_stuff)}, {"id": 2, "name": "car", "isthing": 1}],
    }
    (folder / "panoptic_val.json").write_text(json.dumps(content))
    return open_dataset(folder)


def test_panoptic_segments_are_found_by_the_colours_of_their_png(tmp_path: Path) -> None:
    assert pixels(panoptic(tmp_path, is_stuff=False)) == {"sky": 6, "car": 6, "ignored": 6}


def test_in_panoptic_files_with_stuff_pixels_of_no_segment_are_ignored(tmp_path: Path) -> None:
    assert pixels(panoptic(tmp_path, is_stuff=True)) == {"sky": 6, "car": 6, "ignored": 18}


def test_a_missing_panoptic_png_is_named(tmp_path: Path) -> None:
    panoptic(tmp_path, is_stuff=False)
    (tmp_path / "panoptic_val" / "a.png").unlink()
    with pytest.raises(DataError, match=r"needs the PNG 'a.png'"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"images": [{"id": ' + "9" * 5000 + '}], "annotations": []}'])
def test_damaged_files_are_refused_in_one_line(tmp_path: Path, text: str) -> None:
    draw_photos(tmp_path, "1.png")
    (tmp_path / "annotations.json").write_text(text)
    with pytest.raises(DataError, match=r"annotations\.json") as caught:
        open_dataset(tmp_path / "annotations.json")
    assert "\n" not in str(caught.value)


def test_bitmaps_of_darwin_are_objects(tmp_path: Path) -> None:
    bitmap = annotation({"size": [30, 40], "counts": [0, 100, 1100]}, crowd=1)
    data = opened(tmp_path, coco(bitmap, info={"description": "Exported from Darwin"}))
    assert pixels(data) == {"leaf": 100}
