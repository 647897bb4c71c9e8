"""Each fault is drawn with noise, over several seeds; healthy histories of all shapes give no warning."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History, history_from_columns
from maskwright.findings.finding import Finding
from tests.support.cases_in_memory import cases
from tests.support.drawn_histories import Values, falling, healthy, history, noisy

Draw = Callable[[np.random.Generator], History]
ROWS = 30


def found(drawn: History) -> list[Finding]:
    return history_findings(Evidence(history=drawn))


def rising(rng: np.random.Generator, *, last: float = 0.8, rows: int = ROWS) -> Values:
    return np.asarray(last - falling(rows, first=last, last=0.0) + rng.normal(0, 0.01, rows))


def learnt(rng: np.random.Generator, *, last: float = 0.1, rows: int = ROWS) -> Values:
    return noisy(falling(rows, first=0.9, last=last), rng, 0.03)


def explodes(rng: np.random.Generator) -> History:
    loss = learnt(rng, last=0.5)
    loss[8:] *= np.linspace(2, 40, ROWS - 8)
    return history(loss=loss)


def explodes_to_nan(rng: np.random.Generator) -> History:
    loss = noisy(np.geomspace(0.8, 600, 12), rng, 0.1)
    return history(loss=[*loss, math.inf, math.inf])


def leaps(rng: np.random.Generator) -> History:
    return history(loss=noisy(np.full(ROWS, 2.0), rng, 0.8), val_iou=np.abs(rng.normal(0.05, 0.03, ROWS)))


def lands_on_a_plateau_far_out(rng: np.random.Generator) -> History:
    loss = noisy(np.r_[90.0, 3.0, np.full(ROWS - 2, 0.72)], rng, 0.01)
    return history(loss=loss, val_iou=rng.normal(0.02, 0.001, ROWS), lr=np.full(ROWS, 0.3))


def turns_nan(rng: np.random.Generator) -> History:
    return history(loss=[*learnt(rng)[:9], math.inf, math.inf, math.inf])


def creeps(rng: np.random.Generator) -> History:
    loss = noisy(np.linspace(1.44, 1.38, ROWS), rng, 0.002)
    return history(loss=loss, val_iou=np.linspace(0.02, 0.05, ROWS) + rng.normal(0, 0.003, ROWS))


def stands_still_at_a_tiny_rate(rng: np.random.Generator) -> History:
    return history(loss=noisy(np.full(ROWS, 0.69), rng, 0.005), lr=np.full(ROWS, 1e-6))


def stands_still(rng: np.random.Generator) -> History:
    return history(loss=noisy(np.full(ROWS, 0.693), rng, 0.005), val_iou=np.abs(rng.normal(0.03, 0.004, ROWS)))


def falls_below_zero(rng: np.random.Generator) -> History:
    return history(loss=noisy(np.geomspace(1, 900, ROWS), rng, 0.05) * -1 + 2)


def maximises_the_wrong_end(rng: np.random.Generator) -> History:
    score = noisy(falling(ROWS, first=0.4, last=0.02), rng, 0.05)
    return history(loss=score, mean_iou=score)


def shrinks_the_score_with_the_loss(rng: np.random.Generator) -> History:
    score = noisy(falling(ROWS, first=0.4, last=0.02), rng, 0.03)
    return history(loss=np.log(1 + 3 * score), dice_coef=noisy(score, rng, 0.03))


def truncates(rng: np.random.Generator) -> History:
    accuracy = 0.7 - falling(ROWS, first=0.35, last=0.0) + rng.normal(0, 0.01, ROWS)
    return history(loss=learnt(rng), mean_io_u=np.full(ROWS, 0.4932), accuracy=accuracy)


def truncates_one_hot(rng: np.random.Generator) -> History:
    return history(loss=learnt(rng), mean_io_u=np.full(ROWS, 0.25), accuracy=rising(rng))


def scores_logits(rng: np.random.Generator) -> History:
    return history(loss=learnt(rng), iou_score=rng.normal(0.113, 0.001, ROWS), acc=rising(rng))


def scores_one_class_everywhere(rng: np.random.Generator) -> History:
    loss = noisy(falling(ROWS, first=0.7, last=0.05), rng, 0.02)
    return history(loss=loss, accuracy=rng.normal(0.982, 0.0005, ROWS), mean_iou=rng.normal(0.491, 0.0003, ROWS))


def fits_noise(rng: np.random.Generator) -> History:
    at = np.arange(60)
    validation = noisy(falling(60, first=0.9, last=0.35, pace=12) + np.maximum(0, at - 18) * 0.012, rng, 0.04)
    score = 0.75 - falling(60, first=0.7, last=0.0, pace=12) - np.maximum(0, at - 18) * 0.003 + rng.normal(0, 0.01, 60)
    return history(loss=noisy(falling(60, first=0.9, last=0.01), rng, 0.03), val_loss=validation, val_iou=score)


def overfits_to_below_its_start(rng: np.random.Generator) -> History:
    at = np.arange(ROWS)
    validation = 0.43 - 0.025 * np.minimum(at, 5) + 0.02 * np.maximum(0, at - 5)
    return history(
        loss=learnt(rng),
        iou=0.98 - 0.4 * np.exp(-at / 7),
        val_loss=noisy(validation, rng, 0.01),
        val_iou=0.55 + 0.01 * np.minimum(at, 5) - 0.004 * np.maximum(0, at - 5) + rng.normal(0, 0.005, ROWS),
    )


def validates_to_no_number(rng: np.random.Generator) -> History:
    return history(loss=learnt(rng), val_loss=np.full(ROWS, np.inf), val_iou=rising(rng))


def is_stopped(rng: np.random.Generator) -> History:
    line = np.linspace(1.0, 0.4, ROWS)
    score = np.linspace(0.1, 0.5, ROWS) + rng.normal(0, 0.005, ROWS)
    return history(loss=noisy(line, rng, 0.01), val_loss=noisy(line, rng, 0.01), val_iou=score)


def cannot_fit(rng: np.random.Generator) -> History:
    low = 0.25 - falling(ROWS, first=0.2, last=0.0, pace=10) + rng.normal(0, 0.005, ROWS)
    return history(loss=noisy(falling(ROWS, first=0.9, last=0.6, pace=10), rng, 0.01), iou=low, val_iou=low - 0.02)


def validates_in_another_world(rng: np.random.Generator) -> History:
    return history(
        loss=learnt(rng),
        val_loss=noisy(np.linspace(0.9, 4, ROWS), rng, 0.1),
        iou=rising(rng),
        val_iou=np.abs(rng.normal(0.05, 0.01, ROWS)),
    )


def validates_on_two_photos(rng: np.random.Generator) -> History:
    validation = noisy(falling(ROWS, first=0.9, last=0.2), rng, 0.35)
    return history(loss=noisy(falling(ROWS, first=0.9, last=0.2), rng, 0.01), val_loss=validation)


def validates_on_copies(rng: np.random.Generator) -> History:
    return history(loss=learnt(rng), iou=rising(rng, last=0.7), val_iou=rising(rng, last=0.9))


def counts_masks_of_255(rng: np.random.Generator) -> History:
    return history(loss=1 - 1.9 * rising(rng), dice_coef=1.9 * rising(rng) / 0.8)


def sums_dice_over_batches(rng: np.random.Generator) -> History:
    return history(loss=learnt(rng), dice=40 * rising(rng) * 6)


def has_nothing_to_learn(rng: np.random.Generator) -> History:
    return history(loss=np.zeros(ROWS), val_loss=np.zeros(ROWS), accuracy=rng.normal(0.9, 0.001, ROWS))


def finds_nothing_at_a_high_accuracy(rng: np.random.Generator) -> History:
    loss = noisy(np.r_[30.0, 2.0, np.full(ROWS - 2, 0.7)], rng, 0.01)
    accuracy = np.r_[0.6, np.full(ROWS - 1, 0.95)] + rng.normal(0, 0.0005, ROWS)
    return history(loss=loss, accuracy=accuracy, f1_score=np.zeros(ROWS))


def validates_one_score_of_three_in_another_world(rng: np.random.Generator) -> History:
    scores = {name: rising(rng) for name in ("iou", "dice", "val_iou", "val_dice", "precision")}
    return history(loss=learnt(rng), val_loss=learnt(rng), **scores, val_precision=rng.normal(0.1, 0.002, ROWS))


def validates_on_its_training_photos(rng: np.random.Generator) -> History:
    loss = learnt(rng)
    return history(loss=loss, val_loss=loss)


def validates_with_other_weights(rng: np.random.Generator) -> History:
    return history(loss=learnt(rng), val_loss=np.full(ROWS, 0.7312))


def never_finds_one_class(rng: np.random.Generator) -> History:
    scores = {f"val_iou[{i}]": rising(rng) for i in range(3)}
    return history(loss=learnt(rng), val_miou=rising(rng), **scores, **{"val_iou[3]": np.zeros(ROWS)})


def waits_for_the_rate(rng: np.random.Generator) -> History:
    levels = np.r_[falling(12, first=1.0, last=0.5, pace=20), np.full(8, 0.5), falling(10, first=0.3, last=0.2)]
    return history(loss=noisy(levels, rng, 0.01), lr=np.r_[np.full(20, 1e-3), np.full(10, 1e-4)])


FAULTS: dict[Draw, tuple[str, str]] = {
    explodes: ("lr-too-high", "error"),
    explodes_to_nan: ("lr-too-high", "error"),
    leaps: ("lr-too-high", "warning"),
    lands_on_a_plateau_far_out: ("lr-too-high", "warning"),
    turns_nan: ("loss-not-finite", "error"),
    creeps: ("lr-too-low", "warning"),
    stands_still_at_a_tiny_rate: ("lr-too-low", "warning"),
    stands_still: ("loss-flat", "warning"),
    falls_below_zero: ("loss-negative", "error"),
    maximises_the_wrong_end: ("score-minimised", "error"),
    shrinks_the_score_with_the_loss: ("score-minimised", "error"),
    truncates: ("metric-truncated", "warning"),
    truncates_one_hot: ("metric-truncated", "warning"),
    scores_logits: ("metric-flat", "warning"),
    scores_one_class_everywhere: ("accuracy-majority", "warning"),
    fits_noise: ("overfitting", "warning"),
    overfits_to_below_its_start: ("overfitting", "warning"),
    validates_to_no_number: ("loss-not-finite", "warning"),
    is_stopped: ("stopped-early", "warning"),
    cannot_fit: ("underfitting", "warning"),
    validates_in_another_world: ("validation-stuck", "warning"),
    validates_on_two_photos: ("validation-noisy", "note"),
    validates_on_copies: ("validation-better", "warning"),
    counts_masks_of_255: ("score-impossible", "error"),
    sums_dice_over_batches: ("score-impossible", "error"),
    has_nothing_to_learn: ("loss-zero", "error"),
    finds_nothing_at_a_high_accuracy: ("accuracy-majority", "warning"),
    validates_one_score_of_three_in_another_world: ("validation-stuck", "warning"),
    validates_on_its_training_photos: ("validation-better", "warning"),
    validates_with_other_weights: ("validation-stuck", "warning"),
    never_finds_one_class: ("class-missing", "warning"),
    waits_for_the_rate: ("lr-schedule", "note"),
}


@pytest.mark.parametrize("draw", FAULTS, ids=lambda draw: draw.__name__)
def test_each_fault_is_named_and_nothing_else_is_claimed(draw: Draw) -> None:
    for seed in range(12):
        findings = found(draw(np.random.default_rng(seed)))
        assert [(f.code, f.severity) for f in findings] == [FAULTS[draw]], seed
        assert findings[0].mechanism
        assert findings[0].fix
        assert "\n" not in findings[0].evidence


def test_healthy_histories_of_all_shapes_give_no_warning() -> None:
    for seed in range(300):
        assert [str(f) for f in found(healthy(seed)) if f.severity != "note"] == [], seed


def test_the_epoch_from_which_noise_is_learnt_is_told_and_what_it_cost() -> None:
    (finding,) = found(fits_noise(np.random.default_rng(3)))
    words = finding.evidence.split()
    assert words[:2] == ["from", "epoch"]
    assert 14 <= float(words[2]) <= 26
    assert "; iou lost 0." in finding.evidence
    assert f"epoch {words[2]}" in finding.fix


def test_a_validation_loss_that_turns_while_the_score_holds_is_a_note() -> None:
    rng = np.random.default_rng(0)
    validation = noisy(falling(40, first=0.9, last=0.3, pace=12) + np.maximum(0, np.arange(40) - 12) * 0.006, rng, 0.01)
    drawn = history(loss=learnt(rng, last=0.01, rows=40), val_loss=validation, val_iou=rising(rng, rows=40))
    (finding,) = found(drawn)
    assert (finding.code, finding.severity) == ("overfitting", "note")
    assert "has not suffered" in finding.evidence


def test_a_flat_score_beside_a_falling_loss_alone_leaves_both_explanations_open() -> None:
    rng = np.random.default_rng(0)
    (finding,) = found(history(loss=learnt(rng), mean_io_u=np.full(ROWS, 0.49)))
    assert finding.code == "metric-flat"
    assert "only background is predicted" in finding.mechanism


def test_a_score_in_percent_is_a_share() -> None:
    rng = np.random.default_rng(0)
    assert found(history(loss=learnt(rng), iou=100 * rising(rng), val_iou=100 * rising(rng))) == []


def test_a_negated_score_as_the_loss_is_no_fault() -> None:
    rng = np.random.default_rng(0)
    score = rising(rng)
    assert found(history(loss=-score, dice_coef=score)) == []


def test_a_negated_sum_of_dice_is_no_fault() -> None:
    rng = np.random.default_rng(0)
    score = rising(rng)
    assert found(history(loss=-4 * score, val_loss=-4 * score + 0.3, val_dice=score)) == []
    assert found(history(loss=-4 * score)) == []


def test_an_accuracy_in_percent_beside_an_iou_in_shares_is_no_fault() -> None:
    rng = np.random.default_rng(0)
    assert found(history(loss=learnt(rng), acc_seg=100 * rising(rng), val_miou=rising(rng))) == []


def test_a_flat_loss_of_a_model_that_is_good_from_the_start_is_no_fault() -> None:
    rng = np.random.default_rng(0)
    assert found(history(loss=noisy(np.full(ROWS, 0.1), rng, 0.02), val_iou=rng.normal(0.93, 0.002, ROWS))) == []


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_history_of_few_rows_proves_nothing(rows: int) -> None:
    assert found(history(loss=[0.7] * rows, val_loss=[0.7] * rows, iou=[0.1] * rows, val_iou=[0.1] * rows)) == []


def test_a_validation_below_one_constant_class_is_told_where_the_truth_is_known() -> None:
    truth = np.ones((40, 40), np.uint8)
    truth[:8] = 0
    rng = np.random.default_rng(0)
    pairs = cases([truth], [truth])
    poor = history(loss=learnt(rng), val_iou=rising(rng, last=0.5))
    (finding,) = history_findings(Evidence(cases=pairs, history=poor))
    assert finding.code == "val-below-constant"
    assert "one constant class everywhere scores 0.800" in finding.evidence
    good = history(loss=learnt(rng), val_iou=rising(rng, last=0.9))
    assert history_findings(Evidence(cases=pairs, history=good)) == []


def test_without_a_history_nothing_is_claimed() -> None:
    assert history_findings(Evidence()) == []


def test_a_score_that_is_gone_is_named_though_the_loss_stays_below_that_of_the_first_epoch() -> None:
    loss = np.r_[np.linspace(0.9, 0.2, 12), np.full(8, 0.5)]
    drawn = history(loss=loss, val_iou=np.r_[np.linspace(0.1, 0.6, 12), np.zeros(8)])
    (finding,) = [f for f in found(drawn) if f.code == "lr-too-high"]
    assert "stays there" in finding.evidence


def test_a_training_resumed_without_its_optimizer_is_named_and_warm_restarts_are_not() -> None:
    rng = np.random.default_rng(0)
    first, second = falling(40, first=9.0, last=3.8), falling(30, first=8.0, last=5.4)
    score = np.concatenate([np.linspace(0.2, 0.6, 40), np.linspace(0.3, 0.45, 30)])
    rate = np.concatenate([np.linspace(1e-2, 3e-4, 40), np.linspace(1e-2, 2e-3, 30)])
    loss = noisy(np.concatenate([first, second]), rng, 0.01)
    (named,) = (f for f in found(history(loss=loss, val_iou=score, lr=rate)) if f.severity != "note")
    assert named.code == "training-restarted"
    assert "at epoch 41 the training loss jumps from 3.8" in named.evidence
    assert "the learning rate goes back from 3.0e-04 to 1.0e-02" in named.evidence
    recovered = noisy(np.concatenate([first, falling(30, first=8.0, last=3.0)]), rng, 0.01)
    assert "training-restarted" not in {f.code for f in found(history(loss=recovered, val_iou=score, lr=rate))}


def test_a_loss_at_ln_2_names_the_last_layer() -> None:
    loss = math.log(2) + np.random.default_rng(0).normal(0, 1e-4, 40)
    (named,) = (f for f in found(history(loss=loss, val_dice=np.zeros(40))) if f.code == "loss-flat")
    assert "ln 2" in named.title
    assert "without ReLU" in named.fix


def test_a_sum_of_several_losses_is_not_compared_with_guessing() -> None:
    loss = noisy(np.linspace(9.0, 5.0, 30), np.random.default_rng(0), 0.02)
    rate = np.full(30, 0.1)
    assert "lr-too-high" in {f.code for f in found(history(loss=[9.0, *np.full(29, 5.0)], lr=rate))}
    parts = {"train/box_loss": loss / 2, "train/seg_loss": loss / 2, "lr": rate, "epoch": np.arange(30.0)}
    summed = history_from_columns({name: values.tolist() for name, values in parts.items()}, source="results.csv")
    assert "lr-too-high" not in {f.code for f in found(summed)}
