"""The labels of all images of a command, read once: their classes, and masks of the windows of each image."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from maskwright.classes import IGNORE
from maskwright.datasets.map_layers.in_image import ImagePlace, in_image, not_in_image
from maskwright.datasets.map_layers.layer import MapLayer, Points, rings_of, some_polygons
from maskwright.errors import DataError
from maskwright.imaging.maps.large_windows import LargeScene, large_scene
from maskwright.workflows.cut.class_numbers import (
    Numbering,
    classes_beside,
    numbering_of_polygons,
    numbering_of_rasters,
    without_background,
)
from maskwright.workflows.cut.inputs import Pair, read_layer
from maskwright.workflows.cut.polygon_masks import Drawn, PolygonLabels, drawn
from maskwright.workflows.cut.raster_masks import RasterLabels, raster_labels, stored_values

OVERLAP_MOST = 0.01
"""The share of an image that another one may show, too."""


@dataclass(frozen=True)
class LabelChoice:
    """What a person chose about labels.

    `area` is a file of polygons of what was annotated. `layer` is the layer of GeoPackages that have several.
    `attribute` names the classes, `as_one` makes one class of all; `ignore` is the number in rasters that counts for
    nothing.
    """

    area: Path | None = None
    layer: str | None = None
    attribute: str | None = None
    as_one: bool = False
    ignore: int | None = None


@dataclass(frozen=True)
class Sources:
    """The classes of all labels, and by file the layers of polygons and of the areas that were annotated.

    There are none of rasters; a file without an area was annotated wherever it has polygons.
    """

    numbering: Numbering
    layers: Mapping[Path, MapLayer]
    areas: Mapping[Path, MapLayer]

    @contextmanager
    def of(self, pair: Pair, scene: LargeScene) -> Iterator[tuple[PolygonLabels | RasterLabels, list[str]]]:
        """Open the labels of an image; also yield sentences on how its coordinates were understood."""
        if not pair.has_polygons:
            ids = {int(value): class_id for value, class_id in self.numbering.ids.items()}
            with raster_labels(pair.labels, ids, scene) as (labels, said):
                yield labels, [said] if said else []
            return
        layer = self.layers[pair.labels]
        polygons, said = _drawn_in(layer, scene)
        annotated = self.areas.get(pair.labels)
        area, area_said = _drawn_in(annotated, scene) if annotated is not None else (None, "")
        sentences = [sentence for sentence in (said, area_said) if sentence]
        rest = IGNORE if self.numbering.classes.background is None else 0
        yield PolygonLabels(polygons, self.numbering.of_layer(layer), area, rest), sentences

    def labelled_boxes(self, pair: Pair, scene: LargeScene) -> Points:
        """Return the boxes of what is labelled in an image, Nx4 in pixels: all of it by a raster that fits it."""
        if not pair.has_polygons:
            with self.of(pair, scene):  # a raster that does not is refused
                return np.array([(0.0, 0.0, *scene.size_hw[::-1])])
        return _drawn_in(self.areas.get(pair.labels, self.layers[pair.labels]), scene)[0].boxes


def read_sources(pairs: Sequence[Pair], choice: LabelChoice) -> Sources:
    """Read the labels of images; DataError where their classes are unclear, and where none lies in its image."""
    files = list(dict.fromkeys(pair.labels for pair in pairs))
    if not pairs[0].has_polygons:
        if choice.area is not None or choice.layer is not None:
            raise DataError(
                "--area and --layer are for polygons, and the labels are rasters: number what is not labelled 255"
            )
        listed, table = classes_beside(files)
        values = {path: stored_values(path) for path in files}
        return Sources(numbering_of_rasters(values, listed, table, ignore=choice.ignore, as_one=choice.as_one), {}, {})
    if choice.ignore is not None:
        raise DataError("data.ignore is a number in rasters, and the labels are polygons: leave it out")
    layers = {path: read_layer(path, choice.layer) for path in files}
    numbering = numbering_of_polygons(list(layers.values()), attribute=choice.attribute, as_one=choice.as_one)
    layers, areas = _without_regions(layers, numbering)
    for layer in layers.values():
        _require_overlap(layer, [pair.scene for pair in pairs if pair.labels == layer.path])
    if choice.area is not None:
        area = read_layer(choice.area, choice.layer if choice.area in layers else None)
        _require_overlap(area, [pair.scene for pair in pairs])
        areas = dict.fromkeys(layers, area)
        if [path.resolve() for path in files] == [choice.area.resolve()]:
            numbering = without_background(numbering, choice.area)
    return Sources(numbering, layers, areas)


def _without_regions(
    layers: Mapping[Path, MapLayer], numbering: Numbering
) -> tuple[dict[Path, MapLayer], dict[Path, MapLayer]]:
    """Return layers without outlines of what was annotated, and these by file where there are some."""
    objects, areas = dict(layers), {}
    for path, layer in layers.items():
        if regions := numbering.regions_of(layer):
            areas[path] = some_polygons(layer, regions)
            others = some_polygons(layer, sorted(set(range(len(layer))) - set(regions)))
            objects[path] = replace(others, without_area=layer.without_area)
    return objects, areas


def _require_overlap(layer: MapLayer, scenes: Sequence[Path]) -> None:
    """Raise DataError where no polygon of a layer lies in any of its images."""
    places = []
    for path in scenes:
        with large_scene(path) as scene:
            places.append(_image_place(scene))
        if in_image(layer, places[-1]) is not None:
            return
    raise not_in_image(layer, places[0])


def overlapping_scenes(scenes: Sequence[Path]) -> list[str]:
    """Return a warning where images show the same ground: one may be held out for the test, and the other not."""
    boxes: dict[str, list[tuple[Path, Points]]] = {}
    for path in scenes:
        with large_scene(path) as scene:
            if scene.place.wkt:
                boxes.setdefault(scene.place.wkt, []).append((path, _image_place(scene).box()))
    for (path, box), (other, other_box) in (pair for same in boxes.values() for pair in combinations(same, 2)):
        shared = np.minimum(box[2:], other_box[2:]) - np.maximum(box[:2], other_box[:2])
        least = min(np.prod(box[2:] - box[:2]), np.prod(other_box[2:] - other_box[:2]))
        if (shared > 0).all() and np.prod(shared) > OVERLAP_MOST * least:
            return [
                f"warning: {path.name} and {other.name} show the same ground in part, which may be in training and "
                "test: make one image of all, as with `gdalbuildvrt all.vrt` and their names, and cut that"
            ]
    return []


def _image_place(scene: LargeScene) -> ImagePlace:
    return ImagePlace(scene.path, scene.size_hw, scene.place)


def _drawn_in(layer: MapLayer, scene: LargeScene) -> tuple[Drawn, str]:
    """Return the polygons in pixels of an image, outside of it where none lies in it, and how they were understood."""
    found = in_image(layer, _image_place(scene))
    if found is not None:
        return drawn(found[0].rings), found[1]
    away = [[np.full((3, 2), -1.0)]] * len(layer)
    return drawn(rings_of(away)), ""
