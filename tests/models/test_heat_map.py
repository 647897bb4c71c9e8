import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from maskwright.models.fully_convolutional import FullyConvolutional, to_fully_convolutional
from maskwright.models.heat_map import class_heat_map
from maskwright.models.weights.classifiers import imagenet_classifier
from tests.support.real_photos import photo_of, with_cat

CATS = range(281, 286)
SIDE_PX = 180


@pytest.fixture(scope="module")
def lite0() -> nn.Module:
    return imagenet_classifier()


@pytest.mark.parametrize("window_cells", [1, 3, 7])
@pytest.mark.parametrize(
    ("name", "y", "x"), [("coffee", 200, 400), ("coffee", 20, 30), ("rocket", 30, 300), ("astronaut", 320, 10)]
)
def test_the_heat_of_cats_peaks_on_the_cat(lite0: nn.Module, name: str, y: int, x: int, window_cells: int) -> None:
    """Real weights, real photos: the hottest pixel lies on the pasted cat, and what is far from it stays cold."""
    photo = with_cat(photo_of(name), y=y, x=x)
    heat = class_heat_map(to_fully_convolutional(lite0, window_cells=window_cells), photo, class_ids=CATS)
    assert heat.shape == photo.shape[:2]
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert y <= row < y + SIDE_PX
    assert x <= column < x + SIDE_PX
    assert heat.max() > 0.5
    assert np.median(heat) < 0.02


def test_a_photo_without_a_cat_has_no_hot_place(lite0: nn.Module) -> None:
    heat = class_heat_map(to_fully_convolutional(lite0), photo_of("coffee"), class_ids=CATS)
    assert heat.max() < 0.1
    assert heat.min() >= 0


def test_the_heat_does_not_lean_to_a_side(lite0: nn.Module) -> None:
    """The mirrored photo has the mirrored map: cells half a stride off their place would part the two by 32 px."""
    photo = with_cat(photo_of("coffee"), y=100, x=210)
    net = to_fully_convolutional(lite0, window_cells=1)
    one, two = (class_heat_map(net, np.ascontiguousarray(p), class_ids=CATS) for p in (photo, np.fliplr(photo)))
    assert abs(_centre_x(one) - _centre_x(np.fliplr(two))) < 8


def _centre_x(heat: NDArray[np.float32]) -> float:
    line = np.where(heat > 0.1, heat, 0).sum(axis=0)
    return float((line * np.arange(len(line))).sum() / line.sum())


def test_each_pixel_is_interpolated_between_the_windows_about_it() -> None:
    """A classifier of brightness on 8-px windows, against means of the windows centred on the pixel."""
    features = nn.Sequential(nn.Conv2d(3, 2, 8, stride=4))
    with torch.no_grad():
        features[0].get_parameter("weight").fill_(0)
        features[0].get_parameter("weight")[0] = 1 / 192
        features[0].get_parameter("bias").zero_()
    net = FullyConvolutional(features, nn.Sequential(nn.Identity()))
    ramp = np.arange(40, dtype=np.uint8) * 6
    photo = np.repeat(np.repeat(ramp[None, :, None], 24, axis=0), 3, axis=2)
    heat = class_heat_map(net, photo, class_ids=[0], normalisation=((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))
    expected = 1 / (1 + np.exp(-np.arange(40) * 6 / 255))
    np.testing.assert_allclose(heat[:, 4:-4], np.broadcast_to(expected, (24, 40))[:, 4:-4], atol=1e-3)


@pytest.mark.parametrize("size_hw", [(1, 1), (50, 300), (223, 225)])
def test_photos_of_any_size_have_a_map_of_their_size(lite0: nn.Module, size_hw: tuple[int, int]) -> None:
    photo = np.zeros((*size_hw, 3), np.uint8)
    heat = class_heat_map(to_fully_convolutional(lite0), photo, class_ids=CATS)
    assert heat.shape == size_hw
    assert np.isfinite(heat).all()


def test_asking_leaves_the_network_in_the_mode_it_was_in() -> None:
    net = FullyConvolutional(nn.Sequential(nn.Conv2d(3, 2, 4, stride=4)), nn.Sequential(nn.Identity())).train()
    class_heat_map(net, np.zeros((8, 8, 3), np.uint8), class_ids=[1])
    assert net.training
