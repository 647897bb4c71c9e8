"""One training as more tools and well-known repositories write it: consoles, lines of JSON, tables of csv."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.field.tool_logs import Training

BATCHES = 3
"""Batches of an epoch that a console prints, each with its own number."""


def _around(value: float) -> list[float]:
    """Return what the batches of an epoch print, whose mean is the value."""
    return [value + 0.01, value, value - 0.01]


def paddleseg(t: Training) -> str:
    """https://github.com/PaddlePaddle/PaddleSeg/issues/1722 and https://github.com/PaddlePaddle/Paddle/issues/34282."""
    stamp = "2022-01-04 19:24:33 [INFO]\t"
    return "".join(
        f"{stamp}[TRAIN] epoch: {i + 1}, iter: {10 * (i + 1)}/1000, loss: {a:.4f}, lr: {t.rate:.6f}, batch_cost: "
        f"0.2763, reader_cost: 0.02104, ips: 28.9558 samples/sec | ETA 07:40:25\n"
        f"{stamp}Start evaluating (total_samples: 76, total_iters: 76)...\n"
        f"76/76 [==============================] - 6s 30ms/step - batch_cost: 0.0290 - reader cost: 8.5472e-0\n"
        f"{stamp}[EVAL] #Images: 76 mIoU: {s:.4f} Acc: 0.9{i % 10}17 Kappa: {s:.4f} Dice: {s:.4f}\n"
        f"{stamp}[EVAL] Class IoU: \n[0.98 {s:.4f}]\n{stamp}[EVAL] Class Precision: \n[0.99 {s:.4f}]\n"
        f"{stamp}[EVAL] The model with the best validation mIoU ({s:.4f}) was saved at iter {10 * (i + 1)}.\n"
        for i, a, _, s in t.rows()
    )


def ultralytics_8_3(t: Training) -> str:
    """results.csv without blanks, with box and mask scores side by side."""
    names = ["epoch", "time", "train/box_loss", "train/seg_loss", "train/cls_loss", "train/dfl_loss"]
    names += [f"metrics/{m}({w})" for w in "BM" for m in ("precision", "recall", "mAP50", "mAP50-95")]
    names += ["val/box_loss", "val/seg_loss", "val/cls_loss", "val/dfl_loss", "lr/pg0", "lr/pg1", "lr/pg2"]
    rows = [
        [i + 1, 9.9 * i, *[a / 4] * 4, *[s] * 3, s / 2, *[s] * 3, s / 2, *[b / 4] * 4, *[t.rate] * 3]
        for i, a, b, s in t.rows()
    ]
    return "\n".join([",".join(names), *(",".join(f"{v:.6g}" for v in row) for row in rows)]) + "\n"


def monai_bundle(t: Training) -> str:
    """https://github.com/Project-MONAI/MONAILabel/pull/1333."""
    trainer = "[2023-04-08 05:21:26.303][ INFO](ignite.engine.engine.SupervisedTrainer) - "
    evaluator = "[2023-04-08 05:21:27.608][ INFO](ignite.engine.engine.SupervisedEvaluator) - "
    return "".join(
        "".join(
            f"{trainer}Epoch: {i + 1}/24, Iter: {k + 1}/3 -- train_loss: {v:.4f}\n" for k, v in enumerate(_around(a))
        )
        + f"{trainer}Epoch[{i + 1}] Metrics -- train_left lung_mean_dice: {s:.4f} train_mean_dice: {s:.4f} \n"
        f"{trainer}Key metric: train_mean_dice best value: {max(t.score[: i + 1])} at epoch: {i + 1}\n"
        f"{evaluator}Engine run resuming from iteration 0, epoch {i} until {i + 1} epochs\n"
        f"{evaluator}Epoch[{i + 1}] Metrics -- val_left lung_mean_dice: {s:.4f} val_loss: {b:.4f} val_mean_dice: "
        f"{s:.4f} val_right lung_mean_dice: {s:.4f} \n"
        f"{evaluator}Key metric: val_mean_dice best value: {max(t.score[: i + 1])} at epoch: {i + 1}\n"
        f"{evaluator}Epoch[{i + 1}] Complete. Time taken: 00:00:01.079\n"
        for i, a, b, s in t.rows()
    )


def lightning_csv(t: Training) -> str:
    """CSVLogger: rows of steps, of validation and of the epoch's mean one after another, with holes."""
    lines = ["epoch,lr-Adam,step,train_dice,train_loss_epoch,train_loss_step,val_dice,val_loss"]
    for i, a, b, s in t.rows():
        step = 8 * i + 7
        lines += [f",{t.rate},{step - 4},,,,,", f"{i},,{step - 4},,,{a + 0.02:.4f},,"]
        lines += [f"{i},,{step},,,,{s:.4f},{b:.4f}", f"{i},,{step},{s:.4f},{a:.4f},,,"]
    return "\n".join(lines) + "\n"


