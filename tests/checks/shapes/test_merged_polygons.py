from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import check
from maskwright.checks.shapes.merged_polygons import parts_of
from maskwright.datasets.opening import open_dataset
from tests.support.scenes import picture, save

SIZE_PX = 200


def round_outline(x: float, y: float, radius: float, *, points: int = 14) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1)


PARTS = [round_outline(40, 50, 18), round_outline(150, 60, 15), round_outline(90, 160, 20)]


def bridged(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Join two outlines by a bridge of no width between their nearest points, as careful converters do."""
    apart = np.linalg.norm(first[:, None] - second[None], axis=2)
    i, j = np.unravel_index(apart.argmin(), apart.shape)
    first, second = np.roll(first, -i, axis=0), np.roll(second, -j, axis=0)
    return np.concatenate([first, first[:1], second, second[:1]])


def codes(folder: Path, outlines: list[list[np.ndarray]]) -> set[str]:
    for place, shapes in enumerate(outlines):
        save(folder / "images" / f"{place}.jpg", picture(place, (SIZE_PX, SIZE_PX)))
        lines = ["0 " + " ".join(f"{v:.5f}" for v in (xy / SIZE_PX).ravel()) for xy in shapes]
        (folder / "labels").mkdir(exist_ok=True)
        (folder / "labels" / f"{place}.txt").write_text("\n".join(lines) + "\n")
    (folder / "data.yaml").write_text("path: .\ntrain: images\nval: images\nnames:\n  0: thing\n")
    return {finding.code for finding in check(open_dataset(folder))}


@pytest.mark.parametrize("count", [2, 3])
def test_parts_appended_to_each_other_are_told_apart(count: int) -> None:
    parts = parts_of(np.concatenate(PARTS[:count]))
    assert [part.tolist() for part in parts] == [part.tolist() for part in PARTS[:count]]


def test_one_outline_is_one_part() -> None:
    hourglass = np.array([[10, 10], [60, 10], [40, 90], [40, 110], [60, 190], [10, 190], [30, 110], [30, 90]], float)
    for xy in (PARTS[0], hourglass, round_outline(100, 100, 80, points=5)):
        assert len(parts_of(xy)) == 1


def test_polygons_that_jump_between_parts_are_named(tmp_path: Path) -> None:
    assert "shape-joined" in codes(tmp_path, [[np.concatenate(PARTS[:2])], [PARTS[2]], *[[np.concatenate(PARTS)]] * 3])


def test_separate_polygons_and_bridges_without_width_are_not_named(tmp_path: Path) -> None:
    assert "shape-joined" not in codes(tmp_path / "separate", [PARTS] * 5)
    assert "shape-joined" not in codes(tmp_path / "bridged", [[bridged(*PARTS[:2])]] * 5)
