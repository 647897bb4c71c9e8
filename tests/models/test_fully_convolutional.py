from collections.abc import Callable

import pytest
import timm
import torch
from torch import Tensor, nn
from torchvision import models

from maskwright.errors import WeightsError
from maskwright.models.fully_convolutional import FullyConvolutional, to_fully_convolutional
from maskwright.models.weights.classifiers import imagenet_classifier

TORCHVISION = ["alexnet", *(f"vgg{depth}{end}" for depth in (11, 13, 16, 19) for end in ("", "_bn"))]


class Small(nn.Module):
    """A classifier without padding: 3 x 3 cells of stride 4 at its native 20 px."""

    def __init__(self, pool: nn.Module, *, between: nn.Module) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.avgpool = pool
        self.classifier = nn.Sequential(nn.Linear(8 * 9, 16), between, nn.Dropout(), nn.Linear(16, 5))

    def forward(self, photos: Tensor) -> Tensor:
        answers: Tensor = self.classifier(torch.flatten(self.avgpool(self.features(photos)), 1))
        return answers


def small() -> Small:
    torch.manual_seed(0)
    return Small(nn.AdaptiveAvgPool2d(3), between=nn.ReLU()).eval()


def slim(name: str) -> nn.Module:
    """Return torchvision's network as it is, but for 64 hidden units in its head instead of 4096."""
    torch.manual_seed(0)
    with torch.device("meta"):
        net: nn.Module = models.get_model(name)
        head = net.get_submodule("classifier")
        assert isinstance(head, nn.Sequential)
        for place, layer in enumerate(head):
            if isinstance(layer, nn.Linear):
                inputs = layer.in_features if layer.in_features > 4096 else 64
                head[place] = nn.Linear(inputs, min(64, layer.out_features))
    net = net.to_empty(device="cpu")
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
            layer.reset_parameters()
    return net.eval()


def relative(ours: Tensor, theirs: Tensor) -> float:
    return float((ours - theirs).abs().max() / theirs.abs().max())


@pytest.mark.parametrize("name", TORCHVISION)
def test_at_the_native_size_the_answer_is_the_classifiers(name: str) -> None:
    classifier = slim(name)
    net = to_fully_convolutional(classifier)
    photo = torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        answer, expected = net(photo), classifier(photo)
    assert answer.shape == (1, 64, 1, 1)
    assert relative(answer[..., 0, 0], expected) < 1e-4
    assert net.native_px == 224


def test_the_whole_alexnet_answers_as_before_with_all_its_4096_units() -> None:
    torch.manual_seed(0)
    classifier = models.alexnet().eval()
    photo = torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        assert relative(to_fully_convolutional(classifier)(photo)[..., 0, 0], classifier(photo)) < 1e-4


def test_the_trained_lite0_answers_as_before() -> None:
    classifier = imagenet_classifier()
    net = to_fully_convolutional(classifier)
    photo = torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.inference_mode():
        answer, expected = net(photo), classifier(photo)
    assert answer.shape == (2, 1000, 1, 1)
    assert relative(answer[..., 0, 0], expected) < 1e-4


@pytest.mark.parametrize("name", ["alexnet", "vgg11"])
def test_each_answer_is_the_heads_for_its_window_of_the_feature_map(name: str) -> None:
    classifier = slim(name)
    net = to_fully_convolutional(classifier)
    kernel = {"alexnet": 6, "vgg11": 7}[name]
    with torch.inference_mode():
        features = net.features(torch.rand(1, 3, 288, 320))
        answers = net.head(features)
        assert answers.shape[-2:] == (3, 4)
        for y in range(3):
            for x in range(4):
                window = features[..., y : y + kernel, x : x + kernel]
                expected = classifier.get_submodule("classifier")(torch.flatten(window, 1))
                assert relative(answers[..., y, x], expected) < 1e-4


def test_each_answer_of_lite0_is_its_heads_for_its_window_of_the_feature_map() -> None:
    classifier = imagenet_classifier()
    net = to_fully_convolutional(classifier)
    photo = torch.rand(1, 3, 256, 288) * 2 - 1
    with torch.inference_mode():
        features, answers = net.features(photo), net(photo)
        assert answers.shape[-2:] == (2, 3)
        for y in range(2):
            for x in range(3):
                window = features[..., y : y + 7, x : x + 7]
                expected = classifier.forward_head(window)  # type: ignore[operator]
                assert relative(answers[..., y, x], expected) < 1e-4


