"""Label Studio files: shapes in per cent, brush strokes, several annotations, and names that an upload changed."""

import json
from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.imaging.run_lengths.codec import run_lengths
from maskwright.imaging.run_lengths.label_studio import encode_brush
from tests.support.naive_geometry import naive_ellipse
from tests.support.truths import draw_photos, pixels

HIGH, WIDE = 30, 40


def result(kind: str, label: str | None, id_: str = "", **value: object) -> dict[str, object]:
    labels = {} if label is None else {f"{kind}labels": [label]}
    sizes = {"original_width": WIDE, "original_height": HIGH, "image_rotation": 0}
    return {"id": id_ or f"{kind}{label}", "type": f"{kind}labels", "value": {**value, **labels}, **sizes}


def square(label: str | None = "leaf") -> dict[str, object]:
    points = [[0, 0], [25, 0], [25, 100 / 3], [0, 100 / 3]]
    return result("polygon", label, points=points)


def task(*annotations: object, image: str = "/data/upload/1/1a2b3c4d-a.png", **more: object) -> dict[str, object]:
    return {"id": 1, "annotations": list(annotations), "data": {"image": image}, "predictions": [], **more}


def annotation(*results: object, **more: object) -> dict[str, object]:
    return {"id": 5, "result": list(results), "was_cancelled": False, **more}


def opened(folder: Path, *tasks: object) -> Dataset:
    draw_photos(folder, "a.png", size_hw=(HIGH, WIDE))
    (folder / "export.json").write_text(json.dumps(tasks))
    return open_dataset(folder)


def test_per_cent_of_width_and_height_become_pixels(tmp_path: Path) -> None:
    box = result("rectangle", "bug", x=50, y=0, width=25, height=20, rotation=0)
    egg = result("ellipse", "egg", x=75, y=50, radiusX=10, radiusY=10, rotation=0)
    expected = int(naive_ellipse((30, 15), (4, 3), (HIGH, WIDE)).sum())
    assert pixels(opened(tmp_path, task(annotation(square(), box, egg)))) == {"leaf": 100, "bug": 60, "egg": expected}


def test_a_box_is_turned_clockwise_about_its_upper_left_corner(tmp_path: Path) -> None:
    data = opened(tmp_path, task(annotation(result("rectangle", "bug", x=50, y=0, width=25, height=20, rotation=90))))
    assert data.mask(data.samples[0])[0:10, 14:20].all()
    assert pixels(data) == {"bug": 60}


def test_a_brush_stroke_has_its_pixels(tmp_path: Path) -> None:
    mask = np.random.default_rng(0).random((HIGH, WIDE)) < 0.3
    data = opened(
        tmp_path, task(annotation(result("brush", "leaf", format="rle", rle=encode_brush(run_lengths(mask)))))
    )
    np.testing.assert_array_equal(data.mask(data.samples[0]) == 1, mask)


def test_labels_in_a_result_of_their_own_belong_to_the_shape_of_the_same_id(tmp_path: Path) -> None:
    shape = {**square(None), "id": "r1", "type": "polygon"}
    labels = {
        "id": "r1",
        "type": "labels",
        "value": {"labels": ["bug"]},
        "original_width": WIDE,
        "original_height": HIGH,
    }
    assert pixels(opened(tmp_path, task(annotation(shape, labels)))) == {"bug": 100}


def test_two_labels_of_one_shape_are_asked_about(tmp_path: Path) -> None:
    both = square()
    both["value"]["polygonlabels"] = ["leaf", "bug"]  # type: ignore[index]
    data = opened(tmp_path, task(annotation(both)))
    assert "shape-two-classes" in [finding.code for finding in file_findings(data)]


@pytest.mark.parametrize(
    "image",
    [
        "a.png",
        "/data/upload/1/1a2b3c4d-a.png",
        "/data/local-files/?d=photos/a.png",
        "s3://bucket/deep/a.png",
        "https://example.org/a.png?token=1",
    ],
)
def test_the_photo_is_found_by_what_is_left_of_its_name(tmp_path: Path, image: str) -> None:
    assert pixels(opened(tmp_path, task(annotation(square()), image=image))) == {"leaf": 100}


def test_a_submitted_annotation_without_regions_is_background_and_a_skipped_one_is_none(tmp_path: Path) -> None:
    draw_photos(tmp_path, "b.png", "c.png", size_hw=(HIGH, WIDE))
    tasks = [task(annotation(square())), task(annotation(), image="b.png"), task(image="c.png")]
    data = opened(tmp_path, *tasks, task(annotation(was_cancelled=True), image="c.png"))
    assert [sample.truth is None for sample in data.samples] == [False, False, True]
    assert any("1 tasks were skipped" in finding.evidence for finding in file_findings(data))


def test_of_several_annotations_the_ground_truth_counts_or_else_the_newest(tmp_path: Path) -> None:
    old, new = annotation(square("old"), updated_at="2024-01-01"), annotation(square("new"), updated_at="2024-02-01")
    data = opened(tmp_path, task(new, old))
    assert pixels(data) == {"new": 100}
    assert "newest" in file_findings(data)[0].evidence
    assert pixels(opened(tmp_path, task(new, {**old, "ground_truth": True}))) == {"old": 100}


def test_the_small_export_is_read(tmp_path: Path) -> None:
    region = {**square()["value"], "original_width": WIDE, "original_height": HIGH}  # type: ignore[dict-item]
    small = {"id": 1, "image": "/data/upload/1/1a2b3c4d-a.png", "label": [region], "annotator": 1, "annotation_id": 3}
    assert pixels(opened(tmp_path, small)) == {"leaf": 100}


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (result("keypoint", "leaf", x=5, y=5, width=1), "is a keypoint, which covers no area"),
        (result("polygon", "leaf", points=[[1, 2]]), "has 1 points"),
        (result("rectangle", "leaf", x=1, y=1, width="w", height=1), "not numbers"),
        (result("brush", "leaf", format="rle", rle=[1, 2, 3]), "brush stroke"),
        (result("brush", "leaf", format="rle", rle=[0, 0, 18, 192, 57, 27, 255]), "damaged"),
        (result("brush", "leaf", format="rle", rle="text"), "damaged"),
        ({**square(), "image_rotation": 90}, "turned by 90 degrees"),
        ({**square(), "original_width": None}, "no original_width"),
    ],
)
def test_what_cannot_be_filled_is_left_out_and_said(tmp_path: Path, shape: dict[str, object], why: str) -> None:
    data = opened(tmp_path, task(annotation({**square(), "id": "first"}, {**shape, "id": "second"})))
    assert pixels(data) == {"leaf": 100}
    (finding,) = file_findings(data)
    assert finding.code == "shape-invalid"
    assert why in finding.evidence