def keras_copied(t: Training) -> str:
    """Keras' bars copied from a terminal or a file, where each state of a bar is a line."""
    return "".join(
        f"Epoch {i + 1}/24\n"
        "\n 1/12 [=>............................] - ETA: 11s - loss: 9.9312 - iou_score: 0.0100\n"
        " 6/12 [==============>...............] - ETA: 1s - loss: 5.2310 - iou_score: 0.0200\n"
        f"12/12 [==============================] - 3s 200ms/step - loss: {a:.4f} - iou_score: {s:.4f} - val_loss: "
        f"{b:.4f} - val_iou_score: {s:.4f}\n"
        f"\nEpoch {i + 1:05d}: val_loss improved from 0.9 to 0.8, saving model to a.h5\n"
        for i, a, b, s in t.rows()
    )


def hugging_face_5(t: Training) -> str:
    """Transformers from version 5 on: the printed dicts hold texts."""
    return "".join(
        f"{{'loss': '{a:.4f}', 'grad_norm': '1.732', 'learning_rate': '{t.rate:.4g}', 'epoch': '{i + 1}'}}\n"
        f"{{'eval_loss': '{b:.4f}', 'eval_mean_iou': '{s:.4f}', 'eval_accuracy_road': '{s:.4f}', 'eval_runtime': "
        f"'3.21', 'eval_samples_per_second': '6.2', 'epoch': '{i + 1}'}}\n"
        for i, a, b, s in t.rows()
    )


def torchvision_references(t: Training) -> str:
    """references/segmentation/train.py, its MetricLogger and ConfusionMatrix."""
    return "".join(
        "".join(
            f"Epoch: [{i}]  [{10 * k:3d}/30]  eta: 0:00:21  lr: {t.rate:.6f}  loss: {v:.4f} ({a:.4f})  time: 0.4571  "
            "data: 0.0213  max mem: 5842\n"
            for k, v in enumerate(_around(a))
        )
        + f"Epoch: [{i}] Total time: 0:00:14\n"
        f"Test:  [ 0/20]  eta: 0:00:09    time: 0.4843  data: 0.2710  max mem: 5842\n"
        f"Test: Total time: 0:00:04\nglobal correct: {90 + 5 * s:.1f}\naverage row correct: ['97.9', '{100 * s:.1f}']\n"
        f"IoU: ['91.2', '{100 * s:.1f}']\nmean IoU: {100 * s:.1f}\n"
        for i, a, _, s in t.rows()
    )


def detectron2_by_class(t: Training) -> str:
    """metrics.json with the AP of masks and boxes, by size and by class, NaN where no object has the size."""
    lines = []
    for i, a, b, s in t.rows():
        step = {"iteration": 20 * (i + 1) - 1, "data_time": 0.03, "eta_seconds": 99.0, "time": 0.4, "lr": t.rate}
        losses = {"loss_box_reg": a / 4, "loss_cls": a / 4, "loss_mask": a / 2, "total_loss": a, "validation_loss": b}
        lines.append(json.dumps(step | losses))
        scores = {f"{kind}/{name}": 100 * s for kind in ("bbox", "segm") for name in ("AP", "AP50", "AP75", "APm")}
        scores |= {"bbox/APs": float("nan"), "segm/APs": float("nan"), "segm/AP-road": 100 * s, "segm/AP-car": 90 * s}
        lines.append(json.dumps({"iteration": 20 * (i + 1) - 1} | scores))
    return "\n".join(lines)


def mmdetection_scalars(t: Training) -> str:
    """vis_data/scalars.json of MMDetection 3: validation counts epochs where training counts iterations."""
    lines = []
    for i, a, _, s in t.rows():
        step = 50 * (i + 1)
        train = {"base_lr": t.rate, "lr": t.rate, "data_time": 0.01, "loss": a, "loss_mask": a / 2, "loss_cls": a / 2}
        lines.append(json.dumps(train | {"acc": 95.1, "time": 0.2, "epoch": i + 1, "iter": step, "step": step}))
        scores = {f"coco/{k}_{m}": s for k in ("bbox", "segm") for m in ("mAP", "mAP_50", "mAP_75")}
        lines.append(json.dumps(scores | {"coco/segm_mAP_s": -1.0, "data_time": 0.01, "time": 0.1, "step": i + 1}))
    return "\n".join(lines)


