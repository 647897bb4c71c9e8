"""Masks of windows from a raster of class numbers: of the image's own grid, or of any other in its coordinates."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.errors import DataError
from maskwright.imaging.large_images import rasterio_module
from maskwright.imaging.maps.large_windows import LargeScene, Window, WindowReader, opened
from maskwright.imaging.mask_geometry import Mask

ROWS_AT_ONCE = 512
MARGIN_PX = 2
"""Pixels of the label raster that are read around a window, so that its edge has neighbours."""
ANY_SYSTEM = "EPSG:3857"
"""Stands for the system of two rasters that name none and have coordinates."""
MOST_PIXELS = 64_000_000
"""Pixels of a label raster that are read for one window."""


@dataclass(frozen=True)
class StoredValues:
    """How many pixels of a raster have each whole number, and the number that it marks as "no data", None for none.

    `unset` counts pixels that are no number.
    """

    counts: Mapping[int, int]
    nodata: int | None = None
    unset: int = 0


def stored_values(path: Path) -> StoredValues:
    """Return the values of a raster of class numbers, read by rows; DataError where it holds something else."""
    counts: Counter[int] = Counter()
    unset = 0
    with opened(path) as dataset:
        _require_numbers(path, dataset)
        reader = WindowReader(path, dataset, [1])
        for top in range(0, dataset.height, ROWS_AT_ONCE):
            rows = min(ROWS_AT_ONCE, dataset.height - top)
            stored = reader.read(Window(top, 0, rows, dataset.width))[0]
            finite = np.isfinite(stored)
            unset += int(stored.size - finite.sum())
            values, numbers = np.unique(stored[finite], return_counts=True)
            _require_whole(path, values)
            counts.update(dict(zip(values.astype(np.int64).tolist(), numbers.tolist(), strict=True)))
        nodata = dataset.nodata
    is_number = nodata is not None and np.isfinite(nodata)
    return StoredValues(counts, int(nodata) if is_number else None, unset)


def _require_numbers(path: Path, dataset: Any) -> None:  # noqa: ANN401 - an open dataset of rasterio
    if dataset.count > 1:
        raise DataError(
            f"{path} has {dataset.count} bands, and labels are class numbers in one: of colours make numbers with "
            f"`rgb2pct.py {path.name} numbers.tif`"
        )
    if np.dtype(dataset.dtypes[0]).kind not in "buif":
        raise DataError(f"{path} holds {dataset.dtypes[0]} values, and labels are whole numbers")


def _require_whole(path: Path, values: NDArray[Any]) -> None:
    if (values != np.round(values)).any():
        odd = float(values[values != np.round(values)][0])
        raise DataError(f"{path} holds {odd:g}, and labels are whole numbers: give a raster of class numbers")


@dataclass(frozen=True)
class RasterLabels:
    """Labels of an image as an open raster of numbers, and the class id of each of these; of all others it is 255.

    `same_grid`: its pixels are those of the image. Else it is brought to them: each takes the nearest one's number.
    """

    path: Path
    dataset: Any
    class_ids: Mapping[int, int]
    scene: LargeScene
    same_grid: bool
    table: tuple[NDArray[Any], NDArray[np.uint8]] = field(init=False, repr=False)
    reader: WindowReader = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Sort the numbers once, for looking them up."""
        object.__setattr__(self, "reader", WindowReader(self.path, self.dataset, [1]))
        values = np.array(sorted(self.class_ids), dtype=np.float64)
        ids = np.array([self.class_ids[int(value)] for value in values], dtype=np.uint8)
        object.__setattr__(self, "table", (values, ids))

    def mask(self, window: Window) -> tuple[Mask, None]:
        """Return the class ids of a window, HxW, 255 for what has no class; there are no polygons."""
        if self.same_grid:
            return self._ids(self.reader.read(window)[0]), None
        return self._brought(window), None

    def _ids(self, stored: NDArray[Any]) -> Mask:
        values, ids = self.table
        places = np.minimum(np.searchsorted(values, stored), len(values) - 1)
        return np.asarray(np.where(values[places] == stored, ids[places], IGNORE), dtype=np.uint8)

    def _brought(self, window: Window) -> Mask:
        """Return the class ids of a window from a raster of another grid, by the nearest pixel's centre."""
        from rasterio.warp import Resampling, reproject

        mask = np.full((window.height, window.width), IGNORE, dtype=np.uint8)
        box = self.around(window)
        if box is None:
            return mask
        if box.height * box.width > MOST_PIXELS:
            raise DataError(
                f"{self.path} is far finer than {self.scene.path}: bring it to the pixels of the image, with gdalwarp"
            )
        source_crs, crs = self.dataset.crs or self.scene.crs or ANY_SYSTEM, self.scene.crs or self.dataset.crs
        reproject(
            self._ids(self.reader.read(box)[0]),
            mask,
            src_transform=_transform_of(self.dataset.transform, box),
            src_crs=source_crs,
            src_nodata=IGNORE,
            dst_transform=_transform_of(self.scene.transform, window),
            dst_crs=crs or ANY_SYSTEM,
            dst_nodata=IGNORE,
            resampling=Resampling.nearest,
        )
        return mask

    def around(self, window: Window) -> Window | None:
        """Return the window of the raster that holds a window of the image, None where they do not meet."""
        edge = np.linspace(0, 1, 21)
        x = np.concatenate([edge, edge, np.zeros(21), np.ones(21)]) * window.width + window.left
        y = np.concatenate([np.zeros(21), np.ones(21), edge, edge]) * window.height + window.top
        a, b, c, d, e, f = tuple(self.scene.transform)[:6]
        xs, ys = a * x + b * y + c, d * x + e * y + f
        if self.scene.crs and self.dataset.crs and self.scene.crs != self.dataset.crs:
            from rasterio.warp import transform

            xs, ys = map(np.asarray, transform(self.scene.crs, self.dataset.crs, xs.tolist(), ys.tolist()))
        a, b, c, d, e, f = tuple(~self.dataset.transform)[:6]
        columns, rows = a * xs + b * ys + c, d * xs + e * ys + f
        if not (np.isfinite(columns).all() and np.isfinite(rows).all()):
            return None
        left, top = (max(0, int(np.floor(low.min())) - MARGIN_PX) for low in (columns, rows))
        right = min(self.dataset.width, int(np.ceil(columns.max())) + MARGIN_PX)
        bottom = min(self.dataset.height, int(np.ceil(rows.max())) + MARGIN_PX)
        if right <= left or bottom <= top:
            return None
        return Window(top, left, bottom - top, right - left)


