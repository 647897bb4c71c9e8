"""Predictions that are figures of a plot are refused; masks with white sides of another kind pass."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.evidence.from_folders import read_folders
from maskwright.diagnosis.undo.undone_evidence import iou_of
from maskwright.errors import DataError
from maskwright.imaging.mask_geometry import Mask
from tests.support.drawn_pairs import jittered, one_object

TRUTHS = one_object(6)
DRAWN = jittered(TRUTHS)


def figure(mask: Mask, *, wide: int = 300, labels: bool = False) -> Mask:
    """Return a mask of 0 and 1 in the middle of a white figure of 320x480 px, smoothed as a plot shows it."""
    high = round(wide * mask.shape[0] / mask.shape[1])
    shown = cv2.resize(mask * 255, (wide, high), interpolation=cv2.INTER_CUBIC)
    out = np.full((high + 80, wide + 180), 255, np.uint8)
    out[40 : 40 + high, 100 : 100 + wide] = shown
    if labels:
        out[50 + high : 56 + high, 120:130] = 0
    return out


@pytest.mark.parametrize("labels", [False, True])
def test_figures_in_grey_are_refused(labels: bool) -> None:
    with pytest.raises(DataError, match="figures with white margins"):
        read_pairs([(t, figure(m, labels=labels)) for t, m in zip(TRUTHS, DRAWN, strict=True)])


def test_a_figure_that_is_cut_as_the_message_says_scores_as_the_mask_did() -> None:
    figures = [figure(m) for m in DRAWN]
    with pytest.raises(DataError) as refusal:
        read_pairs(list(zip(TRUTHS, figures, strict=True)))
    left, top, right, bottom = map(int, str(refusal.value).partition("crop((")[2].partition("))")[0].split(", "))
    cut = [np.asarray(Image.fromarray(f).convert("L").crop((left, top, right, bottom))) for f in figures]
    before = iou_of(read_pairs(list(zip(TRUTHS, DRAWN, strict=True))))
    assert iou_of(read_pairs(list(zip(TRUTHS, cut, strict=True)))) > before - 0.02


def test_coloured_figures_of_few_and_of_many_colours_in_one_folder_are_refused(tmp_path: Path) -> None:
    colours = np.array([[68, 1, 84], [253, 231, 36]], np.uint8)
    for i, (truth, mask) in enumerate(zip(TRUTHS, DRAWN, strict=True)):
        shown = np.full((*figure(mask).shape, 3), 255, np.uint8)
        scaled = cv2.resize(colours[mask], (300, shown.shape[0] - 80), interpolation=cv2.INTER_LINEAR if i % 2 else 0)
        shown[40:-40, 100:400] = scaled
        for folder, array in (("truth", truth), ("figures", shown)):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(array).save(tmp_path / folder / f"{i}.png")
    with pytest.raises(DataError, match="figures with white margins"):
        read_folders(tmp_path / "truth", tmp_path / "figures")


def half(mask: Mask) -> Mask:
    return np.ascontiguousarray(mask[::2, ::2])


def framed(mask: Mask) -> Mask:
    out = mask.copy()
    out[:4], out[-4:], out[:, :4], out[:, -4:] = 255, 255, 255, 255
    return out


@pytest.mark.parametrize(
    "stored",
    [
        lambda m: 255 * (1 - m),
        lambda m: half(255 * (1 - m)),
        lambda m: cv2.GaussianBlur(255 * (1 - m), (5, 5), 1.5),
        framed,
        lambda m: half(framed(m)),
        lambda m: np.pad(255 * m, 8, constant_values=255),
    ],
    ids=["inverted", "inverted, half size", "inverted, smooth", "frame", "frame, half size", "padding of 255"],
)
def test_white_sides_of_another_kind_are_no_figures(stored: Callable[[Mask], Mask]) -> None:
    pairs = [(t, np.asarray(stored(m), np.uint8)) for t, m in zip(TRUTHS, DRAWN, strict=True)]
    assert len(read_pairs(pairs).cases) == len(pairs)
