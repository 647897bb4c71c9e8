"""Opening a dataset: what lies in a folder is recognised, then read by the reader of its format."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.datasets.dataset import Dataset, PartName, isolate
from maskwright.datasets.formats.class_list import CLASSES_CSV
from maskwright.datasets.formats.masks import read_mask_folder
from maskwright.datasets.formats.split_names import PARTS
from maskwright.datasets.formats.via import read_via
from maskwright.datasets.formats.via_files import (
    VIA_COLUMNS,
    ViaFile,
    read_text,
    same_annotation,
    via_from_csv,
    via_from_json,
)
from maskwright.datasets.photo_index import image_files, name_below
from maskwright.errors import DataError, MaskwrightError
from maskwright.findings.finding import some
from maskwright.imaging.photos import MODES_16_BIT, GreyRange, grey_range_of, open_photo

ANNOTATION_SUFFIXES = (".json", ".csv")
ANNOTATION_FOLDERS = ("", *PARTS, "annotations", "annotation", "labels", "images")
MANY_FILES = 30
GREY_SAMPLE = 20
Given = list[tuple[ViaFile, PartName | None]]


@dataclass(frozen=True)
class Annotation:
    """A file that may be an annotation: the VIA file that it is, or the `kind` of what it is instead."""

    path: Path
    via: ViaFile | None
    kind: str = ""


def open_dataset(
    path: str | Path,
    *,
    only: str | None = None,
    attribute: str | None = None,
    ignore: int | None = None,
    canvas_hw: tuple[int, int] | None = None,
) -> Dataset:
    """Return the dataset in a folder, or of an annotation file; DataError says why there is none.

    Read are VIA 1 and 2 (csv, json, projects; a train_* and a val_* file are a given split) and folders of photos
    and masks. `only` isolates one class, `attribute` is the region attribute that names the classes (or the ending
    of the masks where photos have several), `ignore` a stored mask value that counts for nothing. Samples whose
    photo is missing take the size `canvas_hw`, for counting pixels.
    """
    path = Path(path)
    try:
        dataset = _opened(path, attribute=attribute, ignore=ignore, canvas_hw=canvas_hw)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    dataset = replace(dataset, grey_range=_grey_range(dataset))
    return dataset if only is None else isolate(dataset, only)


def _opened(path: Path, *, attribute: str | None, ignore: int | None, canvas_hw: tuple[int, int] | None) -> Dataset:
    if not path.exists():
        raise DataError(f"{path} does not exist: give a folder of photos, or an annotation file")
    if path.is_file():
        given: Given = [(_via_or_error(path), None)]
    else:
        found = _annotations(path)
        given = _given_split([a.via for a in found if a.via], path)
        dataset = None if given else read_mask_folder(path, suffix=attribute, ignore=ignore, canvas_hw=canvas_hw)
        if dataset:
            return dataset
        if not given:
            raise _nothing_recognised(path, found)
    if ignore is not None:
        raise DataError(f"{path}: data.ignore is a value in mask files, and this is VIA: mark a class in {CLASSES_CSV}")
    root = path if path.is_dir() else path.parent
    return read_via(given, root, attribute=attribute, canvas_hw=canvas_hw)


def _via_or_error(path: Path) -> ViaFile:
    if path.suffix.lower() not in ANNOTATION_SUFFIXES:
        raise DataError(
            f"{path} is no annotation file (.csv or .json): give the folder of photos, or the annotation file"
        )
    found = _recognised(path)
    if found.via is None:
        raise DataError(f"{path} {_not_read(found.kind)}")
    if not found.via.photos:
        raise DataError(f"{path} lists no photo: annotate some in VIA and export again")
    return found.via


def _annotations(root: Path) -> list[Annotation]:
    """Return what may be annotation files in `root`; if none is VIA, those in the usual folders below it."""
    found: list[Annotation] = []
    for folders in (("",), ANNOTATION_FOLDERS[1:]):
        for folder in folders:
            paths = sorted(p for p in (root / folder).glob("*") if p.suffix.lower() in ANNOTATION_SUFFIXES)
            paths = [p for p in paths if p.is_file() and not p.name.startswith(".") and p.name != CLASSES_CSV]
            # One file a photo is another format: looking at the first few tells.
            few = [_recognised(p) for p in paths[: 3 if len(paths) > MANY_FILES else MANY_FILES]]
            found += few
        if any(a.via for a in found):
            break
    return found


def _recognised(path: Path) -> Annotation:
    text = read_text(path)
    if path.suffix.lower() == ".csv":
        via = via_from_csv(path, text)
        kind = (
            "VIA 3"
            if "CSV_HEADER" in text[:4096]
            else f"csv with the columns {text.strip().split(chr(10), 1)[0][:80]!r}"
        )
        return Annotation(path, via, kind)
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        return Annotation(path, None, f"broken JSON ({error})")
    except RecursionError:
        return Annotation(path, None, "JSON")
    return Annotation(path, via_from_json(path, content), _json_kind(content))


def _json_kind(content: object) -> str:
    keys = set(content) if isinstance(content, dict) else set()
    first = content[0] if isinstance(content, list) and content and isinstance(content[0], dict) else {}
    if {"images", "annotations"} <= keys or {"image_id", "segmentation"} <= set(first):
        return "COCO"
    if {"project", "file", "metadata"} <= keys:
        return "VIA 3"
    if {"shapes", "imagePath"} <= keys:
        return "LabelMe"
    if "annotations" in first or "completions" in first:
        return "Label Studio"
    return "Supervisely" if {"objects", "size"} <= keys else "JSON"


def _not_read(kind: str) -> str:
    if kind.startswith("csv"):
        return f"is a {kind}, and VIA has {', '.join(VIA_COLUMNS)}: export the annotations from VIA again"
    if kind.startswith("broken"):
        return f"is {kind}: export the annotations again"
    return f"is {kind}, which is not read yet: export VIA 2 json, or masks into images/ and masks/"


def _given_split(files: Sequence[ViaFile], root: Path) -> Given:
    """Return the files to read, each with its part; DataError if they neither agree nor form a split."""
    different: list[ViaFile] = []
    for file in sorted(files, key=lambda f: f.path.suffix.lower() != ".json"):
        if file.photos and not any(same_annotation(file, other) for other in different):
            different.append(file)
    if len(different) <= 1:
        return [(file, None) for file in different]
    parts = [_part(file.path, root) for file in different]
    if None in parts or len(set(parts)) < len(parts):
        names = some([name_below(file.path, root) for file in sorted(different, key=lambda f: f.path)])
        raise DataError(
            f"{root} holds {len(different)} annotation files that differ ({names}): give the path of one of them, "
            "or name them train_... and val_... if they are a split"
        )
    return list(zip(different, parts, strict=True))


def _part(path: Path, root: Path) -> PartName | None:
    """Return the part that the file's name or its folder speaks of."""
    words = path.stem.lower().replace("-", "_").replace(".", "_").split("_")
    named = [PARTS[word] for word in words if word in PARTS]
    folders = [PARTS[word.lower()] for word in path.relative_to(root).parts[:-1] if word.lower() in PARTS]
    return next(iter(named or folders), None)


