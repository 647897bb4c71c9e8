"""Faults that people asked about in public threads, re-made on simulated predictions; each names its thread."""

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.field.bases import Base, base_of
from benchmarks.field.faults import Fault, Pairs, pairs_of
from maskwright.imaging.mask_geometry import resize_mask

Array = NDArray[Any]
Inject = Callable[[Base, np.random.Generator], Pairs | None]


def _many_classes(inject: Inject) -> Inject:
    """Inject only where there are three classes or more."""
    return lambda base, rng: inject(base, rng) if len(base.classes) > 2 else None


def _ids(change: Callable[[Array], Array]) -> Inject:
    return lambda base, _rng: [(t, np.ascontiguousarray(change(m))) for t, m in pairs_of(base)]


def _maps(change: Callable[[Array], Array]) -> Inject:
    return lambda base, _rng: [
        (t, np.ascontiguousarray(change(m))) for t, m in zip(base.truths, base.maps, strict=True)
    ]


def _resized_smoothly(mask: Array) -> Array:
    """Resize class ids with linear interpolation, to a quarter and back: between 0 and 2 lies a false 1.

    https://github.com/qubvel/segmentation_models/issues/456,
    https://github.com/divamgupta/image-segmentation-keras/issues/11
    """
    small = cv2.resize(mask, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(small, mask.shape[::-1], interpolation=cv2.INTER_LINEAR))


