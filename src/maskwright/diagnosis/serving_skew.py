"""Train/serve skew: a model that is fed otherwise than it was trained. Each way of undoing it is tried and measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import ClassTable, class_table
from maskwright.errors import DataError
from maskwright.evaluation import metrics
from maskwright.findings.finding import Finding, make_finding
from maskwright.imaging.geometry import Mask

Model = Callable[[Any], object]
"""A batch of images as the user feeds them (NxHxWx3 or Nx3xHxW, array or tensor) -> NxCxHxW scores or NxHxW ids."""
Images = Any
Scores = NDArray[Any]

GAIN, MOST_IMAGES_GAIN = 0.03, 0.75
"""Feeding the model otherwise must gain so much IoU on average, and on so large a share of the images."""
SMALL_GAIN, NEARLY_ALL, ENOUGH_IMAGES = 0.015, 0.85, 7
"""Or so little, on nearly all of so many images: seven of eight gain by chance once in thirty times."""
MOST_IMAGES = 8
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALVES = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
DIFFERENT = 0.005
"""Share of pixels whose class may change with the company a photo is in: rounding in other kernels."""
DIFFERENT_OBJECTS, LEAST_CHANGED_PX = 0.1, 30
"""The same for the pixels of small objects."""


@dataclass(frozen=True)
class Undo:
    """One way of feeding the model otherwise; `code` names the fault that it undoes, `how` the line that does it."""

    code: str
    how: str
    change: Callable[[Images], Images]


def find_skew(model: Model, pairs: Sequence[tuple[Any, Mask]], *, classes: ClassTable | None = None) -> list[Finding]:
    """Return how the model should be fed instead, by the IoU that each way gives back on the pairs.

    `pairs` are (image, truth): images as the user's code feeds them, one of a batch (HxWx3 or 3xHxW, array or
    tensor, all of one size), truths HxW class ids, 255 = ignore. At most eight are looked at. Raises DataError where
    sizes differ or there are fewer than two pairs.
    """
    pairs = list(pairs)[:MOST_IMAGES]
    _require_batch(pairs)
    images = [image for image, _ in pairs]
    truths = [np.asarray(truth) for _, truth in pairs]
    table = classes or class_table(("background", *(f"class {i}" for i in range(1, _class_count(truths)))))
    serve = _Served(model, (truths[0].shape[0], truths[0].shape[1]))
    as_fed = serve.scores([*images, *_negatives(images)])[: len(images)]
    found = _batch_dependent(serve, images, as_fed)
    if found:
        return found  # with batch statistics every other measurement hangs on the batch
    tried = [(undo, serve.scores_or_none([undo.change(image) for image in images])) for undo in undos(images[0])]
    given = [(undo, scored) for undo, scored in tried if scored is not None]
    cut = _cut([as_fed, *(scored for _, scored in given)])
    before = _ious(as_fed, cut, truths, table)
    gains = [(undo, _ious(scored, cut, truths, table) - before) for undo, scored in given]
    helping = [(undo, gain) for undo, gain in gains if _helps(gain)]
    if not helping:
        return []
    undo, gain = max(helping, key=lambda one: float(one[1].mean()))
    return [_skew_finding(undo, float(before.mean()), float(gain.mean()), len(images))]


def _helps(gain: NDArray[np.float64]) -> bool:
    """Tell whether the images' gains are large on most of them, or small and on nearly all of enough of them."""
    mean, share = gain.mean(), (gain > 0).mean()
    surely = len(gain) >= ENOUGH_IMAGES and share >= NEARLY_ALL and mean >= SMALL_GAIN
    return bool(surely or (mean >= GAIN and share >= MOST_IMAGES_GAIN))


def _require_batch(pairs: Sequence[tuple[Any, Mask]]) -> None:
    if len(pairs) < 2:
        raise DataError(f"{len(pairs)} pair given: skew is measured on at least 2 pairs of image and truth")
    shapes = {tuple(image.shape) for image, _ in pairs}
    if len(shapes) > 1 or len(next(iter(shapes))) != 3 or 3 not in (next(iter(shapes))[0], next(iter(shapes))[-1]):
        raise DataError(f"images have the shapes {sorted(shapes)[:3]}: give HxWx3 or 3xHxW, all of one size")


def undos(image: Images) -> list[Undo]:
    """Return the ways of feeding an image otherwise that make sense for its range of values."""
    values = np.asarray(image, dtype=np.float32)
    low, high = float(values.min()), float(values.max())
    ways = [Undo("input-bgr", "x = x[..., ::-1]  # BGR <-> RGB, after cv2.imread", _channels_turned)]
    if low >= 0 and high > 2:
        ways.append(Undo("input-range", "x = x / 255", lambda x: _floats(x) / 255))
        ways += [_normalise(name, kind, 255.0) for name, kind in _KINDS]
    elif low >= 0:
        ways.append(Undo("input-range", "x = x * 255", lambda x: _floats(x) * 255))
        ways += [_normalise(name, kind, 1.0) for name, kind in _KINDS]
    else:
        for name, (mean, std) in _KINDS:
            how = f"feed x * std + mean ({name}): the model normalises by itself"
            ways.append(Undo("normalised-twice", how, _affine(std, mean)))
            whole = (tuple(s * 255 for s in std), tuple(m * 255 for m in mean))
            ways.append(Undo("normalised-twice", f"feed 255 * (x * std + mean) ({name})", _affine(*whole)))
    return ways


_KINDS = (("ImageNet mean and std", IMAGENET), ("0.5 and 0.5", HALVES))


