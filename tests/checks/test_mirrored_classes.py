"""Mirrored copies whose sides keep their classes are named; exchanged ones, and classes without sides, are not."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.checks.check import check
from maskwright.datasets.opening import open_dataset

CODE = "mask-mirrored-classes"
EXCHANGED = np.array([0, 2, 1], np.uint8)


def written(folder: Path, names: tuple[str, str], *, exchange: bool, copies: int = 4) -> Path:
    """Write photos with one object on each side, half of them with a mirrored copy, and masks with ids."""
    rng = np.random.default_rng(3)
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    for number in range(6):
        photo = cv2.resize(rng.integers(0, 255, (12, 16, 3), np.uint8), (160, 120), interpolation=cv2.INTER_CUBIC)
        mask = np.zeros((120, 160), np.uint8)
        cv2.circle(mask, (30 + 3 * number, 70), 18, (1,), -1)
        cv2.circle(mask, (125, 50 + 4 * number), 22, (2,), -1)
        photo[mask == 1] = (200, 40, 40)
        photo[mask == 2] = (40, 40, 200)
        files = [("", photo, mask)]
        if number < copies:
            turned = mask[:, ::-1]
            files.append(("_hflip", photo[:, ::-1], EXCHANGED[turned] if exchange else turned))
        for suffix, picture, ids in files:
            cv2.imwrite(str(folder / "images" / f"frame_{number}{suffix}.png"), picture)
            cv2.imwrite(str(folder / "masks" / f"frame_{number}{suffix}.png"), ids)
    table = f"id,name,colour,ignore\n0,other,,\n1,{names[0]},,\n2,{names[1]},,\n"
    (folder / "classes.csv").write_text(table, encoding="utf-8")
    return folder


@pytest.mark.parametrize("names", [("side_left", "side_right"), ("LeftEar", "RightEar"), ("auge_l", "auge_r")])
def test_sides_that_were_not_exchanged_are_named(tmp_path: Path, names: tuple[str, str]) -> None:
    found = [f for f in check(open_dataset(written(tmp_path / "kept", names, exchange=False))) if f.code == CODE]
    assert len(found) == 1
    assert "4 of 4 pairs" in found[0].evidence
    right = open_dataset(written(tmp_path / "exchanged", names, exchange=True))
    assert CODE not in {f.code for f in check(right)}


def test_classes_without_sides_keep_their_ids(tmp_path: Path) -> None:
    dataset = open_dataset(written(tmp_path / "photos", ("car", "lorry"), exchange=False))
    assert CODE not in {f.code for f in check(dataset)}
