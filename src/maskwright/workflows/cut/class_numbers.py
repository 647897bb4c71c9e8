"""The class ids of tiles: from the names that polygons have, or from the numbers of a raster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE, ClassRow, ClassTable, class_table
from maskwright.datasets.class_tables.handwritten_classes import (
    BACKGROUND_NAMES,
    CLASSES_CSV,
    IGNORE_NAMES,
    SURFACE_NAMES,
    read_classes_csv,
)
from maskwright.datasets.map_layers.class_attribute import class_attribute
from maskwright.datasets.map_layers.layer import MapLayer
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.natural_order import natural_key
from maskwright.workflows.cut.raster_masks import StoredValues

MOST_CLASSES = 254
BACKGROUND, OBJECT = "background", "object"
IGNORED = (*IGNORE_NAMES, "ignore", "ignored", "ignore*")
"""Classes of polygons that count for nothing, as QuPath's "Ignore*"."""
REGION = "region*"
"""What QuPath calls the outline of what was annotated."""


@dataclass(frozen=True)
class Numbering:
    """The classes of all tiles, the id of each name or number in the labels, and what was assumed, a sentence each.

    `attribute` names the classes of polygons, None where they are all one.
    """

    classes: ClassTable
    ids: Mapping[str | int, int]
    said: tuple[str, ...] = ()
    attribute: str | None = None

    def of_layer(self, layer: MapLayer) -> NDArray[np.uint8]:
        """Return the class id of each polygon; 255 for one whose class is not given."""
        if self.attribute is None:
            return np.full(len(layer), self.ids[OBJECT], dtype=np.uint8)
        texts = layer.columns.get(self.attribute, [""] * len(layer))
        return np.array([self.ids.get(text, IGNORE) for text in texts], dtype=np.uint8)

    def regions_of(self, layer: MapLayer) -> list[int]:
        """Return the polygons that are outlines of what was annotated, and no objects."""
        texts = layer.columns.get(self.attribute, ()) if self.attribute is not None else ()
        return [number for number, text in enumerate(texts) if text.lower() == REGION]


def numbering_of_polygons(layers: Sequence[MapLayer], *, attribute: str | None, as_one: bool) -> Numbering:
    """Return the classes of polygons: the values of an attribute in natural order, after the background.

    DataError where it is not clear which attribute names them, and where there is no polygon or no class.
    """
    where = some([str(layer.path) for layer in layers], most=2)
    if not any(map(len, layers)):
        empty = sum(layer.without_area for layer in layers)
        raise DataError(f"{where}: no polygon ({empty} points and lines): draw the outlines of objects")
    columns = _joined(layers)
    chosen = None if as_one else class_attribute(columns, attribute, where=where)
    if chosen is None:
        assumed = () if as_one else (f"no attribute names classes: all polygons are of one, {OBJECT}",)
        return Numbering(class_table((BACKGROUND, OBJECT)), {OBJECT: 1}, assumed)
    texts = sorted({text for text in columns[chosen] if text}, key=natural_key)
    names = [text for text in texts if text.lower() not in (*BACKGROUND_NAMES, *IGNORED, REGION)]
    if not 0 < len(names) <= MOST_CLASSES:
        raise DataError(
            f"{where}: the attribute {chosen} has {len(names)} classes ({some(texts)}), and 1 to {MOST_CLASSES} are "
            "possible: choose another one with --set data.attribute=NAME"
        )
    ids: dict[str | int, int] = {text: 0 for text in texts if text.lower() in BACKGROUND_NAMES}
    ids |= {name: number for number, name in enumerate(names, 1)}  # others are ignored
    said = [f"classes by the attribute {chosen}: {some(names, most=12)}"]
    if bare := sum(not text for text in columns[chosen]):
        said.append(f"{bare} polygons have no {chosen}: what they cover is ignored")
    return Numbering(class_table((BACKGROUND, *names)), ids, tuple(said), chosen)


def without_background(numbering: Numbering, where: Path) -> Numbering:
    """Return the classes of polygons where nothing counts but what is drawn: no background, unless one is drawn.

    DataError where there is one class alone then, and nothing to tell it from.
    """
    if 0 in numbering.ids.values():
        return numbering
    names = numbering.classes.names[1:]
    if len(names) < 2:
        raise DataError(
            f"{where}: inside of the area all is {names[0]}: give as --area the outlines of what was annotated, with "
            "what is around the objects"
        )
    ids = {name: class_id - 1 for name, class_id in numbering.ids.items()}
    return replace(numbering, classes=class_table(names, background=None), ids=ids)


