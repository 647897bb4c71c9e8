import cv2
import numpy as np
import pytest

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.postprocessing.boxes import box_hypotheses
from maskwright.imaging.mask_geometry import Mask

Box = tuple[slice, slice]


def discs(count: int = 8, *, seed: int = 0, objects: int = 4) -> list[Mask]:
    rng, masks = np.random.default_rng(seed), []
    for _ in range(count):
        mask = np.zeros((200, 240), np.uint8)
        for place in range(objects):
            centre = 32 + 56 * place + int(rng.integers(-4, 5)), int(rng.integers(40, 160))
            axes = int(rng.integers(12, 22)), int(rng.integers(12, 30))
            cv2.ellipse(mask, centre, axes, float(rng.uniform(0, 180)), 0, 360, (1,), -1)
        masks.append(mask)
    return masks


def boxes_of(mask: Mask) -> list[Box]:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    return [(slice(y, y + h), slice(x, x + w)) for x, y, w, h, _ in stats[1:].tolist()]


def filled(mask: Mask) -> Mask:
    out = np.zeros_like(mask)
    for box in boxes_of(mask):
        out[box] = 1
    return out


def cut(mask: Mask, rng: np.random.Generator) -> Mask:
    out = np.zeros_like(mask)
    for rows, columns in boxes_of(mask):
        by = rng.integers(2, 9, 2)
        box = slice(rows.start, rows.stop - int(by[0])), slice(columns.start + int(by[1]), columns.stop)
        out[box] = mask[box]
    return out


def worn(mask: Mask) -> Mask:
    return (cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 2) > 0.55).astype(np.uint8)


def titles(truths: list[Mask], predictions: list[Mask]) -> list[str]:
    return [f.title for f in diagnose(read_pairs(list(zip(truths, predictions, strict=True))))]


def is_boxed(truths: list[Mask], predictions: list[Mask]) -> bool:
    return bool(box_hypotheses(read_pairs(list(zip(truths, predictions, strict=True)))))


def test_full_rectangles_in_place_of_shapes_are_named() -> None:
    truths = discs()
    assert titles(truths, [filled(t) for t in truths])[0] == "Objects are predicted as full rectangles"


def test_objects_that_are_cut_by_their_boxes_are_named() -> None:
    truths, rng = discs(), np.random.default_rng(3)
    assert titles(truths, [cut(worn(t), rng) for t in truths])[0] == "Objects are cut off at the sides of boxes"


@pytest.mark.parametrize("seed", range(3))
def test_usual_outlines_end_at_no_boxes(seed: int) -> None:
    truths = discs(seed=seed)
    assert not is_boxed(truths, [worn(t) for t in truths])


def test_squares_of_a_coarse_network_are_no_boxes_of_objects() -> None:
    truths = discs()
    coarse = [cv2.resize(t[:192], (15, 12), interpolation=cv2.INTER_AREA) for t in truths]
    assert not is_boxed([t[:192] for t in truths], [np.kron(c, np.ones((16, 16))).astype(np.uint8) for c in coarse])


def test_objects_that_end_where_the_predicted_part_of_each_photo_ends_are_not_cut_by_boxes() -> None:
    truths = [
        np.asarray(cv2.resize(t, (240 + 7 * place, 200 + 5 * place), interpolation=cv2.INTER_NEAREST), np.uint8)
        for place, t in enumerate(discs(10))
    ]
    kept = [np.where(np.arange(t.shape[0])[:, None] < 0.5 * t.shape[0], t, 0).astype(np.uint8) for t in truths]
    assert not is_boxed(truths, kept)


def test_rectangles_that_are_drawn_a_little_too_small_are_not_cut_by_boxes() -> None:
    truths = [filled(t) for t in discs()]
    assert not is_boxed(truths, [np.asarray(cv2.erode(t, np.ones((7, 7), np.uint8))) for t in truths])


def test_lids_that_are_missing_from_all_objects_are_not_cut_off_by_boxes() -> None:
    bodies, rng = [filled(t) for t in discs()], np.random.default_rng(5)
    truths = [body.copy() for body in bodies]
    for body, truth in zip(bodies, truths, strict=True):
        for rows, columns in boxes_of(body):
            half = (columns.stop - columns.start) // 2
            axes = half, int(rng.integers(8, 18))
            cv2.ellipse(truth, (columns.start + half, rows.start), axes, 0, 180, 360, (1,), -1)
    assert not is_boxed(truths, bodies)


def test_a_class_predicted_everywhere_is_no_box() -> None:
    truths = [np.zeros((200 + 7 * place, 240 + 11 * place), np.uint8) for place in range(8)]
    for truth in truths:
        high, wide = truth.shape
        cv2.ellipse(truth, (wide // 2, high // 2), (wide // 2 - 6, high // 2 - 6), 0.0, 0, 360, (1,), -1)
    assert not is_boxed(truths, [np.ones_like(t) for t in truths])
