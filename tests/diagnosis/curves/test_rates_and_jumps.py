"""Spent rates, jumping scores and scores at a fraction of the accuracy are named; their healthy twins are not."""

from dataclasses import replace

import numpy as np

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History, history_from_columns
from tests.support.drawn_histories import Values, falling
from tests.support.drawn_histories import history as of

ROWS = 30


def warned(history: History) -> list[str]:
    return [f.code for f in history_findings(Evidence(history=history)) if f.severity != "note"]


def learning(rows: int = ROWS) -> Values:
    return falling(rows, first=0.7, last=0.3)


def spent(rows_with_rate: int, decimals: int = 12) -> History:
    """Return a training whose learning rate falls to 0 within the first rows; its loss stands still from then on."""
    falls = np.linspace(0.7, 0.45, rows_with_rate)
    loss = np.r_[falls, np.full(ROWS - rows_with_rate, falls[-1])]
    at = np.minimum(np.arange(ROWS) / rows_with_rate, 1)
    rate = 5e-4 * (1 + np.cos(np.pi * at))
    return of(loss=loss, val_iou=np.linspace(0.3, 0.6, ROWS), lr=rate.round(decimals))


def test_a_rate_that_is_0_long_before_the_end_is_named() -> None:
    assert warned(spent(8)) == ["lr-schedule"]


def test_a_rate_that_shrinks_in_each_batch_is_named() -> None:
    rows = np.arange(ROWS, dtype=np.float64)
    loss = 0.55 + 0.16 * 0.25**rows
    assert warned(of(loss=loss, val_iou=0.9 - loss, lr=1e-3 * 0.25**rows)) == ["lr-schedule"]


def test_a_rate_that_shrinks_a_little_in_each_row_is_healthy() -> None:
    loss = learning()
    assert warned(of(loss=loss, val_iou=0.9 - loss, lr=1e-3 * 0.8 ** np.arange(ROWS, dtype=np.float64))) == []


def test_a_rate_that_reaches_0_in_the_last_rows_is_healthy() -> None:
    cosine = 5e-4 * (1 + np.cos(np.pi * np.arange(ROWS) / (ROWS - 1)))
    assert warned(of(loss=learning(), val_iou=0.9 - learning(), lr=cosine)) == []
    assert warned(spent(27)) == []


def test_a_small_rate_that_is_printed_as_0_is_healthy() -> None:
    assert warned(spent(8, decimals=8)) == ["lr-schedule"]
    assert warned(spent(8, decimals=4)) == []


def test_a_rate_that_is_cut_in_steps_is_healthy() -> None:
    lengths, levels = (30, 30, 20, 30), ((2.0, 1.1), (0.75, 0.62), (0.5, 0.46), (0.45, 0.447))
    parts = [low + (high - low) * np.exp(-np.arange(n) / 7) for n, (high, low) in zip(lengths, levels, strict=True)]
    loss, rate = np.concatenate(parts), np.repeat([0.1, 0.01, 0.001, 0.0001], lengths)
    assert warned(of(loss=loss, val_iou=1 - loss / 2.5, lr=rate)) == []


def test_a_rate_that_is_cut_after_the_loss_stood_still_is_healthy() -> None:
    loss = np.r_[np.linspace(0.7, 0.3, 14), np.full(ROWS - 14, 0.3)]
    rate = np.r_[np.full(20, 1e-3), np.full(ROWS - 20, 1e-7)]
    assert warned(of(loss=loss, val_iou=0.9 - loss, lr=rate)) == []


def jumping(deviation: float) -> History:
    rng = np.random.default_rng(3)
    noise = rng.normal(0, deviation, ROWS)
    score = 0.9 - learning()
    return of(
        loss=learning(),
        val_loss=learning() * (1 + 2 * np.abs(noise)),
        iou=score,
        val_iou=np.clip(score + noise, 0.02, 0.9),
    )


def test_a_score_that_jumps_in_validation_alone_is_named() -> None:
    assert warned(jumping(0.25)) == ["validation-noisy"]