def _joined(layers: Sequence[MapLayer]) -> dict[str, list[str]]:
    """Return the columns of several layers below one another, "" where one lacks them."""
    keys = dict.fromkeys(key for layer in layers for key in layer.columns)
    return {key: [text for layer in layers for text in layer.columns.get(key, [""] * len(layer))] for key in keys}


def numbering_of_rasters(
    rasters: Mapping[Path, StoredValues],
    listed: Sequence[ClassRow],
    table: Path | None,
    *,
    ignore: int | None,
    as_one: bool,
) -> Numbering:
    """Return the classes of rasters of numbers: 0 is background, 255 and "no data" count for nothing.

    `listed` are the rows of the classes.csv `table`, none without one. DataError where a number is not listed, where
    there are no classes or too many, and where 0 is marked as "no data" and may be either.
    """
    where = some([str(path) for path in rasters], most=2)
    found = {value for values in rasters.values() for value, count in values.counts.items() if count}
    marked = {values.nodata for values in rasters.values() if values.nodata is not None}
    skipped, said = _skipped(found, marked, ignore, where)
    used = sorted(found - skipped)
    objects = [value for value in used if value != 0]
    if table is not None and not as_one:
        return _by_list(used, listed, table, said)
    if not objects or min(objects) < 0 or len(objects) > MOST_CLASSES:
        raise DataError(
            f"{where}: the labels hold {some(map(str, used), most=8) or 'nothing'} besides what counts for nothing: "
            f"give class numbers, 0 for the background, and 1 to {MOST_CLASSES} classes above it"
        )
    background = 0 in used
    if as_one or len(objects) == 1:
        known: dict[str | int, int] = {0: 0, **dict.fromkeys(objects, 1)}
        one = f"{some(map(str, objects))} in the labels is the class {OBJECT}"
        return Numbering(class_table((BACKGROUND, OBJECT)), known, (*said, one))
    names = [f"class {value}" for value in objects]
    classes = class_table((BACKGROUND, *names) if background else tuple(names), background=0 if background else None)
    ids: dict[str | int, int] = {value: number for number, value in enumerate(used)}
    how = f"no {CLASSES_CSV} (id,name) lies beside the labels: classes are called {some(names, most=3)}"
    return Numbering(classes, ids, (*said, how))


def _skipped(found: set[int], marked: set[int], ignore: int | None, where: str) -> tuple[set[int], list[str]]:
    """Return the numbers that count for nothing, and what is said of them."""
    if ignore is not None:
        return {ignore}, []
    objects = found - {0, IGNORE}
    if 0 in marked & found:
        if len(found - {0}) > 1:
            raise DataError(
                f"{where}: 0 is marked as no data. Say what it is: --set data.ignore=0 where it is not labelled, "
                f"--set data.ignore={IGNORE} where it is the background"
            )
        return marked - {0}, ["0 is marked as no data, and is taken for the background: there is one class besides"]
    if IGNORE in found and IGNORE not in marked and not objects:
        return marked, []
    skipped = marked | {IGNORE}
    used = sorted(skipped & found)
    return skipped, [f"{some(map(str, used))} is not labelled and counts for nothing"] if used else []


def _by_list(used: Sequence[int], listed: Sequence[ClassRow], table: Path, said: Sequence[str]) -> Numbering:
    """Return the classes that a classes.csv names, the background first."""
    rows = {row.value: row for row in listed}
    unlisted = [value for value in used if value not in rows]
    if unlisted:
        raise DataError(
            f"{table} does not list {some(map(str, unlisted), most=8)}, which labels hold: add a line id,name for "
            "each, or leave one out with --set data.ignore=NUMBER"
        )
    counted = [row for row in listed if not row.ignore]
    names = list(dict.fromkeys(row.name for row in counted))
    surfaces = [name for name in names if name.lower() in SURFACE_NAMES]
    background = surfaces[0] if surfaces else None
    ordered = [*([background] if background else []), *(name for name in names if name != background)]
    ids: dict[str | int, int] = {row.value: ordered.index(row.name) for row in counted}
    classes = class_table(tuple(ordered), background=0 if background else None)
    return Numbering(classes, ids, (*said, f"classes by {table}: {some(names, most=12)}"))


def classes_beside(labels: Sequence[Path]) -> tuple[tuple[ClassRow, ...], Path | None]:
    """Return the rows of the classes.csv beside label files, or in the folder around theirs, and that file."""
    for folder in dict.fromkeys(around for path in labels for around in (path.parent, path.parent.parent)):
        if (folder / CLASSES_CSV).is_file():
            return read_classes_csv(folder / CLASSES_CSV), folder / CLASSES_CSV
    return (), None
