from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_folders import read_folders
from maskwright.errors import DataError

COUNT = 8


def box(place: int) -> tuple[int, int, int, int]:
    return 10 + 3 * place, 12 + 2 * place, 40 + 3 * place, 36 + 2 * place


def truths(root: Path, *values: int) -> Path:
    """Write masks with a box of a class each, in turn, and one mask without any."""
    folder = root / "truth"
    folder.mkdir()
    for place in range(COUNT):
        mask = np.zeros((80, 120), np.uint8)
        left, top, right, bottom = box(place)
        mask[top:bottom, left:right] = values[place % len(values)]
        Image.fromarray(mask).save(folder / f"p{place}.png")
    Image.fromarray(np.zeros((80, 120), np.uint8)).save(folder / "empty.png")
    return folder


def lines(root: Path, classes: int, *, sure: str = "", by_px: int = 0, folder: str = "pred") -> Path:
    """Write the boxes as YOLO outlines, moved to the right; none for the empty photo."""
    (root / folder).mkdir(parents=True)
    for place in range(COUNT):
        left, top, right, bottom = box(place)
        corners = [(left + by_px, top), (right + by_px, top), (right + by_px, bottom), (left + by_px, bottom)]
        numbers = " ".join(f"{x / 120:.6f} {y / 80:.6f}" for x, y in corners)
        (root / folder / f"p{place}.txt").write_text(f"{place % classes} {numbers}{sure}\n")
    return root / folder


@pytest.mark.parametrize(("values", "sure"), [((1, 2), ""), ((1, 2), " 0.91"), ((85, 170), ""), ((255,), "")])
def test_lines_are_read_as_masks_whatever_values_the_truth_stores(
    tmp_path: Path, values: tuple[int, ...], sure: str
) -> None:
    evidence = read_folders(truths(tmp_path, *values), lines(tmp_path, len(values), sure=sure))
    assert len(evidence.cases) == COUNT + 1
    assert np.array_equal(np.diag(evidence.counts), evidence.counts.sum(axis=1))


def test_faults_of_lines_are_named_as_those_of_masks(tmp_path: Path) -> None:
    truth = truths(tmp_path, 1, 2)
    assert diagnose(read_folders(truth, lines(tmp_path, 2, by_px=12)))[0].code == "pred-shifted"


def test_labels_beside_drawn_pictures_are_read_and_boxes_alone_are_refused(tmp_path: Path) -> None:
    truth = truths(tmp_path, 1)
    lines(tmp_path, 1, folder="predict/labels")
    Image.new("RGB", (120, 80), (90, 20, 30)).save(tmp_path / "predict" / "p0.jpg")
    assert len(read_folders(truth, tmp_path / "predict").cases) == COUNT + 1
    (tmp_path / "boxes").mkdir()
    for place in range(COUNT):
        (tmp_path / "boxes" / f"p{place}.txt").write_text("0 0.3 0.4 0.2 0.2 0.88\n")
    with pytest.raises(DataError, match="8 boxes and no outline"):
        read_folders(truth, tmp_path / "boxes")


def test_a_class_beyond_those_of_the_truth_is_no_other_class(tmp_path: Path) -> None:
    """The truth's classes are stored as 38 and 75: class 37 of a model of 80 has the id 38, and is none of them."""
    predictions = lines(tmp_path, 2)
    (predictions / "p0.txt").write_text((predictions / "p0.txt").read_text().replace("0 ", "37 ", 1))
    evidence = read_folders(truths(tmp_path, 38, 75), predictions)
    assert evidence.table[1, 38] > 0
    assert evidence.counts[1, 1] > 0
    assert np.array_equal(np.diag(evidence.counts)[[0, 2]], evidence.counts.sum(axis=1)[[0, 2]])


def test_every_txt_is_accounted_for(tmp_path: Path) -> None:
    predictions = lines(tmp_path, 1)
    (predictions / "another.txt").write_text((predictions / "p0.txt").read_text())
    (predictions / "classes.txt").write_text("cell\n")
    evidence = read_folders(truths(tmp_path, 1), predictions)
    assert evidence.unmatched == ("another", "classes")
    (predictions / "p3.txt").write_text("0 0.1 0.2 0.3\n")
    unread = read_folders(tmp_path / "truth", predictions).unread
    assert len(unread) == 1
    assert "p3.txt, line 1" in unread[0]


def test_names_are_paired_as_those_of_masks_are(tmp_path: Path) -> None:
    """Endings that say what a file is count neither in the truth's name nor in that of the lines."""
    predictions, truth = lines(tmp_path, 1), truths(tmp_path, 1)
    for place in range(COUNT):
        (truth / f"p{place}.png").rename(truth / f"p{place}_rgb.png")
        (predictions / f"p{place}.txt").rename(predictions / f"p{place}_rgb.txt")
    evidence = read_folders(truth, predictions)
    assert evidence.counts[1, 1] == evidence.counts[1].sum() > 0


def test_squares_that_fill_holes_are_told_as_squares(tmp_path: Path) -> None:
    """Masks at a fraction of the size close what thin rings enclose."""
    (tmp_path / "truth").mkdir()
    (tmp_path / "pred").mkdir()
    rows, columns = np.mgrid[:240, :360]
    for place in range(8):
        far = np.abs(np.hypot(rows - 90 - 7 * place, columns - 150 - 9 * place) - 14) < 2
        line = np.abs(rows - 20 - 8 * place - 0.3 * columns) < 2
        truth = (far | line).astype(np.uint8)
        small = truth.reshape(24, 10, 36, 10).mean(axis=(1, 3)) > 0.05
        Image.fromarray(truth).save(tmp_path / "truth" / f"{place}.png")
        Image.fromarray(np.kron(small, np.ones((10, 10))).astype(np.uint8)).save(tmp_path / "pred" / f"{place}.png")
    first = diagnose(read_folders(tmp_path / "truth", tmp_path / "pred"))[0]
    assert first.title == "Predictions consist of squares"
