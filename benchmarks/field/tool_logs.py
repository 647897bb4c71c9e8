"""One training written as each tool writes it: losses, a score of validation and a rate, epoch by epoch."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Numbers = Sequence[float]


@dataclass(frozen=True)
class Training:
    """Losses of both sides and the score of validation (0..1), one value an epoch."""

    loss: Numbers
    val_loss: Numbers
    score: Numbers
    rate: float = 0.01

    def rows(self) -> list[tuple[int, float, float, float]]:
        return [(i, *row) for i, row in enumerate(zip(self.loss, self.val_loss, self.score, strict=True))]


def drawn_training(seed: int, rows: int = 24) -> Training:
    """Return a training that went well, with noise."""
    rng = np.random.default_rng(seed)
    fall = np.exp(-np.arange(rows) / 6)
    loss = (0.1 + 0.7 * fall) * rng.normal(1, 0.02, rows)
    score = 0.8 - 0.75 * fall + rng.normal(0, 0.01, rows)
    return Training(loss.round(4).tolist(), (loss * 1.1).round(4).tolist(), score.round(4).tolist())


def nnunet_v1(t: Training) -> str:
    stamp = "2022-02-11 09:32:44.207069: "
    return "Starting...\n" + "".join(
        f"\n{stamp}\nepoch:  {i}\n{stamp}train loss : {a:.4f}\n{stamp}validation loss: {b:.4f}\n"
        f"{stamp}Average global foreground Dice: [{s:.4f}]\n"
        f"{stamp}(interpret this as an estimate for the Dice of the different classes. This is not exact.)\n"
        f"{stamp}lr: {t.rate}\n{stamp}saving checkpoint...\n{stamp}done, saving took 0.43 seconds\n"
        f"{stamp}This epoch took 137.136132 s\n"
        for i, a, b, s in t.rows()
    )


def nnunet_v2(t: Training) -> str:
    stamp = "2024-04-26 09:39:10.910043: "
    return "".join(
        f"{stamp}Epoch {i}\n{stamp}Current learning rate: {t.rate}\nusing pin_memory on device 0\n"
        f"{stamp}train_loss {a:.4f}\n{stamp}val_loss {b:.4f}\n"
        f"{stamp}Pseudo dice [np.float32({s:.4f}), np.float32({s:.4f})]\n{stamp}Epoch time: 148.59 s\n"
        f"{stamp}Yayy! New best EMA pseudo Dice: {0.9 * s:.4f}\n{stamp} \n"
        for i, a, b, s in t.rows()
    )


def mmseg_0(t: Training) -> str:
    lines = [json.dumps({"env_info": "sys.platform: linux", "config": "model = dict()", "seed": 0, "exp_name": "unet"})]
    for i, a, b, s in t.rows():
        train = {"mode": "train", "epoch": 1, "iter": 50 * (i + 1), "lr": t.rate, "memory": 3961, "data_time": 0.03}
        lines.append(json.dumps(train | {"decode.loss_ce": a, "decode.acc_seg": 90.0 + s, "loss": a, "time": 0.5}))
        val = {"mode": "val", "epoch": 1, "iter": 63, "lr": t.rate, "aAcc": 0.9 + s / 20, "mIoU": s, "mAcc": s}
        lines.append(json.dumps(val | {"loss": b, "IoU.road": s}))
    return "\n".join(lines)


def mmseg_1(t: Training) -> str:
    lines = []
    for i, a, _, s in t.rows():
        step = 50 * (i + 1)
        train = {"base_lr": t.rate, "lr": t.rate, "data_time": 0.01, "loss": a, "decode.loss_ce": a}
        lines.append(
            json.dumps(train | {"decode.acc_seg": 90.0, "time": 0.2, "iter": step, "memory": 99, "step": step})
        )
        lines.append(json.dumps({"aAcc": 90 + 5 * s, "mIoU": 100 * s, "mAcc": 100 * s, "time": 0.1, "step": step}))
    return "\n".join(lines)


def log_history(t: Training) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for i, a, b, s in t.rows():
        rows.append({"epoch": i + 1.0, "grad_norm": 1.3, "learning_rate": t.rate, "loss": a, "step": 10 * (i + 1)})
        speed = {"eval_runtime": 4.1, "eval_samples_per_second": 5.0, "eval_steps_per_second": 0.7}
        scores = {"eval_mean_iou": s, "eval_mean_accuracy": s, "eval_overall_accuracy": 0.9 + s / 20}
        lists = {"eval_per_category_iou": [min(1, 1.1 * s), 0.9 * s, None]}
        rows.append({"epoch": i + 1.0, "eval_loss": b, **scores, **lists, **speed, "step": 10 * (i + 1)})
    rows.append({"epoch": len(t.loss), "step": 90, "total_flos": 1e15, "train_loss": 0.9, "train_runtime": 99.0})
    return rows


def trainer_state(t: Training) -> str:
    return json.dumps({"best_metric": None, "epoch": 9.0, "is_local_process_zero": True, "log_history": log_history(t)})


def trainer_list(t: Training) -> str:
    return json.dumps(log_history(t))


def smp_nested(t: Training) -> str:
    train = [{"dice_loss": a, "iou_score": s} for _, a, _, s in t.rows()]
    return json.dumps({"train": train, "valid": [{"dice_loss": b, "iou_score": s} for _, _, b, s in t.rows()]})


def ultralytics(t: Training) -> str:
    names = ["epoch", "time", "train/box_loss", "train/seg_loss", "metrics/precision(M)", "metrics/mAP50(M)"]
    names += ["val/box_loss", "val/seg_loss", "lr/pg0", "lr/pg1"]
    rows = [[i + 1, 9.9, a / 2, a / 2, s, s, b / 2, b / 2, t.rate, t.rate] for i, a, b, s in t.rows()]
    return "\n".join([",".join(f"{n:>23}" for n in names), *(",".join(f"{v:>23.6g}" for v in row) for row in rows)])


def lightly(t: Training) -> str:
    rows = [
        {"epoch": i, "step": 24 * (i + 1), "train_loss": a, "val_loss": b, "val_metric/miou": s, "lr": t.rate}
        for i, a, b, s in t.rows()
    ]
    return "\n".join(json.dumps(row) for row in rows)


def detectron2(t: Training) -> str:
    lines = []
    for i, a, _, s in t.rows():
        step = {"iteration": 20 * (i + 1) - 1, "data_time": 0.03, "eta_seconds": 99.0, "time": 0.4, "lr": t.rate}
        lines.append(json.dumps(step | {"total_loss": a, "loss_mask": a / 2, "loss_cls": a / 2}))
        if i % 3 == 2:
            lines.append(json.dumps({"iteration": 20 * (i + 1) - 1, "segm/AP": 100 * s, "sem_seg/mIoU": 100 * s}))
    return "\n".join(lines)


def fastai(t: Training) -> str:
    rows = [f"{i},{a:.6f},{b:.6f},{s:.6f},00:12" for i, a, b, s in t.rows()]
    return "\n".join(["epoch,train_loss,valid_loss,dice,time", *rows])


def wandb(t: Training) -> str:
    names = [
        f'"brisk-sun-4 - {n}{end}"' for n in ("train/loss", "val/loss", "val/iou") for end in ("", "__MIN", "__MAX")
    ]
    rows = [",".join(f'"{v}"' for v in (i, a, a, a, b, b, b, s, s, s)) for i, a, b, s in t.rows()]
    return "\n".join([",".join(['"Step"', *names]), *rows])


def keras_without_header(t: Training) -> str:
    return "\n".join(f"{i},{0.8 * s},{a},{s},{b}" for i, a, b, s in t.rows())


def keras_bars(t: Training) -> str:
    bar = "12/12 [==============================]"
    return "\n".join(
        f"Epoch {i + 1}/{len(t.loss)}\n 6/12 [=====>...] - ETA: 1s - loss: 9.9\r{bar} - 3s 200ms/step - "
        f"loss: {a:.4f} - dice_coef: {s:.4f} - val_loss: {b:.4f} - val_dice_coef: {s:.4f} - lr: {t.rate:.0e}"
        for i, a, b, s in t.rows()
    )


def script_in_one_line(t: Training) -> str:
    return "\n".join(f"epoch {i} loss {a:.3f} val_loss {b:.3f} val_iou {s:.3f} lr {t.rate}" for i, a, b, s in t.rows())


def script_in_words(t: Training) -> str:
    return "\n".join(
        f"2023-03-12 18:31:23,497 INFO Epoch [{i + 1}/{len(t.loss)}], Train Loss: {a:.4f} | Val. Loss: {b:.4f} | "
        f"Val mIoU = {100 * s:.2f}% | LR: {t.rate}"
        for i, a, b, s in t.rows()
    )


def script_in_two_lines(t: Training) -> str:
    return "\n".join(
        f"Epoch {i}/{len(t.loss) - 1}\n----------\ntrain Loss: {a:.4f} Acc: 0.9\nval Loss: {b:.4f} IoU: {s:.4f}\n"
        for i, a, b, s in t.rows()
    )


def script_of_sides(t: Training) -> str:
    return "\n".join(
        f"EPOCH {i}:\n  batch 100 loss: {a:.4f}\nLOSS train {a:.4f} valid {b:.4f}\n[val] dice={s:.4f}"
        for i, a, b, s in t.rows()
    )


def printed_dicts(t: Training) -> str:
    return "\n".join(
        f"{{'loss': {a:.4f}, 'learning_rate': {t.rate}, 'epoch': {i + 1.0}}}\n"
        f"{{'eval_loss': {b:.4f}, 'eval_iou': {s:.4f}, 'eval_runtime': 3.2, 'epoch': {i + 1.0}}}"
        for i, a, b, s in t.rows()
    )


TOOLS: dict[str, Callable[[Training], str]] = {
    "training_log_2022.txt": nnunet_v1,
    "training_log_2024_4_26.txt": nnunet_v2,
    "20220101.log.json": mmseg_0,
    "scalars.json": mmseg_1,
    "trainer_state.json": trainer_state,
    "log_history.json": trainer_list,
    "smp.json": smp_nested,
    "results.csv": ultralytics,
    "metrics.jsonl": lightly,
    "metrics.json": detectron2,
    "history.csv": fastai,
    "wandb_export.csv": wandb,
    "training.log": keras_without_header,
    "console.txt": keras_bars,
    "one_line.log": script_in_one_line,
    "words.log": script_in_words,
    "two_lines.txt": script_in_two_lines,
    "sides.txt": script_of_sides,
    "printed.txt": printed_dicts,
}
"""How each tool writes a training, by a file name that it uses."""
