"""Another scale, a crop or padding, undone in one line of numpy and OpenCV with the photo's width and height."""

from functools import partial
from typing import Any

from maskwright.diagnosis.evidence.evidence import Case
from maskwright.diagnosis.hypotheses.transforms import at_own_scale, uncut, unpadded
from maskwright.diagnosis.hypotheses.undone_evidence import Undo

NEAREST = "flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE"


def command_of(undo: Undo, case: Case) -> str:
    """Return what undoes a scale found by `misplaced`: Python that takes and gives `prediction`."""
    assert isinstance(undo, partial)
    if undo.func is unpadded:
        return _cut_out(undo.args[0])
    if undo.func is uncut:
        return _warp("prediction", 1.0, (f"{undo.args[0]} * (max(width, height) - width) / 2",
                                         f"{undo.args[0]} * (max(width, height) - height) / 2"))  # fmt: skip
    if undo.func is at_own_scale:
        return _own_scale(undo.args[0], undo.args[1], case)
    zoom, anchor = undo.args
    resized = "cv2.resize(prediction, (width, height), interpolation=cv2.INTER_NEAREST)"
    x, y = (f"{1 - zoom:.4f} * {anchor} * {side} + {(zoom - 1) / 2:.4f}" for side in ("width", "height"))
    return _warp(resized, float(zoom), (x, y))


def _warp(source: str, factor: float, offsets_xy: tuple[str, str]) -> str:
    x, y = offsets_xy
    matrix = f"np.float32([[{factor:.4f}, 0, {x}], [0, {factor:.4f}, {y}]])"
    return f"prediction = cv2.warpAffine({source}, {matrix}, (width, height), {NEAREST})"


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
