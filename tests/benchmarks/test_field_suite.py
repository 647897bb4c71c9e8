"""The field suite's drawn sets and the faults of public threads are what they say."""

import numpy as np
import pytest

from benchmarks.field.bases import base_of
from benchmarks.field.drawn import DRAWN, drawn_set
from benchmarks.field.second_inference import SECOND
from benchmarks.field.threads import THREADS


@pytest.mark.parametrize("name", list(DRAWN))
def test_a_drawn_set_shows_every_class_and_no_photo_twice(name: str) -> None:
    classes, truths = drawn_set(name)
    assert set(np.unique(np.concatenate([t.ravel() for t in truths]))) == set(range(len(classes)))
    shown = [t.tobytes() for t in truths if t.any()]
    assert len(set(shown)) == len(shown)


def test_drawn_tiles_have_some_without_a_defect() -> None:
    assert sum(not t.any() for t in drawn_set("drawn_tiles")[1]) == 4


def test_every_fault_of_a_thread_changes_predictions_of_a_set_that_can_have_it() -> None:
    bases = [base_of("drawn_cells"), base_of("drawn_beasts")]
    for fault in (*THREADS, *SECOND):
        injected = [(base, p) for base in bases if (p := fault.inject(base, np.random.default_rng(0))) is not None]
        assert injected, fault.name
        for base, pairs in injected:
            sound = base.masks
            assert any(m.shape != s.shape or not np.array_equal(m, s) for (_, m), s in zip(pairs, sound, strict=True))