@contextmanager
def raster_labels(path: Path, class_ids: Mapping[int, int], scene: LargeScene) -> Iterator[tuple[RasterLabels, str]]:
    """Open a raster of class numbers for an image; also yield what was assumed of its place, "" for nothing.

    DataError where it cannot be brought to the image.
    """
    with opened(path) as dataset:
        same_size = (dataset.height, dataset.width) == scene.size_hw
        is_placed = bool(dataset.crs) or not dataset.transform.is_identity
        image_is_placed = bool(scene.crs) or not scene.transform.is_identity
        both = is_placed and image_is_placed
        if not both and not same_size:
            raise DataError(
                f"{path} has {dataset.width:,} x {dataset.height:,} px and {scene.path} {scene.size_hw[1]:,} x "
                f"{scene.size_hw[0]:,}, and {path.name if not is_placed else scene.path.name} has no place on the "
                "ground: give labels of the image's own pixels, or give both their coordinates"
            )
        same_place = both and scene.transform.almost_equals(dataset.transform, 1e-6 * abs(scene.transform.a))
        same_system = not (scene.crs and dataset.crs) or scene.crs == dataset.crs
        same_grid = same_size and (not both or (same_place and same_system))
        said = ""
        labels = RasterLabels(path, dataset, class_ids, scene, same_grid)
        if not same_grid:
            _require_overlap(labels)
            said = f"{path.name} has another grid than {scene.path.name}: each pixel takes the nearest label"
        elif is_placed != image_is_placed:
            one = scene.path.name if is_placed else path.name
            said = f"{one} has no place on the ground: labels and image are taken to have the same pixels"
        yield labels, said


def _transform_of(transform: Any, window: Window) -> Any:  # noqa: ANN401 - affine transforms of rasterio
    windows = rasterio_module().windows
    return windows.transform(windows.Window(window.left, window.top, window.width, window.height), transform)


def _require_overlap(labels: RasterLabels) -> None:
    height, width = labels.scene.size_hw
    if labels.around(Window(0, 0, height, width)) is None:
        raise DataError(f"{labels.path} does not overlap {labels.scene.path}: give the labels of this image")