def _normalise(name: str, kind: tuple[tuple[float, ...], tuple[float, ...]], top: float) -> Undo:
    mean, std = kind
    gains, offsets = tuple(1 / (s * top) for s in std), tuple(-m / s for m, s in zip(mean, std, strict=True))
    divided = "x / 255" if top > 1 else "x"
    return Undo("normalisation-missing", f"x = ({divided} - mean) / std  # {name}", _affine(gains, offsets))


def _affine(gains: Sequence[float], offsets: Sequence[float]) -> Callable[[Images], Images]:
    def change(image: Images) -> Images:
        last = image.shape[-1] == 3
        shape = (3,) if last else (3, 1, 1)
        return _floats(image) * _like(image, gains, shape) + _like(image, offsets, shape)

    return change


def _channels_turned(image: Images) -> Images:
    return image[..., [2, 1, 0]] if image.shape[-1] == 3 else image[[2, 1, 0]]


def _floats(image: Images) -> Images:
    return image.float() if hasattr(image, "new_tensor") else np.asarray(image, dtype=np.float32)


def _like(image: Images, values: Sequence[float], shape: tuple[int, ...]) -> Images:
    if hasattr(image, "new_tensor"):
        return _floats(image).new_tensor(list(values)).reshape(shape)
    return np.asarray(values, dtype=np.float32).reshape(shape)


def _batch(images: Sequence[Images]) -> Images:
    if hasattr(images[0], "new_tensor"):
        joined = images[0].new_empty((len(images), *images[0].shape))
        for index, image in enumerate(images):
            joined[index] = image
        return joined
    return np.stack(images)


@dataclass(frozen=True)
class _Served:
    """A model as it is served, and the size of its answers."""

    model: Model
    size_hw: tuple[int, int]

    def scores(self, images: Sequence[Images]) -> Scores:
        """Return NxHxW class ids or binary scores, or NxCxHxW scores, of a batch; DataError for another shape."""
        given: Any = self.model(_batch(images))
        given = given.detach().cpu().float().numpy() if hasattr(given, "detach") else np.asarray(given)
        if given.ndim == 4 and 1 in (given.shape[1], given.shape[-1]):
            given = given[:, 0] if given.shape[1] == 1 else given[..., 0]
        if given.ndim == 4 and given.shape[1:3] == self.size_hw:
            given = np.moveaxis(given, -1, 1)
        if given.shape[0] != len(images) or given.shape[-2:] != self.size_hw:
            wanted = f"{len(images)}xCx{self.size_hw[0]}x{self.size_hw[1]}"
            raise DataError(f"the model gave {given.shape}: give {wanted} scores, as large as the truth")
        return np.asarray(given)

    def scores_or_none(self, images: Sequence[Images]) -> Scores | None:
        """Return the scores, or None where the model refuses such input (floats where it wants bytes, say)."""
        try:
            return self.scores(images)
        except (RuntimeError, TypeError, ValueError):
            return None


def _cut(scored: Sequence[Scores]) -> float:
    """Return the threshold of binary scores: 0 for logits, which leave 0..1 somewhere, else 0.5."""
    return 0.0 if any(s.min() < 0 or s.max() > 1 for s in scored) else 0.5


def _ids(scored: Scores, cut: float) -> Mask:
    """Return NxHxW class ids."""
    if scored.ndim == 4:
        return np.asarray(scored.argmax(axis=1), dtype=np.uint8)
    return np.asarray(scored if scored.dtype.kind in "bui" else scored > cut, dtype=np.uint8)


def _ious(scored: Scores, cut: float, truths: Sequence[Mask], classes: ClassTable) -> NDArray[np.float64]:
    """Return each photo's mean IoU, 0 where it has none of the scored classes."""
    most = len(classes) - 1
    masks = np.minimum(_ids(scored, cut), most)
    counts = [metrics.confusion(t, m, most + 1) for t, m in zip(truths, masks, strict=True)]
    found = np.array([metrics.mean_over(metrics.iou(c), classes.scored) for c in counts], dtype=np.float64)
    return np.where(np.isnan(found), 0.0, found)


def _class_count(truths: Sequence[Mask]) -> int:
    held = np.unique(np.concatenate([np.unique(t) for t in truths]))
    return max(2, int(held[held != 255].max(initial=1)) + 1)


def _batch_dependent(serve: _Served, images: Sequence[Images], together: Scores) -> list[Finding]:
    """Compare each photo's mask alone with its mask among negatives: only batch statistics tell them apart."""
    try:
        alone = np.concatenate([serve.scores([image]) for image in images])
        cut = _cut([alone, together])
        share = _changed(_ids(together, cut), _ids(alone, cut))
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):  # torch refuses batch statistics over one value
            raise
        share = 1.0
    if share <= DIFFERENT:
        return []
    evidence = (
        f"alone and in a batch with the negatives of {len(images)} photos, {share:.1%} of the pixels have another class"
    )
    return [make_finding("batchnorm-training", evidence)]


def _negatives(images: Sequence[Images]) -> list[Images]:
    """Return the images with light and dark exchanged: company whose statistics are like no photo's."""
    return [image.max() - image + image.min() for image in images]


def _changed(together: Mask, alone: Mask) -> float:
    """Return the share of pixels that change: of all, or of small objects' where more than rounding changes them."""
    changed = int((together != alone).sum())
    commonest = int(np.bincount(together.ravel()).argmax())
    objects = int(((together != commonest) | (alone != commonest)).sum())
    by_object = changed / objects if changed >= LEAST_CHANGED_PX else 0.0
    return max(changed / together.size, by_object if by_object > DIFFERENT_OBJECTS else 0.0)


def _skew_finding(undo: Undo, iou: float, gain: float, count: int) -> Finding:
    evidence = f"IoU {iou:.3f} as it is fed, {iou + gain:.3f} after: {undo.how} ({count} photos)"
    return make_finding(undo.code, evidence, values={"how": undo.how}, recovered_iou=gain)
