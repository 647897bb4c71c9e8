"""Which tool names its columns so: a cure is written in that tool's own words."""

import re
from collections.abc import Iterable

from maskwright.diagnosis.history.column_names import TRAINING

MARKS: tuple[tuple[str, str], ...] = (
    ("nnunet", r"^(val_)?pseudo dice|global foreground dice"),
    ("detectron2", r"^(fast_rcnn|roi_head|rpn)/|^eta_seconds$|^segm/AP"),
    ("ultralytics", r"^train/(seg|box)_loss$|^metrics/mAP50"),
    ("mmseg", r"^(decode|aux)[\w.]*loss_|^(val[/_])?aAcc$"),
    ("huggingface", r"^eval_(loss|mean_iou|runtime)$"),
    ("deeplab", r"miou_1\.0"),
    ("paddle", r"^(val_)?(oacc|category_iou)\b"),
)
"""A column that no other tool writes, the first that fits counts."""
PYTORCH = ("train_loss", "valid_loss", "train/", "val/", "eval_loss", "total_loss", "pseudo dice", "decode.")


def tool_of(columns: Iterable[str]) -> str:
    """Return the tool that names its columns so, else the framework: Keras repeats each with "val_"; "" if unknown."""
    names = list(columns)
    for tool, mark in MARKS:
        if any(re.search(mark, name, re.IGNORECASE) for name in names):
            return tool
    if _is_fastai(names):
        return "fastai"
    # Keras writes small letters: scripts have "Loss" and "valLoss"
    keras = {"loss", "val_loss"} <= set(names) and not set(names) & {"iter", "step", "train_loss"}
    if keras and all(name.startswith("val_") or not TRAINING.search(name) for name in names):
        return "keras"
    return "pytorch" if any(name.lower().startswith(PYTORCH) for name in names) else ""


def _is_fastai(names: list[str]) -> bool:
    """Tell whether columns are those of fastai's recorder, in its order."""
    return names[:3] == ["epoch", "train_loss", "valid_loss"]
