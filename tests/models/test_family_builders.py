from dataclasses import replace

import pytest
import torch

from maskwright.errors import ConfigError
from maskwright.models.build import build_model
from maskwright.models.catalogue import NETWORKS, largest_tile_px, require_fitting_crop
from maskwright.models.spec import NetworkSpec

OWN = ["deconvnet", "unet2015", "unet2015-padded", "fcdensenet56", "fcdensenet67", "fcdensenet103"]
PLAN = NetworkSpec("", "", (16, 8, 8, 8, 8), "random", width=1 / 16)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("classes", [2, 3])
def test_the_networks_from_scratch_are_built_by_name(name: str, classes: int) -> None:
    built = build_model(replace(PLAN, name=name), classes)
    assert built.weights == "random"
    with torch.inference_mode():
        assert built.module.eval()(torch.zeros(1, 3, 50, 71)).shape == (1, 1 if classes == 2 else 3, 50, 71)
    assert NETWORKS[name].has_width


def test_an_unpadded_network_refuses_crops_that_one_reflection_cannot_fill() -> None:
    with pytest.raises(ConfigError, match=r"unet2015 cannot be trained on crops of 32 px: it needs at least 128"):
        require_fitting_crop("unet2015", 32)
    require_fitting_crop("unet2015", 128)
    require_fitting_crop("unet2015-padded", 32)


def test_a_network_that_tiles_itself_gets_whole_photos() -> None:
    assert largest_tile_px("unet2015", 128) > 16384
    assert largest_tile_px("fpn", 128) == 256


def test_a_network_with_fully_connected_layers_is_shown_windows_of_the_size_it_learnt_from() -> None:
    assert largest_tile_px("deconvnet", 128) == 128
