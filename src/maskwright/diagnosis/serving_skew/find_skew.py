"""Train/serve skew: a model that is fed otherwise than it was trained. Each way of undoing it is tried and measured."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import ClassTable, class_table
from maskwright.diagnosis.serving_skew.model_outputs import Images, Model, Scores, Served
from maskwright.diagnosis.serving_skew.preprocessing_variants import SCALES, Undo, undos
from maskwright.errors import DataError
from maskwright.evaluation import metrics
from maskwright.findings.finding import Finding, make_finding
from maskwright.imaging.mask_geometry import Mask

Gains = NDArray[np.float64]
GAIN = 0.03
"""IoU that feeding the model otherwise must gain on average."""
MOST_IMAGES_GAIN = 0.75
"""Share of the images that must gain."""
SMALL_GAIN = 0.015
"""IoU that is enough where nearly all of many images gain."""
NEARLY_ALL = 0.85
"""Share of the images that must gain then."""
ENOUGH_IMAGES = 7
"""Images that must be there then: seven of eight gain by chance once in thirty times."""
MOST_IMAGES = 8
"""Images that the ways are tried on."""
COARSE = ("input-scale", "batchnorm-averages")
"""Another scale, and a batch's own statistics: they may help any model a little."""
COARSE_GAIN = 0.1
"""IoU that these must gain."""
COARSE_EXTRA = 0.03
"""IoU by which they must beat other ways."""
BATCH_EXTRA = 0.12
"""The same for a batch's own statistics beside a plain way: they undo any shift and scale of the input too."""
BATCH_STATISTICS = Undo("batchnorm-averages", "BatchNorm with the statistics of these photos", lambda image: image)
DIFFERENT = 0.005
"""Share of pixels whose class may change with the company a photo is in: rounding in other kernels."""
DIFFERENT_OBJECTS = 0.1
"""The same share for the pixels of small objects."""
LEAST_CHANGED_PX = 30
"""Pixels of objects that must change for that."""


def find_skew(model: Model, pairs: Sequence[tuple[Any, Mask]], *, classes: ClassTable | None = None) -> list[Finding]:
    """Return how the model should be fed instead, by the IoU that each way gives back on the pairs.

    `pairs` are (image, truth): images as the user's code feeds them, one of a batch (HxWx3 or 3xHxW, or of one channel,
    array or tensor), truths HxW class ids, 255 = ignore. The model may return scores, a dict, a tuple or an object with
    `.logits`, also smaller than the truth. At most eight pairs are looked at; images of different sizes are fed one by
    one, and then batch statistics cannot be told. Raises DataError where there are fewer than two pairs.

        >>> def trained_on_bgr(photos):
        ...     return (photos[..., 2] > 150).astype(np.float32)
        >>> mw.find_skew(trained_on_bgr, list(mw.open_dataset("photos")))
        [<error input-bgr: Red and blue are swapped between training and prediction>]
    """
    pairs = list(pairs)[:MOST_IMAGES]
    _require_images(pairs)
    truths = [np.asarray(truth) for _, truth in pairs]
    table = classes or class_table(("background", *(f"class {i}" for i in range(1, _class_count(truths)))))
    images = [image for image, _ in pairs]
    sizes = {(tuple(image.shape), truth.shape) for image, truth in zip(images, truths, strict=True)}
    if len(sizes) == 1:
        serve = Served(model, (truths[0].shape[0], truths[0].shape[1]))
        as_fed = serve.scores([*images, *_negatives(images)])[: len(images)]
        dependent = _batch_dependent(serve, images, as_fed)
        if dependent:
            return dependent  # with batch statistics every other measurement hangs on the batch
    return _best_way(model, images, truths, table)


def _best_way(model: Model, images: list[Images], truths: list[Mask], table: ClassTable) -> list[Finding]:
    """Return the way of feeding that gives back most, where one helps."""
    as_fed = _all_scores(model, images, truths)
    assert as_fed is not None
    tried = [
        (undo, _all_scores(model, [undo.change(image) for image in images], truths))
        for undo in (*undos(images[0]), *_scales())
    ]
    given = [(undo, scored) for undo, scored in tried if scored is not None]
    given += [(BATCH_STATISTICS, scored) for scored in _with_batch_statistics(model, images, truths)]
    cut = _cut([*as_fed, *(one for _, scored in given for one in scored)])
    before = _ious(as_fed, cut, truths, table)
    gains = [(undo, _ious(scored, cut, truths, table) - before) for undo, scored in given]
    best = best_of(gains)
    if best is None:
        return []
    undo, gain = best
    return [_skew_finding(undo, float(before.mean()), float(gain.mean()), len(images))]


def best_of(gains: Sequence[tuple[Undo, Gains]]) -> tuple[Undo, Gains] | None:
    """Return the way of feeding that gives back most, with the IoU it gains on each image; None where none helps.

    A rare way that helps must beat a plain one by its extra, also where the plain one alone would gain too little.
    """
    helping = [(undo, gain) for undo, gain in gains if _helps(gain, coarse=undo.code in COARSE)]
    if not helping:
        return None
    plain = [(undo, gain) for undo, gain in gains if not _extra(undo) and _gains_mostly(gain)]
    return max([*helping, *plain], key=lambda one: float(one[1].mean()) - _extra(one[0]))


def _gains_mostly(gain: Gains) -> bool:
    return bool(gain.mean() >= SMALL_GAIN and (gain > 0).mean() >= MOST_IMAGES_GAIN)


def _extra(undo: Undo) -> float:
    """Return the IoU by which a way must beat plainer ones."""
    if undo is BATCH_STATISTICS:
        return BATCH_EXTRA
    return COARSE_EXTRA if undo.code in COARSE else undo.extra


