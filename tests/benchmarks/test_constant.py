from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.methods.constant import fit
from benchmarks.methods.task import Task
from maskwright.datasets.truth.shapes import Shapes
from tests.support.drawn import disc_photos
from tests.support.plans import parts_of


def painted(task: Task) -> int:
    """Return the class id that the constant paints, which it paints everywhere."""
    mask = fit(task).segment(np.zeros((5, 7, 3), dtype=np.uint8))
    assert mask.shape == (5, 7)
    assert len(np.unique(mask)) == 1
    return int(mask[0, 0])


def test_the_constant_is_the_object_unless_most_photos_show_none(tmp_path: Path) -> None:
    parts = parts_of(disc_photos(tmp_path, count=6), test=1, inner=0)
    assert painted(Task(parts, 1.0, 0, tmp_path)) == 1
    samples = parts.train.samples
    empty = tuple(replace(s, truth=Shapes(())) for s in samples[1:])
    mostly_empty = replace(parts, train=replace(parts.train, samples=(samples[0], *empty)))
    assert painted(Task(mostly_empty, 1.0, 0, tmp_path)) == 0


def test_every_class_counts_where_there_is_no_background(tmp_path: Path) -> None:
    parts = parts_of(disc_photos(tmp_path, count=4), test=1, inner=0)
    classes = replace(parts.train.classes, background=None)
    scene = replace(parts, train=replace(parts.train, classes=classes))
    assert painted(Task(scene, 1.0, 0, tmp_path)) == 0