def _blocks(side_px: int) -> Callable[[Array], Array]:
    """Predict at a fraction of the size and enlarge by the nearest neighbour.

    https://github.com/dusty-nv/jetson-inference/issues/489,
    https://github.com/GeorgeSeif/Semantic-Segmentation-Suite/issues/91
    """

    def change(mask: Array) -> Array:
        size = (max(2, mask.shape[1] // side_px), max(2, mask.shape[0] // side_px))
        small = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
        return np.asarray(cv2.resize(small, mask.shape[::-1], interpolation=cv2.INTER_NEAREST))

    return change


def _scores_at_stride(stride_px: int) -> Callable[[Array], Array]:
    """Take scores of a coarse network and enlarge them smoothly: https://github.com/lehaifeng/DASNet/issues/24."""

    def change(maps: Array) -> Array:
        size = (max(2, maps.shape[2] // stride_px), max(2, maps.shape[1] // stride_px))
        small = (cv2.resize(m, size, interpolation=cv2.INTER_AREA) for m in maps)
        large = [cv2.resize(m, maps.shape[:0:-1], interpolation=cv2.INTER_LINEAR) for m in small]
        return np.asarray(np.stack(large).argmax(axis=0).astype(np.uint8))

    return change


def _rows_as_classes(maps: Array) -> Array:
    """Take the argmax over the rows of CxHxW scores and stretch the CxW result to the photo.

    https://github.com/jolibrain/deepdetect/pull/1583, https://github.com/lyndonchan/wsss-analysis/issues/3
    """
    return resize_mask(np.minimum(maps.argmax(axis=1), 255).astype(np.uint8), maps.shape[1:])


def _reshaped_scores(maps: Array) -> Array:
    """Reshape CxHxW scores to HxWxC instead of moving the axis: https://github.com/divamgupta/image-segmentation-keras/issues/41."""
    return maps.reshape(*maps.shape[1:], len(maps))


def _only_objects(maps: Array) -> Array:
    """Take the argmax over the object channels only, with no one added: background has no channel.

    https://github.com/open-mmlab/mmsegmentation/issues/1485
    """
    return np.asarray(maps[1:].argmax(axis=0).astype(np.uint8))


def _background_last(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Put the background's channel behind the others: https://github.com/open-mmlab/mmsegmentation/issues/3345."""
    return [
        (t, np.roll(m, -1, axis=0).argmax(axis=0).astype(np.uint8)) for t, m in zip(base.truths, base.maps, strict=True)
    ]


def _red_and_blue(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Look up colours of a palette in BGR order: classes whose colours mirror each other change places.

    https://github.com/open-mmlab/mmsegmentation/issues/1151
    """
    table = np.arange(256, dtype=np.uint8)
    table[[1, 2]] = (2, 1)
    return [(t, table[m]) for t, m in pairs_of(base)]


def _to_show(factor: int) -> Callable[[Array], Array]:
    """Multiply class ids so that they can be seen, in bytes that wrap: 255 makes 2 a 254.

    https://github.com/qubvel/segmentation_models/issues/456,
    https://github.com/NVlabs/SPADE/issues/28
    """
    return lambda mask: (mask.astype(np.int64) * factor % 256).astype(np.uint8)


def _divided(mask: Array) -> Array:
    """Divide class ids by 255, as ToTensor does: https://github.com/pytorch/vision/issues/2497."""
    return (mask / 255).astype(np.float32)


def _object_or_not(mask: Array) -> Array:
    """Cut class ids at a threshold as if there were one class: https://github.com/albumentations-team/albumentations/issues/308."""
    return (mask > 0).astype(np.uint8)


def _logits_cut(threshold: float) -> Inject:
    """Cut raw scores at a half, which is a probability of 0.62: https://github.com/ultralytics/ultralytics/issues/25378."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs | None:
        if len(base.classes) != 2:
            return None
        scores = (np.log(m[1] + 1e-6) - np.log(m[0] + 1e-6) for m in base.maps)
        return [(t, (s > threshold).astype(np.uint8)) for t, s in zip(base.truths, scores, strict=True)]

    return inject


def _scores_as_bytes(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Cast raw scores to bytes and take what is not 0 for the object: -1 becomes 255.

    https://github.com/GeorgeSeif/Semantic-Segmentation-Suite/issues/86
    """
    if len(base.classes) != 2:
        return None
    scores = (np.log(m[1] + 1e-6) - np.log(m[0] + 1e-6) for m in base.maps)
    return [
        (t, (s.astype(np.int64).astype(np.uint8) > 0).astype(np.uint8))
        for t, s in zip(base.truths, scores, strict=True)
    ]


def _as_jpeg(mask: Array) -> Array:
    """Write class ids as JPEG and read them again: https://github.com/milesial/Pytorch-UNet/pull/363."""
    _, data = cv2.imencode(".jpg", mask, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))


def _shuffled(base: Base, rng: np.random.Generator) -> Pairs:
    """Save what a shuffling generator gives under sorted names: https://github.com/keras-team/keras/issues/3477."""
    order = rng.permutation(len(base.masks))
    return [(t, resize_mask(base.masks[i], t.shape)) for t, i in zip(base.truths, order, strict=True)]


def _first_of_batch(size: int) -> Inject:
    """Save the first prediction of a batch for every photo in it: https://github.com/jolibrain/deepdetect/pull/1567."""

    def inject(base: Base, _rng: np.random.Generator) -> Pairs:
        firsts = (base.masks[i // size * size] for i in range(len(base.masks)))
        return [(t, resize_mask(m, t.shape)) for t, m in zip(base.truths, firsts, strict=True)]

    return inject


def _last_missing(base: Base, _rng: np.random.Generator) -> Pairs:
    """Leave the last batch out and begin again at the first photo: https://github.com/rstudio/keras3/issues/981."""
    count = len(base.masks)
    kept = count - count // 3
    return [(t, resize_mask(base.masks[i % kept], t.shape)) for i, t in enumerate(base.truths)]


def _zero_ignored(base: Base, _rng: np.random.Generator) -> Pairs | None:
    """Leave the background out of the loss: the nearest object runs out into it.

    https://github.com/open-mmlab/mmsegmentation/issues/1714
    """
    if base.classes.background != 0:
        return None
    pairs = []
    for truth, maps in zip(base.truths, base.maps, strict=True):
        logits = np.log(maps + 1e-6)
        logits[0] -= 50
        pairs.append((truth, logits.argmax(axis=0).astype(np.uint8)))
    return pairs


def _upright_fail(quality: float) -> Inject:
    """Turn five of the photos upright, which a weaker model predicts; cut the others to lying ones."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs | None:
        weak = base_of(base.name, quality=quality, seed=3).masks
        chosen = set(rng.permutation(len(base.truths))[:5].tolist())
        pairs = []
        for i, truth in enumerate(base.truths):
            lying = np.s_[: int(0.75 * truth.shape[1])]
            pair = truth[lying], (weak if i in chosen else base.masks)[i][lying]
            pairs.append((np.rot90(pair[0]).copy(), np.rot90(pair[1]).copy()) if i in chosen else pair)
        return pairs if all(t.any() for t, _ in pairs) else None

    return inject


def _own_contrast(side_px: int, share: float) -> Inject:
    """Fill tiles that show no object with false alarms: each was stretched to its own contrast."""

    def inject(base: Base, rng: np.random.Generator) -> Pairs | None:
        if base.classes.background != 0:
            return None
        pairs = []
        for truth, mask in pairs_of(base):
            grain = cv2.GaussianBlur(rng.standard_normal(truth.shape).astype(np.float32), (0, 0), 2.5)
            for y in range(0, truth.shape[0], side_px):
                for x in range(0, truth.shape[1], side_px):
                    tile = np.s_[y : y + side_px, x : x + side_px]
                    if not truth[tile].any() and rng.random() < share:
                        mask[tile] = np.where(grain[tile] < np.quantile(grain[tile], 0.13), 1, mask[tile])
            pairs.append((truth, mask))
        return pairs

    return inject


THREADS: Sequence[Fault] = (
    Fault("ids resized smoothly", ("pred-ghosts",), _many_classes(_ids(_resized_smoothly))),
    Fault("blocks", ("boundary-coarse",), _ids(_blocks(8)), "8 px"),
    Fault("blocks", ("boundary-coarse",), _ids(_blocks(16)), "16 px"),
    Fault("scores of a coarse network", ("boundary-coarse",), _maps(_scores_at_stride(16)), "stride 16"),
    Fault("argmax over the rows", ("pred-axis",), _maps(_rows_as_classes)),
    Fault("scores reshaped, not transposed", ("pred-raster",), _maps(_reshaped_scores)),
    Fault("argmax over the object channels", ("classes-offset", "class-missing"), _many_classes(_maps(_only_objects))),
    Fault("background's channel last", ("classes-swapped", "classes-offset"), _many_classes(_background_last)),
    Fault("palette in BGR order", ("classes-swapped",), _many_classes(_red_and_blue)),
    Fault("ids multiplied to be seen", ("pred-palette",), _many_classes(_ids(_to_show(40))), "40"),
    Fault("ids multiplied to be seen", ("pred-palette",), _many_classes(_ids(_to_show(255))), "255"),
    Fault("ids divided by 255", ("pred-divided",), _ids(_divided)),
    Fault("all classes cut as one", ("class-missing", "classes-merged"), _many_classes(_ids(_object_or_not))),
    Fault("raw scores cut at a half", ("pred-thick", "threshold-off"), _logits_cut(0.5)),
    Fault("raw scores cast to bytes", ("pred-inverted", "pred-excess", "score-collapse"), _scores_as_bytes),
    Fault("masks as JPEG", ("pred-ghosts",), _many_classes(_ids(_as_jpeg))),
    Fault("shuffled generator", ("pred-shuffled",), _shuffled),
    Fault("first of each batch for all", ("pred-constant",), _first_of_batch(4), "4"),
    Fault("last batch missing", ("pred-constant",), _last_missing),
    Fault("background left out of the loss", ("class-missing", "score-collapse", "pred-excess"), _zero_ignored),
    Fault("photos of one orientation fail", ("orientation-fails",), _upright_fail(0.2), "much weaker"),
    Fault("photos of one orientation fail", ("orientation-fails",), _upright_fail(0.0), "hardly anything found"),
    Fault("tiles normalised by themselves", ("pred-seams",), _own_contrast(64, 0.4), "64 px, 40 % of the bare tiles"),
    Fault("tiles normalised by themselves", ("pred-seams",), _own_contrast(96, 0.5), "96 px, 50 % of the bare tiles"),
)  # fmt: skip
