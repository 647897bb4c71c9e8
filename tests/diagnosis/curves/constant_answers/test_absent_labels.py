"""Nothing is wrong and nothing is found: the labels hold one class."""

import numpy as np
import pytest

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History, history_from_columns
from tests.support.drawn_histories import Values, falling, history

ROWS = 14
ONES, ZEROS = np.ones(ROWS), np.zeros(ROWS)
LOGS: dict[str, dict[str, Values]] = {
    "PaddleSeg": {"Acc": ONES, "mIoU": ONES / 2, "Class IoU[0]": ONES, "Class IoU[1]": ZEROS},
    "MMSegmentation": {"aAcc": 100 * ONES, "mIoU": 50 * ONES, "IoU.background": 100 * ONES, "IoU.crack": ZEROS},
    "Keras": {"val_accuracy": ONES, "val_iou": ZEROS},
    "Keras, three classes": {"val_accuracy": ONES, "val_mean_io_u": ONES / 3},
    "Hugging Face": {"eval_overall_accuracy": ONES, "eval_mean_iou": ONES / 2},
}


@pytest.mark.parametrize("tool", LOGS)
def test_an_accuracy_of_1_beside_a_class_at_0_is_of_labels_without_it(tool: str) -> None:
    loss = falling(ROWS, first=0.7, last=2e-4, pace=40)
    drawn = history_from_columns(
        {"train_loss": loss.tolist()} | {n: v.tolist() for n, v in LOGS[tool].items()}, source="log"
    )
    found = [f for f in history_findings(Evidence(history=drawn)) if f.severity != "note"]
    assert [f.code for f in found] == ["class-missing"]
    assert "no training label" in found[0].evidence
    assert "np.unique" in found[0].fix


def test_a_sure_and_good_segmentation_is_not_named() -> None:
    columns = {"loss": falling(ROWS, first=0.7, last=1e-3), "val_accuracy": 0.99999 * ONES, "val_iou": 0.97 * ONES}
    drawn = history_from_columns({n: v.tolist() for n, v in columns.items()}, source="log")
    assert "class-missing" not in [f.code for f in history_findings(Evidence(history=drawn))]


def of_ultralytics(box_loss: float, score: float) -> History:
    rows = np.arange(20)
    return history(
        **{
            "train/seg_loss": list(3.4 * 0.9**rows),
            "metrics/mAP50(M)": [score] * 20,
            "val/box_loss": [box_loss] * 20,
            "val/seg_loss": list(30.0 + rows),
        }
    )


def test_validation_without_labels_is_named() -> None:
    findings = history_findings(Evidence(history=of_ultralytics(0.0, 0.0)))
    assert [f.code for f in findings if f.severity != "note"] == ["class-missing"]
    assert "val/box_loss" in findings[0].evidence
    for box_loss, score in ((1.4, 0.0), (0.0, 0.3)):
        findings = history_findings(Evidence(history=of_ultralytics(box_loss, score)))
        assert "exactly 0" not in "".join(f.evidence for f in findings)
