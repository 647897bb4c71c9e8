"""Folders of truth and predictions, whoever wrote them, to cases."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from maskwright.classes import IGNORE, ClassTable, class_table
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.labels.photo_index import image_files
from maskwright.datasets.mask_values.listed import find_listed
from maskwright.datasets.mask_values.meaning import Meaning, meaning_of
from maskwright.datasets.mask_values.stored import read_all_values
from maskwright.datasets.opening import open_dataset
from maskwright.diagnosis.evidence.evidence import Case, Evidence, Storage
from maskwright.diagnosis.evidence.name_pairs import paired_names
from maskwright.diagnosis.evidence.prediction_encoding import Manner, manner_of, without_ones
from maskwright.diagnosis.evidence.reduce import Raw, case_of, in_two_threads, require_truth
from maskwright.diagnosis.evidence.stored_arrays import (
    ARRAY_SUFFIXES,
    Reader,
    is_stack_file,
    read_stack,
    read_stored,
    stack_length,
)
from maskwright.diagnosis.evidence.void_class import void_id
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.imaging.geometry import Mask
from maskwright.imaging.masks import apply_rule, read_raw_mask
from maskwright.imaging.photos import Photo, read_photo

PREDICTED = re.compile(r"(pred|output|result|infer)", re.IGNORECASE)
TRUE = re.compile(r"gt|truth|mask|label|annot|manual", re.IGNORECASE)
MASK_ENDINGS = (
    *("mask", "masks", "seg", "segmentation", "label", "labels", "annotation", "annot", "gt", "groundtruth"),
    *("labelids", "manual", "manual1", "l"),
)
ENDINGS = (*MASK_ENDINGS, "pred", "preds", "prediction", "predictions", "predicted", "prob", "probs", "probability")
ALL_ENDINGS = (*ENDINGS, "output", "out", "logits", "image", "img", "rgb", "true", "truth")
LOOKED_AT = 8

T = TypeVar("T")


@dataclass(frozen=True)
class Truths:
    """The truth of a set by key: how each mask is read, the classes, and the stored value of each class id."""

    classes: ClassTable
    read: dict[str, Callable[[], Mask]]
    values: tuple[int, ...]
    photos: dict[str, Path]


def read_folders(truth: Path, predictions: Path, *, photos: Path | None = None, ignore: int | None = None) -> Evidence:
    """Return the evidence in a folder of truth and one of predictions, paired by the stem of their names.

    `truth` holds masks (or is anything that `open_dataset` reads), `predictions` class-id masks, or probabilities or
    logits as PNG, npy, npz or pt. Either may be one stack for all photos, in the order of their names. `ignore` is a
    stored truth value that does not count. A pair that cannot be read is left out and named in `unread`. DataError
    where a folder is empty, nothing pairs or nothing can be read.
    """
    _require_order(truth, predictions)
    known = _truths_of(truth, predictions, ignore)
    found = _predictions_of(predictions, list(known.read))
    partner, paired_by = paired_names(list(known.read), list(found))
    names = list(partner)
    alone = tuple(sorted((set(found) - set(partner.values())) | (set(known.read) - set(names))))
    if not names:
        raise DataError(
            f"no prediction in {predictions} is named like a truth in {truth}: "
            f"{some(sorted(found), most=2)} against {some(sorted(known.read), most=2)}; give both the same stem"
        )
    shown = known.photos | (_by_key(image_files(photos)) if photos else {})

    def reopen(key: str) -> Raw:
        photo = shown.get(key)
        truth_mask = require_truth(known.read[key](), key)
        return Raw(key, truth_mask, found[partner[key]](), None if photo is None else _photo(photo))

    some_names = names[:: max(1, len(names) // LOOKED_AT)][:LOOKED_AT]
    first = [raw for key in some_names if isinstance(raw := _tried(reopen, key), Raw)] or [reopen(names[0])]
    sizes = [(raw.truth.shape[0], raw.truth.shape[1]) for raw in first]
    manner = manner_of([raw.stored for raw in first], sizes, known.values)
    void = void_id(first, manner, len(known.classes))
    if void is not None:
        return replace(
            read_folders(truth, predictions, photos=photos, ignore=known.values[void]),
            void_value=known.values[void],
        )
    classes = widened(known.classes, manner)
    read = list(in_two_threads(lambda key: _tried(partial(_case, reopen, manner, classes), key), names))
    cases = tuple(one for one in read if isinstance(one, Case))
    unread = [one for one in read if isinstance(one, DataError)]
    if not cases:
        raise unread[0]
    storage = storage_of(manner, _suffix(predictions), first)
    evidence = Evidence(classes, cases, storage=storage, unmatched=alone, unread=tuple(map(str, unread)))
    return replace(evidence, paired_by=_as_words(paired_by, partner))


def _as_words(paired_by: str, partner: dict[str, str]) -> str:
    name = next(iter(partner))
    return f"{paired_by}, such as {name} with {partner[name]}" if paired_by else ""


def _require_order(truth: Path, predictions: Path) -> None:
    """Raise DataError where the folders' own names say that they were exchanged."""
    if PREDICTED.match(truth.name) and TRUE.search(predictions.name) and not TRUE.search(truth.name):
        raise DataError(
            f"{truth.name} was given as the truth and {predictions.name} as predictions: exchanged? "
            f"Give --truth {predictions} --pred {truth}, or rename them if they are right"
        )


