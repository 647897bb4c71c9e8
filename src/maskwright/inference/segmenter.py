"""The Segmenter: a trained network with all it needs to turn a photo of any size into a mask."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from maskwright.classes import ClassTable
from maskwright.imaging.geometry import Bools, Mask, components_from, largest_component
from maskwright.imaging.photos import GreyRange, Photo
from maskwright.inference.proposals import grid_windows, object_windows, strongest_scores
from maskwright.inference.tiling import tiles_over, window_weights
from maskwright.planning.plan import PredictPlan

Logits = NDArray[np.float32]
STRIP_ROWS = 256
SMALLEST = 1e-12


@dataclass(frozen=True)
class Segmenter:
    """Photo -> mask. `long_side_px` is the working scale, `tile_px` the largest window shown to the network.

    `window_px`: the size that windows of `predict.windows` are brought to, 0 for `tile_px`. `others` have the same
    classes; their probabilities are averaged with this one's, each at its own working scale.
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

    def mask(self, photo: Photo) -> Mask:
        """Return the HxW uint8 class ids of an HxWx3 uint8 RGB photo of any size."""
        logits = self.photo_logits(photo)
        mask = strongest_class(logits, (photo.shape[0], photo.shape[1]))
        if self.predict.one_object and self.classes.is_binary:
            return largest_component(mask == 1).astype(np.uint8)
        return self._without_small_patches(mask)

    def _without_small_patches(self, mask: Mask) -> Mask:
        """Return the mask, patches below `predict.least_patch` made background."""
        background, least_px = self.classes.background, self.predict.least_patch * max(mask.shape) ** 2
        if background is None or least_px <= 1:
            return mask
        for class_id in self.classes.scored:
            found = mask == class_id
            if not found.any():
                continue
            mask[found & ~components_from(found, least_px)] = background
        return mask

    def photo_logits(self, photo: Photo) -> Logits:
        """Return CxHxW logits of the whole photo at the finest of the scales that are averaged."""
        if self.others:
            return averaged_logits([self._own_logits(photo), *(other.photo_logits(photo) for other in self.others)])
        return self._own_logits(photo)

    def _own_logits(self, photo: Photo) -> Logits:
        scales = [min(self.long_side_px * zoom / max(photo.shape[:2]), 4.0) for zoom in self.predict.zooms]
        sizes = [(max(1, round(photo.shape[0] * s)), max(1, round(photo.shape[1] * s))) for s in scales]
        finest = max(sizes)
        total: Logits | None = None
        for size_hw in sizes:
            logits = self._logits_at(photo, size_hw)
            resized = _resize_logits(logits, finest)
            total = resized if total is None else total + resized
        assert total is not None
        total /= len(sizes)
        return total

    def _logits_at(self, photo: Photo, size_hw: tuple[int, int]) -> Logits:
        shrinks = size_hw[0] < photo.shape[0]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        scaled = np.asarray(cv2.resize(photo, size_hw[::-1], interpolation=how), dtype=np.uint8)
        logits = self._seen(scaled)
        if self.predict.flip:
            logits += self._seen(np.ascontiguousarray(scaled[:, ::-1]))[:, :, ::-1]
            logits /= 2
        return logits

    def _seen(self, photo: Photo) -> Logits:
        """Return CxHxW logits of a photo at its scale, in the way of `predict.windows`."""
        if self.predict.windows == "tiles":
            return self._tiled(photo)
        grid = grid_windows((photo.shape[0], photo.shape[1]), self.window_px or self.tile_px)
        if self.predict.windows == "grid":
            return strongest_scores(photo, grid, self._window_logits)
        first = grid[:1]  # the whole photo
        mask = strongest_class(strongest_scores(photo, first, self._window_logits), (photo.shape[0], photo.shape[1]))
        patches = [np.asarray(mask == class_id) for class_id in self.classes.scored]
        proposals = object_windows(patches, self.window_px or self.tile_px)
        return strongest_scores(photo, [*first, *proposals], self._window_logits)

    def _window_logits(self, window: Photo) -> Logits:
        """Return CxHxW logits of a window, shown to the network with `window_px` as its long side."""
        size_hw = (window.shape[0], window.shape[1])
        zoom = (self.window_px or self.tile_px) / max(size_hw)
        shown_hw = (max(1, round(size_hw[0] * zoom)), max(1, round(size_hw[1] * zoom)))
        how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
        shown = np.asarray(cv2.resize(window, shown_hw[::-1], interpolation=how), dtype=np.uint8)
        return _resize_logits(self.logits(shown), size_hw)

    def _tiled(self, photo: Photo) -> Logits:
        tiles = tiles_over((photo.shape[0], photo.shape[1]), self.tile_px)
        if len(tiles) == 1:
            return self.logits(photo)
        total = np.zeros((len(self.classes), *photo.shape[:2]), dtype=np.float32)
        weight = np.zeros(photo.shape[:2], dtype=np.float32)
        for rows, columns in tiles:
            window = photo[rows, columns]
            trust = window_weights((window.shape[0], window.shape[1]))
            total[:, rows, columns] += self.logits(window) * trust
            weight[rows, columns] += trust
        total /= weight
        return total

    def logits(self, window: Photo) -> Logits:
        """Return CxHxW float32 logits of one HxWx3 uint8 RGB window at the working scale; two classes: [0, z].

        Of this network alone: where there are `others`, each has a scale of its own, and `photo_logits` is for all.
        """
        device = next(self.net.parameters()).device
        x = torch.from_numpy(np.ascontiguousarray(window)).to(device).permute(2, 0, 1)[None]
        x = x.float().contiguous(memory_format=torch.channels_last)
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=self.bf16):
            z = self.net(x)[0].float().cpu().numpy()
        return np.concatenate([np.zeros_like(z), z]) if len(z) == 1 else z


