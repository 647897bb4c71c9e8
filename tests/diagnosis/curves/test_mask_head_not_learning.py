"""Instance segmentation: boxes that are learned beside masks that never were."""

import numpy as np
import pytest

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import history_from_columns
from maskwright.findings.finding import Finding
from tests.support.drawn_histories import Values

AT = np.arange(30, dtype=float)
FALL = np.exp(-AT / 8)
NAMES = {
    "ultralytics": ("metrics/mAP50(B)", "metrics/mAP50(M)", "train/box_loss", "train/seg_loss"),
    "torchvision": ("val_mAP_bbox", "val_mAP_segm", "loss_box_reg", "loss_mask"),
    "detectron2": ("bbox/AP", "segm/AP", "loss_box_reg", "loss_mask"),
}


def found(tool: str, mask_loss: Values, masks: Values) -> list[Finding]:
    box_score, mask_score, box_loss, of_masks = NAMES[tool]
    often = np.where(AT % (3 if tool == "detectron2" else 1) == 0, 1, np.nan)
    columns = {
        "epoch": AT,
        box_loss: 0.2 + FALL,
        of_masks: mask_loss,
        box_score: often * (0.7 - 0.6 * FALL),
        mask_score: often * masks,
    }
    history = history_from_columns({n: v.tolist() for n, v in columns.items()}, source="results.csv")
    return [f for f in history_findings(Evidence(history=history)) if f.severity != "note"]


@pytest.mark.parametrize("tool", NAMES)
def test_a_mask_loss_that_vanishes_is_of_empty_masks(tool: str) -> None:
    finding, *_ = found(tool, 0.6 * np.exp(-AT) + 0.001, 0 * AT)
    assert (finding.code, "are empty" in finding.title) == ("metric-flat", True)


@pytest.mark.parametrize("tool", NAMES)
def test_a_mask_loss_that_rises_is_of_masks_that_lie_elsewhere(tool: str) -> None:
    finding, *_ = found(tool, 280 - 260 * FALL, 0 * AT)
    assert "contradict" in finding.title


@pytest.mark.parametrize("tool", NAMES)
def test_a_usual_mask_loss_leaves_the_cause_open(tool: str) -> None:
    finding, *_ = found(tool, 0.55 + 0.1 * FALL, 0 * AT + 0.001)
    assert finding.title == "Boxes are found, masks never were"


@pytest.mark.parametrize("tool", NAMES)
def test_masks_that_are_found_later_or_worse_than_boxes_are_healthy(tool: str) -> None:
    assert found(tool, 0.2 + 0.4 * FALL, np.maximum(0.3 - 0.4 * FALL, 0)) == []


@pytest.mark.parametrize("tool", NAMES)
def test_thin_masks_that_score_little_and_rise_are_healthy(tool: str) -> None:
    assert found(tool, 0.2 + 0.4 * FALL, 0.03 * (1 - FALL)) == []
