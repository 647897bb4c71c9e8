from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import check
from maskwright.checks.shapes.padded_square_coordinates import squared_findings
from maskwright.checks.shapes.swapped_axes import swapped_axis_findings
from maskwright.datasets.opening import open_dataset

Point = tuple[float, float]


def yolo(folder: Path, size_wh: tuple[int, int], *, divisor: str = "own", low: bool = False) -> Path:
    """Write ten photos with one bright ellipse each, labelled as YOLO polygons with coordinates divided in some way."""
    rng = np.random.default_rng(2)
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    (folder / "data.yaml").write_text("path: .\ntrain: images\nval: images\nnames: [thing]\n", encoding="utf-8")
    wide, high = size_wh
    for i in range(10):
        photo = rng.integers(60, 100, (high, wide, 3), dtype=np.uint8)
        radii = (int(rng.integers(14, 22)), int(rng.integers(14, 22)))
        reach = 0.55 if low else 1.0
        centre = (int(rng.integers(24, wide - 24)), int(rng.integers(24, int(high * reach) - 23)))
        if i == 0 and not low:
            centre = (wide - radii[0] - 2, high - radii[1] - 2)
        cv2.ellipse(photo, centre, radii, 0, 0, 360, (220, 210, 60), -1)
        outline = cv2.ellipse2Poly(centre, radii, 0, 0, 360, 10)
        points = [divided((float(x), float(y)), size_wh, divisor) for x, y in outline]
        Image.fromarray(photo).save(folder / "images" / f"p{i}.png")
        text = "0 " + " ".join(f"{x:.5f} {y:.5f}" for x, y in points)
        (folder / "labels" / f"p{i}.txt").write_text(text + "\n", encoding="utf-8")
    return folder


def divided(point: Point, size_wh: tuple[int, int], divisor: str) -> Point:
    wide, high = size_wh
    if divisor == "own":
        return point[0] / wide, point[1] / high
    if divisor == "other":
        return point[0] / high, point[1] / wide
    longer = max(size_wh)
    away = ((longer - wide) / 2, (longer - high) / 2) if divisor == "middle" else (0.0, 0.0)
    return (point[0] + away[0]) / longer, (point[1] + away[1]) / longer


@pytest.mark.parametrize("size_wh", [(240, 150), (150, 240)])
@pytest.mark.parametrize("divisor", ["longer", "middle"])
def test_coordinates_divided_by_the_longer_side_are_named(
    tmp_path: Path, size_wh: tuple[int, int], divisor: str
) -> None:
    found = check(open_dataset(yolo(tmp_path / "d", size_wh, divisor=divisor)))[0]
    assert found.title == "Shapes are squeezed into a part of the photo"
    assert "width" in found.fix


@pytest.mark.parametrize("low", [False, True])
def test_shapes_that_fit_are_left_in_peace_also_where_they_lie_in_one_part(tmp_path: Path, low: bool) -> None:
    assert squared_findings(open_dataset(yolo(tmp_path / "d", (240, 150), low=low))) == []


@pytest.mark.parametrize("size_wh", [(200, 150), (150, 200)])
def test_coordinates_divided_by_the_other_side_are_named_before_shapes_outside(
    tmp_path: Path, size_wh: tuple[int, int]
) -> None:
    found = check(open_dataset(yolo(tmp_path / "d", size_wh, divisor="other")))[0]
    assert found.title == "Shapes were divided by the wrong sides of their photos"
    assert len(found.photos) >= 6


@pytest.mark.parametrize("divisor", ["own", "longer"])
def test_other_divisors_are_not_taken_for_the_other_side(tmp_path: Path, divisor: str) -> None:
    assert swapped_axis_findings(open_dataset(yolo(tmp_path / "d", (240, 150), divisor=divisor))) == []


def test_some_shapes_past_the_edge_are_no_other_divisor(tmp_path: Path) -> None:
    folder = yolo(tmp_path / "d", (240, 150))
    for path in sorted((folder / "labels").iterdir())[:4]:
        path.write_text(path.read_text(encoding="utf-8") + "0 1.02 0.2 1.3 0.2 1.3 0.4 1.02 0.4\n", encoding="utf-8")
    assert swapped_axis_findings(open_dataset(folder)) == []