def ultralytics_8_3_console(t: Training) -> str:
    """The console with thin bars, each state of one on a line of its own."""
    bar, half = "━━━━━━━━━━━━", "━━━━━╸──────"
    boxes = "Box(P          R      mAP50  mAP50-95)     Mask(P          R      mAP50  mAP50-95)"
    return "".join(
        "\n      Epoch    GPU_mem   box_loss   seg_loss   cls_loss   dfl_loss  Instances       Size\n"
        f"\x1b[K       {i + 1}/24      5.23G     9.1000      9.1000      9.1000      9.1000         82        640: 50% "
        f"{half} 8/16 2.1it/s 3.8s<3.8s\r"
        f"\x1b[K       {i + 1}/24      5.23G     {a / 4:.4f}      {a / 4:.4f}      {a / 4:.4f}      {a / 4:.4f}  82"
        f"        640: 100% {bar} 16/16 2.1it/s 7.6s\n"
        f"\x1b[K                 Class     Images  Instances      {boxes}: 100% {bar} 2/2 1.2it/s 1.6s\n"
        f"                   all         30         55      {s:.3f}      {s:.3f}      {s:.3f}      {0.6 * s:.3f}      "
        f"{s:.3f}      {s:.3f}      {s:.3f}      {0.6 * s:.3f}\n"
        for i, a, _, s in t.rows()
    )


def semseg_of_hszhao(t: Training) -> str:
    """https://github.com/hszhao/semseg, and the many that grew out of it."""
    stamp = "[2021-05-11 20:12:13,123 INFO train.py line 285 9021] "
    return "".join(
        "".join(
            f"{stamp}Epoch: [{i + 1}/24][{10 * (k + 1)}/30] Data 0.002 (0.013) Batch 0.451 (0.463) Remain 00:10:10 "
            f"MainLoss {0.7 * v:.4f} AuxLoss {0.3 * v:.4f} Loss {v:.4f} Accuracy {0.9 + s / 20:.4f}.\n"
            for k, v in enumerate(_around(a))
        )
        + f"{stamp}Train result at epoch [{i + 1}/24]: mIoU/mAcc/allAcc {s:.4f}/{s:.4f}/{0.9 + s / 20:.4f}.\n"
        f"{stamp}>>>>>>>>>>>>>>>> Start Evaluation >>>>>>>>>>>>>>>>\n"
        f"{stamp}Test: [10/10] Data 0.002 (0.013) Batch 0.451 (0.463) Loss {b:.4f} ({b:.4f}) Accuracy 0.9123.\n"
        f"{stamp}Val result: mIoU/mAcc/allAcc {s:.4f}/{s:.4f}/{0.9 + s / 20:.4f}.\n"
        f"{stamp}Class_0 Result: iou/accuracy 0.9800/0.9900.\n{stamp}Class_1 Result: iou/accuracy {s:.4f}/{s:.4f}.\n"
        f"{stamp}<<<<<<<<<<<<<<<<< End Evaluation <<<<<<<<<<<<<<<<<\n"
        for i, a, b, s in t.rows()
    )


def hrnet(t: Training) -> str:
    """https://github.com/HRNet/HRNet-Semantic-Segmentation/issues/91."""
    stamp = "2020-01-23 09:01:41,438 "
    return "".join(
        "".join(
            f"{stamp}Epoch: [{i}/24] Iter:[{10 * k}/30], Time: 0.83, lr: [{t.rate}], Loss: {v:.6f}\n"
            for k, v in enumerate(_around(a))
        )
        + f"0 [0.98412237 {s:.8f}] {s}\n{stamp}=> saving checkpoint to output/road/hrnet_w48checkpoint.pth.tar\n"
        f"{stamp}Loss: {b:.3f}, MeanIU:  {s:.4f}, Best_mIoU:  {max(t.score[: i + 1]):.4f}\n"
        f"{stamp}[0.98412237 {s:.8f}]\n"
        for i, a, b, s in t.rows()
    )


def deeplab_of_hualin(t: Training) -> str:
    """https://github.com/hualin95/Deeplab-v3plus/issues/4."""
    stamp = "2018-12-12 10:08:09,712 - root - INFO - "
    return "".join(
        "".join(f"{stamp}The train loss of epoch{i}-batch-{50 * k}:{v}\n" for k, v in enumerate(_around(a)))
        + f"{stamp}Epoch:{i}, train PA1:0.92577, MPA1:{s}, MIoU1:{s}, FWIoU1:{s}\n{stamp}validating one epoch...\n"
        f"{stamp}Epoch:{i}, validation PA1:0.92658, MPA1:{s}, MIoU1:{s}, FWIoU1:{s}\n"
        f"{stamp}The average loss of val loss:{b}\n{stamp}=>saving a new best checkpoint...\n"
        for i, a, b, s in t.rows()
    )