def _nothing_recognised(root: Path, found: Sequence[Annotation]) -> DataError:
    if not any(root.iterdir()):
        return DataError(f"{root} is empty: put photos and their annotation into it")
    empty = [a.path for a in found if a.via]
    if empty:
        return DataError(f"{empty[0]} lists no photo: annotate some in VIA and export again")
    photos = len(image_files(root))
    if found:
        kinds = Counter(_not_read(a.kind) for a in found)
        likely = next((a for a in found if not a.kind.startswith(("csv", "JSON"))), found[0])
        more = f" ({sum(kinds.values()) - 1} more like it)" if len(found) > 1 else ""
        return DataError(
            f"{root} holds {photos} photos, and {name_below(likely.path, root)} {_not_read(likely.kind)}{more}"
        )
    foreign = next((path for path in sorted(root.rglob("*")) if _is_foreign(path.relative_to(root))), None)
    if photos and foreign is not None:
        kind = "xml, as CVAT and LabelImg write it" if foreign.suffix.lower() == ".xml" else "txt, as YOLO has it"
        return DataError(f"{root} holds {photos} photos, and {name_below(foreign, root)} {_not_read(kind)}")
    others = Counter(p.suffix.lower() or p.name for p in root.rglob("*") if p.is_file() and not p.name.startswith("."))
    listed = some([f"{n} {suffix}" for suffix, n in others.most_common()]) or "only folders"
    what = f"{photos} photos but neither an annotation file nor masks" if photos else f"no photos (found {listed})"
    return DataError(f"{root} holds {what}: add a VIA csv or json, or put photos in images/ and masks in masks/")


def _is_foreign(below: Path) -> bool:
    """Tell whether a file, by its path below the data's root, is the annotation of a tool whose format is not read."""
    hidden = any(part.startswith(".") for part in below.parts)
    suffix = below.suffix.lower()
    return not hidden and (suffix == ".xml" or (suffix == ".txt" and "labels" in below.parts[:-1]))


def _grey_range(dataset: Dataset) -> GreyRange | None:
    """Return the range that scales all 16-bit photos alike, from up to 20 of them; None if there are none."""
    deep = [sample.photo for sample in dataset.samples if _is_deep(sample.photo)]
    values = [_some_grey(path) for path in deep[:: max(1, -(-len(deep) // GREY_SAMPLE))]]
    values = [grey for grey in values if grey.size]
    return grey_range_of(np.concatenate(values)) if values else None


def _is_deep(path: Path) -> bool:
    try:
        with open_photo(path) as image:
            return image.mode in MODES_16_BIT
    except MaskwrightError:
        return False


def _some_grey(path: Path) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    try:
        with Image.open(path) as image:
            grey = np.asarray(image).ravel()
    except (OSError, ValueError, SyntaxError):
        return np.zeros(0, dtype=np.int64)
    return grey[:: max(1, grey.size // 100_000)].astype(np.int64)
