"""Open lines have no width: it is asked for, and they are drawn as wide as a person says."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.datasets.truth.shapes import paint
from maskwright.datasets.truth.thick_lines import thick_line
from tests.support.truths import draw_photos, pixels

LINE = [[10.0, 4.0], [10.0, 24.0]]


def labelme(folder: Path) -> None:
    draw_photos(folder, "a.png")
    shape = {"label": "crack", "shape_type": "linestrip", "points": LINE}
    data = {"shapes": [shape], "imagePath": "a.png", "imageHeight": 30, "imageWidth": 40}
    (folder / "a.json").write_text(json.dumps(data))


def cvat(folder: Path) -> None:
    draw_photos(folder / "images", "a.png")
    points = ";".join(f"{x},{y}" for x, y in LINE)
    line = f'<polyline label="crack" points="{points}" z_order="0"></polyline>'
    image = f'<image id="0" name="a.png" width="40" height="30">{line}</image>'
    (folder / "annotations.xml").write_text(f"<annotations><version>1.1</version>{image}</annotations>")


@pytest.mark.parametrize("write", [labelme, cvat])
def test_the_width_is_asked_for_and_then_drawn(write: object, tmp_path: Path) -> None:
    assert callable(write)
    write(tmp_path)
    asked = [finding for finding in file_findings(open_dataset(tmp_path)) if finding.code == "shape-invalid"]
    assert "--set data.line_width=" in asked[0].fix
    data = open_dataset(tmp_path, options=ReadOptions(line_width=4))
    assert not [finding for finding in file_findings(data) if finding.code == "shape-invalid"]
    assert data.mask(data.samples[0])[14].nonzero()[0].tolist() == [8, 9, 10, 11]
    assert 80 < pixels(data)["crack"] < 100


@pytest.mark.parametrize(
    "xy", [[[-50.0, -9.0], [70.0, 60.0]], [[5.0, 5.0]], [[3.0, 3.0], [3.0, 3.0]], [[90.0, 90.0], [99.0, 99.0]]]
)
def test_a_line_covers_the_pixels_near_it_and_none_outside_the_photo(xy: list[list[float]]) -> None:
    points = np.array(xy)
    y, x = np.mgrid[:30, :40] + 0.5
    near = np.zeros((30, 40), dtype=np.bool_)
    for share in np.linspace(0, 1, 4001):
        at = points[0] + share * (points[-1] - points[0])
        near |= np.hypot(x - at[0], y - at[1]) <= 3
    drawn = paint([replace(thick_line(points, 6, (30, 40)), class_id=1)], (30, 40), (30, 40)) > 0
    assert (drawn != near).sum() <= 2
