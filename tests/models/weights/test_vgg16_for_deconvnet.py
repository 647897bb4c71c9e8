from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from maskwright.errors import WeightsError
from maskwright.models.networks.deconvnet import build_deconvnet
from maskwright.models.weights.classifiers import HALVES, IMAGENET
from maskwright.models.weights.vgg16_for_deconvnet import load_vgg16

WIDTH = 1 / 32
HIDDEN = 128


def narrow(layers: nn.Sequential) -> nn.Sequential:
    """Return VGG's feature layers with a thirty-second of their channels."""
    made: list[nn.Module] = []
    channels = 3
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            made.append(nn.Conv2d(channels, layer.out_channels // 32, 3, padding=1))
            channels = layer.out_channels // 32
        elif isinstance(layer, nn.BatchNorm2d):
            made.append(nn.BatchNorm2d(channels))
        else:
            made.append(layer)
    return nn.Sequential(*made)


def narrow_vgg16(*, batchnorm: bool) -> nn.Module:
    """Return VGG-16 with random weights and channels as narrow as DeconvNet's."""
    torch.manual_seed(0)
    with torch.device("meta"):
        original = models.vgg16_bn() if batchnorm else models.vgg16()
    net = nn.Module()
    net.features = narrow(original.features)
    net.classifier = nn.Sequential(
        nn.Linear(16 * 49, HIDDEN), nn.ReLU(), nn.Dropout(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 10)
    )
    return net


def saved(net: nn.Module, path: Path) -> dict[str, Tensor]:
    state = dict(net.state_dict())
    torch.save(state, path)
    return state


@pytest.mark.parametrize("batchnorm", [True, False])
def test_a_vgg16_file_gives_the_convolutions_and_the_fully_connected_layers(tmp_path: Path, batchnorm: bool) -> None:
    vgg = narrow_vgg16(batchnorm=batchnorm)
    state = saved(vgg, tmp_path / "vgg16.pth")
    net = build_deconvnet(classes=1, width=WIDTH)
    assert load_vgg16(net, str(tmp_path / "vgg16.pth")) == f"the VGG-16 in {tmp_path / 'vgg16.pth'}"
    torch.testing.assert_close(net.state_dict()["fc6.0.weight"].flatten(1), state["classifier.0.weight"])
    torch.testing.assert_close(net.state_dict()["fc7.0.bias"], state["classifier.3.bias"])


def test_the_features_are_those_of_the_classifier_on_its_own_pixel_values(tmp_path: Path) -> None:
    vgg = narrow_vgg16(batchnorm=True).eval()
    saved(vgg, tmp_path / "vgg16.pth")
    net = build_deconvnet(classes=1, width=WIDTH).eval()
    load_vgg16(net, str(tmp_path / "vgg16.pth"))
    photo = torch.rand(1, 3, 32, 32)
    ours, theirs = (
        (photo - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(deviation).view(1, 3, 1, 1)
        for mean, deviation in (HALVES, IMAGENET)
    )
    with torch.inference_mode():
        first, expected = net.down[0][0](ours), vgg.features[0](theirs)  # type: ignore[index, operator]
    torch.testing.assert_close(first[..., 1:-1, 1:-1], expected[..., 1:-1, 1:-1], rtol=1e-4, atol=1e-5)


def test_a_narrow_deconvnet_refuses_a_wider_vgg16_and_says_what_to_set(tmp_path: Path) -> None:
    saved(narrow_vgg16(batchnorm=True), tmp_path / "vgg16.pth")
    with pytest.raises(WeightsError, match=r"does not fit DeconvNet at down.*net.width=1"):
        load_vgg16(build_deconvnet(classes=1, width=1 / 64), str(tmp_path / "vgg16.pth"))


def test_random_weights_and_files_of_others_are_left_alone(tmp_path: Path) -> None:
    net = build_deconvnet(classes=1, width=WIDTH)
    torch.save(net.state_dict(), tmp_path / "own.pt")
    assert load_vgg16(net, "random") == "random"
    assert load_vgg16(net, str(tmp_path / "own.pt")) == "random"
