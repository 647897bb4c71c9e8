from collections.abc import Callable

import cv2
import numpy as np
import pytest

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.geometry.displaced_parts import displaced_part_hypotheses
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask


def discs(count: int = 10, *, size_hw: tuple[int, int] = (160, 200), seed: int = 0) -> list[Mask]:
    rng, masks = np.random.default_rng(seed), []
    for _ in range(count):
        mask = np.zeros(size_hw, np.uint8)
        for _ in range(9):
            centre = int(rng.integers(0, size_hw[1])), int(rng.integers(0, size_hw[0]))
            cv2.circle(mask, centre, int(rng.integers(8, 20)), (1,), -1)
        masks.append(mask)
    return masks


def worn(mask: Mask) -> Mask:
    return (cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 2) > 0.55).astype(np.uint8)


def laid_at_other_steps(mask: Mask, *, cut: int = 40, laid: int = 50) -> Mask:
    """Return the mask whose tiles were cut at one step along its width and put back at another."""
    out = np.zeros_like(mask)
    for place in range(4):
        out[:, place * laid : (place + 1) * laid] = mask[:, place * cut : place * cut + laid]
    return out


def halves_exchanged(mask: Mask) -> Mask:
    return np.roll(mask, mask.shape[1] // 2, axis=1)


def found_in(truths: list[Mask], predictions: list[Mask]) -> list[Finding]:
    return list(diagnose(read_pairs(list(zip(truths, predictions, strict=True)))))


def obeyed(fix: str, prediction: Mask) -> Mask:
    names = {"np": np, "prediction": prediction}
    exec(fix.split("`")[1], names)
    return np.asarray(names["prediction"])


def iou(truths: list[Mask], predictions: list[Mask]) -> float:
    pairs = list(zip(truths, predictions, strict=True))
    return float(sum((t & p).sum() for t, p in pairs) / sum((t | p).sum() for t, p in pairs))


@pytest.mark.parametrize("fault", [laid_at_other_steps, halves_exchanged])
def test_parts_that_lie_elsewhere_are_named_and_put_back_by_the_command(fault: Callable[[Mask], Mask]) -> None:
    truths = discs()
    bad = [fault(worn(t)) for t in truths]
    first = found_in(truths, bad)[0]
    assert first.code == "pred-tiles"
    assert iou(truths, [obeyed(first.fix, p) for p in bad]) > iou(truths, bad) + 0.15


@pytest.mark.parametrize("seed", range(3))
def test_a_weak_model_leaves_every_part_in_its_place(seed: int) -> None:
    truths, others = discs(seed=seed), discs(seed=seed + 50)
    weak = [worn(t) & ~o | np.roll(o, 3, axis=0) & worn(o) for t, o in zip(truths, others, strict=True)]
    assert displaced_part_hypotheses(read_pairs(list(zip(truths, weak, strict=True)))) == []


def test_one_shift_for_all_parts_is_no_other_place_of_parts() -> None:
    truths = discs()
    assert displaced_part_hypotheses(read_pairs([(t, np.roll(worn(t), 15, axis=1)) for t in truths])) == []
