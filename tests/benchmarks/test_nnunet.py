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
