"""What a log alone shows: weights kept at the lowest score, labels that differ between loss and metric, collapses."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.reading import read_history
from maskwright.findings.finding import Finding
from tests.support.drawn_histories import Values
from tests.support.drawn_histories import history as of

ROWS = 30
AT = np.arange(ROWS)
LOSS = 0.1 + 0.7 * np.exp(-AT / 6)
SCORE = 0.9 - LOSS


def warned(history: History) -> list[str]:
    return [f.code for f in findings(history) if f.severity != "note"]


def findings(history: History) -> list[Finding]:
    return history_findings(Evidence(history=history))


def keras_log(path: Path, scores: Values, *, first: float, losses: Values = LOSS) -> History:
    """Write a log of Keras with a checkpoint that watches for the smallest (`first` inf) or largest score."""
    best, lines = first, list[str]()
    for i, (score, loss) in enumerate(zip(scores, losses, strict=True)):
        values = f"loss: {loss:.4f} - dice_coef: {score:.4f} - val_loss: {1.1 * loss:.4f} - val_dice_coef: {score:.4f}"
        lines.append(f"Epoch {i + 1}/{ROWS}\n9/9 [====] - 3s 200ms/step - {values}\n")
        said = f"val_dice_coef did not improve from {best:.5f}"
        if score < best if first > 0 else score > best:
            said, best = f"val_dice_coef improved from {best:.5f} to {score:.5f}, saving model to best.h5", score
        lines.append(f"Epoch {i + 1:05d}: {said}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_history(path)


def test_weights_kept_at_the_lowest_score_are_named(tmp_path: Path) -> None:
    (finding,) = [
        f for f in findings(keras_log(tmp_path / "train.log", SCORE, first=np.inf)) if f.code == "score-minimised"
    ]
    assert "0.100" in finding.evidence
    assert 'monitor="val_dice_coef"' in finding.fix


def test_weights_kept_at_the_highest_score_are_fine(tmp_path: Path) -> None:
    assert warned(keras_log(tmp_path / "train.log", SCORE, first=-np.inf)) == []


def test_a_distance_by_the_name_of_a_score_may_be_kept_at_its_lowest(tmp_path: Path) -> None:
    history = keras_log(tmp_path / "train.log", 1 - SCORE, first=np.inf)
    assert not [f for f in findings(history) if "weights were kept" in f.evidence]


def lightning_log(path: Path, *, lowest: bool) -> History:
    best, lines = np.inf if lowest else -np.inf, list[str]()
    for i, (score, loss) in enumerate(zip(SCORE, LOSS, strict=True)):
        lines.append(f"epoch {i} loss {loss:.4f} val_loss {1.1 * loss:.4f} val_iou {score:.4f}")
        saves = score < best if lowest else score > best
        best = score if saves else best
        said = f"reached {score:.5f} (best {score:.5f}), saving model to 'a.ckpt' as top 1"
        lines.append(f"Epoch {i}, global step {9 * i}: 'val_iou' {said if saves else 'was not in top 1'}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_history(path)


@pytest.mark.parametrize("lowest", [True, False])
def test_a_checkpoint_of_lightning_is_named_if_it_keeps_the_lowest_score(tmp_path: Path, lowest: bool) -> None:
    history = lightning_log(tmp_path / "train.log", lowest=lowest)
    assert warned(history) == (["score-minimised"] if lowest else [])


def test_a_loss_and_an_accuracy_that_cannot_both_be_right_are_named() -> None:
    history = of(loss=2 * LOSS, val_loss=2 * LOSS, val_accuracy=np.full(ROWS, 0.02), val_miou=np.full(ROWS, 0.01))
    (finding,) = [f for f in findings(history) if f.code == "metric-flat"]
    assert "contradict" in finding.title


@pytest.mark.parametrize(
    ("scale", "accuracy"),
    [
        (1.0, SCORE + 0.1),
        (0.05, 0.1 + 0.3 * SCORE),
        (1.0, np.full(ROWS, 0.95)),
        (3.0, np.full(ROWS, 0.02)),
    ],
    ids=["a good training", "a scaled loss of a weak model", "only background", "a loss that stays high"],
)
def test_losses_that_accuracy_allows_are_not_accused(scale: float, accuracy: Values) -> None:
    history = of(loss=scale * LOSS + (scale > 1), val_loss=scale * LOSS + (scale > 1), val_accuracy=accuracy)
    assert "metric-flat" not in warned(history)


@pytest.mark.parametrize("side", ["", "val_"])
def test_an_accuracy_beside_a_score_that_rises_counts_something_else(side: str) -> None:
    flat = {f"{side}accuracy": np.full(ROWS, 0.12), f"{side}mean_iou": SCORE}
    assert warned(of(loss=LOSS, val_loss=1.1 * LOSS, **flat)) == []


def collapsing(rows: list[int], *, of_training: float = 0.0, of_validation: float = 1.0) -> History:
    gone = np.isin(AT, rows)
    wavering = 0.004 * np.random.default_rng(1).normal(size=ROWS)
    return of(
        loss=LOSS + wavering + of_training * gone,
        iou=SCORE + wavering,
        val_loss=LOSS + 2 * wavering + of_validation * gone,
        val_iou=np.where(gone, 0.002, SCORE + 2 * wavering),
    )


def test_a_validation_that_collapses_in_single_epochs_is_named() -> None:
    history = collapsing([8, 14, 15, 22])
    assert warned(history) == ["validation-noisy"]
    assert "BatchNorm" in next(f for f in findings(history) if f.severity != "note").mechanism


@pytest.mark.parametrize(
    "history",
    [
        collapsing([8, 22]),
        collapsing([14, 15, 16, 17]),
        collapsing([8, 15, 22], of_training=0.6),
        collapsing([8, 15, 22], of_validation=0.0),
        collapsing([]),
    ],
    ids=["twice", "once for long", "training too", "the score alone", "never"],
)
def test_other_bad_epochs_are_not_batchnorms(history: History) -> None:
    assert not [f for f in findings(history) if "comes back" in f.evidence]


def test_only_a_loss_without_parts_is_compared_with_guessing() -> None:
    rng = np.random.default_rng(0)
    stuck = np.r_[40.0, np.full(ROWS - 1, 3.0)] + 0.1 * rng.normal(size=ROWS)
    assert warned(of(loss=stuck, val_iou=np.full(ROWS, 0.1) + 0.01 * SCORE)) == ["lr-too-high"]
    assert "lr-too-high" not in warned(of(total_loss=stuck, val_iou=np.full(ROWS, 0.1) + 0.01 * SCORE))


def test_a_loss_that_is_nearly_0_after_the_first_row_beside_a_perfect_score_has_nothing_to_learn_from() -> None:
    rng = np.random.default_rng(0)
    losses = np.r_[0.135, rng.uniform(2e-4, 6e-4, 2 * ROWS)]
    assert warned(of(loss=losses, mIoU=np.ones(2 * ROWS + 1)))[:1] == ["loss-zero"]


def test_a_loss_that_becomes_small_while_a_score_rises_was_learned() -> None:
    falling = 0.3 * np.exp(-np.arange(3 * ROWS) / 8) + 3e-4
    assert "loss-zero" not in warned(of(loss=falling, mIoU=1 - falling))


def test_a_focal_loss_that_is_small_from_the_fourth_row_on_and_learns_is_no_loss_of_0() -> None:
    at, rng = np.arange(100), np.random.default_rng(0)
    small = (0.0009 * np.exp(-at / 60) + 0.0001) * (1 + 0.03 * rng.normal(size=100))
    small[:3] = 0.05, 0.004, 0.0015
    level = np.r_[small[:3], rng.uniform(2e-4, 6e-4, 97)]
    rising = 0.72 - 0.52 * np.exp(-at / 15) + 0.005 * rng.normal(size=100)
    for losses, score in ((small, rising), (level, rising), (small, np.full(100, 0.3))):
        assert "loss-zero" not in warned(of(loss=losses, val_loss=1.2 * losses, val_iou=score))
    assert "loss-zero" not in warned(of(loss=small))
    (found,) = [f for f in findings(of(loss=level, val_iou=np.full(100, 0.3))) if f.code == "loss-zero"]
    assert "in the 97 rows from row 4 on" in found.evidence


def test_an_accuracy_of_hardly_anything_beside_a_small_loss_is_of_other_labels() -> None:
    accuracy = 0.041 + np.random.default_rng(0).normal(0, 0.003, ROWS)
    losses = 0.47 + 2.4 * np.exp(-AT / 5)
    assert "metric-flat" in warned(of(loss=losses, val_loss=losses, val_accuracy=accuracy))


def falling(rows: list[int], to: float, *, of_training: float = 0.0) -> History:
    """Return a history whose score falls to a share of its level in single rows of validation."""
    low = np.isin(AT, rows)
    wavering = 0.004 * np.random.default_rng(2).normal(size=ROWS)
    score = np.maximum(SCORE, 0.3)
    return of(
        loss=LOSS + wavering + of_training * low,
        iou=score + wavering,
        val_loss=LOSS + 2 * wavering + low,
        val_iou=np.where(low, to * score, score + 2 * wavering),
    )


def test_a_validation_that_falls_by_half_again_and_again_is_named() -> None:
    assert warned(falling([8, 12, 15, 19, 22], 0.4)) == ["validation-noisy"]


@pytest.mark.parametrize(
    "history",
    [
        falling([8, 12, 15, 19, 22], 0.85),
        falling([8, 15, 22], 0.4),
        falling([8, 9, 10, 11, 12], 0.4),
        falling([8, 12, 15, 19, 22], 0.4, of_training=0.6),
    ],
    ids=["by little", "three times", "once for long", "training too"],
)
def test_other_falls_are_not_those_of_averages(history: History) -> None:
    assert not [f for f in findings(history) if "comes back" in f.evidence]


def resumed(after: NDArray[np.floating[Any]], losses: NDArray[np.floating[Any]]) -> History:
    """Return a history of rough losses of single batches and a score of training, with a break in the middle."""
    rough = 0.06 * np.random.default_rng(3).normal(size=40)
    before = 0.72 + 0.001 * np.arange(20)
    jump = np.asarray(np.r_[np.full(20, 0.25), losses] * (1 + rough), dtype=np.float64)
    return of(loss=jump, miou=np.asarray(np.r_[before, after], dtype=np.float64))


def test_a_break_in_a_score_beside_rough_losses_is_named() -> None:
    history = resumed(np.linspace(0.56, 0.655, 20), np.linspace(0.42, 0.344, 20))
    assert "training-restarted" in warned(history)


@pytest.mark.parametrize(("last", "is_named"), [(0.15, False), (0.35, True)])
def test_a_rate_that_is_raised_by_plan_is_no_break_where_the_loss_comes_back(last: float, is_named: bool) -> None:
    after, rate = np.linspace(0.56, 0.8, 20), np.tile(np.geomspace(1e-2, 1e-4, 20), 2)
    history = resumed(after, np.linspace(0.42, last, 20))
    planned = replace(history, rate=rate)
    assert ("training-restarted" in warned(planned)) == is_named


@pytest.mark.parametrize(
    ("after", "losses"),
    [
        (0.74 + 0.001 * np.arange(20), np.full(20, 0.24)),
        (np.r_[0.56, 0.745, 0.75 + 0.001 * np.arange(18)], np.full(20, 0.25)),
        (0.56 + 0.005 * np.arange(20), np.full(20, 0.25)),
    ],
    ids=["no break", "one bad row", "a score of other photos"],
)
def test_what_is_no_break_in_a_score_is_not_named(after: Values, losses: Values) -> None:
    assert "training-restarted" not in warned(resumed(after, losses))


WEIGHTS = (
    "classWeights =\n\n    0.7370\n    1.0000\n       Inf\n",
    "class weights: tensor([0.21, 4.70, inf])\n",
    "weights of classes = [0.3 2.1 nan]\n",
)


def log_of_nan(path: Path, before: str) -> History:
    path.write_text(before + "".join(f"epoch {i} loss nan val_acc 0.2\n" for i in range(12)), encoding="utf-8")
    return read_history(path)


def test_a_row_without_a_number_before_the_first_step_is_no_fault(tmp_path: Path) -> None:
    rows = "".join(f"{i},{0.9 * 0.9**i:.4f},{1 - 0.8 * 0.9**i:.4f}\n" for i in range(1, 20))
    (tmp_path / "log.csv").write_text(f"epoch,train_loss,val_dice\n0,nan,0.02\n{rows}", encoding="utf-8")
    assert "loss-not-finite" not in {finding.code for finding in findings(read_history(tmp_path / "log.csv"))}


@pytest.mark.parametrize("weights", WEIGHTS)
def test_an_infinite_class_weight_explains_a_loss_that_is_nan_at_once(tmp_path: Path, weights: str) -> None:
    (finding,) = [f for f in findings(log_of_nan(tmp_path / "train.log", weights)) if f.code == "loss-not-finite"]
    assert "class weight" in finding.title
    assert "learning rate" not in finding.fix


@pytest.mark.parametrize("before", ["", "class weights: [0.3, 2.1, 0.9]\n", "weights loaded\ninfo: 3 classes\n"])
def test_a_loss_that_is_nan_at_once_is_no_fault_of_the_rate_alone(tmp_path: Path, before: str) -> None:
    (finding,) = [f for f in findings(log_of_nan(tmp_path / "train.log", before)) if f.code == "loss-not-finite"]
    assert "from the first row on" in finding.title
