from itertools import pairwise

import pytest
import torch
from torch import nn

from maskwright.training.optim import copy_for_average, one_cycle, update_average


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


def test_the_average_follows_weights_and_running_statistics() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    average = copy_for_average(net)
    before = {name: t.clone() for name, t in average.state_dict().items()}
    net(torch.randn(2, 3, 8, 8) * 5)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(1.0)
    update_average(average, net, step=10_000, decay=0.75)
    for name, tensor in average.state_dict().items():
        if tensor.is_floating_point():
            torch.testing.assert_close(tensor, 0.75 * before[name] + 0.25 * net.state_dict()[name])
    assert not any(parameter.requires_grad for parameter in average.parameters())