def _truths_of(truth: Path, predictions: Path, ignore: int | None) -> Truths:
    """Read the truths; where they are scores and the predictions class ids, say that the two were exchanged."""
    if is_stack_file(truth):
        names = _names_for(truth, predictions)
        return _of_readers(read_stack(truth, names, "predictions"), ignore)
    try:
        return read_truths(truth, ignore=ignore)
    except DataError as error:
        try:
            read_truths(predictions, ignore=ignore)
        except DataError:
            raise error from None
        raise DataError(
            f"{error}; {predictions} holds class ids: if the two were exchanged, give "
            f"--truth {predictions} --pred {truth}"
        ) from error


def _names_for(stack: Path, predictions: Path) -> list[str]:
    """Return the names of a stack's pictures: those of the predictions in order, or their places."""
    if is_stack_file(predictions):
        return [f"photo {place}" for place in range(stack_length(stack))]
    return sorted(_by_key(_files(predictions, "predictions")))


def _predictions_of(predictions: Path, names: list[str]) -> dict[str, Reader]:
    """Return what reads each prediction by name; a stack's pictures follow the order of the truths' names."""
    if is_stack_file(predictions):
        return read_stack(predictions, sorted(names), "truths")
    files = _by_key(_files(predictions, "predictions"))
    only = next(iter(files.values()))
    if len(files) == 1 and len(names) > 1 and is_stack_file(only) and stack_length(only) == len(names):
        return read_stack(only, sorted(names), "truths")
    return {key: partial(read_stored, path) for key, path in files.items()}


def _suffix(predictions: Path) -> str:
    if predictions.is_file():
        return predictions.suffix.lower()
    return _files(predictions, "predictions")[0].suffix.lower()


def _tried(read: Callable[[str], T], key: str) -> T | DataError:
    try:
        return read(key)
    except DataError as error:
        return error


def _case(reopen: Callable[[str], Raw], manner: Manner, classes: ClassTable, key: str) -> Case:
    raw = replace(reopen(key), photo=None)
    return case_of(raw, manner, len(classes), lambda: reopen(key))


def _photo(path: Path) -> Photo | None:
    try:
        return read_photo(path)
    except DataError:
        return None


def storage_of(manner: Manner, suffix: str, first: Sequence[Raw]) -> Storage:
    """Return how predictions were stored, told from the first of them."""
    flat = [r.stored for r in first if r.stored.ndim == 2 and r.stored.dtype.kind in "bui"]
    held = np.unique(np.concatenate([np.unique(a) for a in flat])) if flat else np.zeros(0, dtype=np.int64)
    few = tuple(int(v) for v in held[:256])
    return Storage(manner.kind, suffix, manner.channels, few, manner.divided, manner.shades)


def widened(classes: ClassTable, manner: Manner) -> ClassTable:
    """Return the classes with nameless ones added where the predictions have more channels than the truth classes."""
    extra = manner.channels - len(classes) if manner.channels > 1 else 0
    if extra <= 0:
        return classes
    names = (*classes.names, *(f"class {i}" for i in range(len(classes), manner.channels)))
    wider = class_table(names, background=classes.background)
    return replace(wider, colours=(*classes.colours, *wider.colours[len(classes) :]))


def read_truths(root: Path, *, ignore: int | None) -> Truths:
    """Return the truths in a folder of masks, or in whatever `open_dataset` reads; DataError where there are none."""
    if not root.exists():
        raise DataError(f"{root} is not there: give the folder of the truth masks")
    if root.is_file() or _has_annotations(root):
        return _of_dataset(open_dataset(root, ignore=ignore))
    files = _by_key(_files(root, "truth masks"))
    arrays = {key: path for key, path in files.items() if path.suffix.lower() in ARRAY_SUFFIXES}
    if arrays:
        return _of_arrays(arrays, ignore)
    values = read_all_values(list(files.values()))
    broken = next((v.error for v in values if v.error), None)
    if broken:
        raise DataError(broken)
    listed = find_listed(root, values)
    meaning = meaning_of(values, listed.rows if listed else None, ignore=ignore)
    if meaning.unfit and not meaning.rule.values and meaning.rule.threshold is None:
        raise DataError(f"{root}: the masks hold {len(meaning.unfit)} colours; save them without smooth edges, as PNG")
    read = {key: _reader(path, meaning) for key, path in files.items()}
    return Truths(meaning.classes, read, _stored_values(meaning), {})


