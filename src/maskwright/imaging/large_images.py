"""Images that do not fit into memory: read and written a band of rows at a time. rasterio is the extra `huge`."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE, Colour
from maskwright.errors import DataError
from maskwright.imaging.grey_range import GreyRange, eight_bits
from maskwright.imaging.mask_geometry import Bools, Mask
from maskwright.imaging.photos import Bands, Photo, default_bands
from maskwright.optional_packages import import_extra

TILE_PX = 512
CACHE_MB = 64
ROWS_AT_ONCE = 64
TIFF_OPTIONS = {
    "driver": "GTiff",
    "count": 1,
    "dtype": "uint8",
    "tiled": True,
    "blockxsize": TILE_PX,
    "blockysize": TILE_PX,
    "compress": "deflate",
    "BIGTIFF": "IF_SAFER",
}


@dataclass(frozen=True)
class RowBand:
    """Some rows of an image: the first one's number, HxWx3 uint8 RGB, and HxW where the file says it has no data."""

    top: int
    photo: Photo
    empty: Bools | None


class LargeImage:
    """An open image file, of which bands of rows are read."""

    def __init__(self, path: Path, dataset: Any, bands: Bands | None, grey_range: GreyRange | None) -> None:  # noqa: ANN401
        self._path, self._dataset, self._grey_range = path, dataset, grey_range
        self._bands = bands or default_bands(dataset.count - (dataset.count in (2, 4)))
        self._require_photo()

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self._dataset.height, self._dataset.width

    @property
    def has_nodata(self) -> bool:
        """True if a value of the file stands for "no data"."""
        return self._dataset.nodata is not None

    def rows(self, count: int = TILE_PX) -> Iterator[RowBand]:
        """Yield the image from top to bottom in bands of `count` rows; DataError where it is damaged."""
        rasterio = rasterio_module()
        height, width = self.size_hw
        for top in range(0, height, count):
            window = rasterio.windows.Window(0, top, width, min(count, height - top))
            try:
                stored = self._dataset.read([band + 1 for band in self._bands], window=window)
            except rasterio.errors.RasterioIOError as error:
                raise DataError(f"{self._path} is damaged in or below row {top}: save it again") from error
            yield RowBand(top, self._photo(stored), self._empty(stored))

    def window(self, rows: slice, columns: slice) -> Photo:
        """Return some rows and columns of the image, HxWx3 uint8 RGB; DataError where it is damaged."""
        rasterio = rasterio_module()
        box = rasterio.windows.Window.from_slices(rows, columns)
        try:
            return self._photo(self._dataset.read([band + 1 for band in self._bands], window=box))
        except rasterio.errors.RasterioIOError as error:
            raise DataError(f"{self._path} is damaged in or below row {rows.start}: save it again") from error

    def _photo(self, stored: NDArray[Any]) -> Photo:
        pixels = eight_bits(np.moveaxis(stored, 0, 2), self._grey_range)
        return np.ascontiguousarray(np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels)

    def _empty(self, stored: NDArray[Any]) -> Bools | None:
        nodata = self._dataset.nodata
        return None if nodata is None else np.asarray((stored == nodata).all(axis=0))

    def _require_photo(self) -> None:
        kinds = set(self._dataset.dtypes)
        if has_palette(self._dataset):
            raise DataError(
                f"{self._path} has a palette: convert it to RGB, as with `rio` or `gdal_translate -expand rgb`"
            )
        if max(self._bands) >= self._dataset.count:
            raise DataError(f"{self._path} has {self._dataset.count} bands, and {max(self._bands) + 1} are needed")
        if not (kinds == {"uint8"} or (kinds == {"uint16"} and self._grey_range is not None)):
            raise DataError(f"{self._path} holds {', '.join(sorted(kinds))} values: give what the run was trained on")


def rasterio_module() -> Any:  # noqa: ANN401 - the module rasterio
    """Return rasterio; ConfigError says what to install where it is missing."""
    return import_extra("rasterio", "huge", purpose="an image that does not fit into memory")


def has_palette(dataset: Any) -> bool:  # noqa: ANN401
    """Tell whether the values of an open dataset of rasterio are those of a palette."""
    try:
        dataset.colormap(1)
    except ValueError:
        return False
    return True