def averaged_logits(members: Sequence[Logits]) -> Logits:
    """Return the logits of the mean of the members' probabilities, CxHxW at the finest of their sizes.

    Probabilities, not logits, are averaged: a member that is very sure does not outvote the others.
    """
    finest_hw = max((member.shape[1], member.shape[2]) for member in members)
    total: Logits = np.zeros((len(members[0]), *finest_hw), dtype=np.float32)
    for member in members:
        powers = np.exp(member - member.max(axis=0))
        total += _resize_logits(powers / powers.sum(axis=0), finest_hw)
    logits: Logits = np.log(np.maximum(total / len(members), SMALLEST))
    return np.asarray(logits - logits[0]) if len(logits) == 2 else logits


def _resize_logits(logits: Logits, size_hw: tuple[int, int]) -> Logits:
    if logits.shape[1:] == size_hw:
        return logits
    return np.stack([cv2.resize(channel, size_hw[::-1], interpolation=cv2.INTER_LINEAR) for channel in logits])


def strongest_class(logits: Logits, size_hw: tuple[int, int]) -> Mask:
    """Return the HxW class of the largest of CxhXw logits, brought to `size_hw` bilinearly, strip by strip.

    Memory grows neither with the number of classes nor with the photo beyond the mask itself.
    """
    mask = np.zeros(size_hw, dtype=np.uint8)
    for top in range(0, size_hw[0], STRIP_ROWS):
        bottom = min(top + STRIP_ROWS, size_hw[0])
        best = _strip(logits[0], size_hw, top, bottom)
        for class_id in range(1, len(logits)):
            rival = _strip(logits[class_id], size_hw, top, bottom)
            better: Bools = rival > best
            mask[top:bottom][better] = class_id
            np.maximum(best, rival, out=best)
    return mask


def _strip(channel: NDArray[np.float32], size_hw: tuple[int, int], top: int, bottom: int) -> NDArray[np.float32]:
    """Return rows top..bottom of the channel resized to `size_hw`."""
    scale_y, scale_x = channel.shape[0] / size_hw[0], channel.shape[1] / size_hw[1]
    matrix = np.array([[scale_x, 0, 0.5 * scale_x - 0.5], [0, scale_y, (top + 0.5) * scale_y - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out = cv2.warpAffine(channel, matrix, (size_hw[1], bottom - top), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, dtype=np.float32)
