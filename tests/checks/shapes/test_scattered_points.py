"""Outlines whose points are not in their order."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import check
from maskwright.checks.shapes.scattered_points import long_steps
from maskwright.datasets.opening import open_dataset
from maskwright.findings.finding import Finding
from tests.support.scenes import picture, save

SIZE_PX = 200


def thing(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mask = np.zeros((SIZE_PX, SIZE_PX), np.uint8)
    centre, axes = rng.integers(70, 130, 2).tolist(), rng.integers(18, 60, 2).tolist()
    cv2.ellipse(mask, centre, axes, int(rng.integers(0, 180)), 0, 360, (1,), -1)
    return mask


def outline(mask: np.ndarray) -> np.ndarray:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return contours[0][:, 0].astype(float)


def row_by_row(mask: np.ndarray) -> np.ndarray:
    edge = mask - cv2.erode(mask, np.ones((3, 3), np.uint8))
    return np.argwhere(edge)[:, ::-1].astype(float)


def column_by_column(mask: np.ndarray) -> np.ndarray:
    return row_by_row(mask.T)[:, ::-1]


def in_no_order(mask: np.ndarray) -> np.ndarray:
    return np.random.default_rng(0).permutation(outline(mask))


def found(folder: Path, outlines: list[np.ndarray]) -> list[Finding]:
    for place, xy in enumerate(outlines):
        save(folder / "images" / f"{place}.jpg", picture(place, (SIZE_PX, SIZE_PX)))
        (folder / "labels").mkdir(exist_ok=True)
        line = "0 " + " ".join(f"{v:.5f}" for v in (xy / SIZE_PX).ravel())
        (folder / "labels" / f"{place}.txt").write_text(line + "\n")
    (folder / "data.yaml").write_text("path: .\ntrain: images\nval: images\nnames:\n  0: thing\n")
    return [f for f in check(open_dataset(folder)) if f.severity != "note"]


@pytest.mark.parametrize("order", [row_by_row, column_by_column, in_no_order])
def test_points_out_of_their_order_are_an_error(tmp_path: Path, order: object) -> None:
    assert callable(order)
    first = found(tmp_path, [order(thing(seed)) for seed in range(8)])[0]
    assert first.title == "Points of outlines are not in their order"
    assert ("row by row" in first.evidence) == (order is not in_no_order)


@pytest.mark.parametrize("step", [1, 4, 9])
def test_outlines_that_go_round_are_fine(tmp_path: Path, step: int) -> None:
    assert not [f for f in found(tmp_path, [outline(thing(s))[::step] for s in range(8)]) if "order" in f.title]


def test_clicks_at_uneven_distances_are_an_outline() -> None:
    rng = np.random.default_rng(0)
    shares = [long_steps(outline(thing(s))[np.sort(rng.choice(100, 16, replace=False))]) for s in range(12)]
    assert max(shares) < 0.35


def comb(seed: int) -> np.ndarray:
    begins, top = 10 + seed, 40 + 3 * seed
    tooth = ((0, 140), (0, top), (4, top), (4, 140))
    teeth = [(x + dx, y) for x in range(begins, begins + 150, 15) for dx, y in tooth]
    return np.array([*teeth, (begins + 150, 170), (begins, 170)], dtype=float)


def star(seed: int) -> np.ndarray:
    turns = [turn + seed for turn in np.arange(6) * np.pi / 3]
    rays = [(angle + off, far) for angle in turns for off, far in ((0, 8), (0.02, 90), (0.06, 90))]
    return np.array([(100 + far * np.cos(angle), 100 + far * np.sin(angle)) for angle, far in rays])


@pytest.mark.parametrize("shape", [comb, star])
def test_long_thin_teeth_cross_nothing_and_are_outlines(tmp_path: Path, shape: object) -> None:
    assert callable(shape)
    assert min(long_steps(shape(seed)) for seed in range(8)) >= 0.35
    assert not [f for f in found(tmp_path, [shape(seed) for seed in range(8)]) if "order" in f.title]
