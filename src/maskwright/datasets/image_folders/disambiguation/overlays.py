"""Pictures that repeat another one: overlays, which show a photo with colours painted on, and plain copies."""

from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.errors import DataError
from maskwright.imaging.mask_geometry import Mask, resize_mask
from maskwright.imaging.mask_reader import read_raw_mask
from maskwright.imaging.photos import Photo, read_photo

Verdict = Literal["different", "copy", "first", "second"]
"""How two pictures relate: the first or the second repeats the other with colours painted on."""

SIDE_PX = 256
DETAIL_PX = 6.0
SAME_DETAIL = 0.4
"""Detail of a photo and its overlay correlates above this; that of two photos of one view measured up to 0.2."""
CLEARLY_MORE, MUCH_MORE = 0.04, 0.15
PAINTED_LEAST = 0.002
STRONG_COLOUR, OTHER_COLOUR = 150, 40
MAX_GREY_CHROMA = 3.0
"""Levels between the highest and the lowest channel up to which a picture, or a pixel, is grey."""
MIN_EXPLAINED_ON_GREY = 0.7
"""Share of the colours that the mask must explain where one picture is grey: else they are the photo's own."""
MIN_GREY_SHARE = 0.5
"""Share of the pixels that must be grey in a scan with outlines drawn on it."""
SMOOTH_PX, FITTED_SHARE = 2.0, 0.7
BLACK, WHITE = 5, 250
BLEND_PIXELS, BLEND_MOST = 0.8, 0.7
"""In an overlay so many pixels differ from its photo's, region by region, by less than so many standard deviations."""
REGION_LEAST = 0.02
SAME_ASPECT = 0.02


def compare_pictures(first: Path, second: Path, mask: Path) -> Verdict:
    """Return whether one of two pictures repeats the other, and which one has the mask's regions painted on."""
    try:
        photos = read_photo(first, long_side_px=SIDE_PX), read_photo(second, long_side_px=SIDE_PX)
        regions = read_raw_mask(mask)
    except DataError:
        return "different"
    one, other = photos
    if abs(one.shape[0] * other.shape[1] / (one.shape[1] * other.shape[0]) - 1) > SAME_ASPECT:
        return "different"
    size_hw = min(one.shape[:2], other.shape[:2])  # a thumbnail lacks the detail of its photo
    one, other = (_at_size(photo, (size_hw[0], size_hw[1])) for photo in photos)
    numbered = _numbered(regions, size_hw)
    if detail_correlation(one, other, numbered) < SAME_DETAIL:
        return "different"
    return _painted(one, other, numbered)


def _at_size(picture: Photo, size_hw: tuple[int, int]) -> Photo:
    if picture.shape[:2] == size_hw:
        return picture
    return np.asarray(cv2.resize(picture, size_hw[::-1], interpolation=cv2.INTER_AREA), dtype=np.uint8)


def detail_correlation(first: Photo, second: Photo, regions: Mask) -> float:
    """Return how alike the fine detail of two pictures is, -1 to 1, in the region of a mask where it is most alike."""
    details = [_detail(picture) for picture in (first, second)]
    inside = [regions == region for region in np.unique(regions)]
    large = [region for region in inside if region.mean() >= REGION_LEAST] or [np.ones_like(regions, dtype=np.bool_)]
    return max(_correlation(details[0][region], details[1][region]) for region in large)


def _correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    first, second = first - first.mean(), second - second.mean()
    spread = float(first.std() * second.std())
    return float((first * second).mean() / spread) if spread > 0 else 0.0


def _detail(picture: Photo) -> NDArray[np.float32]:
    grey = picture.astype(np.float32).mean(axis=2)
    return np.asarray(grey - cv2.GaussianBlur(grey, (0, 0), DETAIL_PX), dtype=np.float32)


def _numbered(regions: NDArray[np.integer], size_hw: tuple[int, int]) -> Mask:
    """Return the regions of a mask numbered from 0 in order of their stored values, at the pictures' size."""
    values, ids = np.unique(regions, return_inverse=True)
    ids = np.minimum(ids.reshape(regions.shape), 254).astype(np.uint8)
    return resize_mask(ids, size_hw) if len(values) > 1 else np.zeros(size_hw, dtype=np.uint8)


