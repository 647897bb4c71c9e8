"""Faults of buffers, weights, crops and merged sources that people asked about; each names its thread."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from benchmarks.field.bases import Base, noise
from benchmarks.field.faults import Fault, Pairs, pairs_of
from benchmarks.field.objects import LINES
from maskwright.imaging.mask_geometry import Mask, resize_mask

Inject = Callable[[Base, np.random.Generator], Pairs | None]
COMPACT = ("car_parts", "horses", "futoshiki", "drawn_beasts", "drawn_machines", "drawn_cells")
"""Sets of objects with an inside."""


def _slipped(align_px: int) -> Inject:
    """Read rows of a padded buffer at the photo's width: https://github.com/jathu/UIImageColors/pull/81."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        pairs = pairs_of(base)
        if all(m.shape[1] % align_px == 0 for _, m in pairs):
            return None
        return [(t, _read_without_padding(m, -(-m.shape[1] // align_px) * align_px)) for t, m in pairs]

    return inject


def _read_without_padding(mask: Mask, length: int) -> Mask:
    buffer = np.zeros((mask.shape[0], length), dtype=mask.dtype)
    buffer[:, : mask.shape[1]] = mask
    return buffer.ravel()[: mask.size].reshape(mask.shape)


def _middle_square(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Predict the middle square and stretch it to the photo: https://forums.fast.ai/t/28307."""
    pairs = []
    for truth, mask in pairs_of(base):
        high, wide = mask.shape
        side = min(high, wide)
        top, left = (high - side) // 2, (wide - side) // 2
        pairs.append((truth, resize_mask(np.ascontiguousarray(mask[top : top + side, left : left + side]), mask.shape)))
    oblong = [max(t.shape) > 1.2 * min(t.shape) for t, _ in pairs]
    return pairs if np.mean(oblong) > 0.7 else None


def _parts_only(share: float) -> Inject:
    """Keep the smallest of several answers: https://github.com/facebookresearch/segment-anything/issues/659."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs | None:
        if len(base.classes) != 2 or base.name not in COMPACT:
            return None
        pairs = []
        for truth, mask in pairs_of(base):
            if rng.random() < share and mask.any():
                depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
                y, x = np.unravel_index(int(depth.argmax()), mask.shape)
                near = np.zeros_like(mask)
                cv2.circle(near, (int(x), int(y)), max(4, int(0.6 * depth.max())), (1,), -1)
                mask = mask * near
            pairs.append((truth, mask))
        return pairs

    return inject


def _rim(base: Base, rng: np.random.Generator) -> Pairs | None:
    """Take the rim of a round field of view for object: https://github.com/DeepTrial/Retina-VesselNet/issues/15."""
    if base.classes.background != 0 or base.name not in LINES:
        return None
    pairs = []
    for truth, mask in pairs_of(base):
        high, wide = mask.shape
        middle = wide // 2 + int(rng.integers(-2, 3)), high // 2 + int(rng.integers(-2, 3))
        ring = np.zeros_like(mask)
        cv2.circle(ring, middle, round(0.46 * min(high, wide)), (1,), 4)
        pairs.append((truth, np.where(ring > 0, 1, mask).astype(np.uint8)))
    return pairs


def _other_order(share: float) -> Inject:
    """Merge two sources with other orders of classes: https://github.com/ultralytics/ultralytics/issues/7845."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        count = len(base.classes)
        if base.classes.background != 0 or count < 4:
            return None
        order = np.arange(256, dtype=np.uint8)
        order[1:count] = np.roll(np.arange(1, count), 1)
        pairs = pairs_of(base)
        first = round((1 - share) * len(pairs))
        return [(order[t] if i >= first else t, m) for i, (t, m) in enumerate(pairs)]

    return inject


def _few_corners(epsilon: float) -> Inject:
    """Simplify outlines by a share of their length: https://github.com/CVHub520/X-AnyLabeling/issues/662."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        if base.classes.background != 0 or base.name not in COMPACT or base.name == "futoshiki":
            return None
        return [(t, _simplified(m, epsilon)) for t, m in pairs_of(base)]

    return inject


def _simplified(mask: Mask, epsilon: float) -> Mask:
    out = np.zeros_like(mask)
    for value in np.unique(mask[mask > 0]).tolist():
        outlines, _ = cv2.findContours((mask == value).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for outline in outlines:
            corners = cv2.approxPolyDP(outline, epsilon * cv2.arcLength(outline, closed=True), closed=True)
            cv2.fillPoly(out, [corners], (int(value),))
    return out


def _without_weights(scale_px: int) -> Inject:
    """Predict with weights that were never loaded: https://github.com/pytorch/examples/issues/1029."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs:
        count = len(base.classes)
        fields = (np.stack([noise(t.shape, scale_px, rng) for _ in range(count)]) for t in base.truths)
        return [(t, f.argmax(axis=0).astype(np.uint8)) for t, f in zip(base.truths, fields, strict=True)]

    return inject


def _augmented(share: float) -> Inject:
    """Leave shift, rotation and scale on for the photos: https://github.com/shigen-StoneRoot/FFPN/issues/2."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs:
        count = len(base.truths)
        chosen = set(rng.permutation(count)[: round(share * count)].tolist())
        return [(t, _moved(m, rng) if i in chosen else m) for i, (t, m) in enumerate(pairs_of(base))]

    return inject


def _moved(mask: Mask, rng: np.random.Generator) -> Mask:
    high, wide = mask.shape
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), rng.uniform(-15, 15), rng.uniform(0.9, 1.1))
    matrix[:, 2] += (rng.uniform(-0.08, 0.08) * wide, rng.uniform(-0.08, 0.08) * high)
    return np.asarray(
        cv2.warpAffine(mask, matrix, (wide, high), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101)
    )


def _first_for_all(base: Base, _rng: np.random.Generator) -> Pairs:
    """Return the first result for every photo: https://github.com/NVIDIA/TensorRT/issues/1372."""
    first = base.masks[0]
    return [(t, resize_mask(first, t.shape)) for t in base.truths]


def _dropout(share: float) -> Inject:
    """Leave dropout on: https://github.com/leonardoaraujosantos/LearnSegmentation/issues/2."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs:
        count = len(base.classes)
        return [
            (t, np.where(rng.random(m.shape) < share, rng.integers(0, count, m.shape), m).astype(np.uint8))
            for t, m in pairs_of(base)
        ]

    return inject


BUFFERS: Sequence[Fault] = (
    Fault("rows of a padded buffer read without padding", ("pred-raster",), _slipped(64), "64 px"),
    Fault("rows of a padded buffer read without padding", ("pred-raster",), _slipped(256), "256 px"),
    Fault("the middle square stretched to the photo", ("pred-scaled",), _middle_square),
    Fault("a part in place of the object", ("pred-one-piece",), _parts_only(0.35), "a third of the photos"),
    Fault("a part in place of the object", ("pred-one-piece",), _parts_only(0.7), "most photos"),
    Fault("the rim of a round field of view drawn", ("pred-excess",), _rim),
    Fault("two sources with other orders of classes", ("truth-numbering",), _other_order(0.5), "half"),
    Fault("two sources with other orders of classes", ("truth-numbering",), _other_order(0.35), "a third"),
    Fault("outlines simplified", ("boundary-coarse",), _few_corners(0.04), "4 % of their length"),
    Fault("outlines simplified", ("boundary-coarse",), _few_corners(0.08), "8 % of their length"),
    Fault("weights not loaded", ("score-constant",), _without_weights(6), "fine texture"),
    Fault("weights not loaded", ("score-constant",), _without_weights(24), "coarse texture"),
    Fault("shift, rotation and scale of photos alone", ("pred-augmented",), _augmented(0.5), "half of the photos"),
    Fault("shift, rotation and scale of photos alone", ("pred-augmented",), _augmented(1.0), "all"),
    Fault("the first result for every photo", ("pred-constant",), _first_for_all),
    Fault("dropout left on", ("pred-speckled",), _dropout(0.06), "6 % of the pixels"),
    Fault("dropout left on", ("pred-speckled",), _dropout(0.2), "20 % of the pixels"),
)
