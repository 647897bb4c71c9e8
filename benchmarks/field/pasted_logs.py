"""One training as people paste it from a screen: consoles, notebooks and progress bars of the tools."""

from collections.abc import Callable

from benchmarks.field.tool_logs import Training

FULL_BAR = "100%|██████████|"


def _sci(value: float) -> str:
    return f"{value:.3e}"


def mmseg_0_console(t: Training) -> str:
    stamp, box = "2022-09-17 18:43:26,898 - mmseg - INFO - ", "+-------+-------+\n"
    return "".join(
        f"{stamp}Iter [{50 * (i + 1)}/80000]\tlr: {_sci(t.rate)}, eta: 12:00:06, time: 0.540, data_time: 0.115, "
        f"memory: 2431, decode.loss_ce: {0.7 * a:.4f}, decode.acc_seg: 85.1238, aux.loss_ce: {0.3 * a:.4f}, "
        f"loss: {a:.4f}\n{stamp}per class results:\n{stamp}\n{box}| Class |  IoU  |\n{box}|  road | {100 * s:.2f} |\n"
        f"{box}{stamp}Iter(val) [17]\taAcc: 0.9{i % 10}11, mIoU: {s:.4f}, mAcc: {s:.4f}, IoU.road: {s:.4f}\n"
        for i, a, _, s in t.rows()
    )


def mmseg_1_console(t: Training) -> str:
    stamp = "2023/05/12 18:43:26 - mmengine - INFO - "
    return "".join(
        f"{stamp}Iter(train) [{50 * (i + 1):5d}/20000]  base_lr: {_sci(t.rate)} lr: {_sci(t.rate)}  eta: 1:42:01  "
        f"time: 0.3046  data_time: 0.0076  memory: 4137  loss: {a:.4f}  decode.loss_ce: {a:.4f}  "
        f"decode.acc_seg: 88.1\n{stamp}Iter(val) [17/17]    aAcc: 91.2000  mIoU: {100 * s:.4f}  mAcc: {100 * s:.4f}  "
        f"data_time: 0.0031  time: 0.0412\n"
        for i, a, _, s in t.rows()
    )


def notebook_of_hugging_face(t: Training) -> str:
    head = "Step\tTraining Loss\tValidation Loss\tMean Iou\tMean Accuracy\tOverall Accuracy\n"
    return head + "".join(f"{20 * (i + 1)}\t{a:.6f}\t{b:.6f}\t{s:.6f}\t{s:.6f}\t0.931\n" for i, a, b, s in t.rows())


def ultralytics_console(t: Training) -> str:
    boxes = "Box(P          R      mAP50  mAP50-95)     Mask(P          R      mAP50  mAP50-95)"
    return "".join(
        "      Epoch    GPU_mem   seg_loss   cls_loss   val_loss  Instances       Size\n"
        f"       {i + 1}/24      5.23G     {a / 2:.4f}      {a / 2:.4f}     {b:.4f}         82        640: {FULL_BAR} "
        f"16/16 [02:10<00:00,  8.15s/it]\n                 Class     Images  Instances      {boxes}: {FULL_BAR} 2/2 "
        f"[00:01<00:00,  1.2it/s]\n                   all         30         55      "
        f"{s:.4f}      {s:.4f}      {s:.4f}      {0.6 * s:.4f}      {s:.4f}      {s:.4f}      {s:.4f}      {s:.4f}\n\n"
        for i, a, b, s in t.rows()
    )


def keras_3_console(t: Training) -> str:
    bar = "12/12 ━━━━━━━━━━━━━━━━━━━━"
    return "".join(
        f"Epoch {i + 1}/24\n\r{bar} 0s 180ms/step - dice_coef: 0.1 - loss: 9.9\r"
        f"{bar} 3s 200ms/step - dice_coef: {0.95 * s:.4f} - loss: {a:.4f} - val_dice_coef: {s:.4f} - "
        f"val_loss: {b:.4f} - learning_rate: {t.rate:.4e}\n"
        f"\nEpoch {i + 1}: val_loss improved from 0.50638 to {b:.5f}, saving model to unet.keras\n"
        for i, a, b, s in t.rows()
    )


def fastai_notebook(t: Training) -> str:
    rows = "".join(f"{i}         {a:.6f}    {b:.6f}    0.912345    {s:.6f}  00:21     \n" for i, a, b, s in t.rows())
    return "epoch     train_loss  valid_loss  acc_camvid  dice      time    \n" + rows