def test_a_little_noise_in_validation_is_healthy() -> None:
    assert warned(jumping(0.03)) == []


def one_of(classes: int, accuracy: float) -> History:
    return of(
        loss=learning(),
        val_mean_accuracy=np.full(ROWS, 1 / classes),
        val_accuracy=np.full(ROWS, accuracy),
        val_mean_iou=np.full(ROWS, accuracy / classes),
    )


def test_a_score_at_a_whole_fraction_of_the_accuracy_is_the_commonest_class() -> None:
    assert warned(one_of(3, 0.972)) == ["accuracy-majority"]
    assert warned(one_of(2, 0.95)) == ["accuracy-majority"]
    notebook = {
        "Mean Accuracy": np.full(ROWS, 1 / 3),
        "Overall Accuracy": np.full(ROWS, 0.972),
        "Mean Iou": np.full(ROWS, 0.324),
    }
    assert warned(of(loss=learning(), **notebook)) == ["accuracy-majority"]


def fine_tuned(**scores: float) -> History:
    """Return a training whose loss falls and whose scores stand still, in validation."""
    return of(loss=learning(), **{f"val_{name}": np.full(ROWS, value) for name, value in scores.items()})


def test_a_flat_score_that_some_fraction_of_the_accuracy_fits_is_healthy() -> None:
    assert warned(fine_tuned(accuracy=0.966, dice=0.322)) == []
    assert warned(fine_tuned(accuracy=0.966, mean_iou=0.322)) == []
    assert warned(fine_tuned(accuracy=0.96, iou=0.48)) == []
    assert warned(fine_tuned(accuracy=0.966, mean_iou=0.483)) == ["accuracy-majority"]


def test_a_flat_balanced_accuracy_hides_no_flat_metric() -> None:
    accuracy = 0.6 + 0.9 * (0.7 - learning())
    flat = {"val_iou": np.full(ROWS, 0.25), "val_accuracy": accuracy}
    assert warned(of(loss=learning(), val_balanced_accuracy=np.full(ROWS, 0.5), **flat)) == ["metric-flat"]
    assert warned(of(loss=learning(), **flat)) == ["metric-flat"]


def test_a_score_of_0_beside_an_accuracy_of_the_object_of_0_is_named() -> None:
    zero = np.zeros(ROWS)
    assert warned(of(train_loss=learning(), valid_loss=1.1 * learning(), foreground_acc=zero, dice=zero)) == [
        "metric-flat"
    ]


def test_a_high_score_that_its_own_loss_contradicts_is_named() -> None:
    flat = np.full(ROWS, 0.931)
    assert warned(of(dice_loss=np.linspace(0.9, 0.6, ROWS), val_iou_score=flat)) == ["metric-flat"]
    assert warned(of(dice_loss=np.linspace(0.4, 0.1, ROWS), val_iou_score=flat)) == []
    assert warned(of(loss=np.linspace(0.9, 0.6, ROWS), val_iou_score=flat)) == []
    assert warned(of(bce_dice_loss=np.linspace(0.9, 0.6, ROWS), val_iou_score=flat)) == []


def test_the_table_of_one_evaluation_may_have_a_line_for_each_class() -> None:
    nothing = float("nan")
    columns = {
        "background IoU": [0.99, nothing, nothing],
        "rebar IoU": [nothing, 0.0, nothing],
        "spalling IoU": [nothing, nothing, 0.0],
        "mIoU": [nothing, nothing, 0.33],
    }
    table = history_from_columns(columns, source="drawn")
    (finding,) = [f for f in history_findings(Evidence(history=table)) if f.severity != "note"]
    assert (finding.code, finding.evidence) == (
        "class-missing",
        "rebar IoU, spalling IoU are 0, while background IoU is 0.99",
    )
    assert warned(replace(table, metrics={"mIoU": table.metrics["mIoU"]})) == []