def _painted(first: Photo, second: Photo, regions: Mask) -> Verdict:
    """Return which of two pictures of one view has colours that follow the mask, or strong colours the other lacks."""
    if not (_is_blend(first, second, regions) or _is_blend(second, first, regions)):
        return _copy_or_other(first, second)
    apart = np.abs(first.astype(np.int16) - second).max(axis=2) > OTHER_COLOUR
    if float(apart.mean()) < PAINTED_LEAST:
        return "copy"
    shares = [_explained(picture, regions) for picture in (first, second)]
    more: Verdict = "first" if shares[0] > shares[1] else "second"
    if min(float(np.ptp(picture, axis=2).mean()) for picture in (first, second)) < MAX_GREY_CHROMA:
        # Colours beside grey are the photo's own unless the mask explains nearly all of them, or few pixels have any.
        if (outlined := _drawn_on_grey(first, second)) != "different":
            return outlined
        return more if max(shares) >= MIN_EXPLAINED_ON_GREY else _copy_or_other(first, second)
    if abs(shares[0] - shares[1]) >= MUCH_MORE:
        return more
    strong = [float((np.ptp(picture, axis=2) >= STRONG_COLOUR).mean()) for picture in (first, second)]
    if abs(strong[0] - strong[1]) >= PAINTED_LEAST and min(strong) < max(strong) / 2:
        return "first" if strong[0] > strong[1] else "second"
    return more if abs(shares[0] - shares[1]) >= CLEARLY_MORE else _copy_or_other(first, second)


def _drawn_on_grey(first: Photo, second: Photo) -> Verdict:
    """Return which of two pictures is grey but for a few strong colours, as outlines drawn on a scan are."""
    chroma = [np.ptp(picture, axis=2) for picture in (first, second)]
    coloured = 0 if chroma[0].mean() > chroma[1].mean() else 1
    grey = float((chroma[coloured] < MAX_GREY_CHROMA).mean())
    strong = float((chroma[coloured] >= OTHER_COLOUR).mean())
    if grey < MIN_GREY_SHARE or strong < PAINTED_LEAST:
        return "different"
    return "second" if coloured else "first"


def _is_blend(base: Photo, other: Photo, regions: Mask) -> bool:
    """Tell whether in each region a picture is made of the base's channels, weakened or with a colour added.

    Infrared in place of red, as in maps, is no such picture.
    """
    wanted = other.astype(np.float32)
    apart = np.zeros_like(wanted)
    for region in np.unique(regions):
        inside = regions == region
        source, target = base[inside].astype(np.float32), wanted[inside]
        source, target = source - source.mean(axis=0), target - target.mean(axis=0)
        apart[inside] = target - source @ np.linalg.lstsq(source, target, rcond=None)[0]
    typical = np.quantile(np.abs(apart), BLEND_PIXELS, axis=(0, 1))
    return bool((typical <= BLEND_MOST * np.maximum(1.0, wanted.std(axis=(0, 1)))).all())


def _copy_or_other(first: Photo, second: Photo) -> Verdict:
    """Return whether two pictures of one view show the same things, or what changed from one to the other.

    Lower quality, other brightness or contrast, and grey for colour are no change: both are smoothed, and the colours
    of one are fitted to those of the other.
    """
    one, other = _smooth(first), _smooth(second)
    changed = min(_changed_share(one, other), _changed_share(other, one))
    return "copy" if changed < PAINTED_LEAST else "different"


def _smooth(picture: Photo) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(picture.astype(np.float32), (0, 0), SMOOTH_PX), dtype=np.float32)


def _changed_share(source: NDArray[np.float32], target: NDArray[np.float32]) -> float:
    """Return the share of pixels where no linear function of the source's three channels gives the target's colour.

    The function is fitted twice, the second time to the pixels that it explains best; black and white may be cut off.
    """
    colours = np.concatenate([source.reshape(-1, 3), np.ones((source.shape[0] * source.shape[1], 1), np.float32)], 1)
    wanted = target.reshape(-1, 3)
    apart = np.zeros(len(wanted), np.float32)
    whole = (wanted.min(axis=1) > BLACK) & (wanted.max(axis=1) < WHITE)
    whole = whole if whole.any() else np.ones_like(whole)
    for share in (1.0, FITTED_SHARE):
        fitted = whole & (apart <= np.quantile(apart[whole], share))
        weights = np.linalg.lstsq(colours[fitted], wanted[fitted], rcond=None)[0]
        apart = np.abs(np.clip(colours @ weights, 0, 255) - wanted).max(axis=1)
    contrast = min(1.0, float(target.std()) / max(1e-6, float(source.std())))  # in a dull picture all is near
    return float((apart > OTHER_COLOUR * contrast).mean())


def _explained(picture: Photo, regions: Mask) -> float:
    """Return the share of the variance of a picture's colours that the regions explain, brightness left out."""
    colours = picture.astype(np.float32)
    colours -= colours.mean(axis=2, keepdims=True)
    total = float(colours.var(axis=(0, 1)).sum())
    if total < 1e-3:
        return 0.0
    between = 0.0
    middle = colours.mean(axis=(0, 1))
    for region in np.unique(regions):
        inside = regions == region
        between += float(inside.mean() * ((colours[inside].mean(axis=0) - middle) ** 2).sum())
    return between / total
