"""Another scale, a crop or padding, undone in one line of numpy and OpenCV with the photo's width and height."""

from functools import partial
from typing import Any

import numpy as np

from maskwright.classes import ClassTable
from maskwright.diagnosis.evidence.evidence import Case
from maskwright.diagnosis.undo.search import View, scored_undo
from maskwright.diagnosis.undo.transforms import Map, at_own_scale, stretched, uncropped, uncut, unpadded
from maskwright.diagnosis.undo.undone_evidence import Undo

NEAREST = "flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE"


def command_of(undo: Undo, case: Case) -> str:
    """Return what undoes another scale, a crop or padding, as Python that reads and sets `prediction`."""
    assert isinstance(undo, partial)
    if undo.func is unpadded:
        return _cut_out(undo.args[0])
    if undo.func is uncut:
        return _warp("prediction", 1.0, (f"{undo.args[0]} * (max(width, height) - width) / 2",
                                         f"{undo.args[0]} * (max(width, height) - height) / 2"))  # fmt: skip
    if undo.func is at_own_scale:
        return _own_scale(undo.args[0], undo.args[1], case)
    if undo.func in (uncropped, stretched):
        return _into_the_middle(undo.args[0] if undo.args else None)
    zoom, anchor = undo.args
    resized = "cv2.resize(prediction, (width, height), interpolation=cv2.INTER_NEAREST)"
    x, y = (f"{1 - zoom:.4f} * {anchor} * {side} + {(zoom - 1) / 2:.4f}" for side in ("width", "height"))
    return _warp(resized, float(zoom), (x, y))


def _warp(source: str, factor: float, offsets_xy: tuple[str, str]) -> str:
    x, y = offsets_xy
    matrix = f"np.float32([[{factor:.4f}, 0, {x}], [0, {factor:.4f}, {y}]])"
    return f"prediction = cv2.warpAffine({source}, {matrix}, (width, height), {NEAREST})"


def _into_the_middle(zoom_xy: tuple[float, float] | None) -> str:
    """Return the line that puts a stretched middle back: the middle square, or shares of both sides."""
    factors = "width / min(width, height), height / min(width, height)"
    if zoom_xy is not None:
        factors = f"{zoom_xy[0]:.4f}, {zoom_xy[1]:.4f}"
    matrix = "np.float32([[x, 0, (1 - x) * (width - 1) / 2], [0, y, (1 - y) * (height - 1) / 2]])"
    resized = "cv2.resize(prediction, (width, height), interpolation=cv2.INTER_NEAREST)"
    return f"x, y = {factors}; prediction = cv2.warpAffine({resized}, {matrix}, (width, height), {NEAREST})"


def _cut_out(anchor: float) -> str:
    return (
        "h, w, side = *prediction.shape[:2], max(width, height); "
        f"t, l = round({anchor} * h * (1 - height / side)), round({anchor} * w * (1 - width / side)); "
        "prediction = cv2.resize(prediction[t : t + round(h * height / side), l : l + round(w * width / side)], "
        "(width, height), interpolation=cv2.INTER_NEAREST)"
    )


def _own_scale(anchor: float, fit: str, case: Case) -> str:
    """Return the line for a crop (one px is one px) or a letterbox (one factor for both sides)."""
    shares: Any = tuple(own / true for own, true in zip(case.predicted_hw, case.size_hw, strict=True))
    factor = 1.0 if fit == "crop" else min(shares)
    offsets = tuple(
        f"{anchor} * (prediction.shape[{axis}] - {side} * {factor:.4f})" for axis, side in ((1, "width"), (0, "height"))
    )
    return _warp("prediction", factor, (offsets[0], offsets[1]))


def named_stretch(undo: "partial[Map]", few: View, classes: ClassTable) -> tuple[Undo, str]:
    """Return the stretch in finer steps, and in words."""
    x, y = undo.args[0]
    steps = np.linspace(0.97, 1.03, 13)
    finer = [partial(stretched, (float(x * f) if x != 1 else 1.0, float(y * f) if y != 1 else 1.0)) for f in steps]
    best = max(finer, key=lambda one: scored_undo(few, one, classes).iou)
    x, y = best.args[0]
    side = f"{x:.2f} times as wide" if x != 1 else f"{y:.2f} times as high"
    return best, f"what they show is {side} as in the truth, around the centre"
