from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn

from maskwright.planning.plan import OptimizerName, OptimPlan, ScheduleName
from maskwright.planning.rules.optimizers import USUAL
from maskwright.training.optimizer import make_optimizer, one_cycle, rate_share, set_rate


class Net(nn.Module):
    """One layer that is an encoder, with normalisation, and one that is not."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2))
        self.head = nn.Conv2d(2, 1, 1)


def test_the_rate_rises_to_its_peak_and_falls_to_nearly_nothing() -> None:
    rates = [one_cycle(step, 200) for step in range(200)]
    assert max(rates) == pytest.approx(1.0, abs=1e-3)
    assert rates.index(max(rates)) == pytest.approx(30, abs=1)
    assert rates[0] < 0.1
    assert rates[-1] < 0.01
    assert all(a >= b for a, b in pairwise(rates[30:]))


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_the_shortest_runs_have_rates_between_0_and_1(steps: int) -> None:
    assert all(0 < one_cycle(step, steps) <= 1 for step in range(steps))


def plan_of(name: OptimizerName, schedule: ScheduleName = "constant", *, steps: int = 100) -> OptimPlan:
    return OptimPlan(
        name=name,
        schedule=schedule,
        minutes=1.0,
        steps=steps,
        batch=2,
        lr_encoder=0.01,
        lr_decoder=0.1,
        weight_decay=0.5,
        ema=0.9,
        precision="32-true",
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("adamw", torch.optim.AdamW),
        ("adam", torch.optim.Adam),
        ("sgd", torch.optim.SGD),
        ("rmsprop", torch.optim.RMSprop),
    ],
)
def test_every_optimizer_has_the_encoder_at_its_own_rate_and_decays_weights_only(
    name: OptimizerName, kind: type[torch.optim.Optimizer]
) -> None:
    net, plan = Net(), plan_of(name)
    optimizer = make_optimizer(net, plan)
    assert type(optimizer) is kind
    assert set_rate(optimizer, plan, 5, photos=8) == 0.1
    found = {id(p): (g["lr"], g["weight_decay"]) for g in optimizer.param_groups for p in g["params"]}
    conv = net.encoder[0]
    assert isinstance(conv, nn.Conv2d)
    assert found[id(conv.weight)] == (0.01, 0.5)
    assert found[id(conv.bias)] == found[id(net.encoder[1].weight)] == (0.01, 0.0)
    assert found[id(net.head.weight)] == (0.1, 0.5)
    before = net.head.weight.clone()
    net.head(net.encoder(torch.rand(2, 3, 4, 4))).square().mean().backward()
    optimizer.step()
    assert not torch.equal(net.head.weight, before)


def test_frozen_parameters_are_not_in_the_optimizer() -> None:
    net = Net()
    net.encoder.requires_grad_(False)
    parameters = [p for g in make_optimizer(net, plan_of("sgd")).param_groups for p in g["params"]]
    assert {id(p) for p in parameters} == {id(net.head.weight), id(net.head.bias)}


def test_schedules_fall_as_their_papers_say() -> None:
    assert rate_share("constant", 99, 100) == 1.0
    assert [rate_share("step", step, 40) for step in (0, 29, 30, 39)] == [1.0, 1.0, 0.1, 0.1]
    assert [rate_share("exponential", s, 9, epoch_decay=0.5, epoch_steps=2.5) for s in (0, 2, 3, 5)] == [
        1,
        1,
        0.5,
        0.25,
    ]
    assert rate_share("poly", 0, 100) == 1.0
    assert rate_share("poly", 50, 100) == pytest.approx(0.5**0.9)
    assert 0 < rate_share("poly", 99, 100) < 0.02
    assert rate_share("one-cycle", 30, 200) == one_cycle(30, 200)
    for schedule in ("one-cycle", "poly", "constant", "step"):
        assert all(0 < rate_share(schedule, step, steps) <= 1 for steps in (1, 2, 7) for step in range(steps))


def test_each_optimizer_has_its_usual_rate_and_a_reason() -> None:
    for usual in USUAL.values():
        assert 0 < usual.lr <= 1e-2
        assert usual.lr_reason
        assert usual.decay_reason
        assert usual.schedule_reason


def test_momentum_and_the_rate_of_biases_are_settings() -> None:
    net = Net()
    optimizer = make_optimizer(net, replace(plan_of("sgd"), momentum=0.99, bias_rate=2.0))
    rates = {id(p): (group["peak"], group["momentum"]) for group in optimizer.param_groups for p in group["params"]}
    conv = net.encoder[0]
    assert rates[id(net.head.weight)] == (0.1, 0.99)
    assert rates[id(net.head.bias)] == (0.2, 0.99)
    assert rates[id(conv.weight)] == (0.01, 0.99)
    assert rates[id(conv.bias)] == (0.02, 0.99)
    assert rates[id(net.encoder[1].weight)] == (0.01, 0.99)
