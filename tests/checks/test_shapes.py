"""Shapes that later ones cover are named, and shapes of another scale are measured."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import check
from maskwright.checks.shapes import hidden_findings
from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.truth.shapes import Ellipse, Polygon, Shape, Shapes, bitmap_of

LARGE = Polygon(1, ((0, 0), (40, 0), (40, 30), (0, 30)))
SMALL = Polygon(2, ((10, 10), (20, 10), (20, 20), (10, 20)))


def dataset_of(*shapes: Shape) -> Dataset:
    sample = Sample("a.png", Path("a.png"), Shapes(shapes), (30, 40))
    return Dataset(Path(), "drawn", (sample,), class_table(("background", "board", "defect")))


@pytest.mark.parametrize(
    "small",
    [SMALL, Ellipse(2, (15, 15), (4, 3)), bitmap_of(2, np.ones((3, 4), np.bool_), corner_xy=(9, 9))],
)
def test_a_small_shape_under_a_later_large_one_is_named(small: Shape) -> None:
    (finding,) = hidden_findings(dataset_of(small, LARGE))
    assert (finding.code, finding.severity, finding.photos) == ("shape-hidden", "warning", ("a.png",))
    assert "a.png: defect at x " in finding.evidence


@pytest.mark.parametrize(
    "shapes",
    [
        (LARGE, SMALL),
        (Polygon(1, SMALL.xy), LARGE),
        (SMALL, Polygon(1, ((0, 0), (15, 0), (15, 30), (0, 30)))),
        (SMALL, LARGE, SMALL),
        (Polygon(2, ((-30, -30), (-20, -30), (-20, -20))), Polygon(1, ((-40, -40), (40, -40), (40, 30), (-40, 30)))),
    ],
)
def test_shapes_that_can_be_seen_are_not_named(shapes: tuple[Shape, ...]) -> None:
    assert hidden_findings(dataset_of(*shapes)) == []


def photos_with_discs(folder: Path, *, factor: float, bytes_differ: bool) -> Dataset:
    """Write photos of bright discs with VIA circles, whose coordinates are for photos `factor` times smaller."""
    rng = np.random.default_rng(5)
    entries = {}
    for i in range(6):
        pixels = rng.normal(90, 12, (200, 260, 3))
        x, y, radius = rng.uniform(60, 180), rng.uniform(60, 140), rng.uniform(25, 45)
        rows, columns = np.mgrid[:200, :260]
        pixels[(columns - x) ** 2 + (rows - y) ** 2 < radius**2] += 90
        path = folder / f"{i}.png"
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
        circle = {"name": "circle", "cx": x / factor, "cy": y / factor, "r": radius / factor}
        size = path.stat().st_size + bytes_differ
        region = {"shape_attributes": circle, "region_attributes": {}}
        entries[f"{i}"] = {"filename": path.name, "size": size, "regions": [region]}
    (folder / "via.json").write_text(json.dumps(entries))
    return open_dataset(folder)


@pytest.mark.parametrize("factor", [0.5, 1.28, 2.0])
def test_photos_resized_since_they_were_annotated_are_an_error_with_the_factor(tmp_path: Path, factor: float) -> None:
    dataset = photos_with_discs(tmp_path, factor=factor, bytes_differ=True)
    (finding,) = [f for f in check(dataset) if f.code == "photo-changed"]
    assert (finding.severity, len(finding.photos)) == ("error", 6)
    measured = float(finding.evidence.split("scaled by ")[1].split()[0])
    assert measured == pytest.approx(factor, rel=0.03)


def test_photos_saved_again_at_the_same_size_are_a_note(tmp_path: Path) -> None:
    dataset = photos_with_discs(tmp_path, factor=1.0, bytes_differ=True)
    assert [f.severity for f in check(dataset) if f.code == "photo-changed"] == ["note"]


def test_photos_that_are_the_annotated_files_are_not_measured(tmp_path: Path) -> None:
    dataset = photos_with_discs(tmp_path, factor=2.0, bytes_differ=False)
    assert [f for f in check(dataset) if f.code == "photo-changed"] == []
