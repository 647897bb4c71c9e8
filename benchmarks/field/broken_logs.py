"""Histories of trainings that went wrong, as their tools write them: what a log alone can show."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.field.pasted_logs import keras_3_console, smp_console
from benchmarks.field.tool_logs import Training, drawn_training, keras_bars, log_history, script_in_one_line

LN_2 = 0.6931


@dataclass(frozen=True)
class BrokenLog:
    """A fault of a history: the codes that name it, the tool's file name, and its text for a seed."""

    name: str
    codes: tuple[str, ...]
    file: str
    text: Callable[[int], str]


def _collapsing(share: float, left: float, rows: int, written: Callable[[Training], str]) -> Callable[[int], str]:
    """Let validation fall to a share of its score in some epochs, training being smooth."""

    def text(seed: int) -> str:
        training, rng = drawn_training(seed, rows), np.random.default_rng(seed)
        gone = rng.permutation(np.arange(rows // 4, rows - 2))[: max(3, round(share * rows))]
        score, loss = (np.array(values) for values in (training.score, training.val_loss))
        score[gone], loss[gone] = left * score[gone], loss[gone] + 1.5
        return written(replace(training, score=score.round(4).tolist(), val_loss=loss.round(4).tolist()))

    return text


def _other_labels(level: float) -> Callable[[int], str]:
    """Score other ids than the loss compares, as Hugging Face's trainer logs it."""

    def text(seed: int) -> str:
        rng = np.random.default_rng(seed)
        rows = log_history(drawn_training(seed))
        for row in rows:
            if "eval_loss" in row:
                low = {key: round(level * float(rng.uniform(0.8, 1.2)), 5) for key in _SCORES}
                row |= low | {"eval_per_category_iou": [0.0, low["eval_mean_iou"], None]}
        return json.dumps({"log_history": rows})

    return text


_SCORES = ("eval_mean_iou", "eval_mean_accuracy", "eval_overall_accuracy")


def _kept_lowest(seed: int) -> str:
    """Keep the weights of the lowest score, as Keras 2 prints it."""
    return _with_lines(keras_bars(drawn_training(seed)), drawn_training(seed), "\nEpoch {0:05d}: {1}")


def _kept_lowest_in_lightning(seed: int) -> str:
    """Keep the weights of the lowest score, as Lightning prints it, beside the lines of a script."""
    training, lowest, lines = drawn_training(seed), np.inf, []
    for i, (line, score) in enumerate(zip(script_in_one_line(training).split("\n"), training.score, strict=True)):
        lines.append(line)
        if score < lowest:
            lowest = score
            lines.append(
                f"Epoch {i}, global step {10 * i + 10}: 'val_iou' reached {score:.5f} (best {score:.5f}), saving "
                f"model to 'runs/best.ckpt' as top 1"
            )
        else:
            lines.append(f"Epoch {i}, global step {10 * i + 10}: 'val_iou' was not in top 1")
    return "\n".join(lines)


def _with_lines(log: str, training: Training, form: str) -> str:
    lines, lowest, epoch = [], np.inf, 0
    for line in log.split("\n"):
        lines.append(line)
        if "val_loss" in line:
            score = training.score[epoch]
            said = f"val_dice_coef did not improve from {lowest:.5f}"
            if score < lowest:
                said, lowest = f"val_dice_coef improved from {lowest:.5f} to {score:.5f}, saving model to b.h5", score
            lines.append(form.format(epoch + 1, said))
            epoch += 1
    return "\n".join(lines)


def _resting(lowest: float, highest: float, written: Callable[[Training], str]) -> Callable[[int], str]:
    """Let the loss fall to a level at once and stay there, and the score to 0, as of masks that became empty."""

    def text(seed: int) -> str:
        rng = np.random.default_rng(seed)
        level, pace, rows = float(rng.uniform(lowest, highest)), float(rng.uniform(0.6, 1.6)), 24
        fall = np.exp(-np.arange(rows) / pace)
        noise = 0.0 if lowest == highest else 0.01
        loss = (level + float(rng.uniform(0.05, 0.5)) * fall) * rng.normal(1, noise, rows)
        score = np.where(np.arange(rows) < 4, 0.2 * fall, 0.0)
        held_out = level + 1.05 * (loss - level)
        return written(Training(loss.round(4).tolist(), held_out.round(4).tolist(), score.round(4).tolist()))

    return text


def _worse_in_evaluation_mode(seed: int) -> str:
    """Score the training photos again after `model.eval()`, where BatchNorm's averages do not fit."""
    rng, training = np.random.default_rng(seed), drawn_training(seed)
    return "\n".join(
        f"Epoch {i + 1}/24 - train loss: {a:.4f} - train dice: {s:.4f} - train dice (model.eval()): "
        f"{rng.uniform(0.2, 0.4):.4f} - val loss: {rng.uniform(0.4, 1.9):.4f} - val dice: {rng.uniform(0.2, 0.4):.4f}"
        for i, a, _, s in training.rows()
    )


BROKEN: Sequence[BrokenLog] = (
    BrokenLog("scores are equal (prints)", ("loss-flat",), "out.txt", _resting(LN_2, LN_2, script_in_one_line)),
    BrokenLog("scores are equal (Keras)", ("loss-flat",), "train.log", _resting(LN_2, LN_2, keras_bars)),
    BrokenLog(
        "masks become empty (prints)", ("training-collapse",), "out.txt", _resting(0.03, 0.3, script_in_one_line)
    ),
    BrokenLog("masks become empty (Keras)", ("training-collapse",), "train.log", _resting(0.03, 0.3, keras_bars)),
    BrokenLog("worse in evaluation mode", ("bn-tiny-batch",), "out.txt", _worse_in_evaluation_mode),
    BrokenLog(
        "validation collapses (a sixth of 60)",
        ("validation-noisy",),
        "keras.txt",
        _collapsing(0.17, 0.0, 60, keras_3_console),
    ),
    BrokenLog(
        "validation collapses (3 of 24)", ("validation-noisy",), "smp.txt", _collapsing(0.1, 0.05, 24, smp_console)
    ),
    BrokenLog("the metric compares other labels (2 %)", ("metric-flat",), "trainer_state.json", _other_labels(0.02)),
    BrokenLog("the metric compares other labels (20 %)", ("metric-flat",), "trainer_state.json", _other_labels(0.2)),
    BrokenLog("weights kept at the lowest score (Keras)", ("score-minimised",), "train.log", _kept_lowest),
    BrokenLog(
        "weights kept at the lowest score (Lightning)", ("score-minimised",), "train.log", _kept_lowest_in_lightning
    ),
)
