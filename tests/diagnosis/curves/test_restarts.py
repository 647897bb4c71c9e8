"""Breaks of a training: resumed with the weights alone, broken for good, or planned by a schedule."""

import numpy as np
import pytest

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import history_from_columns
from maskwright.findings.finding import Finding
from tests.support.drawn_histories import Values


def found(columns: dict[str, Values]) -> list[Finding]:
    history = history_from_columns({n: v.tolist() for n, v in columns.items()}, source="train.csv")
    return [f for f in history_findings(Evidence(history=history)) if f.severity != "note"]


def warm_restarts(rows: int, first: int, factor: int) -> Values:
    """Return the rates of a cosine schedule whose cycles grow by a factor."""
    rates, length, at = np.zeros(rows), first, 0
    while at < rows:
        steps = np.arange(min(length, rows - at))
        rates[at : at + len(steps)] = 1e-3 * (1 + np.cos(np.pi * steps / length)) / 2 + 1e-6
        at, length = at + length, length * factor
    return rates


@pytest.mark.parametrize(("first", "factor", "rows"), [(10, 2, 150), (20, 1, 120), (15, 3, 195)])
def test_warm_restarts_of_a_schedule_are_planned(first: int, factor: int, rows: int) -> None:
    rng = np.random.default_rng(0)
    rate, at = warm_restarts(rows, first, factor), np.arange(rows, dtype=float)
    level = np.exp(-at / 30)
    loss = (0.002 + 0.006 * level) * (1 + 0.6 * rate / 1e-3) * rng.normal(1, 0.01, rows)
    dice = 0.8 - 0.6 * level - 0.15 * rate / 1e-3 + rng.normal(0, 0.01, rows)
    assert found({"epoch": at, "train_loss": loss, "val_dice": dice, "lr": rate}) == []


def test_two_restarts_at_odd_places_are_none_of_a_schedule() -> None:
    rng = np.random.default_rng(0)
    at = np.arange(100, dtype=float)
    since = np.where(at < 61, at, at - 61)
    loss = (0.2 + 0.8 * np.exp(-since / 12)) * rng.normal(1, 0.01, 100)
    dice = 0.8 - 0.6 * np.exp(-since / 12) + rng.normal(0, 0.01, 100)
    rate = 1e-2 * 0.96**since
    assert [f.code for f in found({"epoch": at, "train_loss": loss, "val_dice": dice, "lr": rate})] == [
        "training-restarted"
    ]


@pytest.mark.parametrize("row", [40, 120, 170])
def test_a_mask_branch_that_breaks_for_good_is_no_resumed_training(row: int) -> None:
    rng = np.random.default_rng(0)
    at = np.arange(200, dtype=float)
    broken = at >= row
    mask_loss = np.where(broken, 8 * 0.998 ** (at - row), 1 + 1.8 * np.exp(-at / 30)) * rng.normal(1, 0.01, 200)
    box_loss = (0.6 + np.exp(-at / 30)) * rng.normal(1, 0.01, 200)
    masks = np.where(broken, 0.0, 0.8 - 0.7 * np.exp(-at / 30))
    columns = {"epoch": at, "train/box_loss": box_loss, "train/seg_loss": mask_loss}
    boxes = 0.85 - 0.7 * np.exp(-at / 30) + rng.normal(0, 0.01, 200)
    finding, *_ = found(columns | {"metrics/mAP50(B)": boxes, "metrics/mAP50(M)": masks})
    assert finding.code == "training-restarted"
    assert "did not come back" in finding.title


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("keeps", [True, False])
def test_stronger_augmentation_in_the_middle_is_no_restart(every: int, keeps: bool) -> None:
    rng = np.random.default_rng(0)
    at = np.arange(60, dtype=float)
    harder = at >= 30
    loss = np.where(harder, 0.5 * np.exp(-(at - 30) / 40), 0.1 + 0.8 * np.exp(-at / 8)) * rng.normal(1, 0.01, 60)
    ours = np.where(harder, 0.62 + 0.002 * (at - 30), 0.85 - 0.7 * np.exp(-at / 8)) + rng.normal(0, 0.005, 60)
    theirs = 0.75 - 0.6 * np.exp(-at / 8) + rng.normal(0, 0.01, 60)
    theirs = theirs if keeps else np.where(harder, 0.45 + 0.006 * (at - 30), theirs)
    theirs[at % every != 0] = np.nan
    codes = [f.code for f in found({"epoch": at, "train_loss": loss, "train_iou": ours, "val_iou": theirs})]
    assert ("training-restarted" in codes) == (not keeps)