def test_without_padding_each_answer_is_the_classifiers_for_its_window_of_the_photo() -> None:
    classifier = small()
    net = to_fully_convolutional(classifier)
    photo = torch.rand(1, 3, 36, 44)
    assert (net.grid.stride_px, net.native_px, net.grid.window_px) == (4, 20, 20)
    with torch.inference_mode():
        answers = net(photo)
        assert answers.shape[-2:] == (5, 7)
        for y in range(5):
            for x in range(7):
                window = photo[..., 4 * y : 4 * y + 20, 4 * x : 4 * x + 20]
                assert relative(answers[..., y, x], classifier(window)) < 1e-4


def test_the_grid_says_which_window_each_answer_is_for() -> None:
    """The answer depends on exactly the pixels within half a window of its place."""
    net = to_fully_convolutional(small()).eval()
    photo = torch.rand(1, 3, 44, 44)
    before = net(photo)[0, :, 2, 3]
    half = (net.grid.window_px - 1) / 2
    left, right = round(net.grid.place(3) - half), round(net.grid.place(3) + half)
    for column in (left - 1, right + 1):
        changed = photo.clone()
        changed[..., column] += 5
        torch.testing.assert_close(net(changed)[0, :, 2, 3], before)
    changed = photo.clone()
    changed[..., left : right + 1] += 5
    assert not torch.allclose(net(changed)[0, :, 2, 3], before)


def test_off_the_native_size_the_classifier_squeezes_and_the_network_does_not() -> None:
    """The docstring's warning: the adaptive pooling makes one answer of a larger photo, a blurred one."""
    classifier, photo = small(), torch.rand(1, 3, 36, 36)
    with torch.inference_mode():
        answers = to_fully_convolutional(classifier)(photo)
        one = classifier(photo)[0]
    assert answers.shape[-2:] == (5, 5)
    assert (answers[0] - one[:, None, None]).abs().amax(0).min() > 1e-3


def test_a_window_of_one_cell_asks_every_cell_and_its_mean_is_the_classifiers_answer() -> None:
    """The last layer is linear: the mean of the answers is the answer to the mean (class activation mapping)."""
    classifier = imagenet_classifier()
    photo = torch.rand(1, 3, 224, 224) * 2 - 1
    with torch.inference_mode():
        answers = to_fully_convolutional(classifier, window_cells=1)(photo)
        assert answers.shape[-2:] == (7, 7)
        assert relative(answers.mean(dim=(2, 3)), classifier(photo)) < 1e-4


def test_the_weights_are_the_very_same_memory() -> None:
    classifier = slim("vgg11")
    net = to_fully_convolutional(classifier)
    theirs = {p.data_ptr(): p for p in classifier.parameters()}
    assert all(torch.equal(p.flatten(), theirs[p.data_ptr()].flatten()) for p in net.parameters())
    assert len(list(net.parameters())) == len(theirs)


def with_pool(pool: nn.Module) -> nn.Module:
    return Small(pool, between=nn.ReLU())


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: models.resnet18(), "a ResNet cannot be made"),
        (lambda: timm.create_model("mobilenetv3_small_100"), "a MobileNetV3 cannot be made"),
        (lambda: timm.create_model("tf_efficientnet_lite0", num_classes=0), "one linear layer"),
        (lambda: timm.create_model("tf_efficientnet_lite0", global_pool="max"), "without mean pooling"),
        (lambda: with_pool(nn.AdaptiveAvgPool2d((3, 2))), "no square"),
        (lambda: with_pool(nn.AdaptiveMaxPool2d(3)), "a Small cannot be made"),
        (lambda: Small(nn.AdaptiveAvgPool2d(3), between=nn.LayerNorm(16)), "a head with LayerNorm"),
    ],
)
def test_a_classifier_of_another_kind_is_refused(make: Callable[[], nn.Module], reason: str) -> None:
    with torch.device("meta"):
        classifier = make()
    with pytest.raises(WeightsError, match=reason):
        to_fully_convolutional(classifier)


def test_the_window_of_a_linear_layer_cannot_be_chosen() -> None:
    with pytest.raises(WeightsError, match="covers 3 x 3 places: leave window_cells out"):
        to_fully_convolutional(small(), window_cells=2)
    assert isinstance(to_fully_convolutional(small(), window_cells=3), FullyConvolutional)
