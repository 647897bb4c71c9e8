from itertools import pairwise

import pytest
import torch
from torch import nn

from maskwright.models.build import PaddedNet
from maskwright.models.networks.unet2015 import (
    LEAST_PX,
    MARGIN_PX,
    UNet2015,
    build_unet2015,
    mirrored,
    overlap_tiles,
    tile_starts,
    valid_px,
)
from tests.support.net_sizes import parameters, wrong_sizes

HALVES = (0.5, 0.5, 0.5)
TINY = (2, 3, 4, 5, 6)


def tiny(*, padded: bool = False) -> UNet2015:
    torch.manual_seed(0)
    return UNet2015(TINY, 3, 2, padded=padded).double().eval()


@pytest.mark.parametrize(("photo_channels", "count"), [(1, 31_030_658), (3, 31_031_810)])
@pytest.mark.parametrize("padded", [False, True])
def test_the_full_width_has_the_papers_parameters(photo_channels: int, count: int, padded: bool) -> None:
    """Grey photos, 2 outputs: 31,030,658; the often quoted 31,031,685 has one 3x3 convolution more at the end."""
    with torch.device("meta"):
        net = build_unet2015(classes=2, photo_channels=photo_channels, padded=padded)
    assert parameters(net) == count


def test_572_px_become_388() -> None:
    with torch.device("meta"):
        assert UNet2015(TINY, 1, 2, padded=False)(torch.zeros(1, 1, 572, 572)).shape == (1, 2, 388, 388)
    assert valid_px(388) == 388
    assert 388 + 2 * MARGIN_PX == 572


@pytest.mark.parametrize("side", [188, 204, 220])
def test_valid_sizes_are_those_that_pool_evenly(side: int) -> None:
    with torch.inference_mode():
        assert tiny()(torch.zeros(1, 3, side, side, dtype=torch.float64)).shape[-2:] == (side - 184, side - 184)
    assert valid_px(side - 184) == side - 184
    assert valid_px(side - 183) == side - 168


def test_the_tiles_together_are_the_whole_photo() -> None:
    photo = torch.rand(1, 3, 150, 97, dtype=torch.float64)
    with torch.inference_mode():
        whole = overlap_tiles(tiny(), photo, tile_px=1000)
        tiles = overlap_tiles(tiny(), photo, tile_px=36)
    assert len(tile_starts(150, 36)) * len(tile_starts(97, 36)) == 15
    assert whole.shape == (1, 2, 150, 97)
    torch.testing.assert_close(tiles, whole, rtol=1e-12, atol=1e-12)


def test_tiles_lie_on_the_pooling_grid_and_leave_no_gap() -> None:
    for length in range(1, 400):
        starts, side = tile_starts(length, 100), valid_px(min(length, 100))
        assert all(start % 16 == 0 for start in starts)
        assert all(b - a <= side for a, b in pairwise(starts))
        assert starts[-1] + side >= length


def test_away_from_the_edge_nothing_is_made_up() -> None:
    """Where the network sees the photo alone, overlap-tile gives what the bare network gives."""
    photo = torch.rand(1, 3, 220, 220, dtype=torch.float64)
    with torch.inference_mode():
        bare = tiny()(photo[..., 4:208, 4:208])
        tiled = overlap_tiles(tiny(), photo, tile_px=1000)
        shifted = tiny()(mirrored(photo, 228, 228))[..., :220, :220]
    torch.testing.assert_close(tiled, shifted)
    # The bare window begins 4 px in: 4 + 92 = 96 is on the pooling grid of the mirrored photo.
    torch.testing.assert_close(tiled[..., 96:116, 96:116], bare)


def test_beyond_the_edge_the_photo_is_mirrored_as_often_as_needed() -> None:
    line = torch.arange(3.0).view(1, 1, 1, 3)
    out = mirrored(line, 1, 3)[0, 0, MARGIN_PX]
    middle = out[MARGIN_PX - 5 : MARGIN_PX + 8].tolist()
    assert middle == [1, 2, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1] or middle == [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]
    assert mirrored(torch.ones(1, 1, 1, 1), 4, 4).shape == (1, 1, 188, 188)
    wide = torch.rand(1, 1, LEAST_PX, LEAST_PX)
    once = nn.functional.pad(wide, (MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX), mode="reflect")
    torch.testing.assert_close(mirrored(wide, LEAST_PX, LEAST_PX), once)


def test_the_least_crop_is_filled_by_one_reflection() -> None:
    """One reflection reaches side - 1 px; the rounding to the pooling grid must be within it."""
    missing = MARGIN_PX + valid_px(LEAST_PX) - LEAST_PX
    assert missing <= LEAST_PX - 1
    shorter = LEAST_PX - 32
    assert MARGIN_PX + valid_px(shorter) - shorter > shorter - 1


def test_logits_have_the_size_of_any_photo() -> None:
    assert wrong_sizes(build_unet2015(classes=2, width=1 / 64), 2) == []
    assert wrong_sizes(PaddedNet(build_unet2015(classes=1, width=1 / 64, padded=True), HALVES, HALVES), 1) == []


def test_weights_keep_the_variance_of_what_passes() -> None:
    torch.manual_seed(0)
    net = UNet2015((64, 128, 256, 512, 1024), 3, 2, padded=True)
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d) and layer.weight.numel() > 100_000:
            assert layer.weight.std().item() == pytest.approx((2 / (9 * layer.in_channels)) ** 0.5, rel=0.02)
        if isinstance(layer, nn.ConvTranspose2d):
            assert layer.weight.std().item() == pytest.approx((2 / layer.in_channels) ** 0.5, rel=0.03)


def test_training_and_predicting_see_a_crop_alike_but_for_drop_out() -> None:
    net = build_unet2015(classes=1, width=1 / 32).double()
    photo = torch.rand(1, 3, 128, 128, dtype=torch.float64)
    net.get_submodule("core.dropout").p = 0.0  # type: ignore[assignment]
    with torch.inference_mode():
        torch.testing.assert_close(net.train()(photo), net.eval()(photo))
