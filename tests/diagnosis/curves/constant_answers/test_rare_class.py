"""A class that the labels hold and nothing predicts: its share is what the accuracy leaves."""

import numpy as np
import pytest

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import history_from_columns
from maskwright.diagnosis.ranking import ranked_causes
from maskwright.findings.finding import Finding
from tests.support.drawn_histories import Values, falling

ROWS = 12


def found(**columns: Values) -> list[Finding]:
    drawn = history_from_columns({n.replace("__", "."): v.tolist() for n, v in columns.items()}, source="log")
    return [f for f in ranked_causes(history_findings(Evidence(history=drawn))) if f.severity != "note"]


@pytest.mark.parametrize(("share", "weight"), [(0.0164, 8), (0.05, 4), (0.001, 32)])
def test_the_share_of_the_class_says_how_much_it_must_weigh(share: float, weight: int) -> None:
    full = np.full(ROWS, 1 - share)
    first, *_ = found(loss=falling(ROWS, first=0.5, last=4 * share), aAcc=full, mIoU=full / 2, IoU__background=full,
                     IoU__crack=np.zeros(ROWS))  # fmt: skip
    assert first.title == "A rare class is in the labels and never predicted"
    assert f"class_weight=[1.0, {weight}.0]" in first.fix


def test_a_training_loss_far_below_what_it_costs_leaves_open_where_the_class_is_missing() -> None:
    full = np.full(ROWS, 0.95)
    loss = falling(ROWS, first=0.5, last=0.002, pace=40)
    first, *_ = found(train_loss=loss, val_aAcc=full, val_mIoU=full / 2, val_IoU__road=full, val_IoU__car=0 * full)
    assert first.title == "The score of a class stays at 0"
