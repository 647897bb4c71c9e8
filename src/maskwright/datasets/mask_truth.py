"""Truth as mask images: one file of a photo, or several that are put together."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maskwright.classes import IGNORE
from maskwright.imaging.decoders.stored_pixels import Page
from maskwright.imaging.mask_geometry import Bools, Mask, resize_mask
from maskwright.imaging.mask_reader import MaskRule, read_mask_file, read_raw_mask


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
    """Truth as several mask images, painted in order; outside of the field of view `view` pixels are ignored."""

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
    mask = _layer(truth.layers[0], rule)
    size_hw = (mask.shape[0], mask.shape[1])
    for layer in truth.layers[1:]:
        above = resize_mask(_layer(layer, rule), size_hw)
        np.copyto(mask, above, where=above != 0)
    if truth.view is not None:
        mask[~resize_mask(_seen(truth.view).astype(np.uint8), size_hw).astype(np.bool_)] = IGNORE
    return mask


def _layer(layer: MaskLayer, rule: MaskRule) -> Mask:
    mask = read_mask_file(layer.file.path, rule, page=layer.file.page)
    if layer.class_id is not None:
        mask[(mask != 0) & (mask != IGNORE)] = layer.class_id
    return mask


def _seen(view: MaskFile) -> Bools:
    """Return the pixels within a field of view: the lighter ones of its file."""
    raw = read_raw_mask(view.path, page=view.page, by_colour=True)
    return np.asarray(raw > int(raw.max()) / 2)
