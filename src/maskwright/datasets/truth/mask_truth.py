"""Truth as mask images: one file of a photo, or several that are put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maskwright.classes import IGNORE
from maskwright.imaging.decoders.stored_pixels import Page
from maskwright.imaging.mask_geometry import Bools, Mask, resize_mask
from maskwright.imaging.mask_reader import MaskRule, read_mask_file, read_raw_mask

HIDDEN = 0.95
"""Of a mask within another one: annotators draw the border of an inner object a little over the outer one's."""


@dataclass(frozen=True)
class MaskFile:
    """Truth as a mask image; `page` is its place in a stack of several."""

    path: Path
    page: Page | None = None


@dataclass(frozen=True)
class MaskLayer:
    """A mask image that is part of a photo's truth: its objects are of class `class_id`, None for as its values say."""

    file: MaskFile
    class_id: int | None = None


@dataclass(frozen=True)
class MaskFiles:
    """Truth as several mask images, painted in order, inner classes last; outside of `view` pixels are ignored."""

    layers: tuple[MaskLayer, ...]
    view: MaskFile | None = None

    @property
    def files(self) -> tuple[MaskFile, ...]:
        """All files of the truth, the field of view last."""
        return (*(layer.file for layer in self.layers), *([self.view] if self.view else []))


def truth_files(truth: object) -> tuple[Path, ...]:
    """Return the image files of a truth; none for drawn shapes and for no truth."""
    match truth:
        case MaskFile(path):
            return (path,)
        case MaskFiles():
            return tuple(file.path for file in truth.files)
        case _:
            return ()


def read_truth(truth: MaskFile | MaskFiles, rule: MaskRule) -> Mask:
    """Return the truth as HxW uint8 class ids at the size of its (first) file, 255 = ignore."""
    if isinstance(truth, MaskFile):
        return read_mask_file(truth.path, rule, page=truth.page)
    mask = _painted(truth.layers, rule)
    size_hw = (mask.shape[0], mask.shape[1])
    if truth.view is not None:
        mask[~resize_mask(_seen(truth.view).astype(np.uint8), size_hw).astype(np.bool_)] = IGNORE
    return mask


def _painted(layers: tuple[MaskLayer, ...], rule: MaskRule) -> Mask:
    """Return the layers painted in order; only a class that would hide another one is painted before that one.

    The cup of an eye lies within its disc: a disc that is painted last would leave no cup.
    """
    classes = list(dict.fromkeys(layer.class_id for layer in layers))
    if len(classes) == 1 or None in classes:
        return _one_over_another(layers, rule)
    masks = [_one_over_another([layer for layer in layers if layer.class_id == c], rule) for c in classes]
    size_hw = (masks[0].shape[0], masks[0].shape[1])
    ordered: list[Mask] = []
    for mask in (mask if mask.shape == size_hw else resize_mask(mask, size_hw) for mask in masks):
        hidden = (place for place, below in enumerate(ordered) if _hides(mask, below))
        ordered.insert(next(hidden, len(ordered)), mask)
    whole = ordered[0]
    for mask in ordered[1:]:
        np.copyto(whole, mask, where=mask != 0)
    return whole


def _one_over_another(layers: Sequence[MaskLayer], rule: MaskRule) -> Mask:
    mask = _layer(layers[0], rule)
    size_hw = (mask.shape[0], mask.shape[1])
    for layer in layers[1:]:
        above = resize_mask(_layer(layer, rule), size_hw)
        np.copyto(mask, above, where=above != 0)
    return mask


def _hides(above: Mask, below: Mask) -> bool:
    """Tell whether nearly all of `below` lies within a larger `above`."""
    objects = np.count_nonzero(below)
    within = np.count_nonzero((below != 0) & (above != 0))
    return bool(objects and within >= HIDDEN * objects and np.count_nonzero(above) > objects)


def _layer(layer: MaskLayer, rule: MaskRule) -> Mask:
    mask = read_mask_file(layer.file.path, rule, page=layer.file.page)
    if layer.class_id is not None:
        mask[(mask != 0) & (mask != IGNORE)] = layer.class_id
    return mask


def _seen(view: MaskFile) -> Bools:
    """Return the pixels within a field of view: the lighter ones of its file."""
    raw = read_raw_mask(view.path, page=view.page, by_colour=True)
    return np.asarray(raw > int(raw.max()) / 2)
