from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from maskwright.classes import class_table
from maskwright.imaging.photos import Photo
from maskwright.inference.logits_to_masks import strongest_class
from maskwright.inference.segmenter import Segmenter
from maskwright.planning.plan import PredictPlan
from maskwright.runs.confidence import Correction


class RedMinusGreen(nn.Module):
    """One logit: positive where red is stronger than green."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, photos: Tensor) -> Tensor:
        return (photos[:, :1] - photos[:, 1:2]) * self.weight


class Channels(nn.Module):
    """Three logits: the three colours."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, photos: Tensor) -> Tensor:
        return photos * self.weight


class RedOrGreen(nn.Module):
    """Three logits: background where green is stronger than red, else the third class."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, photos: Tensor) -> Tensor:
        red, green = photos[:, :1], photos[:, 1:2]
        return torch.cat([green, torch.zeros_like(red), red], dim=1) * self.weight


BINARY = class_table(("background", "object"))


def plan(*, zooms: tuple[float, ...] = (1.0,), flip: bool = False, one_object: bool = False) -> PredictPlan:
    return PredictPlan(zooms, flip, one_object)


def squares(size_hw: tuple[int, int]) -> Photo:
    """Green everywhere, with a large and a small red square."""
    photo = np.zeros((*size_hw, 3), dtype=np.uint8)
    photo[..., 1] = 200
    photo[10:50, 20:70] = (200, 0, 0)
    photo[60:70, 5:15] = (200, 0, 0)
    return photo


def test_a_binary_net_gives_two_logits_the_first_zero() -> None:
    logits = Segmenter(RedMinusGreen(), BINARY, plan(), 100, 64).logits(squares((80, 90)))
    assert logits.shape == (2, 80, 90)
    assert np.all(logits[0] == 0)
    assert logits[1, 20, 30] == 200


@pytest.mark.parametrize("tile_px", [32, 64, 512])
def test_the_mask_is_the_same_whatever_the_tiles(tile_px: int) -> None:
    photo = squares((80, 90))
    mask = Segmenter(RedMinusGreen(), BINARY, plan(), 90, tile_px).mask(photo)
    np.testing.assert_array_equal(mask, (photo[..., 0] > 100).astype(np.uint8))


@pytest.mark.parametrize("size_hw", [(1, 1), (1, 300), (75, 90), (200, 333)])
def test_any_photo_size_gives_a_mask_of_that_size(size_hw: tuple[int, int]) -> None:
    photo = np.zeros((*size_hw, 3), dtype=np.uint8)
    mask = Segmenter(RedMinusGreen(), BINARY, plan(zooms=(0.7, 1.0, 1.4), flip=True), 64, 32).mask(photo)
    assert mask.shape == size_hw
    assert mask.dtype == np.uint8


def test_one_object_keeps_the_largest_patch_only() -> None:
    photo = squares((80, 90))
    mask = Segmenter(RedMinusGreen(), BINARY, plan(one_object=True), 90, 512).mask(photo)
    assert mask[30, 40] == 1
    assert mask[65, 10] == 0


def test_patches_smaller_than_any_object_become_background() -> None:
    photo = squares((80, 100))  # of 2000 and 100 px
    for least, left in ((0.0, 2100), (0.009, 2100), (0.011, 2000), (0.21, 0)):
        mask = Segmenter(RedMinusGreen(), BINARY, replace(plan(), least_patch=least), 100, 512).mask(photo)
        assert mask.sum() == left
    three = class_table(("background", "rare", "object"))
    both = Segmenter(RedOrGreen(), three, replace(plan(), least_patch=0.011), 100, 512).mask(photo)
    assert (both == 2).sum() == 2000
    assert (both[60:70, 5:15] == 0).all()
    scene = class_table(("grass", "poppies"), background=None)
    mask = Segmenter(RedMinusGreen(), scene, replace(plan(), least_patch=0.011), 100, 512).mask(photo)
    assert mask.sum() == 2100  # no class is the background


def test_a_class_of_which_only_removed_patches_were_found_leaves_the_expected_iou() -> None:
    photo = np.full((80, 100, 3), (200, 0, 0), dtype=np.uint8)
    photo[20:60, 20:60] = 0, 200, 0
    calm = Correction((100.0,) * 3, (0.0, 0.1, 0.1))
    table = class_table(("background", "object", "other"))
    whole = Segmenter(Channels(), table, replace(plan(), least_patch=0.01), 100, 512, correction=calm)
    clean = whole.prediction(photo)
    photo[2:4, 2:4] = 0, 0, 150
    with_speck = whole.prediction(photo)
    assert np.array_equal(with_speck.mask, clean.mask)
    assert with_speck.expected_iou == pytest.approx(clean.expected_iou, abs=0.001)
    assert whole.mask_and_confidence(photo)[2] == with_speck.expected_iou
    kept = replace(whole, predict=plan()).prediction(photo)
    assert kept.expected_iou < clean.expected_iou - 0.2
    assert np.isnan(replace(whole, predict=replace(plan(), least_patch=0.9)).prediction(photo).expected_iou)


def test_mirrored_looks_are_turned_back_before_they_are_averaged() -> None:
    photo = squares((80, 90))
    once = Segmenter(RedMinusGreen(), BINARY, plan(), 90, 512).mask(photo)
    np.testing.assert_array_equal(Segmenter(RedMinusGreen(), BINARY, plan(flip=True), 90, 512).mask(photo), once)


def test_several_scales_agree_on_large_things() -> None:
    photo = squares((80, 90))
    mask = Segmenter(RedMinusGreen(), BINARY, plan(zooms=(0.5, 1.0, 2.0)), 90, 512).mask(photo)
    assert (mask != (photo[..., 0] > 100)).mean() < 0.02


def test_many_classes_take_the_strongest() -> None:
    table = class_table(("a", "b", "c"), background=None)
    photo = np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)
    mask = Segmenter(Channels(), table, plan(), 50, 512).mask(photo)
    np.testing.assert_array_equal(mask, photo.argmax(axis=2))


def test_strips_of_the_enlarged_logits_meet_without_a_seam() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(3, 30, 20)).astype(np.float32)
    whole = torch.nn.functional.interpolate(torch.from_numpy(logits)[None], (700, 460), mode="bilinear")[0].numpy()
    agree = strongest_class(logits, (700, 460)) == whole.argmax(axis=0)
    assert agree.mean() > 0.995  # cv2 rounds bilinear weights to 1/32


def test_reduced_logits_are_brought_to_a_smaller_size() -> None:
    logits = np.stack([np.zeros((64, 64), np.float32), np.ones((64, 64), np.float32)])
    assert strongest_class(logits, (5, 3)).tolist() == [[1] * 3] * 5


@pytest.mark.parametrize("size_hw", [(700, 900), (30, 41), (1, 5)])
def test_a_background_of_zeros_gives_the_mask_of_any_background(size_hw: tuple[int, int]) -> None:
    """A third class that never wins takes the general way."""
    z = np.random.default_rng(0).normal(0, 1, (30, 41)).astype(np.float32)
    z[0, :5] = 0
    general = np.stack([np.zeros_like(z), z, np.full_like(z, -1e9)])
    np.testing.assert_array_equal(strongest_class(general[:2], size_hw), strongest_class(general, size_hw))


@pytest.mark.parametrize(
    ("classes", "size_hw"), [(2, (700, 900)), (2, (130, 61)), (4, (600, 500)), (3, (1, 700)), (4, (20, 30))]
)
def test_a_mask_made_in_blocks_is_that_of_the_whole_map(classes: int, size_hw: tuple[int, int]) -> None:
    """Smooth maps, so that most blocks have one class."""
    rng = np.random.default_rng(classes)
    smooth = cv2.resize(rng.normal(size=(7, 6, classes)).astype(np.float32), (61, 83), interpolation=cv2.INTER_CUBIC)
    logits = np.ascontiguousarray(smooth.transpose(2, 0, 1), dtype=np.float32)
    if classes == 2:
        logits[0] = 0
    whole = torch.nn.functional.interpolate(torch.from_numpy(logits)[None], size_hw, mode="bilinear")[0].numpy()
    differs = strongest_class(logits, size_hw) != whole.argmax(axis=0)
    second, first = np.sort(whole, axis=0)[-2:]
    assert (first - second)[differs].max(initial=0) < 0.05  # cv2 rounds bilinear weights to 1/32
    assert differs.mean() < 0.005
