"""Slipping rows, stretched middles, parts of objects, polygons, rims, and two orders of classes are named."""

import re
from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from maskwright.classes import ClassTable, class_table
from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.undo.undone_evidence import iou_of
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask
from tests.support.drawn_pairs import jittered, one_object, three_objects

TRUTHS, MANY = one_object(), three_objects(12)
SOUND, SOUND_MANY = jittered(TRUTHS), jittered(MANY)
FOUR = class_table(("background", "bar", "box", "square"))


def first_of(truths: Sequence[Mask], predictions: Sequence[Mask], classes: ClassTable | None = None) -> Finding:
    """Return the first warning or error of a diagnosis."""
    found = examine(read_pairs(list(zip(truths, predictions, strict=True)), classes=classes)).findings
    return next(finding for finding in found if finding.severity != "note")


def obeyed(finding: Finding, truths: Sequence[Mask], predictions: Sequence[Mask]) -> tuple[float, float]:
    """Return the IoU before and after the line of Python that a fix gives."""
    line = next(code for code in re.findall(r"`([^`]+)`", finding.fix) if re.search(r"(?:^|; )prediction = ", code))
    done = []
    for truth, prediction in zip(truths, predictions, strict=True):
        size = {"height": truth.shape[0], "width": truth.shape[1]}
        scope = {"np": np, "cv2": cv2, "prediction": prediction, **size}
        exec(line, scope)  # the catalogue's own command
        done.append(scope["prediction"])
    before, after = (iou_of(read_pairs(list(zip(truths, masks, strict=True)))) for masks in (predictions, done))
    return before, after


def slipped(mask: Mask, length: int) -> Mask:
    """Return a mask whose rows were written at a greater length and read at the mask's width."""
    buffer = np.zeros((mask.shape[0], length), dtype=np.uint8)
    buffer[:, : mask.shape[1]] = mask
    return buffer.ravel()[: mask.size].reshape(mask.shape)


@pytest.mark.parametrize("length", [208, 256])
def test_rows_that_slip_are_read_at_their_own_length(length: int) -> None:
    predictions = [slipped(m, length) for m in SOUND]
    finding = first_of(TRUTHS, predictions)
    assert finding.code == "pred-raster"
    assert "stride" in finding.fix
    before, after = obeyed(finding, TRUTHS, predictions)
    assert after > before + 0.1


def test_a_middle_square_that_was_stretched_goes_back_into_the_middle() -> None:
    middles = [cv2.resize(m[:, 25:175], (200, 150), interpolation=cv2.INTER_NEAREST) for m in SOUND]
    predictions = [middle.astype(np.uint8) for middle in middles]
    finding = first_of(TRUTHS, predictions)
    assert finding.code == "pred-scaled"
    assert "middle" in finding.title
    before, after = obeyed(finding, TRUTHS, predictions)
    assert after > before + 0.1


def test_small_parts_inside_of_objects_beside_whole_ones_are_one_of_several_answers() -> None:
    predictions = []
    for place, mask in enumerate(SOUND):
        rows, columns = np.nonzero(mask)
        part = np.zeros_like(mask)
        y, x = int(rows.mean()), int(columns.mean())
        part[y - 5 : y + 5, x - 6 : x + 6] = mask[y - 5 : y + 5, x - 6 : x + 6]
        predictions.append(part if place % 2 else mask)
    finding = first_of(TRUTHS, predictions)
    assert finding.code == "pred-one-piece"
    assert len(finding.photos) == len(TRUTHS) // 2
    assert "scores.argmax()" in finding.fix


def test_a_rim_that_is_drawn_on_every_photo_is_one_place() -> None:
    rng = np.random.default_rng(0)
    predictions = []
    for mask in SOUND:
        rim = np.zeros_like(mask)
        middle = 100 + int(rng.integers(-1, 2)), 75 + int(rng.integers(-1, 2))
        cv2.circle(rim, middle, 72, (1,), 3)
        predictions.append(np.maximum(mask, rim))
    finding = first_of(TRUTHS, predictions)
    assert finding.code == "pred-excess"
    assert "a ring around the middle" in finding.evidence


