import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import check
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset


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
