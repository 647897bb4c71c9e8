"""COCO's summaries are read as precisions of validation; limits of IoU in them are no scores."""

import numpy as np
import pytest

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.formats.text_logs import history_from_text
from maskwright.diagnosis.history.history import History

EPOCHS = 12


def summary(value: float) -> str:
    limits = (("0.50:0.95", "all"), ("0.50     ", "all"), ("0.75     ", "all"), ("0.50:0.95", "small"))
    lines = (f" Average Precision  (AP) @[ IoU={limit} | area={area:>6} | maxDets=100 ]" for limit, area in limits)
    values = (value, 1.5 * value, value, -1)
    recall = f" Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = {value:.3f}\n"
    return "".join(f"{line} = {v:.3f}\n" for line, v in zip(lines, values, strict=True)) + recall


def log(best: float) -> History:
    """Return the history of a training of boxes and masks, as torchvision prints it; boxes are learnt."""
    loss, learnt = 2 * np.exp(-np.arange(EPOCHS) / 4), 1 - np.exp(-np.arange(EPOCHS) / 3)
    text = "".join(
        f"Epoch: [{i}]  [ 40/41]  eta: 0:00:01  lr: 0.005000  loss: {loss[i]:.4f} ({loss[i]:.4f})  time: 0.3\n"
        f"IoU metric: bbox\n{summary(0.5 * learnt[i])}IoU metric: segm\n{summary(best * learnt[i])}"
        for i in range(EPOCHS)
    )
    return history_from_text(text, source="log.txt")


def test_precisions_of_boxes_and_of_masks_are_told_apart() -> None:
    history = log(0.4)
    assert len(history) == EPOCHS
    assert set(history.metrics) == {f"mAP{limit}_{of}" for limit in ("", "50", "75") for of in ("bbox", "segm")}
    assert history.metrics["mAP50_segm"].validation[-1] == pytest.approx(1.5 * 0.4 * (1 - np.exp(-11 / 3)), abs=1e-3)


def test_masks_that_are_never_found_are_named_and_a_good_training_is_not() -> None:
    def warned(best: float) -> list[str]:
        findings = history_findings(Evidence(history=log(best)))
        return [f.code for f in findings if f.severity != "note"]

    assert warned(0.0) == ["metric-flat"]
    assert warned(0.4) == []
