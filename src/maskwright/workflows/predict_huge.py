"""An image that does not fit into memory: reduced by rows, segmented at the working scale, written by rows."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np

from maskwright.classes import IGNORE, ClassTable
from maskwright.errors import ConfigError, DataError, OutputError
from maskwright.files import make_folder, remove_matching, write_with
from maskwright.imaging.decoders.image_files import is_turned
from maskwright.imaging.large_images import TILE_PX, LargeImage, large_image, reduced_photos, write_mask_tiff
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.inference.cleaning import clean_strips, cleaning_for
from maskwright.inference.logits_to_masks import mask_strips
from maskwright.inference.outputs.map_polygons import write_map_polygons
from maskwright.inference.segmenter import Segmenter
from maskwright.inference.window_cache import window_count, with_kept_windows
from maskwright.progress_counter import StartCounting, no_counting
from maskwright.workflows.huge_pieces import margin_of, pieces_of, predicted_in_pieces, side_of

MOST_BYTES = 700 << 20
"""For the image at the working scale, its averages and its logits."""
PHOTO_BYTES = 15
"""Of a pixel at the working scale: the averages and the photo."""
LOGIT_BYTES = 12
"""Of a pixel and class at the working scale, with what tiles are added to."""


OWN_PARTS = re.compile(
    r"[0-9a-f]{16}/(photo-\d+x\d+\.npy|raw\.mask|piece-\d+\.done|\d+/[0-9a-f]{32}\.npy|(\d+/)?\.maskwright-[^/]*)"
)
"""The files that this work keeps below `MASK.parts`, and no others."""


@dataclass(frozen=True)
class HugeResult:
    """The mask file, its size, the finest size at which the network saw the image, and the pixels of each class.

    `polygons` are the files of polygons, none where their place was not given.
    """

    mask: Path
    size_hw: tuple[int, int]
    working_hw: tuple[int, int]
    pixels: tuple[int, ...]
    polygons: tuple[Path, ...] = ()


@dataclass(frozen=True)
class HugeWork:
    """What work on a huge image is known by, and what shows it: strips that are read or written, and windows.

    An `identity` tells the model from all others. With one, work that was killed goes on where it was: `MASK.parts`
    beside the mask holds what is done, until that is written. `polygons` is the stem of the files of polygons.
    """

    identity: str = ""
    count: StartCounting = no_counting
    polygons: Path | None = None


UNSEEN = HugeWork()
Strips = Callable[[], Iterator[Mask]]
"""Gives a mask in strips of `TILE_PX` rows, the same ones each time."""


def predict_huge(
    segmenter: Segmenter, path: Path, mask_path: Path, *, window_px: int | None = None, work: HugeWork = UNSEEN
) -> HugeResult:
    """Write the mask of an image as a tiled TIFF, in memory that does not grow with the image.

    The mask is that of `Segmenter.mask`: the whole image is brought to the working scale. With `window_px` the scale
    is that of a photo whose long side has so many pixels. Where the image does not fit into memory at the working
    scale, it is predicted in pieces that overlap. Raises DataError for what cannot be read, ConfigError where a piece
    needs too much memory.
    """
    _require_upright(path)
    with large_image(path, bands=segmenter.bands, grey_range=segmenter.grey_range) as image:
        size_hw = image.size_hw
        scaled = segmenter if window_px is None else _at_window(segmenter, max(size_hw) / window_px)
        sizes = sorted(set(scaled.working_sizes(size_hw)))
        may_cut = window_px is not None and bool(work.identity)
        side_px = _piece_side(sizes, scaled, path, size_hw, may_cut=may_cut)
        identity = work.identity and f"{work.identity}{scaled.bf16}{sizes}{image.size_hw}{side_px}"
        parts = _parts(mask_path, path, identity) if identity else None
        if side_px and parts is not None:
            strips = _in_pieces(scaled, image, side_px, parts, work.count)
        else:
            strips = _as_whole(scaled, image, sizes, parts, work.count)

    def write() -> tuple[int, ...]:
        cleaned = clean_strips(strips, cleaning_for(scaled.predict, scaled.classes), size_hw)
        step = work.count("writing strips", _strip_count(size_hw))
        return _written(_without_nodata(path, cleaned, segmenter), mask_path, path, segmenter.classes, step)

    try:
        pixels = write()
    except OutputError:
        if parts is None or side_px:
            raise
        remove_matching(parts.parent, OWN_PARTS)  # what is kept there may fill the disk
        pixels = write()
    polygons = write_map_polygons(mask_path, work.polygons, segmenter.classes) if work.polygons else ()
    if parts is not None:
        remove_matching(parts.parent, OWN_PARTS)
    return HugeResult(mask_path, size_hw, max(sizes), pixels, polygons)


def _as_whole(
    scaled: Segmenter, image: LargeImage, sizes: list[tuple[int, int]], parts: Path | None, count: StartCounting
) -> Strips:
    """Return the strips of a mask from the logits of the whole image."""
    size_hw = image.size_hw
    photos = _reduced(image, sizes, parts, count)
    if parts is not None:
        step = count("predicting windows", window_count(scaled, size_hw))
        scaled = with_kept_windows(scaled, parts, step=step)
    logits = scaled.logits_of_sizes(size_hw, photos.__getitem__)
    return partial(mask_strips, logits, size_hw, rows=TILE_PX)


def _in_pieces(scaled: Segmenter, image: LargeImage, side_px: int, parts: Path, count: StartCounting) -> Strips:
    """Return the strips of a mask from pieces of the image, one after the other."""
    pieces = pieces_of(image.size_hw, side_px, margin_of(scaled, image.size_hw))
    return predicted_in_pieces(scaled, image, pieces, parts, count("predicting pieces", len(pieces)))


def _parts(mask_path: Path, path: Path, identity: str) -> Path:
    """Return the folder of what is done of this image by this model; other unfinished work is removed."""
    stat = path.stat()
    named = f"{path.resolve()}{stat.st_size}{stat.st_mtime_ns}{identity}"
    folder = mask_path.with_suffix(".parts")
    own = folder / sha256(named.encode()).hexdigest()[:16]
    if folder.is_dir() and not own.is_dir():
        remove_matching(folder, OWN_PARTS)
    return make_folder(own)


def _reduced(
    image: LargeImage, sizes: Sequence[tuple[int, int]], parts: Path | None, count: StartCounting
) -> dict[tuple[int, int], Photo]:
    """Return the image at each size, from the files of an earlier command where it finished them."""
    files = {size: parts / f"photo-{size[0]}x{size[1]}.npy" for size in sizes} if parts else {}
    if files and all(file.is_file() for file in files.values()):
        return {size: np.load(file, allow_pickle=False) for size, file in files.items()}
    try:
        photos = reduced_photos(image, sizes, step=count("reading strips", _strip_count(image.size_hw)))
    except DataError:
        if parts is not None:
            remove_matching(parts.parent, OWN_PARTS)
        raise
    with suppress(OutputError):  # a full disk: the image is read again where this work is killed
        for size, file in files.items():
            write_with(file, partial(np.save, arr=photos[size], allow_pickle=False))
    return photos


def _strip_count(size_hw: tuple[int, int]) -> int:
    return -(-size_hw[0] // TILE_PX)


def _written(
    masks: Iterator[tuple[int, Mask]], mask_path: Path, like: Path, classes: ClassTable, step: Callable[..., None]
) -> tuple[int, ...]:
    """Write the strips as a file; return the pixels of each class."""
    counts = np.zeros(256, dtype=np.int64)
    counted = _counted(masks, counts, step)
    write_with(mask_path, lambda file: write_mask_tiff(file, counted, like, classes.colours))
    return tuple(counts[: len(classes)].tolist())


def _at_window(segmenter: Segmenter, windows: float) -> Segmenter:
    """Return a segmenter whose working scale is that of one window, of which the image is so many long.

    The areas below which patches and classes are removed stay those of one window too.
    """
    others = tuple(_at_window(other, windows) for other in segmenter.others)
    plan, area = segmenter.predict, windows**2
    least_totals = tuple(least / area for least in plan.least_totals)
    predict = replace(plan, least_patch=plan.least_patch / area, least_totals=least_totals)
    long_side_px = max(1, round(segmenter.long_side_px * windows))
    return replace(segmenter, long_side_px=long_side_px, predict=predict, others=others)


def _require_upright(path: Path) -> None:
    if is_turned(path):
        raise DataError(f"{path} is stored turned (EXIF): save it upright, since it is read row by row")


def _piece_side(
    sizes: list[tuple[int, int]], scaled: Segmenter, path: Path, size_hw: tuple[int, int], *, may_cut: bool
) -> int:
    """Return the side of the pieces that an image is predicted in, in its pixels; 0 where it is predicted as a whole.

    Pieces are taken where the whole does not fit into memory, and where it is seen enlarged. Only what is seen by
    tiles can be cut.
    """
    is_enlarged = any(small[0] > size_hw[0] for small in sizes)
    pixel_bytes = PHOTO_BYTES + LOGIT_BYTES * len(scaled.classes)
    needed = sum(height * width for height, width in sizes) * pixel_bytes
    if needed <= MOST_BYTES and not is_enlarged:
        return 0
    by_tiles = all(member.predict.windows == "tiles" for member in (scaled, *scaled.others))
    may_cut = may_cut and by_tiles
    side_px = side_of(scaled, size_hw, pixel_bytes=pixel_bytes, most_bytes=MOST_BYTES) if may_cut else 0
    if not side_px and is_enlarged:
        raise ConfigError(f"{path} is smaller than the working scale: predict it without --huge")
    if not side_px:
        large = max(sizes)
        raise ConfigError(
            f"{path} has {large[1]} x {large[0]} px at the working scale, which needs {needed / 2**20:.0f} MB: "
            f"give a larger --window, or cut the image"
        )
    return side_px


def _without_nodata(path: Path, masks: Iterator[Mask], segmenter: Segmenter) -> Iterator[tuple[int, Mask]]:
    """Yield the strips with their top rows, ignored where the image says that it has no data."""
    with large_image(path, bands=segmenter.bands, grey_range=segmenter.grey_range) as image:
        if not image.has_nodata:
            yield from ((number * TILE_PX, mask) for number, mask in enumerate(masks))
            return
        for band, mask in zip(image.rows(TILE_PX), masks, strict=True):
            if band.empty is not None:
                mask[band.empty] = IGNORE
            yield band.top, mask


def _counted(
    masks: Iterator[tuple[int, Mask]], counts: "np.ndarray[tuple[int], np.dtype[np.int64]]", step: Callable[..., None]
) -> Iterator[tuple[int, Mask]]:
    for top, mask in masks:
        counts += np.bincount(mask.reshape(-1), minlength=256)
        yield top, mask
        step()
