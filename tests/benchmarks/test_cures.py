"""Fixes are obeyed to the letter on the case that raised them, and the IoU rises."""

import numpy as np
import pytest

from benchmarks.field.bases import Base
from benchmarks.field.cures.obey import followed
from benchmarks.field.cures.predictions import cured
from benchmarks.field.faults import FAULTS, Fault
from benchmarks.field.suite import named
from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from tests.support.drawn_pairs import jittered, one_object, three_objects

MANY, ONE = three_objects(6), one_object(6)


def base(truths: list[np.ndarray], count: int) -> Base:
    names = ("background", *(f"class {i}" for i in range(1, count)))
    maps = [np.stack([(m == c).astype(np.float32) for c in range(count)]) for m in jittered(truths)]
    return Base("drawn", class_table(names), tuple(truths), tuple(maps))


def fault_of(name: str) -> Fault:
    return next(f for f in FAULTS if named(f) == name)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("tiles in another order (2x2)", 4),
        ("padding not cut (middle)", 4),
        ("greys of a palette", 4),
        ("too thick (4 px)", 2),
        ("reshape instead of transpose", 4),
    ],
)
def test_a_fix_that_is_obeyed_raises_the_iou(name: str, count: int) -> None:
    cure = cured(fault_of(name), base(MANY if count == 4 else ONE, count))
    assert cure is not None
    assert cure.obeyed
    assert cure.after > cure.before + 0.05, (cure.code, cure.before, cure.after)


def test_colours_of_another_palette_are_named_with_the_colours() -> None:
    palette = np.array([0, 0x800000, 0x008000, 0x808000]) + np.array([0, 1, 1, 1]) * (1 << 24)
    findings = diagnose(read_pairs([(t, palette[t]) for t in MANY]))
    assert findings[0].code == "pred-palette"
    assert "(128, 0, 0): 1" in findings[0].fix
    assert followed(findings[0], [(t, t) for t in MANY]) is None  # it reads files, not arrays
