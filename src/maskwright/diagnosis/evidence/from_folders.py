"""Folders of truth and predictions, whoever wrote them, to cases."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from maskwright.classes import ClassTable, class_table
from maskwright.datasets.photo_search.photo_index import image_files
from maskwright.diagnosis.evidence.evidence import Case, Evidence, Storage
from maskwright.diagnosis.evidence.file_keys import by_key, files_in
from maskwright.diagnosis.evidence.kept_pairs import with_pairs_kept
from maskwright.diagnosis.evidence.name_pairs import named_like, paired_names
from maskwright.diagnosis.evidence.one_id_too_many import void_id
from maskwright.diagnosis.evidence.pair_to_case import Raw, case_of, in_two_threads, require_truth
from maskwright.diagnosis.evidence.prediction_encoding import Array, Manner, manner_of
from maskwright.diagnosis.evidence.refused_files.coloured_predictions import are_palette_colours, require_common_colours
from maskwright.diagnosis.evidence.refused_files.numbered_objects import require_no_numbers
from maskwright.diagnosis.evidence.refused_files.plot_figures import require_no_figures
from maskwright.diagnosis.evidence.stack_order import Order, in_better_order
from maskwright.diagnosis.evidence.stored_arrays import (
    Reader,
    is_stack_file,
    read_named,
    read_stack,
    read_stored,
    stack_length,
)
from maskwright.diagnosis.evidence.truth_folders import Truths, read_truths, truths_of_arrays
from maskwright.diagnosis.evidence.yolo_lines import yolo_files, yolo_readers
from maskwright.errors import DataError
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import some
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo, read_photo
from maskwright.progress_counter import StartCounting, no_counting

PREDICTED = re.compile(r"(pred|output|result|infer)", re.IGNORECASE)
"""Names of folders that hold predictions."""
TRUE = re.compile(r"gt|truth|mask|label|annot|manual", re.IGNORECASE)
"""Names of folders that hold the truth."""
LOOKED_AT = 8
"""Pairs, spread over all names, that show how predictions are stored."""
FEWEST_SHADES = 128
"""So many grey values in the truth, up to HIGHEST_CLASS, are no classes beside predictions of two values."""
HIGHEST_CLASS = 250
"""Stored value that shades reach; no set numbers its classes so high."""

T = TypeVar("T")
PredictionReader = Callable[[Mask], Array]
"""The truth of a photo -> its prediction as stored; outlines are drawn at the truth's size."""


def read_folders(
    truth: Path,
    predictions: Path,
    *,
    photos: Path | None = None,
    ignore: int | None = None,
    count: StartCounting = no_counting,
) -> Evidence:
    """Return the evidence in a folder of truth and one of predictions, paired by the stem of their names.

    `truth` holds masks (or is anything that `open_dataset` reads), `predictions` class-id masks, or probabilities or
    logits as PNG, npy, npz or pt, or YOLO lines (class k is id k + 1; a photo without a file shows no object). Either
    may be one stack for all photos, in the order of their names. `ignore` is a stored truth value that does not count;
    `count` shows how many pairs are read. A pair that cannot be read is left out and named in `unread`. DataError where
    a folder is empty, nothing pairs or nothing can be read.

        >>> from pathlib import Path
        >>> _ = mw.convert(mw.open_dataset("photos"), "masks", "truth")
        >>> evidence = mw.read_folders(Path("truth/masks"), Path("truth/masks"))
        >>> len(evidence.cases)
        6
    """
    _require_order(truth, predictions)
    read = partial(_read, truth, predictions, photos, ignore, count=count)
    if is_stack_file(truth) and is_stack_file(predictions):
        return read(list)  # two stacks pair place by place
    return in_better_order(read) if _has_stack(truth) or _has_stack(predictions) else read(sorted)


def _require_no_scores(truth: Path, predictions: Path, known: Truths, first: Sequence[Raw]) -> None:
    """Raise DataError where the truth holds the shades of a probability map, and the predictions two values."""
    shades = len(known.values) >= FEWEST_SHADES and max(known.values) >= HIGHEST_CLASS
    if shades and max(len(np.unique(raw.stored)) for raw in first) <= 2:
        raise DataError(
            f"{truth} holds {len(known.values)} grey values, as probabilities do, and {predictions} two: exchanged? "
            f"Give --truth {predictions} --pred {truth}"
        )


def _has_stack(path: Path) -> bool:
    return is_stack_file(path) or (
        path.is_dir() and len(files := list(path.iterdir())) == 1 and is_stack_file(files[0])
    )