@contextmanager
def large_image(path: Path, *, bands: Bands | None = None, grey_range: GreyRange | None = None) -> Iterator[LargeImage]:
    """Open an image; DataError for what is none, or has other values than photos have."""
    rasterio = rasterio_module()
    with warnings.catch_warnings(), rasterio.Env(GDAL_CACHEMAX=CACHE_MB, GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        try:
            dataset = rasterio.open(path)
        except rasterio.errors.RasterioIOError as error:
            raise DataError(f"{path} is no image that can be read by rows: give TIFF, JPEG or PNG") from error
        with dataset:
            yield LargeImage(path, dataset, bands, grey_range)


def reduced_photos(
    image: LargeImage, sizes: Sequence[tuple[int, int]], *, step: Callable[[], None]
) -> dict[tuple[int, int], Photo]:
    """Return an image at each of several smaller sizes (height, width), by area averages, in one pass over its rows.

    `step` is called after each of its strips of `TILE_PX` rows.
    """
    reducers = {size_hw: _Reducer(image.size_hw, size_hw) for size_hw in sizes}
    for band in image.rows():
        for reducer in reducers.values():
            reducer.add(band)
        step()
    return {size_hw: reducer.photo() for size_hw, reducer in reducers.items()}


class _Reducer:
    """Area averages of an image, gathered from bands of rows: what cv2.INTER_AREA gives of the whole."""

    def __init__(self, size_hw: tuple[int, int], small_hw: tuple[int, int]) -> None:
        self._rows_a_row = size_hw[0] / small_hw[0]
        self._sums = np.zeros((*small_hw, 3), dtype=np.float32)

    def add(self, band: RowBand) -> None:
        """Add a band to the averages."""
        height, width = self._sums.shape[:2]
        count = len(band.photo)
        narrow = np.concatenate([_narrow(rows, width) for rows in _few_rows(band.photo)])
        first = int(band.top / self._rows_a_row)
        last = min(height, int(np.ceil((band.top + count) / self._rows_a_row)))
        weights = self._weights(band.top, count, first, last)
        added = weights @ narrow.reshape(count, -1)
        self._sums[first:last] += added.reshape(last - first, width, 3)

    def _weights(self, top: int, count: int, first: int, last: int) -> NDArray[np.float32]:
        """Return by how much each of the band's rows counts in the small rows `first` to `last`."""
        begin = np.arange(first, last)[:, None] * self._rows_a_row
        rows = top + np.arange(count)[None, :]
        overlap = np.minimum(begin + self._rows_a_row, rows + 1) - np.maximum(begin, rows)
        return np.asarray(np.clip(overlap, 0, None) / self._rows_a_row, dtype=np.float32)

    def photo(self) -> Photo:
        """Return the averages as a photo. The sums are rounded in their place: copies would be the peak of memory."""
        np.rint(self._sums, out=self._sums)
        np.clip(self._sums, 0, 255, out=self._sums)
        return self._sums.astype(np.uint8)


def _few_rows(photo: Photo) -> Iterator[Photo]:
    """Yield a photo's rows, few at a time: as floats all of a band would take four times its memory."""
    return (photo[top : top + ROWS_AT_ONCE] for top in range(0, len(photo), ROWS_AT_ONCE))


def _narrow(rows: Photo, width: int) -> NDArray[np.float32]:
    """Return rows at another width by area averages, as floats; each row for itself."""
    floats = rows.astype(np.float32)
    return np.asarray(cv2.resize(floats, (width, len(rows)), interpolation=cv2.INTER_AREA), dtype=np.float32)


def write_mask_tiff(path: Path, masks: Iterator[tuple[int, Mask]], like: Path, colours: Sequence[Colour]) -> None:
    """Write bands of a mask, given with their top rows, as a tiled, compressed TIFF with palette and pyramid.

    Size, coordinate system and transform are those of the image `like`. 255 is "no data" where that image has such.
    """
    rasterio = rasterio_module()
    with warnings.catch_warnings(), rasterio.Env(GDAL_CACHEMAX=CACHE_MB):
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(like) as source:
            size = {"height": source.height, "width": source.width}
            place = {"crs": source.crs, "transform": source.transform} if source.crs or _is_placed(source) else {}
            empty = {} if source.nodata is None else {"nodata": IGNORE}
        with rasterio.open(path, "w", **TIFF_OPTIONS, **size, **place, **empty) as target:
            target.write_colormap(1, dict(enumerate(colours)))
            for top, mask in masks:
                target.write(mask, 1, window=rasterio.windows.Window(0, top, mask.shape[1], len(mask)))
        levels = [2**level for level in range(1, 12) if max(size.values()) >> level >= TILE_PX]
        if levels:
            with rasterio.open(path, "r+") as target:
                target.build_overviews(levels, rasterio.enums.Resampling.nearest)


def _is_placed(source: Any) -> bool:  # noqa: ANN401
    return not source.transform.is_identity
