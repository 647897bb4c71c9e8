"""The field suite's drawn sets and the faults of public threads are what they say."""

import numpy as np
import pytest

from benchmarks.field.bases import base_of
from benchmarks.field.drawn import DRAWN, drawn_set
from benchmarks.field.second_inference import SECOND
from benchmarks.field.threads import THREADS

CAN_HAVE = {"threads": (THREADS, ("drawn_cells", "drawn_beasts")), "second": (SECOND, ("drawn_tiles", "drawn_beasts"))}


@pytest.mark.parametrize("name", list(DRAWN))
def test_a_drawn_set_shows_every_class_and_no_photo_twice(name: str) -> None:
    classes, truths = drawn_set(name)
    assert set(np.unique(np.concatenate([t.ravel() for t in truths]))) == set(range(len(classes)))
    shown = [t.tobytes() for t in truths if t.any()]
    assert len(set(shown)) == len(shown)


def test_drawn_tiles_have_some_without_a_defect() -> None:
    assert sum(not t.any() for t in drawn_set("drawn_tiles")[1]) == 4


@pytest.mark.parametrize("kind", list(CAN_HAVE))
def test_every_fault_of_a_thread_changes_predictions_of_a_set_that_can_have_it(kind: str) -> None:
    faults, names = CAN_HAVE[kind]
    bases = [base_of(name) for name in names]
    for fault in faults:
        injected = [(base, p) for base in bases if (p := fault.inject(base, np.random.default_rng(0))) is not None]
        assert injected, fault.name
        for base, pairs in injected:
            sound = base.masks
            assert any(m.shape != s.shape or not np.array_equal(m, s) for (_, m), s in zip(pairs, sound, strict=True))