def test_a_warm_up_as_long_as_the_training_is_named_and_not_the_rate() -> None:
    rate, loss = np.linspace(5e-6, 2.5e-4, ROWS), falling(ROWS, first=3.0, last=2.4)
    (finding,) = [f for f in history_findings(Evidence(history=of(loss=loss, lr=rate))) if f.severity != "note"]
    assert finding.title == "The learning rate still warms up at the end"
    assert "SOLVER.WARMUP_ITERS" in finding.fix


def test_a_warm_up_that_ends_and_one_that_is_enough_are_healthy() -> None:
    rate = np.r_[np.linspace(1e-5, 1e-3, 10), np.full(ROWS - 10, 1e-3)]
    assert "lr-schedule" not in warned(of(loss=falling(ROWS, first=3.0, last=2.4), lr=rate))
    assert "lr-schedule" not in warned(of(loss=learning(), val_iou=0.9 - learning(), lr=np.linspace(1e-5, 1e-3, ROWS)))


def test_a_search_for_the_highest_rate_is_no_warm_up() -> None:
    rate = np.geomspace(1e-7, 1.0, ROWS)
    assert "lr-schedule" not in warned(of(loss=falling(ROWS, first=3.0, last=2.4), lr=rate))


def test_a_validation_loss_that_is_always_0_is_not_computed() -> None:
    history = of(loss=learning(), val_loss=np.zeros(ROWS), val_iou=np.linspace(0.2, 0.8, ROWS))
    (finding,) = [f for f in history_findings(Evidence(history=history)) if f.severity != "note"]
    assert finding.title == "The validation loss is not computed"
    assert "rises from" in finding.evidence


def plateau(score: Values, *, patience: int, upwards: bool) -> Values:
    """Return the rates of ReduceLROnPlateau that watches a score in one direction and halves."""
    rates, rate, best, waited = [], 1e-3, -np.inf, 0
    for value in score if upwards else -score:
        rates.append(rate)
        best, waited = (value, 0) if value > best + 1e-4 else (best, waited + 1)
        if waited >= patience:
            rate, waited = rate / 2, 0
    return np.array(rates)


def score_under(patience: int, *, upwards: bool, seed: int) -> tuple[Values, Values]:
    """Return a noisy score that rises in proportion to the rate until 0.8, and the rates that go with it."""
    rng = np.random.default_rng(seed)
    score, at = np.zeros(0), 0.15
    for _ in range(60):
        rate = plateau(np.append(score, at), patience=patience, upwards=upwards)[-1]
        at += 70 * rate * (0.8 - at)
        score = np.append(score, at + rng.normal(0, 0.004))
    return score, plateau(score, patience=patience, upwards=upwards)


def test_a_rate_that_is_cut_because_a_score_rises_is_named() -> None:
    for seed in range(6):
        for patience in (3, 4):
            score, rate = score_under(patience, upwards=False, seed=seed)
            assert warned(of(loss=0.9 - score, val_dice_coef=score, lr=rate)) == ["lr-schedule"]
            score, rate = score_under(patience, upwards=True, seed=seed)
            assert warned(of(loss=0.9 - score, val_dice_coef=score, lr=rate)) == []


def test_a_long_warm_up_is_named_while_the_loss_still_falls() -> None:
    rate = np.linspace(1e-6, 4e-5, 40)
    slow = np.r_[np.full(6, 2.0), np.linspace(2.0, 0.85, 34)]
    assert warned(of(loss=slow, lr=rate)) == ["lr-schedule"]
    assert warned(of(loss=falling(40, first=2.0, last=0.2, pace=12), lr=rate)) == []


def test_a_score_that_wavers_around_a_good_level_from_the_first_row_on_was_trained_before() -> None:
    rng = np.random.default_rng(0)
    wavering = 0.742 + np.clip(0.003 * rng.normal(size=ROWS), -0.0045, 0.0045)
    small_loss = 0.06 + 0.1 * np.exp(-np.arange(ROWS) / 4)
    assert warned(of(loss=small_loss, val_miou=wavering)) == []
    assert warned(of(loss=small_loss, val_miou=np.full(ROWS, 0.742))) == ["metric-flat"]