def deeplab_of_vainf(t: Training) -> str:
    """https://github.com/VainF/DeepLabV3Plus-Pytorch."""
    return "".join(
        "".join(f"Epoch {i + 1}, Itrs {30 * i + 10 * (k + 1)}/30000, Loss={v:f}\n" for k, v in enumerate(_around(a)))
        + f"validation...\n\nOverall Acc: {0.9 + s / 20:f}\nMean Acc: {s:f}\nFreqW Acc: {s:f}\nMean IoU: {s:f}\n\n"
        for i, a, _, s in t.rows()
    )


def sam_2(t: Training) -> str:
    """train_stats.json and val_stats.json of SAM 2 and 3 in one: a line of JSON an epoch."""
    lines = []
    for i, a, b, s in t.rows():
        losses = {"Losses/train_all_loss": a, "Losses/train_all_loss_mask": a / 50, "Losses/train_all_loss_dice": a / 2}
        lines.append(json.dumps(losses | {"Trainer/where": i / 24, "Trainer/epoch": i, "Trainer/steps_train": 9 * i}))
        scores = {"Losses/val_all_loss": b, "Meters_train/val_all/miou": s}
        lines.append(json.dumps(scores | {"Trainer/where": i / 24, "Trainer/epoch": i, "Trainer/steps_val": 2 * i}))
    return "\n".join(lines)


def detr(t: Training) -> str:
    """log.txt of DETR and RF-DETR with masks: https://github.com/facebookresearch/detr/issues/527."""
    lines = []
    for i, a, b, s in t.rows():
        train = {"train_lr": t.rate, "train_class_error": 12.5, "train_loss": a, "train_loss_ce": a / 2}
        masks = {"test_coco_eval_masks": [0.6 * s, s, *[0.5 * s] * 9, -1.0]}
        test = {"test_class_error": 13.1, "test_loss": b, "test_loss_mask": b / 9}
        lines.append(json.dumps(train | test | masks | {"epoch": i, "n_parameters": 41302368}))
    return "\n".join(lines)


def yolact(t: Training) -> str:
    """https://github.com/dbolya/yolact/issues/312."""
    rule = "-------+" * 12
    limits = "  |".join(f"  {k}" for k in ("all", ".50", ".55", ".60", ".65", ".70", ".75", ".80", ".85", ".90", ".95"))
    return "".join(
        f"[ {i:2d}]      {10 * i} || B: {a / 4:.3f} | C: {a / 4:.3f} | M: {a / 4:.3f} | S: {a / 4:.3f} | "
        f"T: {a:.3f} || ETA: 0:05:10 || timer: 0.533\n\nCalculating mAP...\n\n       |{limits}  |\n{rule}\n"
        f"   box |{' | '.join(f'{100 * s:.2f}' for _ in range(11))} |\n"
        f"  mask |{' | '.join(f'{100 * s:.2f}' for _ in range(11))} |\n{rule}\n\n"
        for i, a, _, s in t.rows()
    )


def tensorflow_detection(t: Training) -> str:
    """https://github.com/tensorflow/models/issues/9436: every line stands there twice."""
    return "".join(
        f"INFO:tensorflow:Step {100 * (i + 1)} per-step time 0.813s loss={a:.4f}\n"
        f"I0912 11:40:27.956218 139735407601536 model_lib_v2.py:652] Step {100 * (i + 1)} "
        f"per-step time 0.813s loss={a:.4f}\n"
        for i, a, _, _ in t.rows()
    )


def u2net(t: Training) -> str:
    """https://github.com/xuebinqin/U-2-Net/issues/299."""
    return "".join(
        f"[epoch:   {i + 1}/100000, batch:  8268/13617, ite: {100 * (i + 1)}] train loss: {a:f}, tar: {a / 8:f} \n\n"
        f"l0: 0.130655, l1: 0.130691, l2: 0.137447, l3: 0.146929, l4: 0.178149, l5: 0.234913, l6: 0.300610\n\n"
        for i, a, _, _ in t.rows()
    )


def foodseg_mask2former(t: Training) -> str:
    """https://github.com/NimaVahdat/FoodSeg_mask2former/issues/3: the epoch is named once it is over."""
    bar = "100%|█████████| 2492/2492 [20:50<00:00,  1.99it/s]\n"
    return "".join(
        f"{bar}Epoch {i} complete. Avg Training Loss: {a:.4f}\n{bar}Mean IoU: {s}\nValidation Loss: {b:.4f}\n"
        f"Saving model at epoch {i}\n"
        for i, a, b, s in t.rows()
    )


