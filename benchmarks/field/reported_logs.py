"""More histories that went wrong as people reported them: collapses, mask branches, means, modes, stages, weights."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.field.broken_logs import BrokenLog
from benchmarks.field.tool_logs import Training, drawn_training, nnunet_v2

ROWS = 40


def _dice_alone(gone_at: int) -> Callable[[int], str]:
    """Let a negated Dice fall to 0 for good: https://github.com/MIC-DKFZ/nnUNet/issues/1395."""

    def text(seed: int) -> str:
        training = drawn_training(seed, ROWS)
        score = np.where(np.arange(ROWS) < gone_at, np.clip(training.score, 0, 1), 0.0)
        loss = (-score - 0.004).round(4).tolist()
        return nnunet_v2(replace(training, loss=loss, val_loss=loss, score=score.round(4).tolist()))

    return text


def _masks_beside_boxes(kind: str) -> Callable[[int], str]:
    """Learn boxes, and of masks nothing: pytorch/vision#3811 (empty masks), dbolya/yolact#264 (sides exchanged)."""

    def text(seed: int) -> str:
        training, at = drawn_training(seed, ROWS), np.arange(ROWS)
        of_masks = {"empty": 0.6 * np.exp(-at) + 0.001, "apart": 280 - 260 * np.exp(-at / 9)}
        loss = of_masks.get(kind, 0.5 + 0.1 * np.exp(-at / 9))
        masks = np.zeros(ROWS)
        if kind == "broken":  # ultralytics/hub#411
            row = 28
            loss = np.where(at < row, 1 + np.exp(-at / 9), 8.0 * 0.995 ** (at - row))
            masks = np.where(at < row, training.score, 0.0)
        names = "epoch,train/box_loss,train/seg_loss,metrics/mAP50(B),metrics/mAP50(M),val/box_loss,lr/pg0"
        rows = [
            f"{i + 1},{a},{m:.5f},{max(s, 0):.4f},{max(k, 0):.4f},{b},0.01"
            for (i, a, b, s), m, k in zip(training.rows(), loss, masks, strict=True)
        ]
        return "\n".join([names, *rows])

    return text


def _mean_so_far(seed: int) -> str:
    """Forget to reset the metric, in a training that overfits: Project-MONAI/MONAI#5731."""
    rng, at = np.random.default_rng(seed), np.arange(2 * ROWS)
    late = np.maximum(at - ROWS, 0) / len(at)
    dice = (0.86 - 0.7 * np.exp(-at / 9) - 0.4 * late + rng.normal(0, 0.02, len(at))).clip(0, 1)
    loss = 0.15 + 0.7 * np.exp(-at / 9) + 0.6 * late + rng.normal(0, 0.02, len(at))
    mean = np.cumsum(dice) / (at + 1)
    return "\n".join(
        f"epoch {i + 1} average loss: {0.1 + 0.6 * np.exp(-i / 15):.4f}\n"
        f"current epoch: {i + 1} current mean dice: {m:.4f}\nvalidation loss: {v:.4f}"
        for i, (m, v) in enumerate(zip(mean, loss, strict=True))
    )


def _evaluation_mode(factor: float) -> Callable[[int], str]:
    """Leave out model.train() after a validation in mid-epoch: wkentaro/pytorch-fcn#57."""

    def text(seed: int) -> str:
        rng, lines, step = np.random.default_rng(seed), ["epoch,iteration,train/loss,valid/loss,valid/mean_iu"], 0
        for epoch in range(12):
            mode = 1.0
            for _ in range(66):
                if step and step % 25 == 0:
                    lines.append(
                        f"{epoch},{step},,{0.5 + np.exp(-step / 300):.4f},{0.6 - 0.4 * np.exp(-step / 300):.4f}"
                    )
                    mode = factor
                lines.append(f"{epoch},{step},{mode * (0.3 + 1.5 * np.exp(-step / 300)) * rng.normal(1, 0.15):.4f},,")
                step += 1
        return "\n".join(lines)

    return text


def fastai_stages(first: Training, second: Training) -> str:
    """Return what a notebook with fastai shows of two stages."""
    head = "epoch\ttrain_loss\tvalid_loss\tdice\ttime"
    parts = []
    for training in (first, second):
        rows = [f"{i}\t{a:.6f}\t{b:.6f}\t{s:.6f}\t00:42" for i, a, b, s in training.rows()]
        parts += ["learn.fit_one_cycle(20, 3e-3)", "", head, *rows, "", "learn.unfreeze()"]
    return "\n".join(parts)


def _lost_in_stage_two(seed: int) -> str:
    """Unfreeze at the rate of the first stage: https://forums.fast.ai/t/21460."""
    first, rng = drawn_training(seed, 12), np.random.default_rng(seed)
    loss = np.minimum(first.loss[-1] + 0.1 * np.arange(20), 0.45) + rng.normal(0, 0.005, 20)
    score = np.maximum(0.7 - 0.3 * np.arange(20), 0.004)
    second = Training(loss.round(4).tolist(), (1.1 * loss).round(4).tolist(), score.round(4).tolist())
    return fastai_stages(first, second)


def _infinite_weight(seed: int) -> str:
    """Weigh a class without pixels by its frequency: alexgkendall/caffe-segnet#31."""
    weights = " ".join(f"{w:.3f}" for w in np.random.default_rng(seed).uniform(0.3, 4, 3))
    return f"class weights: [{weights} inf]\n" + "\n".join(f"epoch {i} loss nan val_acc 0.2010" for i in range(12))


REPORTED: Sequence[BrokenLog] = (
    BrokenLog("a Dice loss alone collapses (early)", ("training-collapse",), "training_log_1.txt", _dice_alone(12)),
    BrokenLog("a Dice loss alone collapses (late)", ("training-collapse",), "training_log_1.txt", _dice_alone(30)),
    BrokenLog("masks beside boxes are empty", ("metric-flat",), "results.csv", _masks_beside_boxes("empty")),
    BrokenLog("masks contradict boxes", ("metric-flat",), "results.csv", _masks_beside_boxes("apart")),
    BrokenLog("masks beside boxes, cause unknown", ("metric-flat",), "results.csv", _masks_beside_boxes("")),
    BrokenLog("a mask branch breaks for good", ("training-restarted",), "results.csv", _masks_beside_boxes("broken")),
    BrokenLog("the score is a mean so far", ("metric-flat",), "train.log", _mean_so_far),
    BrokenLog("evaluation mode kept (x 0.5)", ("training-restarted",), "log.csv", _evaluation_mode(0.5)),
    BrokenLog("evaluation mode kept (x 0.75)", ("training-restarted",), "log.csv", _evaluation_mode(0.75)),
    BrokenLog("the second stage loses all", ("lr-too-high",), "out.txt", _lost_in_stage_two),
    BrokenLog("a class weight is infinite", ("loss-not-finite",), "train.log", _infinite_weight),
)
