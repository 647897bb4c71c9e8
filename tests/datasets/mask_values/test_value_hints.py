"""What single values of masks may be that counts for nothing."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.datasets.mask_values.value_hints import value_hints
from maskwright.datasets.truth.mask_truth import MaskFile


def pairs_of(root: Path, *, outer: int, black: bool) -> list[tuple[Path, MaskFile]]:
    """Save four masks of a region of 2 within a band of `outer` px of 1, and photos of them."""
    pairs = []
    for k in range(4):
        mask = np.zeros((60, 80), np.uint8)
        mask[20 + k - outer : 44 + outer, 20 - outer : 60 + outer] = 1
        mask[20 + k : 44, 20:60] = 2
        photo = np.random.default_rng(k).integers(60, 200, (60, 80, 3), dtype=np.uint8)
        photo[(mask == 0) & black] = 0
        Image.fromarray(mask).save(root / f"{k}_mask.png")
        Image.fromarray(photo).save(root / f"{k}.png")
        pairs.append((root / f"{k}.png", MaskFile(root / f"{k}_mask.png")))
    return pairs


@pytest.mark.parametrize(("outer", "black", "named"), [(2, False, [1]), (14, False, []), (2, True, [0, 1])])
def test_bands_and_black_ground_are_hinted_at(tmp_path: Path, *, outer: int, black: bool, named: list[int]) -> None:
    said = value_hints(pairs_of(tmp_path, outer=outer, black=black))
    assert [value for value in range(4) if f"--set data.ignore={value}" in said] == named


def test_masks_of_very_many_values_and_unreadable_ones_hint_at_nothing(tmp_path: Path) -> None:
    pairs = pairs_of(tmp_path, outer=2, black=False)
    Image.fromarray(np.arange(4800, dtype=np.uint16).reshape(60, 80)).save(tmp_path / "0_mask.png")
    assert value_hints(pairs) == ""
    for _, mask in pairs:
        mask.path.write_bytes(b"none")
    assert value_hints(pairs) == ""
    assert value_hints([]) == ""
