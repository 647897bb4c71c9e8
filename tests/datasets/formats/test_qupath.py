"""QuPath GeoJSON: one file a photo, polygons with holes, parts, and QuPath's classes with a star."""

import json
from pathlib import Path

import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from tests.support.tiny_images import mask, photo
from tests.support.truths import draw_photos, pixels

OUTER = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
HOLE = [[2, 2], [5, 2], [5, 5], [2, 5], [2, 2]]
FAR = [[20, 0], [24, 0], [24, 4], [20, 4], [20, 0]]


def feature(kind: str, coordinates: object, name: str | None = "Tumor") -> dict[str, object]:
    properties = {"objectType": "annotation"} | (
        {"classification": {"name": name, "color": [200, 0, 0]}} if name else {}
    )
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def opened(folder: Path, *features: object) -> Dataset:
    draw_photos(folder, "a.png")
    (folder / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return open_dataset(folder)


def test_polygons_have_holes_and_parts(tmp_path: Path) -> None:
    data = opened(tmp_path, feature("Polygon", [OUTER, HOLE]), feature("MultiPolygon", [[FAR], [HOLE]], "Stroma"))
    assert pixels(data) == {"Tumor": 91, "Stroma": 25}
    assert data.classes.colours[1:] != ((200, 0, 0), (200, 0, 0))


def test_ignored_areas_are_ignored_and_regions_are_left_out(tmp_path: Path) -> None:
    data = opened(
        tmp_path,
        feature("Polygon", [OUTER], "Region*"),
        feature("Polygon", [FAR]),
        feature("Polygon", [HOLE], "Ignore*"),
    )
    assert pixels(data) == {"Tumor": 16, "ignored": 9}
    assert "Region*" in file_findings(data)[0].evidence


@pytest.mark.parametrize("features", [[], [feature("Polygon", [OUTER])]])
def test_a_file_of_no_photo_beside_masks_is_left_out_and_named(tmp_path: Path, features: list[object]) -> None:
    for k in range(4):
        photo(tmp_path / "images" / f"{k}.png")
        mask(tmp_path / "masks" / f"{k}.png", top=k)
    (tmp_path / "slide.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    data = open_dataset(tmp_path)
    assert data.format == "masks"
    assert "slide.geojson" in str(file_findings(data))


def test_a_list_and_a_single_feature_are_read_too(tmp_path: Path) -> None:
    for content in ([feature("Polygon", [OUTER])], feature("Polygon", [OUTER])):
        draw_photos(tmp_path, "a.png")
        (tmp_path / "a.geojson").write_text(json.dumps(content))
        assert pixels(open_dataset(tmp_path)) == {"Tumor": 100}


def test_objects_without_a_class_are_one_class_where_none_has_any(tmp_path: Path) -> None:
    assert pixels(opened(tmp_path, feature("Polygon", [OUTER], None))) == {"object": 100}


@pytest.mark.parametrize(
    ("kind", "coordinates", "why"),
    [
        ("LineString", [[0, 0], [1, 1]], "is a LineString, which covers no area"),
        ("Polygon", [], "has no outline"),
        ("Polygon", [[[0, 0]]], "has 1 points"),
        ("Polygon", None, "has no outline"),
        ("Polygon", [[[0, 0], [1, "x"], [2, 2]]], "not numbers"),
    ],
)
def test_what_cannot_be_filled_is_left_out_and_said(tmp_path: Path, kind: str, coordinates: object, why: str) -> None:
    data = opened(tmp_path, feature("Polygon", [OUTER]), feature(kind, coordinates))
    assert pixels(data) == {"Tumor": 100}
    (finding,) = file_findings(data)
    assert why in finding.evidence
