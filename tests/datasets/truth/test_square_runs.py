"""Run lengths on square photos: the edges of the photos say along which side pixels are counted."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.truth.shapes import bitmap_of
from maskwright.datasets.truth.square_runs import mask_of_bitmaps
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.run_lengths.codec import run_lengths
from tests.support.drawn_layouts import ids, photo, save, text


def square(number: int) -> Mask:
    return np.asarray(ids(number)[:, :96])


def runs(mask: Mask) -> str:
    counts = run_lengths(np.ascontiguousarray(mask.astype(bool)))
    starts = np.cumsum(counts)[:-1:2] + 1
    return " ".join(f"{start} {length}" for start, length in zip(starts, counts[1::2], strict=True))


@pytest.mark.parametrize("along_rows", [True, False])
def test_the_edges_of_square_photos_say_along_which_side_pixels_are_counted(tmp_path: Path, along_rows: bool) -> None:
    lines = []
    for k in range(6):
        save(tmp_path / f"train/s_{k}.png", photo(k)[:, :96])
        for class_id, name in ((1, "disc"), (2, "box")):
            drawn = square(k) == class_id
            lines.append(f"s_{k},{name},{runs(drawn if along_rows else drawn.T)}")
    text(tmp_path / "train.csv", "\n".join(["id,class,segmentation", *lines]) + "\n")
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "box", "disc")
    for k, sample in enumerate(data.samples):
        np.testing.assert_array_equal(data.mask(sample), np.array([0, 2, 1])[square(k)])
    said = [finding.evidence for finding in file_findings(data) if finding.code == "reading-choice"]
    assert any("lie on the edges of the photos" in evidence for evidence in said) == along_rows


def test_each_bitmap_has_its_own_id_and_a_damaged_one_has_none() -> None:
    first, second = (bitmap_of(0, np.ones((2, 3), dtype=np.bool_), corner_xy=(x, x)) for x in (0, 3))
    mask = mask_of_bitmaps([first, "has a start without a length", second], (6, 7))
    assert np.bincount(mask.ravel()).tolist() == [30, 6, 0, 6]
    assert mask[3, 3] == 3
