"""Why nothing was read: what a path holds instead, by the name of the tool that wrote it, and what to do."""

from collections import Counter
from pathlib import Path

from maskwright.datasets.labels.label_files import label_files
from maskwright.datasets.labels.photo_index import image_files, name_below
from maskwright.datasets.labels.text_files import JsonOutline, csv_header, json_outline
from maskwright.errors import DataError
from maskwright.findings.finding import some

LABEL_SUFFIXES = (".json", ".csv")


def unrecognised(path: Path) -> DataError:
    """Return the error for a path that no reader recognises."""
    if path.is_dir():
        return _unrecognised_folder(path)
    if path.suffix.lower() not in LABEL_SUFFIXES:
        return DataError(
            f"{path} is no annotation file (.csv or .json): give the folder of photos, or the annotation file"
        )
    return DataError(f"{path} {_not_read(_kind(path))}")


def _unrecognised_folder(root: Path) -> DataError:
    if not any(root.iterdir()):
        return DataError(f"{root} is empty: put photos and their annotation into it")
    photos = len(image_files(root))
    kinds = {path: _kind(path) for files in label_files(root, LABEL_SUFFIXES) for path in files}
    if kinds:
        likely = next((path for path, kind in kinds.items() if not kind.startswith(("csv", "JSON"))), next(iter(kinds)))
        more = f" ({len(kinds) - 1} more like it)" if len(kinds) > 1 else ""
        said = f"{name_below(likely, root)} {_not_read(kinds[likely])}{more}"
        return DataError(f"{root} holds {photos} photos, and {said}")
    foreign = next((path for path in sorted(root.rglob("*")) if _is_foreign(path.relative_to(root))), None)
    if photos and foreign is not None:
        kind = "xml, as CVAT and LabelImg write it" if foreign.suffix.lower() == ".xml" else "txt, as YOLO has it"
        return DataError(f"{root} holds {photos} photos, and {name_below(foreign, root)} {_not_read(kind)}")
    return DataError(
        f"{root} holds {_holds(root, photos)}: add a VIA csv or json, or put photos in images/ and masks in masks/"
    )


def _holds(root: Path, photos: int) -> str:
    if photos:
        return f"{photos} photos but neither an annotation file nor masks"
    others = Counter(p.suffix.lower() or p.name for p in root.rglob("*") if p.is_file() and not p.name.startswith("."))
    return f"no photos (found {some([f'{n} {suffix}' for suffix, n in others.most_common()]) or 'only folders'})"


def _kind(path: Path) -> str:
    if path.suffix.lower() == ".csv":
        header, text = csv_header(path)
        return "VIA 3" if "CSV_HEADER" in text else f"csv with the columns {','.join(header)[:80]!r}"
    outline = json_outline(path)
    return f"broken JSON ({outline.error})" if outline.error else _json_kind(outline)


def _json_kind(outline: JsonOutline) -> str:
    if {"images", "annotations"} <= outline.keys or {"image_id", "segmentation"} <= outline.first:
        return "COCO"
    if {"project", "file", "metadata"} <= outline.keys:
        return "VIA 3"
    if {"shapes", "imagePath"} <= outline.keys:
        return "LabelMe"
    if outline.is_list and outline.first & {"annotations", "completions"}:
        return "Label Studio"
    return "Supervisely" if {"objects", "size"} <= outline.keys else "JSON"


def _not_read(kind: str) -> str:
    if kind.startswith("csv"):
        columns = "filename, region_shape_attributes, region_attributes"
        return f"is a {kind}, and VIA has {columns}: export the annotations from VIA again"
    if kind.startswith("broken"):
        return f"is {kind}: export the annotations again"
    return f"is {kind}, which is not read yet: export VIA 2 json, or masks into images/ and masks/"


def _is_foreign(below: Path) -> bool:
    """Return whether a file, by its path below the data's root, is the label file of a tool that is not read."""
    hidden = any(part.startswith(".") for part in below.parts)
    suffix = below.suffix.lower()
    return not hidden and (suffix == ".xml" or (suffix == ".txt" and "labels" in below.parts[:-1]))
