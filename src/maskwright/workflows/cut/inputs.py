"""Which images are cut by which labels: one by one file, a folder by a folder of the same names, or all by one file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from maskwright.datasets.map_layers.geojson import read_geojson
from maskwright.datasets.map_layers.geopackage import read_geopackage
from maskwright.datasets.map_layers.layer import MapLayer
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.imaging.photos import PHOTO_SUFFIXES

SCENE_SUFFIXES = (*PHOTO_SUFFIXES, ".svs", ".vrt", ".img")
POLYGON_SUFFIXES = (".gpkg", ".geojson", ".json")
OTHER_LAYERS = (".shp", ".kml", ".kmz", ".gml", ".fgb", ".dxf", ".gpx", ".geojsonl", ".tab", ".gdb")
"""Files of map layers that are not read, and that `ogr2ogr` makes a GeoPackage of."""


@dataclass(frozen=True)
class Pair:
    """An image, the file of its labels, and the name that its tiles get."""

    scene: Path
    labels: Path
    name: str

    @property
    def has_polygons(self) -> bool:
        """Tell whether the labels are polygons."""
        return has_polygons(self.labels)


def has_polygons(labels: Path) -> bool:
    """Tell whether a label file holds polygons, by its name; else it is a raster."""
    return labels.suffix.lower() in POLYGON_SUFFIXES


def pairs_of(scenes: Path, labels: Path) -> tuple[list[Pair], list[str]]:
    """Return the images with their labels, and sentences about those that have none.

    DataError where there are none, and where it is not clear which labels belong to an image.
    """
    images = _files(scenes, SCENE_SUFFIXES) if scenes.is_dir() else [scenes]
    if not images:
        raise DataError(f"{scenes} holds no image: give an image, or a folder with images directly in it")
    if not labels.is_dir():
        _require_labels(labels)
        return _named([(image, labels) for image in images]), []
    by_stem: dict[str, list[Path]] = {}
    for path in _label_files(labels, images):
        by_stem.setdefault(path.stem, []).append(path)
    found = [(image, _only(by_stem[image.stem], image, labels)) for image in images if image.stem in by_stem]
    if not found:
        named = some([path.name for path in images], most=3)
        raise DataError(f"{labels} holds no labels named as {named}: call them alike, as scene.tif and scene.gpkg")
    if len({has_polygons(path) for _, path in found}) > 1:
        raise DataError(f"{labels} holds polygons for some images and rasters for others: cut them one after the other")
    return _named(found), _left_out(images, by_stem, labels)


def _label_files(folder: Path, images: Sequence[Path]) -> list[Path]:
    """Return the files of a folder that may be labels: in the folder of the images polygons alone."""
    suffixes = [*POLYGON_SUFFIXES, *OTHER_LAYERS]
    together = any(folder.resolve() == image.resolve().parent for image in images)
    return _files(folder, suffixes if together else [*suffixes, *PHOTO_SUFFIXES])


def _files(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    return [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix.lower() in suffixes and not path.name.startswith(".")
    ]


def _only(files: Sequence[Path], image: Path, folder: Path) -> Path:
    if len(files) > 1:
        named = some([path.name for path in files])
        raise DataError(f"{folder} holds {named} for {image.name}: keep the one that counts, and move the others")
    _require_labels(files[0])
    return files[0]


def _require_labels(path: Path) -> None:
    if path.suffix.lower() in OTHER_LAYERS:
        new = quote(str(path.with_suffix(".gpkg")))
        raise DataError(
            f"{path} is a map layer that is not read: make a GeoPackage of it with `ogr2ogr {new} {quote(str(path))}`, "
            "or in QGIS with Export, Save Features As"
        )


def _named(found: Sequence[tuple[Path, Path]]) -> list[Pair]:
    """Return pairs with the names of the images; DataError where two are named alike."""
    stems = [image.stem for image, _ in found]
    twice = next((stem for stem in stems if stems.count(stem) > 1), None)
    if twice is not None:
        raise DataError(f"two images are called {twice}: rename one, since tiles are named after images")
    return [Pair(image, labels, stem) for (image, labels), stem in zip(found, stems, strict=True)]


def _left_out(images: Sequence[Path], by_stem: dict[str, list[Path]], labels: Path) -> list[str]:
    bare = [image.name for image in images if image.stem not in by_stem]
    stems = {image.stem for image in images}
    spare = [path.name for stem, paths in by_stem.items() if stem not in stems for path in paths]
    said = [f"{len(bare)} images have no labels in {labels} and are left out: {some(bare)}"] if bare else []
    return [*said, *([f"{len(spare)} files in {labels} have no image: {some(spare)}"] if spare else [])]


def read_layer(path: Path, layer: str | None) -> MapLayer:
    """Return the polygons of a GeoPackage or a GeoJSON file; DataError where it holds none."""
    _require_labels(path)
    if path.suffix.lower() == ".gpkg":
        return read_geopackage(path, layer)
    if not has_polygons(path):
        raise DataError(f"{path} is no file of polygons: give GeoPackage (.gpkg) or GeoJSON")
    return read_geojson(path)
