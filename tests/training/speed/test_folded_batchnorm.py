from contextlib import nullcontext

import pytest
import torch
from torch import Tensor, nn

from maskwright.models.build import build_model
from maskwright.models.spec import NetworkSpec
from maskwright.training.speed.folded_batchnorm import FoldedNorms, folded_norms

LITE = "tf_efficientnet_lite0"
PHOTOS = torch.linspace(0, 255, 2 * 3 * 64 * 64, dtype=torch.float64).view(2, 3, 64, 64)


def made(frozen_stages: int, *, encoder: str = LITE) -> nn.Module:
    """Return a network whose normalisations have statistics of their own, in numbers exact enough to compare."""
    torch.manual_seed(0)
    net = build_model(NetworkSpec("unet", encoder, (16, 16, 8, 8, 8), "random", frozen_stages=frozen_stages), 2).module
    for norm in net.modules():
        if isinstance(norm, nn.BatchNorm2d):
            for statistic, low in ((norm.running_mean, -1.0), (norm.running_var, 0.5), (norm.weight, 0.5)):
                assert statistic is not None
                nn.init.uniform_(statistic, low, 1.5)
            nn.init.uniform_(norm.bias)
    return net.double().train()


def step(net: nn.Module) -> tuple[Tensor, dict[str, Tensor]]:
    """Return logits, and gradients and statistics by name."""
    net.zero_grad()
    logits = net(PHOTOS)
    logits.square().mean().backward()
    left = {name: p.grad for name, p in net.named_parameters() if p.grad is not None}
    return logits.detach(), {**left, **{name: buffer.clone() for name, buffer in net.named_buffers()}}


@pytest.mark.parametrize("frozen_stages", [2, 5])
def test_a_step_gives_the_same_logits_gradients_and_statistics(frozen_stages: int) -> None:
    usual, usual_left = step(made(frozen_stages))
    net = made(frozen_stages)
    norms = [norm for norm in net.modules() if isinstance(norm, nn.BatchNorm2d) and not norm.training]
    seen: list[bool] = []
    with folded_norms(net, LITE) as folded:
        assert isinstance(folded, FoldedNorms)
        assert len(folded.pairs) == len(norms) > 0
        for conv, norm in folded.pairs.values():
            conv.register_forward_hook(lambda _m, _x, y, norm=norm: setattr(norm, "given", y))
            norm.register_forward_pre_hook(lambda norm, x: seen.append(x[0] is norm.given))
        fast, fast_left = step(net)
    assert seen == [True] * len(norms)  # each normalisation gets what its convolution gave
    assert torch.allclose(fast, usual)
    assert fast_left.keys() == usual_left.keys()
    for name, one in usual_left.items():
        assert torch.allclose(fast_left[name], one), name


def test_weights_that_are_loaded_before_the_first_step_count_as_in_a_run_that_goes_on() -> None:
    net, other = made(5), made(5)
    folded = folded_norms(net, LITE)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.mul_(0.9)
    net.load_state_dict(other.state_dict())
    with folded:
        assert torch.allclose(net(PHOTOS), other(PHOTOS))


def test_normalisations_of_frozen_stages_are_left_out() -> None:
    net = made(5)
    with torch.no_grad(), folded_norms(net, LITE), torch.profiler.profile() as profile:
        net(PHOTOS)
    calls = {row.key: row.count for row in profile.key_averages()}
    learning = sum(1 for norm in net.modules() if isinstance(norm, nn.BatchNorm2d) and norm.training)
    assert calls["aten::batch_norm"] == learning


def test_networks_that_gain_nothing_by_it_do_not_pay_for_it() -> None:
    assert isinstance(folded_norms(made(0), LITE), nullcontext)
    assert isinstance(folded_norms(made(2, encoder="resnet18"), "resnet18"), nullcontext)
