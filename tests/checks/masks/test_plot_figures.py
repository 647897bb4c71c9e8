"""Masks that were saved as figures of a plot, and others that are white along their sides."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.checks.check import check
from maskwright.datasets.opening import open_dataset
from tests.support.scenes import picture, save

Pixels = NDArray[np.uint8]
PURPLE, YELLOW = (68, 1, 84), (253, 231, 36)


def figure(mask: Pixels, *, page_wh: tuple[int, int] = (640, 480), colours: bool = True) -> Pixels:
    """Return a white page with the mask in its middle, as large as 77 % of one side, as plt.savefig draws it."""
    high, wide = mask.shape
    factor = min(0.77 * page_wh[1] / high, 0.775 * page_wh[0] / wide)
    size = round(factor * wide), round(factor * high)
    shown = np.where(mask[..., None] > 0, YELLOW, PURPLE) if colours else np.repeat(mask[..., None], 3, axis=2)
    drawn = cv2.resize(shown.astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)
    page = np.full((page_wh[1], page_wh[0], 3), 255, np.uint8)
    top, left = (page_wh[1] - size[1]) // 2, (page_wh[0] - size[0]) // 2
    page[top : top + size[1], left : left + size[0]] = drawn
    return page


def titles(folder: Path, drawn: Callable[[Pixels], Pixels], sizes: list[tuple[int, int]]) -> list[str]:
    for i, (high, wide) in enumerate(sizes):
        mask = np.zeros((high, wide), np.uint8)
        cv2.ellipse(mask, (wide // 3 + i, high // 2), (wide // 6, high // 5), 0, 0, 360, (255,), -1)
        save(folder / "images" / f"{i}.png", picture(i, (high, wide)))
        save(folder / "masks" / f"{i}.png", drawn(mask))
    return [f.title for f in check(open_dataset(folder)) if f.severity != "note"]


SIZES = [(96, 128), (120, 100), (90, 90), (150, 110)]


@pytest.mark.parametrize("colours", [True, False])
@pytest.mark.parametrize("sizes", [SIZES, [(96, 128)] * 5])
def test_masks_with_the_margins_of_a_plot_are_figures(
    tmp_path: Path, colours: bool, sizes: list[tuple[int, int]]
) -> None:
    assert "Masks are figures with white margins" in titles(tmp_path, lambda m: figure(m, colours=colours), sizes)


def test_figures_of_the_size_of_the_photos_are_named_too(tmp_path: Path) -> None:
    found = titles(tmp_path, lambda m: figure(m, page_wh=(m.shape[1], m.shape[0])), [(192, 256)] * 5)
    assert "Masks are figures with white margins" in found


def with_axes(mask: Pixels) -> Pixels:
    """Return the figure with a black frame, and the ticks and numbers of axes beside it."""
    page = figure(mask)
    drawn = np.any(page < 250, axis=2)
    inside = np.flatnonzero(np.any(drawn, axis=1)), np.flatnonzero(np.any(drawn, axis=0))
    (top, bottom), (left, right) = ((int(rows[0]), int(rows[-1])) for rows in inside)
    cv2.rectangle(page, (left, top), (right, bottom), (0, 0, 0), 1)
    for k in range(5):
        y, x = top + k * (bottom - top) // 4, left + k * (right - left) // 4
        cv2.putText(page, str(20 * k), (max(2, left - 30), y + 4), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0))
        cv2.putText(page, str(20 * k), (x - 8, min(bottom + 18, 475)), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0))
    return page


def test_figures_with_axes_are_named_too(tmp_path: Path) -> None:
    assert "Masks are figures with white margins" in titles(tmp_path, with_axes, SIZES)


def test_white_backgrounds_and_pages_are_no_figures(tmp_path: Path) -> None:
    def page(mask: Pixels) -> Pixels:
        black = np.full_like(mask, 255)
        black[10:-10, 10:-10] = 0
        return black

    for name, drawn in (("inverted", lambda mask: 255 - mask), ("page", page)):
        assert "Masks are figures with white margins" not in titles(tmp_path / name, drawn, [(200, 200)] * 5)


@pytest.mark.parametrize("sizes", [[(192, 256)] * 8, [(192 + 6 * k, 256 + 8 * k) for k in range(8)]])
def test_boards_and_pages_on_a_white_background_are_no_figures(tmp_path: Path, sizes: list[tuple[int, int]]) -> None:
    rng = np.random.default_rng(0)

    def board(mask: Pixels) -> Pixels:
        high, wide = mask.shape
        left, top = (int(value) for value in rng.integers(15, 50, 2))
        page = np.full((high, wide, 3), 255, np.uint8)
        page[top : top + high * 7 // 10, left : left + wide * 7 // 10] = (200, 30, 30)
        page[top + 40 : top + 60, left + 40 : left + 60] = (0, 0, 200)
        return page

    assert "Masks are figures with white margins" not in titles(tmp_path, board, sizes)
