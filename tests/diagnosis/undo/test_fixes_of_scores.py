"""Fixes begin from what is stored: obeyed to the letter on scores of any layout, each undoes its fault."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from benchmarks.field.cures.obey import followed
from benchmarks.field.faults import Array, Pairs
from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.undo.undone_evidence import iou_of
from maskwright.findings.finding import Finding

Fault = Callable[[Array], Array]
HIGH, WIDE, CLASSES = 96, 120, 3


def drawn(seed: int) -> Array:
    """Return a mask of two discs and a box, in no symmetric places."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((HIGH, WIDE), np.uint8)
    x, y = (int(v) for v in rng.integers(16, 40, 2))
    cv2.circle(mask, (x, y), 13, (1,), -1)
    cv2.rectangle(mask, (x + 40, y + 8), (x + 62, y + 40), (2,), -1)
    cv2.circle(mask, (x + 8, y + 44), 8, (2,), -1)
    return mask


def _speckled(mask: Array) -> Array:
    noisy = mask.copy()
    at = np.random.default_rng(5).random(mask.shape) < 0.06
    noisy[at] = (mask[at] + 1) % CLASSES
    return noisy


def _halves_exchanged(mask: Array) -> Array:
    """Exchange the four quarters over the diagonal, as tiles written in columns and read in rows."""
    high, wide = (side // 2 for side in mask.shape)
    out = mask.copy()
    out[:high, wide:], out[high:, :wide] = mask[high:, :wide], mask[:high, wide:]
    return out


def _larger(mask: Array) -> Array:
    return np.asarray(cv2.resize(mask, None, fx=1.3, fy=1.3, interpolation=cv2.INTER_NEAREST)[:HIGH, :WIDE])


def _board(mask: Array) -> Array:
    y, x = np.mgrid[:HIGH, :WIDE]
    near = cv2.dilate(mask, np.ones((9, 9), np.uint8)) != cv2.erode(mask, np.ones((9, 9), np.uint8))
    return np.where(near & ((x + y) % 2 == 0), cv2.dilate(mask, np.ones((9, 9), np.uint8)), mask)


def _thick(mask: Array) -> Array:
    return np.asarray(cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))))


FAULTS: dict[str, tuple[str, Fault]] = {
    "mirrored": ("pred-flipped", lambda mask: mask[:, ::-1]),
    "turned by half": ("pred-turned", lambda mask: mask[::-1, ::-1]),
    "shifted": ("pred-shifted", lambda mask: np.roll(mask, (7, 11), axis=(0, 1))),
    "enlarged": ("pred-scaled", _larger),
    "tiles in another order": ("pred-tiles", _halves_exchanged),
    "read in columns": ("pred-raster", lambda mask: mask.ravel(order="F").reshape(mask.shape)),
    "specks": ("pred-speckled", _speckled),
    "a checkerboard": ("pred-checkerboard", _board),
}


def _one_channel_each(mask: Array) -> Array:
    return np.stack([np.where(mask == c, 0.9, 0.05) for c in range(CLASSES)]).astype(np.float32)


def _as_logits(mask: Array) -> Array:
    """Return the objects' logits alone: where there is none, all are below 0, and any of them is the greatest."""
    low = np.random.default_rng(2).uniform(-4, -2, (CLASSES - 1, *mask.shape))
    return np.where(mask == np.arange(1, CLASSES)[:, None, None], 4.0, low).astype(np.float32)


STORED: dict[str, Callable[[Array], Array]] = {
    "CxHxW": _one_channel_each,
    "1xCxHxW": lambda mask: _one_channel_each(mask)[None],
    "HxWxC": lambda mask: np.moveaxis(_one_channel_each(mask), 0, -1),
    "objects' channels": _as_logits,
    "ids of 64 bits": lambda mask: mask.astype(np.int64),
    "1xHxW ids": lambda mask: mask[None],
}


def _obeyed(pairs: Pairs, code: str) -> tuple[float, float]:
    classes = class_table(("background", "disc", "box")[: 1 + max(int(truth.max()) for truth, _ in pairs)])
    evidence = read_pairs(pairs, classes=classes)
    finding = next(f for f in examine(evidence).findings if f.code == code)
    return iou_of(evidence), iou_of(read_pairs(_followed(finding, pairs), classes=classes))


def _followed(finding: Finding, pairs: Pairs) -> Pairs:
    changed = followed(finding, pairs)
    assert changed is not None, finding.fix
    assert all(prediction.shape == truth.shape for truth, prediction in changed), finding.fix
    return changed


@pytest.mark.parametrize(
    ("fault", "layout"),
    [*((fault, "CxHxW") for fault in FAULTS), *(("mirrored", layout) for layout in STORED if layout != "CxHxW")],
)
def test_a_fix_undoes_its_fault_in_what_is_stored(fault: str, layout: str) -> None:
    code, inject = FAULTS[fault]
    pairs = [(mask, STORED[layout](np.ascontiguousarray(inject(mask)))) for mask in map(drawn, range(6))]
    before, after = _obeyed(pairs, code)
    assert after > before + 0.01


@pytest.mark.parametrize(
    "store",
    [
        lambda mask: np.where(mask, 0.9, 0.1).astype(np.float32),
        lambda mask: np.where(mask, 3.0, -3.0).astype(np.float32)[None],
        lambda mask: mask * np.int32(1),
        lambda mask: np.stack([np.where(mask, 0.1, 0.9), np.where(mask, 0.9, 0.1)], axis=-1),
    ],
    ids=["probabilities", "logits 1xHxW", "ids of 32 bits", "HxWx2"],
)
def test_objects_that_are_too_thick_are_thinned_in_what_is_stored(store: Callable[[Array], Array]) -> None:
    truths = [np.minimum(mask, 1) for mask in map(drawn, range(6))]
    before, after = _obeyed([(truth, store(_thick(truth))) for truth in truths], "pred-thick")
    assert after > before + 0.1


def test_outlines_are_filled_in_stored_scores() -> None:
    kernel = np.ones((3, 3), np.uint8)
    outlines = [(mask, np.where(cv2.erode(mask, kernel) == mask, 0, mask)) for mask in map(drawn, range(6))]
    before, after = _obeyed([(truth, _one_channel_each(line)) for truth, line in outlines], "pred-outlines")
    assert after > before + 0.3
