"""Windows of images that do not fit into memory, with all their bands, and tiles written in their place.

rasterio is the extra `huge`.
"""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import DataError
from maskwright.imaging.large_images import CACHE_MB, has_palette, rasterio_module
from maskwright.imaging.maps.place import Place, place_in
from maskwright.imaging.mask_geometry import Bools

MOST_CACHE_MB = 800
"""Of a file that is stored in rows, the rows of one line of windows stay in memory: else each is decoded many times."""
DTYPES = ("uint8", "uint16")
TILE_OPTIONS = {"driver": "GTiff", "compress": "deflate", "predictor": 2, "alpha": "no"}
UPRIGHT = ("", "1")
"""What EXIF says of an image that is stored as it is seen; TIFFs are taken as they lie on the ground."""


@dataclass(frozen=True)
class Window:
    """A box of an image: its first row and column, height and width, in pixels."""

    top: int
    left: int
    height: int
    width: int


class LargeScene:
    """An open image, of which windows are read."""

    def __init__(self, path: Path, dataset: Any) -> None:  # noqa: ANN401 - an open dataset of rasterio
        self.path, self._dataset = path, dataset
        self._bands = [
            band
            for band, kind in zip(dataset.indexes, dataset.colorinterp, strict=True)
            if kind.name != "alpha" or dataset.count == 1
        ]

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
        rasterio = rasterio_module()
        box = _box(window)
        try:
            stored = self._dataset.read(self._bands, window=box)
            return stored, self._valid(stored, box)
        except rasterio.errors.RasterioIOError as error:
            raise DataError(f"{self.path} is damaged near row {window.top}: save it again") from error

    def _valid(self, stored: NDArray[Any], box: Any) -> Bools | None:  # noqa: ANN401 - a window of rasterio
        flags = {flag.name for band_flags in self._dataset.mask_flag_enums for flag in band_flags}
        if flags == {"all_valid"}:
            return None
        if flags == {"nodata"}:
            return np.asarray((stored != self._dataset.nodata).any(axis=0))
        return np.asarray(self._dataset.dataset_mask(window=box) > 0)

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


def _box(window: Window) -> Any:  # noqa: ANN401 - a window of rasterio
    return rasterio_module().windows.Window(window.left, window.top, window.width, window.height)


def cache_mb(paths: Iterable[Path], window_px: int) -> int:
    """Return how many MB of decoded blocks are kept, so that each block of the files is decoded once, or nearly.

    DataError for a file that is stored in rows so long that this is too much.
    """
    needed = CACHE_MB
    for path in paths:
        with opened(path) as dataset:
            rows, columns = dataset.block_shapes[0]
            deep = dataset.count * np.dtype(dataset.dtypes[0]).itemsize
            in_rows = columns >= dataset.width
            kept_rows = max(rows, window_px if in_rows else rows)
            needed = max(needed, int(1.25 * kept_rows * dataset.width * deep / 2**20) + CACHE_MB)
        if in_rows and needed > MOST_CACHE_MB:
            raise DataError(
                f"{path} is stored in rows of {dataset.width:,} pixels, which takes {needed} MB: store it in tiles, as "
                f"with `gdal_translate -co TILED=YES -co COMPRESS=DEFLATE -co BIGTIFF=YES {path.name} tiled.tif`"
            )
    return min(needed, MOST_CACHE_MB)


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
def block_cache(size_mb: int) -> Iterator[None]:
    """Let rasterio keep so many MB of decoded blocks, and look for no files beside the images."""
    with rasterio_module().Env(GDAL_CACHEMAX=size_mb, GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
        yield


@contextmanager
def large_scene(path: Path) -> Iterator[LargeScene]:
    """Open an image for reading by windows; DataError for what cannot be a photo."""
    with opened(path) as dataset:
        if dataset.driver != "GTiff" and dataset.tags().get("EXIF_Orientation", "").strip() not in UPRIGHT:
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