def _has_annotations(root: Path) -> bool:
    """Tell whether the folder holds more than masks: annotation files, or folders of photos and masks."""
    notes = [
        p for p in root.iterdir() if p.suffix.lower() in (".json", ".csv", ".xml") and "class" not in p.stem.lower()
    ]
    images = any(p.suffix.lower() in (*ARRAY_SUFFIXES, ".png", ".tif", ".tiff", ".bmp") for p in root.iterdir())
    folders = [p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")]
    return bool(notes) or (not images and len(folders) > 1)


def _of_dataset(dataset: Dataset) -> Truths:
    samples = [s for s in dataset.samples if s.truth is not None and s.size_hw is not None]
    read: dict[str, Callable[[], Mask]] = {key_of(Path(s.name)): partial(dataset.mask, s) for s in samples}
    if not read:
        raise DataError(f"{dataset.root} holds no annotated photo: annotate some, or give a folder of masks")
    rule = dataset.mask_rule
    stored = {i: v for v, i in rule.values} if rule else {}
    values = tuple(stored.get(i, i) for i in range(len(dataset.classes)))
    return Truths(dataset.classes, read, values, {key_of(Path(s.name)): s.photo for s in samples})


def _of_arrays(files: dict[str, Path], ignore: int | None) -> Truths:
    return _of_readers({key: partial(read_stored, path) for key, path in files.items()}, ignore)


def _of_readers(arrays: dict[str, Reader], ignore: int | None) -> Truths:
    held: set[int] = set()
    for path, stored in arrays.items():
        array = without_ones(stored())
        if array.dtype.kind == "f" and (array != np.rint(array)).any():
            high = float(array.max())
            raise DataError(f"{path} holds fractions up to {high:.4g}: the truth must be class ids as whole numbers")
        held |= {int(v) for v in np.unique(array)}
    objects = sorted(held - {0, ignore, IGNORE})
    binary_255 = not objects and IGNORE in held and ignore != IGNORE
    count = 2 if binary_255 else max(objects, default=1) + 1
    if count > IGNORE or min(held) < 0:
        raise DataError(f"the truth holds values {min(held)} to {max(held)}: give class ids from 0 to 254")
    table = class_table(tuple("background" if i == 0 else f"class {i}" for i in range(count)))

    def read(stored: Reader) -> Mask:
        ids = without_ones(stored()).astype(np.int64)
        ids = np.where(ids == IGNORE, 1, ids) if binary_255 else ids
        return np.where(ids == ignore, IGNORE, ids).astype(np.uint8) if ignore is not None else ids.astype(np.uint8)

    values = (0, IGNORE) if binary_255 else tuple(range(count))
    readers: dict[str, Callable[[], Mask]] = {key: partial(read, stored) for key, stored in arrays.items()}
    return Truths(table, readers, values, {})


def _reader(path: Path, meaning: Meaning) -> Callable[[], Mask]:
    return lambda: apply_rule(read_raw_mask(path), meaning.rule)


def _stored_values(meaning: Meaning) -> tuple[int, ...]:
    if meaning.rule.threshold is not None:
        return 0, IGNORE
    stored = {class_id: value for value, class_id in reversed(meaning.rule.values)}
    return tuple(stored.get(i, i) for i in range(len(meaning.classes)))


def _files(root: Path, what: str) -> list[Path]:
    if not root.is_dir():
        raise DataError(f"{root} is no folder: give the folder of the {what}")
    arrays = [p for p in root.rglob("*") if p.suffix.lower() in ARRAY_SUFFIXES and not p.name.startswith(".")]
    files = sorted([*image_files(root), *arrays])
    if not files:
        raise DataError(f"{root} holds no {what}: PNG, TIFF, npy and npz files are looked for")
    return files


def _by_key(files: Sequence[Path]) -> dict[str, Path]:
    """Return the files by the stem that pairs them; where stems repeat in several folders, by folder and stem."""
    keys = [key_of(path) for path in files]
    if len(set(keys)) < len(keys):
        keys = [f"{path.parent.name}/{key}" for path, key in zip(files, keys, strict=True)]
    return dict(zip(keys, files, strict=True))


def key_of(path: Path) -> str:
    """Return the stem without endings that only say mask, prediction or photo."""
    stem = path.stem
    if Path(stem).suffix.lower() in (".jpg", ".jpeg", ".png", ".tif", ".bmp"):  # photo.jpg.png
        stem = Path(stem).stem
    for mark in ("_", "-", "."):
        head, _, tail = stem.rpartition(mark)
        if head and tail.lower() in ALL_ENDINGS:
            return head
    return stem


def require_same_classes(first: Evidence, second: Evidence) -> None:
    """Raise DataError where two sets of pairs, of which both have cases, differ in their number of classes."""
    if first.cases and second.cases and len(first.classes) != len(second.classes):
        raise DataError(
            f"the held-out pairs have {len(first.classes)} classes, those of training {len(second.classes)}: "
            "give both in one numbering, or a classes.csv beside each"
        )
