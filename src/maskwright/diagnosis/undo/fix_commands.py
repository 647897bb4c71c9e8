"""Commands of fixes: one line of Python that undoes a fault in the predictions or truths as they are stored."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Evidence, Storage
from maskwright.imaging.mask_reader import COLOUR_BIT

MOST_LISTED = 60
"""So many photos at most are listed by their places in a command."""


def inversion(storage: Storage) -> str:
    """Return what swaps object and background: of class ids (stored as 0 and 1, or 0 and 255), or of scores."""
    if storage.kind == "ids":
        return "prediction = (prediction == 0).astype(np.uint8)"
    return "prediction = -prediction" if storage.kind == "logits" else f"prediction = {_top(storage)} - prediction"


def inverted_stored(storage: Storage) -> int:
    """Return from what stored values are subtracted to exchange object and background."""
    if storage.kind == "ids":
        return max(storage.values, default=1) or 1
    return 0 if storage.kind == "logits" else _top(storage)


def _top(storage: Storage) -> int:
    """Return the stored value of probability one."""
    return 1 if not storage.values else 65535 if max(storage.values) > 255 else 255


def as_ids(evidence: Evidence) -> str:
    """Return what makes HxW class ids of 8 bits of what is stored, to be put before a command that expects them.

    "" where such ids are stored.
    """
    return _flattened(evidence) + _read_as_ids(evidence)


def _read_as_ids(evidence: Evidence) -> str:
    storage = evidence.storage
    if storage.kind == "ids":
        return _in_bytes(evidence)
    half = 0 if storage.kind == "logits" else 0.5 * _top(storage)
    if storage.channels == 1:
        return f"prediction = {_cut_once(storage, half)}; "
    axis = -1 if _channels_last(evidence) else 0
    highest = f"prediction.argmax({axis})"
    if storage.channels < len(evidence.classes):  # the objects' channels alone: background is where none is likely
        highest = f"np.where(prediction.max({axis}) > {half:g}, {highest} + 1, 0)"
    return f"prediction = {highest}.astype(np.uint8); "


def _cut_once(storage: Storage, half: float) -> str:
    """Return what cuts scores of one channel at their middle and leaves masks that were cut before as they are.

    Several fixes may be obeyed one after the other. Maps of 8 bits stay at 0 and 255, and the others change their type.
    """
    if storage.kind != "logits" and _top(storage) == 255:
        return f"np.where(prediction >= {half:g}, 255, 0).astype(np.uint8)"
    cut = f"(prediction >= {half:g}).astype(np.uint8)"
    if storage.kind != "logits" and _top(storage) == 1:
        return cut
    return f"prediction if prediction.dtype == np.uint8 else {cut}"


def _in_bytes(evidence: Evidence) -> str:
    """Return what makes bytes of ids that are stored as other numbers: OpenCV and lookups need them."""
    stored = _stored(evidence)
    if stored is None or stored.dtype == np.uint8 or max(evidence.storage.values, default=0) >= COLOUR_BIT:
        return ""
    if evidence.storage.divided:
        return "prediction = np.rint(prediction * 255).astype(np.uint8); "
    wide = len(evidence.classes) == 2 and max(evidence.storage.values, default=0) > 255
    return f"prediction = {'(prediction > 0)' if wide else 'prediction'}.astype(np.uint8); "


def _flattened(evidence: Evidence) -> str:
    """Return what takes away axes of size one, which move height and width."""
    stored = _stored(evidence)
    expected = 2 if evidence.storage.channels == 1 else 3
    return "prediction = np.squeeze(prediction); " if stored is not None and stored.ndim > expected else ""


def _stored(evidence: Evidence) -> NDArray[Any] | None:
    return evidence.cases[0].reread().stored if evidence.cases else None


def renumbering(lookup: NDArray[np.uint8]) -> str:
    """Return what reads every predicted value v as lookup[v]."""
    if (lookup[:255] == np.arange(1, 256)).all():
        return "prediction = np.where(prediction < 255, prediction + 1, 255).astype(np.uint8)"
    if (lookup[1:] == np.arange(255)).all():
        return "prediction = np.where(prediction > 0, prediction - 1, 255).astype(np.uint8)"
    stored = np.flatnonzero(lookup != np.arange(256))
    to = lookup[stored].tolist()
    table = f"lookup = np.arange(256, dtype=np.uint8); lookup[{stored.tolist()}] = {to}"
    return f"{table}; prediction = lookup[prediction]"


def reordering(order: NDArray[np.int64]) -> str:
    """Return what gives photo i of a sorted list the prediction order[i]; "" where the list is too long to print."""
    count = len(order)
    step = int(order[0])
    if (order == (np.arange(count) + step) % count).all():
        return f"predictions = predictions[{step}:] + predictions[:{step}]"
    if (order == np.arange(count)[::-1]).all():
        return "predictions = predictions[::-1]"
    changed = np.flatnonzero(order != np.arange(count))
    if len(changed) > MOST_LISTED:
        return ""
    if len(changed) > count / 2:
        return f"predictions = [predictions[i] for i in {order.tolist()}]"
    swaps = ", ".join(f"{i}: {order[i]}" for i in changed.tolist())
    return f"other = {{{swaps}}}; predictions = [predictions[other.get(i, i)] for i in range(len(predictions))]"


def shifting(evidence: Evidence, by_xy: tuple[float, float]) -> str:
    """Return what moves predictions back that lie `by_xy` px right and below, counted in px of the photo."""
    at_size = all(case.predicted_hw == case.size_hw for case in evidence.cases)
    resized = "cv2.resize(prediction, (width, height), interpolation=cv2.INTER_NEAREST)"
    back = f"({-by_xy[1]:.0f}, {-by_xy[0]:.0f})"
    return f"{as_ids(evidence)}prediction = np.roll({'prediction' if at_size else resized}, {back}, axis=(0, 1))"


def cutting(evidence: Evidence, threshold: float) -> str:
    """Return what makes masks of the stored scores at a threshold in 0..1 of the object's probability."""
    storage = evidence.storage
    first, second = ("", "") if storage.channels == 1 else _two_channels(evidence)
    if storage.kind == "logits":
        logit = np.log(max(threshold, 1e-6) / max(1 - threshold, 1e-6))
        scores = f"logits{second} - logits{first}" if second else "logits"
        return f"prediction = ({scores} >= {logit:.3g}).astype(np.uint8)"
    divided = f" / {_top(storage)}" if storage.values else ""
    cut = f"probability{second}{divided} >= {threshold:.3g}"
    if storage.values and _top(storage) == 255:
        return f"prediction = np.where({cut}, 255, 0).astype(np.uint8)"
    return f"prediction = ({cut}).astype(np.uint8)"


def _two_channels(evidence: Evidence) -> tuple[str, str]:
    """Return what picks the channels of background and object."""
    return ("[..., 0]", "[..., 1]") if _channels_last(evidence) else ("[0]", "[1]")


def _channels_last(evidence: Evidence) -> bool:
    stored = _stored(evidence)
    return stored is not None and np.squeeze(stored).shape[-1] == evidence.storage.channels != len(np.squeeze(stored))


def lifted(steps: int, *, from_id: int = 0) -> str:
    """Return what moves the class ids of truths from `from_id` on by `steps`, ignored pixels as they are."""
    sign = "+" if steps > 0 else "-"
    if from_id:
        moved = f"mask {sign} {abs(steps)}"
        return f"mask = np.where((mask >= {from_id}) & (mask < 255), {moved}, mask).astype(np.uint8)"
    return f"mask = np.where(mask == 255, 255, np.maximum(mask.astype(int) {sign} {abs(steps)}, 0)).astype(np.uint8)"
