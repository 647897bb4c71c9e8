import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("nnunetv2")  # the bench-nnunet extra

from benchmarks.methods import nnunet_2d
from benchmarks.methods.task import Task
from tests.support.drawn import disc_photos
from tests.support.plans import parts_of

pytestmark = pytest.mark.filterwarnings("ignore")  # its packages warn of their own future


def test_nnu_net_gets_pictures_with_the_ignored_label_behind_the_classes(tmp_path: Path) -> None:
    parts = parts_of(disc_photos(tmp_path / "data", count=3), test=1, inner=0)
    parts = replace(parts, train=replace(parts.train, keep_pixels=0.5))
    nnunet_2d._write_raw(Task(parts, 75.0, 0, tmp_path))
    raw = tmp_path / "raw" / nnunet_2d.NAME
    assert json.loads((raw / "dataset.json").read_text())["labels"] == {"background": 0, "class 1": 1, "ignore": 2}
    label = np.array(Image.open(raw / "labelsTr" / "p0000.png"))
    assert set(np.unique(label)) == {0, 1, 2}
    assert Image.open(raw / "imagesTr" / "p0000_0000.png").size == label.shape[::-1]


class OneStep:
    """A clock that does not depend on the machine: one step fills the budget."""

    def __init__(self, budget_s: float) -> None:
        self.seconds, self.budget_s = 0.0, budget_s

    def has_time(self) -> bool:
        had, self.seconds = self.seconds < self.budget_s, self.seconds + self.budget_s
        return had


def test_nnu_net_plans_trains_and_paints_masks_of_the_photo_s_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nnunet_2d, "Stopwatch", OneStep)
    parts = parts_of(disc_photos(tmp_path / "data", count=6, size_hw=(64, 80)), test=1, inner=0)
    trained = nnunet_2d.fit(Task(parts, 75.0, 0, tmp_path))
    assert trained.steps == 1
    mask = trained.segment(parts.train[0].photo)
    assert mask.shape == (64, 80)
    assert set(np.unique(mask)) <= {0, 1}
