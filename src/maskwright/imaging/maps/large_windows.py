"""Windows of images that do not fit into memory, with all their bands, and tiles written in their place.

rasterio is the extra `huge`.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import DataError
from maskwright.imaging.decoders.image_files import is_turned
from maskwright.imaging.large_images import CACHE_MB, has_palette, rasterio_module
from maskwright.imaging.maps.place import Place, place_in
from maskwright.imaging.mask_geometry import Bools

MOST_ROW_BYTES = 700 << 20
"""Of a file that is stored in rows, the rows of one line of windows stay in memory."""
SAMPLES, SAMPLE_PX = 9, 64
TRANSPARENT_LEAST = 0.9
"""The share of 0 and the highest value in a band that is transparency, by samples along the diagonal."""
DTYPES = ("uint8", "uint16")
TILE_OPTIONS = {"driver": "GTiff", "compress": "deflate", "predictor": 2, "alpha": "no"}


@dataclass(frozen=True)
class Window:
    """A box of an image: its first row and column, height and width, in pixels."""

    top: int
    left: int
    height: int
    width: int


class WindowReader:
    """Reads windows of some bands of an open image; of a file that is stored in rows, each row is decoded once.

    The rows of the last window stay in memory then: windows come from left to right, row by row.
    """

    def __init__(self, path: Path, dataset: Any, bands: Sequence[int]) -> None:  # noqa: ANN401
        self.path, self._dataset, self._bands = path, dataset, list(bands)
        self._top, self._rows = 0, np.zeros((len(bands), 0, 0))

    def read(self, window: Window) -> NDArray[Any]:
        """Return the bands of a window, BxHxW; DataError where the file is damaged."""
        if not stored_in_rows(self._dataset):
            return self._read(window)
        top, bottom = window.top - self._top, window.top + window.height - self._top
        if top < 0 or bottom > self._rows.shape[1]:
            self._rows = self._read(Window(window.top, 0, window.height, self._dataset.width))
            self._top, top, bottom = window.top, 0, window.height
        return self._rows[:, top:bottom, window.left : window.left + window.width]

    def _read(self, window: Window) -> NDArray[Any]:
        try:
            return np.asarray(self._dataset.read(self._bands, window=_box(window)))
        except rasterio_module().errors.RasterioIOError as error:
            raise DataError(f"{self.path} is damaged near row {window.top}: save it again") from error


def stored_in_rows(dataset: Any) -> bool:  # noqa: ANN401
    """Tell whether the blocks of an open image are whole rows, so that a narrow window decodes all of their width."""
    return bool(dataset.block_shapes[0][1] >= dataset.width)


class LargeScene:
    """An open image, of which windows are read."""

    def __init__(self, path: Path, dataset: Any) -> None:  # noqa: ANN401 - an open dataset of rasterio
        self.path, self._dataset = path, dataset
        kinds = dict(zip(dataset.indexes, (kind.name for kind in dataset.colorinterp), strict=True))
        alpha = [band for band, kind in kinds.items() if kind == "alpha" and dataset.count > 1]
        alpha = [band for band in alpha if _is_transparency(dataset, band)]
        self._has_alpha = bool(alpha)
        self._flags = {flag.name for band_flags in dataset.mask_flag_enums for flag in band_flags}
        self._reader = WindowReader(path, dataset, [band for band in kinds if band not in alpha[:1]] + alpha[:1])

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self._dataset.height, self._dataset.width

    @property
    def place(self) -> Place:
        """Where the image lies."""
        return place_in(self._dataset)

    @property
    def crs(self) -> Any:  # noqa: ANN401 - a CRS of rasterio
        """The coordinate system, None where the file names none."""
        return self._dataset.crs

    @property
    def transform(self) -> Any:  # noqa: ANN401 - an affine transform of rasterio
        """What brings pixel corners to coordinates."""
        return self._dataset.transform

    def read(self, window: Window) -> tuple[NDArray[Any], Bools | None]:
        """Return the bands of a window, BxHxW without transparency, and HxW where it has data, None for everywhere.

        DataError where the file is damaged.
        """
        stored = self._reader.read(window)
        if self._has_alpha:
            return stored[:-1], np.asarray(stored[-1] > 0)
        if self._flags == {"nodata"}:
            return stored, np.asarray((stored != self._dataset.nodata).any(axis=0))
        if self._flags == {"all_valid"} or "alpha" in self._flags:  # infrared that is marked as transparency
            return stored, None
        return stored, np.asarray(self._dataset.dataset_mask(window=_box(window)) > 0)

    def write_tile(self, file: Path, stored: NDArray[Any], window: Window) -> None:
        """Write the bands of a window, BxHxW, as a GeoTIFF that lies where the window does."""
        rasterio = rasterio_module()
        source = self._dataset
        placed = source.crs or not self.place.is_unplaced
        place = {"crs": source.crs, "transform": source.window_transform(_box(window))} if placed else {}
        colours = (
            {"photometric": "rgb"} if len(stored) >= 3 and stored.dtype == np.uint8 else {"photometric": "minisblack"}
        )
        size = {"count": len(stored), "height": window.height, "width": window.width, "dtype": stored.dtype}
        with rasterio.open(file, "w", **TILE_OPTIONS, **colours, **size, **place, nodata=source.nodata) as tile:
            tile.write(stored)


def _is_transparency(dataset: Any, band: int) -> bool:  # noqa: ANN401
    """Tell whether a band that is marked as transparency holds 0 and 255; programs mark infrared so, too."""
    side = min(SAMPLE_PX, dataset.height, dataset.width)
    tops, lefts = (np.linspace(0, length - side, SAMPLES).astype(int) for length in (dataset.height, dataset.width))
    windows = [Window(int(top), int(left), side, side) for top, left in zip(tops, lefts, strict=True)]
    values = np.concatenate([dataset.read(band, window=_box(window)).reshape(-1) for window in windows])
    return bool(np.isin(values, (0, np.iinfo(values.dtype).max)).mean() >= TRANSPARENT_LEAST)


def _box(window: Window) -> Any:  # noqa: ANN401 - a window of rasterio
    return rasterio_module().windows.Window(window.left, window.top, window.width, window.height)


def require_rows_fit(path: Path, rows: int) -> None:
    """Raise DataError for a file that is stored in rows so long that so many of them do not fit into memory."""
    with opened(path) as dataset:
        row_bytes = dataset.width * dataset.count * np.dtype(dataset.dtypes[0]).itemsize
        if stored_in_rows(dataset) and rows * row_bytes > MOST_ROW_BYTES:
            raise DataError(
                f"{path} is stored in rows of {dataset.width:,} pixels, of which {rows} take "
                f"{rows * row_bytes / 2**20:,.0f} MB: store it in tiles, as with "
                f"`gdal_translate -co TILED=YES -co COMPRESS=DEFLATE -co BIGTIFF=YES {path.name} tiled.tif`"
            )


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open an image with rasterio; DataError where that cannot be."""
    rasterio = rasterio_module()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        try:
            dataset = rasterio.open(path)
        except rasterio.errors.RasterioIOError as error:
            raise DataError(f"{path} is no image that can be read by windows: give TIFF, JPEG or PNG") from error
        with dataset:
            yield dataset


@contextmanager
def block_cache() -> Iterator[None]:
    """Let rasterio keep few decoded blocks, and look for no files beside the images."""
    with rasterio_module().Env(GDAL_CACHEMAX=CACHE_MB, GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
        yield


@contextmanager
def large_scene(path: Path) -> Iterator[LargeScene]:
    """Open an image for reading by windows; DataError for what cannot be a photo."""
    with opened(path) as dataset:
        if is_turned(path):
            raise DataError(f"{path} is stored turned (EXIF): save it upright, since it is read by windows")
        if has_palette(dataset):
            raise DataError(f"{path} has a palette: convert it to RGB, as with `gdal_translate -expand rgb`")
        kinds = set(dataset.dtypes)
        if len(kinds) != 1 or not kinds <= set(DTYPES):
            raise DataError(
                f"{path} holds {', '.join(sorted(kinds))} values, and photos are uint8 or uint16: convert it, as with "
                f"`gdal_translate -ot UInt16 -scale LOW HIGH 0 65535 {path.name} new.tif`, LOW and HIGH the same for "
                "all images"
            )
        yield LargeScene(path, dataset)