def test_gaps_that_a_smooth_model_fills_in_photos_of_one_scene_are_no_alarms_at_one_place() -> None:
    panels = np.zeros((150, 200), dtype=np.uint8)
    for y in range(12, 130, 34):
        for x in range(10, 170, 28):
            panels[y : y + 29, x : x + 24] = 1
    truths = [np.roll(panels, (seed % 3 - 1, seed % 2), axis=(0, 1)) for seed in range(8)]
    smooth = [np.asarray(cv2.GaussianBlur(m.astype(np.float32), (0, 0), 4) > 0.4, dtype=np.uint8) for m in truths]
    found = examine(read_pairs(list(zip(truths, smooth, strict=True)))).findings
    assert not any("same place" in finding.title for finding in found)


def test_some_truths_in_another_order_of_classes_are_named_with_their_order() -> None:
    order = np.array([0, 2, 3, 1], dtype=np.uint8)
    truths = [order[m] if place >= 6 else m for place, m in enumerate(MANY)]
    finding = first_of(truths, SOUND_MANY, FOUR)
    assert finding.code == "truth-numbering"
    assert len(finding.photos) == 6
    line = next(code for code in re.findall(r"`([^`]+)`", finding.fix) if code.startswith("lookup"))
    scope = {"np": np, "mask": truths[-1]}
    exec(line, scope)  # the catalogue's own command
    assert np.array_equal(np.asarray(scope["mask"]), MANY[-1])


def rounded(seed: int) -> Mask:
    """Return a mask of three wavy blobs."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((240, 320), np.uint8)
    for x in (60, 160, 260):
        angle = np.linspace(0, 2 * np.pi, 200)
        radius = 32 + 6 * np.sin(5 * angle + rng.uniform(0, 6)) + 4 * np.sin(9 * angle + rng.uniform(0, 6))
        points = np.stack([x + radius * np.cos(angle), 120 + radius * np.sin(angle)], axis=1)
        cv2.fillPoly(mask, [points.astype(np.int32)], (1,))
    return mask


def test_outlines_of_few_corners_are_polygons() -> None:
    truths, predictions = [rounded(seed) for seed in range(6)], []
    for mask in jittered(truths, px=0.7):
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        done = np.zeros_like(mask)
        for outline in outlines:
            cv2.fillPoly(
                done, [cv2.approxPolyDP(outline, 0.08 * cv2.arcLength(outline, closed=True), closed=True)], (1,)
            )
        predictions.append(done)
    finding = first_of(truths, predictions)
    assert finding.code == "boundary-coarse"
    assert "epsilon" in finding.fix


def test_the_ids_of_cityscapes_in_training_are_read_by_its_table() -> None:
    names = tuple(f"class {i}" for i in range(34))
    to_label = np.array([0, 7, 11, 23, 26], dtype=np.uint8)
    to_train = np.array([255, 0, 2, 10, 13], dtype=np.uint8)
    rng = np.random.default_rng(1)
    bands = [np.repeat(rng.integers(1, 5, 6), 30)[:150] for _ in range(8)]
    truths = [np.tile(to_label[band][:, None], (1, 200)) for band in bands]
    predictions = [np.tile(to_train[band][:, None], (1, 200)) for band in bands]
    finding = first_of(truths, predictions, class_table(names))
    assert finding.code == "classes-swapped"
    assert "trainIds of Cityscapes" in finding.evidence


def test_photos_that_were_shifted_turned_and_scaled_at_once_are_named() -> None:
    truths, predictions = one_object(14), []
    for place, mask in enumerate(jittered(truths)):
        sign = 1 if place % 4 == 1 else -1
        matrix = cv2.getRotationMatrix2D((100, 75), sign * 14, 1.06)
        matrix[:, 2] += (sign * 12, 7)
        moved = cv2.warpAffine(mask, matrix, (200, 150), flags=cv2.INTER_NEAREST).astype(np.uint8)
        predictions.append(moved if place % 2 else mask)
    finding = first_of(truths, predictions)
    assert finding.code == "pred-augmented"
    assert {int(name.removeprefix("pair ")) % 2 for name in finding.photos} == {1}
