"""The Segmenter: a trained network with all it needs to turn photos of any size into masks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar, overload

import cv2
import numpy as np
import torch
from torch import nn

from maskwright.classes import ClassTable
from maskwright.datasets.photo_with_mask import Example
from maskwright.evaluation.expected_iou import LEAST_EXPECTED_IOU, classes_shown, expected_iou
from maskwright.evaluation.temperature_scaling import corrected_logits
from maskwright.imaging.grey_range import GreyRange
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Bands, Photo
from maskwright.inference.cleaning import clean_mask, cleaning_for
from maskwright.inference.deconvnet_proposals import grid_windows, max_scores, object_windows
from maskwright.inference.ensemble import averaged_logits
from maskwright.inference.logits_to_masks import Logits, probabilities_of, resize_logits, strongest_class
from maskwright.inference.outputs.polygons import Region, mask_regions
from maskwright.inference.photo_inputs import AnyPhoto, Layout, as_photo
from maskwright.inference.prediction import Prediction
from maskwright.inference.tiling import stitched
from maskwright.planning.plan import PredictPlan
from maskwright.runs.confidence import NO_CORRECTION, Correction

T = TypeVar("T")
Photos = list[Any] | tuple[Any, ...]
"""Several photos, each as `AnyPhoto`."""
PhotoAt = Callable[[tuple[int, int]], Photo]
"""Gives a photo at a size (height, width)."""
LARGEST_ZOOM = 4.0
SPECK_PX = 16
"""At the working scale: where a run does not say how small an object can be, a smaller patch is a speck."""


@dataclass(frozen=True)
class Segmenter:
    """Photos -> masks, probabilities or polygons. `load` makes one from a run folder.

    A photo may be a path, a PIL image, a HxWx3 uint8 RGB array or a tensor; a list of photos gives a list of results.
    EXIF orientation is applied to paths and PIL images. Inputs whose meaning is unclear raise DataError, such as
    floats, which may be scaled in several ways.

    `long_side_px`: the working scale; `tile_px`: the largest window shown to the network; `window_px`: the size that
    windows of `predict.windows` are brought to, 0 for `tile_px`; `others`: networks of the same classes whose
    probabilities are averaged with this one's, each at its own working scale; `bands`: those that make a photo
    of a file which has others too; `correction`: what makes logits believable before they become probabilities;
    `least_expected_iou`: a photo that expects less is unsure.

        >>> segmenter = mw.load("runs/photos-1")
        >>> segmenter.mask("photos/disc00.png").shape
        (96, 128)
        >>> segmenter.probabilities("photos/disc00.png").shape
        (2, 96, 128)
    """

    net: nn.Module
    classes: ClassTable
    predict: PredictPlan
    long_side_px: int
    tile_px: int
    grey_range: GreyRange | None = None
    bf16: bool = False
    window_px: int = 0
    others: tuple["Segmenter", ...] = ()
    bands: Bands | None = None
    correction: Correction = NO_CORRECTION
    least_expected_iou: float = LEAST_EXPECTED_IOU

    @overload
    def __call__(self, photos: AnyPhoto, *, layout: Layout | None = None) -> Mask: ...
    @overload
    def __call__(self, photos: Photos, *, layout: Layout | None = None) -> list[Mask]: ...
    def __call__(self, photos: AnyPhoto | Photos, *, layout: Layout | None = None) -> Mask | list[Mask]:
        """Return the mask of a photo, or a list of masks: the same as `mask`."""
        return self.mask(photos, layout=layout)

    @overload
    def mask(self, photos: AnyPhoto, *, layout: Layout | None = None) -> Mask: ...
    @overload
    def mask(self, photos: Photos, *, layout: Layout | None = None) -> list[Mask]: ...
    def mask(self, photos: AnyPhoto | Photos, *, layout: Layout | None = None) -> Mask | list[Mask]:
        """Return HxW uint8 class ids of a photo of any size; of a list of photos, a list.

        `layout` ("hwc" or "chw") says where arrays and tensors have their channels. Raises DataError for inputs that
        are no photo.
        """
        masks: Mask | list[Mask] = self._each(photos, self._mask, layout)
        return masks

    @overload
    def probabilities(self, photos: AnyPhoto, *, layout: Layout | None = None) -> Logits: ...
    @overload
    def probabilities(self, photos: Photos, *, layout: Layout | None = None) -> list[Logits]: ...
    def probabilities(self, photos: AnyPhoto | Photos, *, layout: Layout | None = None) -> Logits | list[Logits]:
        """Return CxHxW float32 probabilities that sum to 1 at each pixel; of a list of photos, a list.

        Small patches that `mask` removes are still in them. A class that training weighed more is in the mask from a
        lower probability on than a half: fewer of its pixels are missed. Raises DataError for inputs that are no photo.
        """
        probabilities: Logits | list[Logits] = self._each(photos, self._probabilities, layout)
        return probabilities

    @overload
    def regions(self, photos: AnyPhoto, *, layout: Layout | None = None) -> list[Region]: ...
    @overload
    def regions(self, photos: Photos, *, layout: Layout | None = None) -> list[list[Region]]: ...
    def regions(self, photos: AnyPhoto | Photos, *, layout: Layout | None = None) -> list[Region] | list[list[Region]]:
        """Return class name and polygon (Nx2 pixel corners x, y) of every patch; of a list of photos, a list.

        Raises DataError for inputs that are no photo.
        """
        regions: list[Region] | list[list[Region]] = self._each(photos, self._regions, layout)
        return regions

    def prediction(self, photo: AnyPhoto, *, layout: Layout | None = None) -> Prediction:
        """Return the mask of one photo, and how sure the network is of it. Raises DataError for inputs that are none.

        The mask is that of `mask`, computed once for both.
        """
        pixels = self._photo(photo, layout)
        return self.prediction_at((pixels.shape[0], pixels.shape[1]), self.at_working_sizes(pixels))

    def at_working_sizes(self, photo: Photo) -> PhotoAt:
        """Return a HxWx3 uint8 RGB photo at each of its working sizes, resized now."""
        size_hw = (photo.shape[0], photo.shape[1])
        sizes = dict.fromkeys(self.working_sizes(size_hw))
        return {small: _resized(photo, small, shrinks=small[0] < size_hw[0]) for small in sizes}.__getitem__

    def prediction_at(self, size_hw: tuple[int, int], photo_at: PhotoAt) -> Prediction:
        """Return what `prediction` returns, of a photo that is given at each of its `working_sizes` only."""
        return self.prediction_of(self.logits_of_sizes(size_hw, photo_at), size_hw)

    def prediction_of(self, logits: Logits, size_hw: tuple[int, int]) -> Prediction:
        """Return what `prediction` returns, of the CxhXw logits of a photo of this size."""
        mask, probabilities, expected = self._with_confidence(logits, size_hw)
        own = np.take_along_axis(probabilities, logits.argmax(axis=0)[None], axis=0)
        return Prediction(mask, resize_logits(own, size_hw)[0], expected, self.least_expected_iou)

    def photo_logits(self, photo: Photo) -> Logits:
        """Return CxHxW logits of a HxWx3 uint8 RGB photo, at the finest of the scales that are averaged."""
        size_hw = (photo.shape[0], photo.shape[1])
        return self.logits_of_sizes(size_hw, lambda small: _resized(photo, small, shrinks=small[0] < size_hw[0]))

    def logits_of_sizes(self, size_hw: tuple[int, int], photo_at: PhotoAt) -> Logits:
        """Return what `photo_logits` returns, of a photo that is given at each of its `working_sizes` only."""
        own = self._own_logits(size_hw, photo_at)
        if self.others:
            return averaged_logits([own, *(other.logits_of_sizes(size_hw, photo_at) for other in self.others)])
        return own

    def working_sizes(self, size_hw: tuple[int, int]) -> list[tuple[int, int]]:
        """Return the sizes (height, width) at which the networks see a photo of this size."""
        scales = [min(self.long_side_px * zoom / max(size_hw), LARGEST_ZOOM) for zoom in self.predict.zooms]
        own = [(max(1, round(size_hw[0] * s)), max(1, round(size_hw[1] * s))) for s in scales]
        return [*own, *(size for other in self.others for size in other.working_sizes(size_hw))]

    def logits(self, window: Photo) -> Logits:
        """Return CxHxW float32 logits of one HxWx3 uint8 RGB window at the working scale; for two classes [0, z].

        Of this network alone. `others` have scales of their own; `photo_logits` is for all.
        """
        device = next((weight.device for weight in self.net.parameters()), torch.device("cpu"))
        # np.ascontiguousarray leaves the negative stride of an axis of length 1, which torch does not take.
        x = torch.from_numpy(np.array(window, order="C")).to(device).permute(2, 0, 1)[None]
        x = x.float().contiguous(memory_format=torch.channels_last)
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=self.bf16):
            z = self.net(x)[0].float().cpu().numpy()
        return np.concatenate([np.zeros_like(z), z]) if len(z) == 1 else z

    def _each(self, photos: AnyPhoto | Photos, function: Callable[[Photo], T], layout: Layout | None) -> Any:  # noqa: ANN401 - T or list[T], as the overloads of the callers say
        """Return the function's result for a photo, or the list of results for a list of photos."""
        if isinstance(photos, list | tuple) and not isinstance(photos, Example):
            return [function(self._photo(photo, layout)) for photo in photos]
        return function(self._photo(photos, layout))

    def _photo(self, photo: object, layout: Layout | None) -> Photo:
        return as_photo(photo, grey_range=self.grey_range, layout=layout, bands=self.bands)

    def mask_and_confidence(self, photo: Photo) -> tuple[Mask, Logits, float]:
        """Return the HxW mask of a HxWx3 uint8 RGB photo, CxhxW probabilities (working scale), and the expected IoU."""
        return self._with_confidence(self.photo_logits(photo), (photo.shape[0], photo.shape[1]))

    def _with_confidence(self, logits: Logits, size_hw: tuple[int, int]) -> tuple[Mask, Logits, float]:
        mask, probabilities = self.mask_of_logits(logits, size_hw), self._calibrated_probabilities(logits)
        expected = expected_iou(probabilities, logits.argmax(axis=0), classes_shown(mask, self.classes.scored))
        return mask, probabilities, expected

    def _mask(self, photo: Photo) -> Mask:
        return self.mask_of_logits(self.photo_logits(photo), (photo.shape[0], photo.shape[1]))

    def mask_of_logits(self, logits: Logits, size_hw: tuple[int, int]) -> Mask:
        """Return the HxW mask that CxhXw logits of a photo of this size stand for, small patches removed."""
        return self.cleaned(strongest_class(logits, size_hw))

    def cleaned(self, mask: Mask) -> Mask:
        """Return an HxW mask of strongest classes, small patches removed as the plan says."""
        return clean_mask(mask, cleaning_for(self.predict, self.classes))

    def at_one_scale(self) -> "Segmenter":
        """Return a Segmenter that sees a photo once, neither at other scales nor mirrored: several times faster."""
        others = tuple(other.at_one_scale() for other in self.others)
        return replace(self, predict=replace(self.predict, zooms=(1.0,), flip=False), others=others)

    def _regions(self, photo: Photo) -> list[Region]:
        return mask_regions(self._mask(photo), self.classes)

    def _probabilities(self, photo: Photo) -> Logits:
        return self._calibrated_probabilities(resize_logits(self.photo_logits(photo), (photo.shape[0], photo.shape[1])))

    def _calibrated_probabilities(self, logits: Logits) -> Logits:
        """Return calibrated probabilities."""
        return probabilities_of(corrected_logits(logits, self.correction))

    def _own_logits(self, size_hw: tuple[int, int], photo_at: PhotoAt) -> Logits:
        sizes = replace(self, others=()).working_sizes(size_hw)
        finest = max(sizes)
        total: Logits | None = None
        for small in sizes:
            resized = resize_logits(self._logits_at(photo_at(small)), finest)
            total = resized if total is None else total + resized
        assert total is not None
        total /= len(sizes)
        return total

    def _logits_at(self, scaled: Photo) -> Logits:
        logits = self._through_windows(scaled)
        if self.predict.flip:
            logits += self._through_windows(scaled[:, ::-1].copy())[:, :, ::-1]
            logits /= 2
        return logits

    def _through_windows(self, photo: Photo) -> Logits:
        """Return CxHxW logits of a photo at its scale, through the windows that `predict.windows` names."""
        if self.predict.windows == "tiles":
            return stitched(photo, self.tile_px, self.logits)
        grid = grid_windows((photo.shape[0], photo.shape[1]), self.window_px or self.tile_px)
        if self.predict.windows == "grid":
            return max_scores(photo, grid, self._window_logits)
        whole = grid[:1]
        mask = strongest_class(max_scores(photo, whole, self._window_logits), (photo.shape[0], photo.shape[1]))
        patches = [np.asarray(mask == class_id) for class_id in self.classes.scored]
        proposals = object_windows(patches, self.window_px or self.tile_px)
        return max_scores(photo, [*whole, *proposals], self._window_logits)

    def _window_logits(self, window: Photo) -> Logits:
        """Return CxHxW logits of a window, shown to the network with `window_px` as its long side."""
        size_hw = (window.shape[0], window.shape[1])
        zoom = (self.window_px or self.tile_px) / max(size_hw)
        shown_hw = (max(1, round(size_hw[0] * zoom)), max(1, round(size_hw[1] * zoom)))
        return resize_logits(self.logits(_resized(window, shown_hw, shrinks=zoom < 1)), size_hw)


def speck_share(predict: PredictPlan, long_side_px: int) -> float:
    """Return the share of a photo's squared long side below which a patch is a speck, which is not counted."""
    return predict.least_patch or SPECK_PX / long_side_px**2


def _resized(photo: Photo, size_hw: tuple[int, int], *, shrinks: bool) -> Photo:
    """Return the photo at another size: by area averages if it `shrinks`, else bilinearly."""
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(photo, size_hw[::-1], interpolation=how), dtype=np.uint8)