def _read(
    truth: Path, predictions: Path, photos: Path | None, ignore: int | None, order: Order, *, count: StartCounting
) -> Evidence:
    known, lines = _truths_of(truth, predictions, ignore, order), yolo_files(predictions)
    found = yolo_readers(lines, known.read) if lines else _predictions_of(predictions, order(known.read), known.values)
    partner, paired_by = paired_names(list(known.read), list(found))
    names = list(partner)
    alone = tuple(sorted((set(lines or found) - set(partner.values())) | (set(known.read) - set(names))))
    if not names:
        raise DataError(
            f"no prediction in {predictions} is named like a truth in {truth}: "
            f"{some(sorted(found), most=2)} against {some(sorted(known.read), most=2)}; give both the same stem"
        )
    shown = known.photos | (by_key(image_files(photos)) if photos else {})

    def reopen(key: str) -> Raw:
        photo = shown.get(key)
        truth_mask = require_truth(known.read[key](), key)
        return Raw(key, truth_mask, found[partner[key]](truth_mask), None if photo is None else _photo(photo))

    first = _first_pairs(reopen, names)
    sizes = [(raw.truth.shape[0], raw.truth.shape[1]) for raw in first]
    _require_no_scores(truth, predictions, known, first)
    require_no_figures(first, len(known.classes))
    require_common_colours(first, len(known.classes))
    require_no_numbers([r.stored for r in first], len(known.classes))
    manner = Manner("ids") if lines else manner_of([raw.stored for raw in first], sizes, known.values)
    void = void_id(first, manner, len(known.classes))
    if void is not None:
        value = known.values[void]
        return replace(_read(truth, predictions, photos, value, order, count=count), void_value=value)
    classes = widened(known.classes, manner)
    cases, unread = _read_cases(partial(_case, reopen, manner, classes), names, count("reading pairs", len(names)))
    storage = storage_of(manner, "" if lines else _suffix(predictions), first)  # lines store no values
    cases = with_pairs_kept(cases)
    evidence = Evidence(classes, cases, storage=storage, unmatched=alone, unread=tuple(map(str, unread)))
    return replace(evidence, paired_by=_as_words(paired_by, partner))


def _first_pairs(reopen: Callable[[str], Raw], names: Sequence[str]) -> list[Raw]:
    """Return a few readable pairs, spread over all names; raise the error of the first where none of them is.

    Where all of these predictions hold one value alone, the first that holds more is among them.
    """
    some_names = spread_evenly(names, LOOKED_AT)
    few = [raw for key in some_names if isinstance(raw := _tried(reopen, key), Raw)] or [reopen(names[0])]
    if any(_varies(raw) for raw in few):
        return few
    others = (_tried(reopen, key) for key in names if key not in some_names)
    return [*few, *islice((raw for raw in others if isinstance(raw, Raw) and _varies(raw)), 1)]


def _varies(raw: Raw) -> bool:
    return bool(raw.stored.size and raw.stored.min() != raw.stored.max())


def _read_cases(
    read: Callable[[str], Case], names: Sequence[str], on_pair: Callable[..., None]
) -> tuple[tuple[Case, ...], list[DataError]]:
    """Return the cases that can be read, and the errors of the others; raise the first error if none can be."""

    def shown(key: str) -> Case | DataError:
        case = _tried(read, key)
        on_pair()
        return case

    results = list(in_two_threads(shown, names))
    cases = tuple(result for result in results if isinstance(result, Case))
    unread = [result for result in results if isinstance(result, DataError)]
    if not cases:
        raise unread[0]
    return cases, unread


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


def _truths_of(truth: Path, predictions: Path, ignore: int | None, order: Order) -> Truths:
    """Read the truths; where they are scores and the predictions class ids, say that the two were exchanged."""
    if is_stack_file(truth):
        names = _names_for(truth, predictions, order)
        return truths_of_arrays(read_stack(truth, names, "predictions"), ignore)
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


def _names_for(stack: Path, predictions: Path, order: Order) -> list[str]:
    """Return the names of a stack's pictures: those of the predictions in order, or their places."""
    if is_stack_file(predictions):
        return [f"photo {place}" for place in range(stack_length(stack))]
    return order(by_key(files_in(predictions, "predictions")))


def _predictions_of(predictions: Path, names: list[str], values: Sequence[int]) -> dict[str, PredictionReader]:
    """Return what reads each prediction by name; a stack's pictures follow the order of `names`.

    Palette files give their colours where these are those of the truth's `values`.
    """
    return {key: partial(_as_stored, read) for key, read in _stored_predictions(predictions, names, values).items()}


def _as_stored(read: Reader, _truth: Mask) -> Array:
    return read()


def _stored_predictions(predictions: Path, names: list[str], values: Sequence[int]) -> dict[str, Reader]:
    if is_stack_file(predictions):
        return named_like(names, read_named(predictions)) or read_stack(predictions, names, "truths")
    files = by_key(files_in(predictions, "predictions"))
    only = next(iter(files.values()))
    if len(files) == 1 and len(names) > 1 and is_stack_file(only) and stack_length(only) == len(names):
        return read_stack(only, names, "truths")
    by_colour = are_palette_colours(list(files.values()), values)
    return {key: partial(read_stored, path, by_colour=by_colour) for key, path in files.items()}


def _suffix(predictions: Path) -> str:
    if predictions.is_file():
        return predictions.suffix.lower()
    return files_in(predictions, "predictions")[0].suffix.lower()


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


def require_same_classes(first: Evidence, second: Evidence) -> None:
    """Raise DataError where two sets of pairs, of which both have cases, differ in their number of classes."""
    if first.cases and second.cases and len(first.classes) != len(second.classes):
        raise DataError(
            f"the held-out pairs have {len(first.classes)} classes, those of training {len(second.classes)}: "
            "give both in one numbering, or a classes.csv beside each"
        )