def _all_scores(model: Model, images: list[Images], truths: list[Mask]) -> list[Scores] | None:
    """Return the scores of every image, each of its truth's size; None where the model refuses such input."""
    sizes = {(tuple(image.shape), truth.shape) for image, truth in zip(images, truths, strict=True)}
    served = [Served(model, (truth.shape[0], truth.shape[1])) for truth in truths]
    if len(sizes) == 1:
        scored = served[0].scores_or_none(images)
        return None if scored is None else list(scored)
    alone = [one.scores_or_none([image]) for one, image in zip(served, images, strict=True)]
    return None if any(scored is None for scored in alone) else [scored[0] for scored in alone if scored is not None]


def _scales() -> list[Undo]:
    return [Undo("input-scale", f"feed photos at {factor:g} times this size", _resized(factor)) for factor in SCALES]


def _resized(factor: float) -> Callable[[Images], Images]:
    def change(image: Images) -> Images:
        last = image.shape[-1] in (1, 3)
        planes = np.moveaxis(np.asarray(image), -1, 0) if last else np.asarray(image)
        size_hw = round(planes.shape[1] * factor), round(planes.shape[2] * factor)
        done = np.stack([_smooth(plane, size_hw) for plane in planes]).astype(planes.dtype)
        done = np.ascontiguousarray(np.moveaxis(done, 0, -1)) if last else done
        return image.new_tensor(done) if hasattr(image, "new_tensor") else done

    return change


def _smooth(plane: NDArray[Any], size_hw: tuple[int, int]) -> NDArray[Any]:
    import cv2

    kind = cv2.INTER_AREA if size_hw[0] < plane.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane.astype(np.float32), size_hw[::-1], interpolation=kind))


def _with_batch_statistics(model: Model, images: list[Images], truths: list[Mask]) -> list[list[Scores]]:
    """Return the scores of a torch model whose BatchNorm layers use the batch's own statistics; none without such."""
    modules: Any = getattr(model, "modules", None)
    norms = [m for m in modules() if "BatchNorm" in type(m).__name__] if callable(modules) else []
    if not norms or len({tuple(image.shape) for image in images}) > 1:
        return []
    with _own_statistics(norms):
        scored = _all_scores(model, images, truths)
    return [] if scored is None else [scored]


@contextmanager
def _own_statistics(norms: Sequence[Any]) -> Iterator[None]:
    """Let BatchNorm layers use the batch's statistics, and leave their running averages as they were."""
    before = [(norm.training, norm.momentum) for norm in norms]
    for norm in norms:
        norm.training, norm.momentum = True, 0.0
    try:
        yield
    finally:
        for norm, (training, momentum) in zip(norms, before, strict=True):
            norm.training, norm.momentum = training, momentum


def _helps(gain: NDArray[np.float64], *, coarse: bool) -> bool:
    """Tell whether the images' gains are large on most of them, or small and on nearly all of enough of them."""
    mean, share = gain.mean(), (gain > 0).mean()
    if coarse:
        return bool(mean >= COARSE_GAIN and share >= MOST_IMAGES_GAIN)
    surely = len(gain) >= ENOUGH_IMAGES and share >= NEARLY_ALL and mean >= SMALL_GAIN
    return bool(surely or (mean >= GAIN and share >= MOST_IMAGES_GAIN))


def _require_images(pairs: Sequence[tuple[Any, Mask]]) -> None:
    if len(pairs) < 2:
        raise DataError(f"{len(pairs)} pair given: skew is measured on at least 2 pairs of image and truth")
    shapes = {tuple(image.shape) for image, _ in pairs}
    if any(len(shape) != 3 or not {shape[0], shape[-1]} & {1, 3} for shape in shapes):
        raise DataError(f"images have the shapes {sorted(shapes)[:3]}: give HxWx3, 3xHxW, HxWx1 or 1xHxW")


def _cut(scored: Sequence[Scores]) -> float:
    """Return the threshold of binary scores: 0 for logits, which leave 0..1 somewhere, else 0.5."""
    return 0.0 if any(s.min() < 0 or s.max() > 1 for s in scored) else 0.5


def _ids(scored: Scores, cut: float) -> Mask:
    """Return HxW class ids of one image's scores: CxHxW, or HxW."""
    if scored.ndim == 3:
        return np.asarray(scored.argmax(axis=0), dtype=np.uint8)
    return np.asarray(scored if scored.dtype.kind in "bui" else scored > cut, dtype=np.uint8)


def _ious(scored: Sequence[Scores], cut: float, truths: Sequence[Mask], classes: ClassTable) -> NDArray[np.float64]:
    """Return each photo's mean IoU, 0 where it has none of the scored classes."""
    most = len(classes) - 1
    masks = [np.minimum(_ids(one, cut), most) for one in scored]
    counts = [metrics.confusion(t, m, most + 1) for t, m in zip(truths, masks, strict=True)]
    found = np.array([metrics.mean_over(metrics.iou(c), classes.scored) for c in counts], dtype=np.float64)
    return np.where(np.isnan(found), 0.0, found)


def _class_count(truths: Sequence[Mask]) -> int:
    held = np.unique(np.concatenate([np.unique(t) for t in truths]))
    return max(2, int(held[held != 255].max(initial=1)) + 1)


def _batch_dependent(serve: Served, images: Sequence[Images], together: Scores) -> list[Finding]:
    """Compare each photo's mask alone with its mask among negatives: only batch statistics tell them apart."""
    try:
        alone = np.concatenate([serve.scores([image]) for image in images])
        cut = _cut([alone, together])
        share = _changed(*(np.stack([_ids(one, cut) for one in scored]) for scored in (together, alone)))
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