def transunet(t: Training) -> str:
    """https://github.com/Beckschen/TransUNet: batches by their number, and a mean of each case at the end."""
    return "".join(
        f"[09:24:59.000] iteration {10 * (i + 1)} : loss : {a:f}, loss_ce: {0.9 * a:f}, loss_dice: {1.1 * a:f}\n"
        for i, a, _, _ in t.rows()
    )


def segmentation_of_tramac(t: Training) -> str:
    """https://github.com/Tramac/awesome-semantic-segmentation-pytorch/issues/179."""
    stamp = "2021-05-19 13:54:48,874 semantic_segmentation INFO: "
    return "".join(
        f"{stamp}Epoch: {i + 1}/24 || Iters: {10 * (i + 1)}/240 || Lr: {t.rate:.6f} || Loss: {a:.4f} "
        f"|| Cost Time: 0:00:10 || Estimated Time: 1:12:10\n"
        f"{stamp}Start validation, Total sample: 2\n"
        f"{stamp}Sample: 1, Validation pixAcc: {s + 0.01:.3f}, mIoU: {s + 0.01:.3f}\n"
        f"{stamp}Sample: 2, Validation pixAcc: {s - 0.01:.3f}, mIoU: {s - 0.01:.3f}\n"
        for i, a, _, s in t.rows()
    )


def loop_of_scikit(t: Training) -> str:
    """MLPClassifier(verbose=True, early_stopping=True), and loops that print like it."""
    return "".join(f"Iteration {i + 1}, loss = {a:.8f}\nValidation score: {s:f}\n" for i, a, _, s in t.rows())


@dataclass(frozen=True)
class Form:
    """How a training is written, and what of it must be read: names of scores in validation, and of its losses."""

    write: Callable[[Training], str]
    scores: tuple[str, ...]
    validation_loss: bool = True


CONSOLES: dict[str, Form] = {
    "paddleseg.log": Form(paddleseg, ("mIoU", "Kappa", "Dice", "Class IoU[1]"), validation_loss=False),
    "yolo/results.csv": Form(ultralytics_8_3, ("metrics/mAP50(M)", "metrics/mAP50(B)", "metrics/recall(M)")),
    "monai.log": Form(monai_bundle, ("mean_dice", "left lung_mean_dice", "right lung_mean_dice")),
    "lightning/metrics.csv": Form(lightning_csv, ("dice",)),
    "keras_copied.txt": Form(keras_copied, ("iou_score",)),
    "hugging_face_5.txt": Form(hugging_face_5, ("mean_iou", "accuracy_road")),
    "torchvision.txt": Form(
        torchvision_references, ("mean IoU", "IoU[1]", "average row correct[1]"), validation_loss=False
    ),
    "detectron2/metrics.json": Form(detectron2_by_class, ("segm/AP", "bbox/AP50", "segm/AP-road")),
    "vis_data/scalars.json": Form(mmdetection_scalars, ("coco/segm_mAP", "coco/bbox_mAP_50"), validation_loss=False),
    "ultralytics_8_3.txt": Form(
        ultralytics_8_3_console, ("Mask/mAP50", "Box/mAP50", "Mask/recall"), validation_loss=False
    ),
    "semseg.log": Form(semseg_of_hszhao, ("mIoU", "mAcc", "Class_1 iou")),
    "hrnet.log": Form(hrnet, ("MeanIU",)),
    "deeplab_hualin.log": Form(deeplab_of_hualin, ("MIoU1", "FWIoU1")),
    "deeplab_vainf.txt": Form(deeplab_of_vainf, ("Mean IoU", "Mean Acc"), validation_loss=False),
    "train_stats.json": Form(sam_2, ("Meters_all/miou",)),
    "detr/log.txt": Form(detr, ("coco_masks[1]",)),
    "yolact.txt": Form(yolact, ("mask mAP50", "box mAP"), validation_loss=False),
    "tensorflow.log": Form(tensorflow_detection, (), validation_loss=False),
    "u2net.txt": Form(u2net, (), validation_loss=False),
    "transunet.txt": Form(transunet, (), validation_loss=False),
    "tramac.log": Form(segmentation_of_tramac, ("mIoU", "pixAcc"), validation_loss=False),
    "scikit.txt": Form(loop_of_scikit, ("score",), validation_loss=False),
    "foodseg.txt": Form(foodseg_mask2former, ("Mean IoU",)),
}
"""How each tool or repository writes a training, by a file name, and what must be read of it."""
