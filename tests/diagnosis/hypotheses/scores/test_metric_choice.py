import numpy as np
import pytest

from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.hypotheses.scores.metric_choice import metric_choice_findings, shift_cost
from maskwright.imaging.mask_geometry import Mask
from tests.support.cases_in_memory import cases


def square(size: int = 40, *, canvas: int = 120) -> Mask:
    mask = np.zeros((canvas, canvas), np.uint8)
    mask[20 : 20 + size, 30 : 30 + size] = 1
    return mask


def lines() -> Mask:
    mask = np.zeros((120, 120), np.uint8)
    mask[60:62] = 1
    mask[:, 40:42] = 1
    return mask


def spots() -> Mask:
    mask = square(60)
    for place in range(6):
        mask[100:103, 10 + 15 * place : 13 + 15 * place] = 1
    return mask


def note(masks: list[Mask]) -> tuple[str, str]:
    """Return the evidence and the fix."""
    (finding,) = metric_choice_findings(Evidence(cases=cases(masks, masks)))
    assert (finding.code, finding.severity) == ("metric-choice", "note")
    return finding.evidence, finding.fix


def test_the_cost_of_a_shift_of_one_pixel_is_counted_exactly() -> None:
    seen = shift_cost(square(40))
    expected = 39 / 41
    assert seen.shift_iou == pytest.approx(expected)
    assert seen.shift_dice == pytest.approx(2 * expected / (1 + expected))
    assert seen.shift_boundary == 1.0
    assert (seen.object_pixels, seen.areas) == (1600, (1600,))


def test_one_large_object_is_judged_by_iou() -> None:
    evidence, fix = note([square(60)] * 4)
    assert "dataset IoU" in fix
    assert evidence.startswith(
        "dataset IoU fits best: it counts every wrong pixel, and outlines hardly change it, since"
    )
    assert "costs 0.03 IoU, 0.02 Dice and 0.00 boundary F1 within 2 px" in evidence


def test_thin_lines_are_judged_by_their_boundary() -> None:
    evidence, fix = note([lines()] * 4)
    assert "boundary F1" in fix
    assert "so IoU mostly measures the outline" in evidence


def test_many_uneven_objects_are_judged_by_recall_too() -> None:
    evidence, fix = note([spots()] * 4)
    assert "object recall" in fix
    assert "missing the smallest costs 0.002 IoU" in evidence


def test_empty_photos_ask_for_a_score_of_false_alarms() -> None:
    evidence, fix = note([square(60), *[np.zeros((120, 120), np.uint8)] * 2])
    assert "share of empty photos with a false alarm" in fix
    assert "2 of 3 photos show no object" in evidence


def test_nothing_is_said_where_no_photo_shows_an_object() -> None:
    empty = np.zeros((20, 20), np.uint8)
    assert metric_choice_findings(Evidence(cases=cases([empty], [empty]))) == []
    assert metric_choice_findings(Evidence()) == []
