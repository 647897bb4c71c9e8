"""Every common definition of IoU, Dice and accuracy, computed for one set of photos, the usual ones first."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.classes import ClassTable
from maskwright.evaluation.definitions.counts import PhotoTally, batched, stacked
from maskwright.evaluation.definitions.faulty import (
    binary_accuracy_of_one_hot,
    binary_iou_of_one_hot,
    iou_over_a_sum,
    keras_mean_iou,
    keras_truncated_mean_iou,
    keras_truncated_mean_iou_one_hot,
    truncated_to_nothing,
)
from maskwright.evaluation.definitions.libraries import (
    FourCounts,
    Ratio,
    accuracy_parts,
    dice_parts,
    four_counts,
    iou_parts,
    jaccard_macro,
    jaccard_weighted,
    mean_class_accuracy,
    mean_of_known,
    means_of_known,
    nnunet_score,
    smp_score,
    torchmetrics_dice,
    torchmetrics_mean_iou,
    torchmetrics_mean_iou_by_photo,
    torchmetrics_mean_iou_per_class,
)
from maskwright.evaluation.definitions.soft import soft_dice, soft_iou, soft_sums
from maskwright.evaluation.metrics import Values, ratio

BATCH_SIZES = (2, 4, 8, 16, 32)

DATASET = "it is the IoU of all pixels of all photos taken together"
BACKGROUND = "it averages the background in, which is nearly always right and lifts the mean"
PER_PHOTO = "each photo has one vote, so one with a small object weighs as much as one full of objects"
EMPTY = "a class that is in neither mask counts {value:g} there, which {moves} the mean"
DICE = "Dice is 2 IoU / (1 + IoU): the same overlap, always the larger number"
PIXELS = "it counts right pixels, and a class of many pixels carries it; no IoU follows from it"
NO_THRESHOLD = "it sums probabilities instead of cutting them: doubt costs, so it lies below the IoU of the mask"
SUM = "its union is a sum that forgot to take the overlap off: a perfect mask scores 0.5"
TRUNCATED = "probabilities are cut to integers, so all below 1 become class 0: it stays flat, however good the model"
POOLED = "all classes are one heap of pixels, so it is accuracy / (2 - accuracy), not a mean of IoUs"
BATCHES = "it is an average over batches, which weighs batches with small objects as much as full ones"
LOGITS = "a threshold of 0.5 was put on logits, where 0 is the middle: only pixels of probability above 0.62 count"
IGNORED = "pixels that should be ignored were scored"


@dataclass(frozen=True)
class Definition:
    """One way to compute a score: its `name` as one would look it up, its `value`, how it `relates` to dataset IoU."""

    name: str
    value: float
    relates: str


def every_definition(tallies: Sequence[PhotoTally], classes: ClassTable) -> list[Definition]:
    """Return every definition that the tallies allow, the usual first; those that are undefined here left out."""
    if not tallies:
        return []
    listed = [
        *_of_the_dataset(tallies, classes),
        *_of_pixels(tallies, classes),
        *_of_keras(tallies, classes),
        *_by_photo(tallies, classes),
        *_of_probabilities(tallies, classes),
        *_by_batch(tallies, classes),
        *_of_ignored_pixels(tallies, classes),
    ]
    return [d for d in listed if not math.isnan(d.value)]


def _of_the_dataset(tallies: Sequence[PhotoTally], classes: ClassTable) -> list[Definition]:
    whole = four_counts(stacked(tallies))
    objects = four_counts(stacked(tallies), classes.scored)
    by_class = _ratios(iou_parts, whole.over(0))
    definitions = [Definition("dataset IoU, mean over the object classes", jaccard_macro(objects), DATASET)]
    if len(classes.scored) > 1:
        named = ((name, by_class[i]) for i, name in enumerate(classes.names) if i in classes.scored)
        definitions += [Definition(f"dataset IoU of class {name!r}", float(v), DATASET) for name, v in named]
    if classes.background is not None:
        mean = jaccard_macro(whole)
        every = "dataset mIoU with the background (VOC; JaccardIndex macro; Keras MeanIoU of ids, OneHotMeanIoU)"
        definitions.append(Definition(every, mean, BACKGROUND))
        name = classes.names[classes.background]
        definitions.append(
            Definition(f"IoU of the background {name!r} alone", float(by_class[classes.background]), BACKGROUND)
        )
    return [*definitions, *_reduced_over_the_dataset(whole, objects, classes)]


def _reduced_over_the_dataset(whole: FourCounts, objects: FourCounts, classes: ClassTable) -> list[Definition]:
    definitions = []
    for zero in (1.0, 0.0):
        text = EMPTY.format(value=zero, moves="lifts" if zero else "lowers")
        for scope, four in _scopes(whole, objects, classes):
            name = f"smp iou_score, reduction='macro', zero_division={zero:g}, {scope}"
            definitions.append(Definition(name, smp_score(iou_parts, four, "macro", zero_division=zero), text))
    if len(classes.names) > 2 or classes.background is None:
        pooled = "IoU of all classes in one heap (smp 'micro', JaccardIndex micro)"
        definitions.append(Definition(pooled, smp_score(iou_parts, whole, "micro"), POOLED))
        definitions.append(
            Definition("the same without the background", smp_score(iou_parts, objects, "micro"), POOLED)
        )
    definitions.append(
        Definition("IoU weighted by frequency (FWIoU, JaccardIndex weighted)", jaccard_weighted(whole), PIXELS)
    )
    for scope, four in _scopes(whole, objects, classes):
        value = mean_of_known(_ratios(dice_parts, four.over(0)))
        definitions.append(Definition(f"dataset Dice (F1), mean {scope}", value, DICE))
    definitions.append(
        Definition("dataset Dice of all object pixels in one heap", smp_score(dice_parts, objects, "micro"), DICE)
    )
    return definitions


def _scopes(whole: FourCounts, objects: FourCounts, classes: ClassTable) -> list[tuple[str, FourCounts]]:
    without = [("object classes only", objects)]
    return without if classes.background is None else [*without, ("with the background", whole)]


def _of_keras(tallies: Sequence[PhotoTally], classes: ClassTable) -> list[Definition]:
    counts, softs = stacked(tallies).sum(axis=0), soft_sums(tallies)
    sigmoid, one_hot = (
        "Keras MeanIoU on a sigmoid, as shipped",
        "Keras MeanIoU on one-hot masks and softmax, as shipped",
    )
    definitions = []
    if classes.is_binary:
        value = keras_truncated_mean_iou(softs) if softs else truncated_to_nothing(counts)
        definitions.append(Definition(sigmoid, value, TRUNCATED))
    flat = (len(classes) - 1) / len(classes) / 2
    definitions.append(Definition(one_hot, keras_truncated_mean_iou_one_hot(softs) if softs else flat, TRUNCATED))
    if softs:
        heap = _ratios(iou_parts, binary_iou_of_one_hot(softs).over(0))
        definitions.append(Definition("Keras BinaryIoU fed with one-hot channels", float(heap.mean()), BACKGROUND))
        definitions.append(Definition("the same with target_class_ids=[1]", float(heap[1]), POOLED))
    if softs and classes.is_binary:
        at_logits = np.sum([s.logits_halved for s in softs], axis=0)
        definitions.append(
            Definition(
                "IoU at a threshold of 0.5 on logits",
                float(_ratios(iou_parts, four_counts(at_logits[None]).over(0))[1]),
                LOGITS,
            )
        )
        definitions.append(Definition("mIoU with the background at 0.5 on logits", keras_mean_iou(at_logits), LOGITS))
    return definitions


def _by_photo(tallies: Sequence[PhotoTally], classes: ClassTable) -> list[Definition]:
    whole = four_counts(stacked(tallies))
    objects = four_counts(stacked(tallies), classes.scored)
    definitions = [
        Definition("mean over photos of each photo's IoU", torchmetrics_mean_iou_by_photo(objects), PER_PHOTO)
    ]
    for scope, four in _scopes(whole, objects, classes):
        per_class = torchmetrics_mean_iou_per_class(four)
        definitions += [
            Definition(f"torchmetrics MeanIoU, {scope}", torchmetrics_mean_iou(four), PER_PHOTO),
            Definition(
                f"torchmetrics functional mean_iou averaged over photos, {scope}",
                torchmetrics_mean_iou_by_photo(four),
                PER_PHOTO,
            ),
            Definition(
                f"mean of torchmetrics MeanIoU(per_class=True), {scope}",
                float(per_class.mean()),
                f"{PER_PHOTO}; an absent class counts -1",
            ),
            Definition(
                f"mean Dice by photo (torchmetrics DiceScore), {scope}", torchmetrics_dice(four), f"{DICE}; {PER_PHOTO}"
            ),
        ]
        definitions += _imagewise(scope, four)
    definitions.append(
        Definition("nnU-Net foreground mean Dice", nnunet_score(dice_parts, objects), f"{DICE}; {PER_PHOTO}")
    )
    definitions.append(Definition("nnU-Net foreground mean IoU", nnunet_score(iou_parts, objects), PER_PHOTO))
    return definitions


def _imagewise(scope: str, four: FourCounts) -> list[Definition]:
    definitions = []
    for zero in (1.0, 0.0):
        text = f"{PER_PHOTO}; {EMPTY.format(value=zero, moves='lifts' if zero else 'lowers')}"
        for label, parts_of in (("iou_score", iou_parts), ("f1_score", dice_parts)):
            tail = f"zero_division={zero:g}, {scope}"
            micro = smp_score(parts_of, four, "micro-imagewise", zero_division=zero)
            macro = smp_score(parts_of, four, "macro-imagewise", zero_division=zero)
            definitions.append(Definition(f"smp {label}, reduction='micro-imagewise', {tail}", micro, text))
            definitions.append(Definition(f"smp {label}, reduction='macro-imagewise', {tail}", macro, text))
    return definitions


def _of_pixels(tallies: Sequence[PhotoTally], classes: ClassTable) -> list[Definition]:
    counts, softs = stacked(tallies), soft_sums(tallies)
    whole, objects = four_counts(counts), four_counts(counts, classes.scored)
    right, pixels = np.trace(counts.sum(axis=0)), counts.sum()
    by_photo = np.trace(counts, axis1=1, axis2=2) / np.maximum(counts.sum(axis=(1, 2)), 1)
    channels = smp_score(accuracy_parts, whole, "micro")
    definitions = [
        Definition("pixel accuracy", float(right / pixels) if pixels else math.nan, PIXELS),
        Definition("pixel accuracy, mean over photos", float(by_photo.mean()), PIXELS),
        Definition("mean class accuracy (recall; Accuracy macro)", mean_class_accuracy(whole), PIXELS),
        Definition("recall of the object classes", mean_class_accuracy(objects), PIXELS),
        Definition(
            "accuracy over all channels of one-hot masks (smp accuracy)",
            channels,
            f"{PIXELS}; every further class adds easy zeros",
        ),
    ]
    if softs:
        name = "Keras 'accuracy' with binary_crossentropy on one-hot masks"
        definitions.append(
            Definition(name, binary_accuracy_of_one_hot(softs), f"{PIXELS}; every further class adds easy zeros")
        )
    return definitions


def _of_probabilities(tallies: Sequence[PhotoTally], classes: ClassTable) -> list[Definition]:
    softs, definitions = soft_sums(tallies), []
    if softs:
        sums = np.array([[s.overlap, s.predicted, s.true] for s in softs])[:, :, list(classes.scored)]
        counted = "soft"
    else:
        four = four_counts(stacked(tallies), classes.scored)
        sums = np.stack([four.tp, four.tp + four.fp, four.tp + four.fn], axis=1).astype(np.float64)
        counted = "hard"
    for label, score, text in (
        (f"{counted} 'mean IoU' with a sum for a union", iou_over_a_sum, SUM),
        (f"{counted} IoU", soft_iou, NO_THRESHOLD),
        (f"{counted} Dice", soft_dice, f"{DICE}; {NO_THRESHOLD}"),
    ):
        if counted == "hard" and score is not iou_over_a_sum:
            continue
        for smooth in (0.0, 1.0):
            whole, photos = (score(*np.moveaxis(s, -2, 0), smooth=smooth) for s in (sums.sum(axis=0), sums))
            tail = f", smooth {smooth:g}" if smooth else ""
            definitions.append(Definition(f"{label} of the dataset{tail}", mean_of_known(whole), text))
            definitions.append(Definition(f"{label}, mean over photos{tail}", mean_of_known(photos), text))
    return definitions


def _by_batch(tallies: Sequence[PhotoTally], classes: ClassTable) -> list[Definition]:
    definitions = []
    for size in (s for s in BATCH_SIZES if s < len(tallies)):
        counts = batched(tallies, size)
        for scope, four in _scopes(four_counts(counts), four_counts(counts, classes.scored), classes):
            mean = mean_of_known(means_of_known(_ratios(iou_parts, four), axis=1))
            definitions.append(Definition(f"IoU averaged over batches of {size} in this order, {scope}", mean, BATCHES))
    return definitions


def _of_ignored_pixels(tallies: Sequence[PhotoTally], classes: ClassTable) -> list[Definition]:
    over = np.sum([tally.over_ignored for tally in tallies], axis=0)
    if not over.sum():
        return []
    whole = four_counts(stacked(tallies)).over(0)
    with_ignored = np.where(
        whole.tp + whole.fp + whole.fn + over > 0,
        whole.tp / np.maximum(whole.tp + whole.fp + whole.fn + over, 1),
        np.nan,
    )
    chosen = with_ignored[list(classes.scored)]
    return [
        Definition("dataset mIoU with ignored pixels counted as mistakes", mean_of_known(chosen), IGNORED),
        Definition(
            "dataset mIoU with 'ignore' as a class of its own",
            float(np.nansum(with_ignored) / (len(classes) + 1)),
            IGNORED,
        ),
    ]


def _ratios(parts_of: Ratio, four: FourCounts) -> Values:
    return ratio(*parts_of(four))
