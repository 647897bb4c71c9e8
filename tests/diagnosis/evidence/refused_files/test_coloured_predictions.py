"""Predictions in colours: palettes of the truth are read, others and random ones are refused with what to do."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.diagnosis.evidence.from_folders import read_folders
from maskwright.diagnosis.undo.undone_evidence import iou_of
from maskwright.errors import DataError
from maskwright.imaging.mask_geometry import Mask
from tests.support.drawn_pairs import jittered, three_objects

COLOURS = np.array([(0, 0, 0), (70, 130, 180), (220, 20, 60), (107, 142, 35)], dtype=np.uint8)
TRUTHS = three_objects(6)
DRAWN = jittered(TRUTHS)


def saved(folder: Path, masks: list[Mask], *, as_palette: bool = False, dithered: bool = False) -> Path:
    """Write masks in the colours of the classes, as RGB, with a palette of them, or on the web palette."""
    folder.mkdir()
    for place, mask in enumerate(masks):
        image = Image.fromarray(COLOURS[mask])
        if as_palette:
            image = image.quantize(4)
        if dithered:
            image = image.convert("P")
        image.save(folder / f"{place}.png")
    return folder


def test_palette_files_in_the_colours_of_the_truth_are_read_by_colour(tmp_path: Path) -> None:
    evidence = read_folders(saved(tmp_path / "truth", TRUTHS), saved(tmp_path / "pred", DRAWN, as_palette=True))
    assert iou_of(evidence) > 0.8


def test_colours_on_the_web_palette_are_refused_and_the_command_gives_them_back(tmp_path: Path) -> None:
    truth, pred = saved(tmp_path / "truth", TRUTHS), saved(tmp_path / "pred", DRAWN, dithered=True)
    with pytest.raises(DataError, match="web palette") as refused:
        read_folders(truth, pred)
    line = re.findall(r"`(colours = [^`]+)`", str(refused.value))[0]
    for path in pred.iterdir():
        exec(line, {"np": np, "Image": Image, "path": path})  # the message's own command
    assert iou_of(read_folders(truth, pred)) > 0.75


def test_colours_drawn_anew_for_each_photo_are_refused(tmp_path: Path) -> None:
    truth, folder = saved(tmp_path / "truth", TRUTHS), tmp_path / "pred"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for place, mask in enumerate(DRAWN):
        Image.fromarray(rng.integers(1, 255, (4, 3), dtype=np.uint8)[mask]).save(folder / f"{place}.png")
    with pytest.raises(DataError, match="colours of its own"):
        read_folders(truth, folder)
