"""The cause stands before its symptom, and says what it is: exchanged channels, ids too low, tiles of their size."""

from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.evidence.from_folders import read_folders
from maskwright.diagnosis.hypotheses.tiles.seams import seam_hypotheses
from maskwright.imaging.mask_geometry import Mask
from tests.support.drawn_pairs import jittered, three_objects

TRUTHS = three_objects()
COLOURS = np.array([(0, 0, 0), (200, 40, 60), (20, 160, 220), (90, 90, 250)], dtype=np.uint8)


def test_red_and_blue_exchanged_in_colours_are_named(tmp_path: Path) -> None:
    for index, (truth, mask) in enumerate(zip(TRUTHS, jittered(TRUTHS), strict=True)):
        for folder, colours in (("truth", COLOURS[truth]), ("pred", COLOURS[mask][..., ::-1])):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(np.ascontiguousarray(colours)).save(tmp_path / folder / f"{index}.png")
    finding = diagnose(read_folders(tmp_path / "truth", tmp_path / "pred"))[0]
    assert (finding.code, finding.title) == ("pred-palette", "Red and blue are exchanged in predicted colours")
    assert "rgb[..., ::-1]" in finding.fix


def test_ids_one_too_low_stand_before_the_background_that_is_never_predicted() -> None:
    rng = np.random.default_rng(0)

    def lowered(mask: Mask) -> Mask:
        """Leave background out as reduce_zero_label does: it is predicted as any object."""
        return np.where(mask > 0, mask - 1, rng.integers(1, 3, mask.shape)).astype(np.uint8)

    first = diagnose(read_pairs([(t, lowered(m)) for t, m in zip(TRUTHS, jittered(TRUTHS), strict=True)]))[0]
    assert first.code == "classes-offset"
    assert "this also explains: a class that the truth shows is never predicted" in first.evidence


def test_the_side_of_few_tiles_is_that_of_one_tile() -> None:
    rng = np.random.default_rng(0)
    truths = [rng.integers(0, 2, (384, 384)).astype(np.uint8) for _ in range(6)]
    near = np.abs((np.arange(384) + 48) % 96 - 48) < 4
    often = np.where(near[:, None] | near[None], 0.5, 0.3)
    predictions = [np.where(rng.random(t.shape) < often, 1 - t, t).astype(np.uint8) for t in truths]
    (found,) = seam_hypotheses(read_pairs(list(zip(truths, predictions, strict=True))))
    assert "tiles of 96 px" in found.finding.evidence