def detectron2_console(t: Training) -> str:
    return "".join(
        f"[08/14 10:48:18 d2.utils.events]:  eta: 0:22:36  iter: {20 * i + 19}  total_loss: {a:.4g}  "
        f"loss_mask: {a / 2:.4g}  loss_rpn_cls: {a / 2:.4g}  val_loss: {b:.4g}  val_iou: {s:.4f}  time: 0.4564  "
        f"data_time: 0.0458  lr: {_sci(t.rate)}  max_mem: 1962M\n"
        for i, a, b, s in t.rows()
    )


def lightning_bar(t: Training) -> str:
    bar = f"{FULL_BAR} 18/18 [00:20<00:00,  1.12s/it,"
    return "".join(
        f"Epoch {i}:  50%|█████     | 9/18 [00:10<00:10,  1.12s/it, loss=9.9, v_num=3]\r"
        f"Epoch {i}: {bar} loss={a:.4f}, v_num=3, val_loss={b:.4f}, val_dice={s:.4f}]\n"
        for i, a, b, s in t.rows()
    )


def smp_console(t: Training) -> str:
    bar = f"{FULL_BAR} 46/46 [00:20<00:00,  2.24it/s,"
    return "".join(
        f"\nEpoch: {i}\ntrain: {bar} dice_loss - {a:.4f}, iou_score - {0.95 * s:.4f}]\n"
        f"valid: {bar} dice_loss - {b:.4f}, iou_score - {s:.4f}]\nModel saved!\n"
        for i, a, b, s in t.rows()
    )


def monai_console(t: Training) -> str:
    best = [max(t.score[: i + 1]) for i in range(len(t.score))]
    at = [t.score.index(value) + 1 for value in best]
    return "".join(
        f"----------\nepoch {i + 1}/24\n1/2, train_loss: {a:.4f} step time: 0.9368\n"
        f"2/2, train_loss: {a:.4f} step time: 0.9655\nepoch {i + 1} average loss: {a:.4f}\nval_loss: {b:.4f}\n"
        f"current epoch: {i + 1} current mean dice: {s:.4f} best mean dice: {best[i]:.4f} at epoch: {at[i]}\n"
        f"time consuming of epoch {i + 1} is: 29.9011\n"
        for i, a, b, s in t.rows()
    )


def bracketed_times(t: Training) -> str:
    return "".join(
        f"[23:48:21.639] epoch : {i}, iteration : {8 * i}, train loss : {a:.6f}, train dice : {s:.6f}\n"
        f"[23:49:58.696] epoch : {i}, mean train loss : {a:.6f}, mean train dice : {s:.6f}\n"
        f"[23:50:19.572] epoch : {i}, iteration : 438, val loss : {b:.6f}, val dice : {s:.6f}\n"
        for i, a, b, s in t.rows()
    )


def unet_of_pytorch(t: Training) -> str:
    return "".join(
        f"Epoch {i + 1}/24: {FULL_BAR} 4578/4578 [12:33<00:00,  6.1img/s, loss (batch)={a:.4f}]\n"
        f"INFO: Validation loss: {b:.4f}\nINFO: Validation Dice score: {s}\nINFO: Checkpoint {i + 1} saved!\n"
        for i, a, b, s in t.rows()
    )


def best_in_the_same_line(t: Training) -> str:
    return "".join(
        f"Epoch {i + 1:03d}: train_loss={a:.4f} | val_loss={b:.4f} | mean dice={s:.4f} | best=0.7{i:03d} (epoch {i})\n"
        for i, a, b, s in t.rows()
    )


PASTED: dict[str, Callable[[Training], str]] = {
    "mmseg_0_console.log": mmseg_0_console,
    "mmseg_1_console.log": mmseg_1_console,
    "notebook.txt": notebook_of_hugging_face,
    "ultralytics_console.txt": ultralytics_console,
    "keras_3_console.txt": keras_3_console,
    "fastai_notebook.txt": fastai_notebook,
    "detectron2_console.txt": detectron2_console,
    "lightning_bar.txt": lightning_bar,
    "smp_console.txt": smp_console,
    "monai_console.txt": monai_console,
    "bracketed_times.txt": bracketed_times,
    "unet_of_pytorch.txt": unet_of_pytorch,
    "best_in_line.txt": best_in_the_same_line,
}
"""How people paste each tool's training, by a file name."""
