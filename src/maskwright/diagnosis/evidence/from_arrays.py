"""Truth and predictions in memory - arrays, tensors, a loader with a model - to cases."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np

from maskwright.classes import IGNORE, ClassTable, class_table
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.diagnosis.evidence.evidence import Evidence, Storage
from maskwright.diagnosis.evidence.from_folders import LOOKED_AT, storage_of, widened
from maskwright.diagnosis.evidence.kept_pairs import PackedArray
from maskwright.diagnosis.evidence.one_id_too_many import void_id
from maskwright.diagnosis.evidence.pair_to_case import Raw, case_of, in_two_threads
from maskwright.diagnosis.evidence.prediction_encoding import Array, Manner, as_numbers, manner_of, without_ones
from maskwright.diagnosis.evidence.refused_files.numbered_objects import require_no_numbers
from maskwright.diagnosis.evidence.refused_files.plot_figures import require_no_figures
from maskwright.errors import DataError
from maskwright.imaging.array_inputs import as_mask, as_photo
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo


def read_pairs(pairs: Iterable[tuple[object, object]], *, classes: ClassTable | None = None) -> Evidence:
    """Return the evidence in pairs (truth, prediction) of arrays or tensors; a pair is named by its place, from 0.

    Truth is HxW class ids (or HxWx1, 1xHxW, one-hot; 0/255 is binary), a prediction class ids, probabilities or
    logits, HxW, CxHxW or HxWxC. The pairs are gone through once; arrays in a list are looked at again where a fault
    asks for it, those of a generator are not kept. `classes` names the classes; without it they are numbered.

        >>> masks = [mask for _, mask in mw.open_dataset("photos")]
        >>> len(mw.read_pairs([(mask, np.zeros_like(mask)) for mask in masks]).cases)
        6
    """
    again = pairs if isinstance(pairs, list | tuple) else None
    raws = (_raw(index, truth, stored) for index, (truth, stored) in enumerate(pairs))
    if again is None:
        return _evidence(raws, classes, None)
    held = None if classes else _held(_raw(i, *pair) for i, pair in enumerate(again))
    return _evidence(raws, classes, lambda i: _raw(i, *again[i]), all_held=held)


def read_model(
    model: Callable[[object], object], loader: Iterable[tuple[object, object]], *, classes: ClassTable | None = None
) -> Evidence:
    """Return the evidence of a model on a loader of (images, masks) batches, such as a torch DataLoader.

    `model` takes a batch as the loader gives it and returns NxCxHxW (or NxHxWxC, NxHxW) scores or class ids: put a
    torch model in eval mode and wrap it in no_grad first. Photos are kept only as small pictures.

        >>> dataset = mw.open_dataset("photos")
        >>> batch = np.stack([photo for photo, _ in dataset]), np.stack([mask for _, mask in dataset])
        >>> evidence = mw.read_model(lambda photos: (photos[..., 0] > 150).astype(np.uint8), [batch])
        >>> len(evidence.cases)
        6
    """
    return _evidence(_batches(model, loader), classes, None)


def _batches(model: Callable[[object], object], loader: Iterable[tuple[object, object]]) -> Iterator[Raw]:
    index = 0
    for images, masks in loader:
        scores = as_numbers(model(images), "the model's output")
        truths = as_numbers(masks, "the masks of a batch")
        if len(scores) != len(truths):
            raise DataError(f"the model gave {len(scores)} predictions for {len(truths)} masks: one a photo is needed")
        shown = as_numbers(images, "the images of a batch")
        for photo, truth, stored in zip(shown, truths, scores, strict=True):
            yield _raw(index, truth, stored, photo)
            index += 1


def _raw(index: int, truth: object, stored: object, photo: Array | None = None) -> Raw:
    name = f"pair {index}"
    ids = as_numbers(truth, f"the truth of {name}")
    prediction = as_numbers(stored, f"the prediction of {name}")
    flat = without_ones(ids)
    size_hw = flat.shape if flat.ndim == 2 else flat.shape[1:] if flat.shape[0] < flat.shape[2] else flat.shape[:2]
    mask, troubles = as_mask(ids if flat.ndim > 2 else flat, (int(size_hw[0]), int(size_hw[1])))
    if mask is None:
        raise DataError(f"the truth of {name}: {troubles[0].text}; give HxW whole numbers, 255 = ignore")
    return Raw(name, mask, prediction, _shown(photo))


def _shown(photo: Array | None) -> Photo | None:
    return None if photo is None else as_photo(photo)[0]


def _held(raws: Iterable[Raw]) -> set[int]:
    held = np.zeros(IGNORE + 1, dtype=np.int64)
    for raw in raws:
        held += np.bincount(raw.truth.ravel(), minlength=IGNORE + 1)
    return {int(value) for value in np.flatnonzero(held)}


def _evidence(
    raws: Iterator[Raw],
    classes: ClassTable | None,
    again: Callable[[int], Raw] | None,
    *,
    all_held: set[int] | None = None,
) -> Evidence:
    first = list(islice(raws, LOOKED_AT))
    if not first:
        raise DataError("there are no pairs: give (truth, prediction) pairs; a generator can be used up only once")
    table, of_truth = (classes, _same) if classes else _classes(first, _held(first) if all_held is None else all_held)
    sizes = [(r.truth.shape[0], r.truth.shape[1]) for r in first]
    require_no_figures([replace(r, truth=of_truth(r.truth)) for r in first], len(table))
    require_no_numbers([r.stored for r in first], len(table))
    manner = manner_of([r.stored for r in first], sizes, tuple(range(len(table))))
    void = void_id([replace(r, truth=of_truth(r.truth)) for r in first], manner, len(table))
    table = _without_last(table) if void is not None else widened(table, manner)

    def fitted(raw: Raw) -> Raw:
        truth = of_truth(raw.truth)
        truth = truth if void is None else np.where(truth == void, IGNORE, truth).astype(np.uint8)
        return Raw(raw.name, truth, raw.stored, raw.photo)

    def reopen(index: int) -> Callable[[], Raw] | None:
        return None if again is None else lambda: fitted(again(index))

    numbered = enumerate(chain(first, raws))
    cases = in_two_threads(lambda one: case_of(fitted(one[1]), manner, len(table), reopen(one[0])), numbered)
    return Evidence(table, tuple(cases), storage=storage_of(manner, "", first), void_value=void)


def _without_last(classes: ClassTable) -> ClassTable:
    return class_table(classes.names[:-1], background=classes.background)


def _same(mask: Mask) -> Mask:
    return mask


def _classes(first: list[Raw], held: set[int]) -> tuple[ClassTable, Callable[[Mask], Mask]]:
    """Return classes numbered by what the truths hold; 0 and 255 alone are a background and its object."""
    if held <= {0, IGNORE} and IGNORE in held:
        return class_table(("background", "object")), lambda mask: (mask == IGNORE).astype(np.uint8)
    channels = [without_ones(r.stored) for r in first]
    most = min(channels[0].shape[0], channels[0].shape[-1]) if channels[0].ndim == 3 else 0
    count = max(2, max(held - {IGNORE}, default=1) + 1, most if most <= 64 else 0)
    if count == 2:
        return class_table(("background", "object")), _same
    return class_table(("background", *(f"class {i}" for i in range(1, count)))), _same


def read_dataset(predict: Callable[[Photo], Mask], dataset: Dataset) -> Evidence:
    """Return the evidence of class-id masks predicted for the annotated photos of a dataset, each photo once.

    Predictions are kept compressed (some kilobytes each), since faults are looked for more than once.
    """
    manner = Manner("ids")
    cases = []
    for sample in dataset.samples:
        if sample.truth is None or sample.size_hw is None:
            continue
        kept = _Kept(dataset, sample, PackedArray.of(predict(dataset.photo(sample))))
        cases.append(case_of(replace(kept.raw(), photo=None), manner, len(dataset.classes), kept.raw))
    return Evidence(dataset.classes, tuple(cases), storage=Storage())


@dataclass(frozen=True)
class _Kept:
    """A sample with its prediction, compressed."""

    dataset: Dataset
    sample: Sample
    mask: PackedArray

    def raw(self) -> Raw:
        """Return the pair at full size."""
        truth, photo = self.dataset.mask(self.sample), self.dataset.photo(self.sample)
        return Raw(self.sample.name, truth, self.mask.unpacked(), photo)
