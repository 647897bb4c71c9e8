from dataclasses import replace
from pathlib import Path

import torch

from maskwright.datasets.splitting.split import Parts
from maskwright.training.crops.batches import draw_batch
from maskwright.training.crops.photo_sampler import slots_in_batch
from maskwright.training.health.nan_search import first_not_finite, is_broken, what_broke
from maskwright.training.health.record import Record
from maskwright.training.state import names_at, set_up
from maskwright.training.step import Taken
from tests.support.drawn import disc_photos
from tests.support.plans import small_plan
from tests.support.small_net import SmallNet


def test_the_layer_and_the_photos_that_made_the_loss_nan_are_named(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    state = set_up(Parts(dataset, None, (), ()), small_plan(dataset), 0)
    name, layer = next((n, m) for n, m in state.net.named_modules() if n.endswith("decoder.blocks.1.conv1.0"))
    assert isinstance(layer, torch.nn.Conv2d)
    layer.weight.data[0] = float("nan")
    batch = draw_batch(state.cache, names_at(state, 3), seed=0, step=3)
    taken = Taken(float("nan"), float("nan"), torch.zeros(0), torch.zeros(0), stepped=False)
    finding = what_broke(state, batch, 3, taken)
    assert "decoder.blocks.1.conv1.0 is the first" in finding.evidence
    assert name.endswith("decoder.blocks.1.conv1.0")
    for slot in slots_in_batch(state.cache, names_at(state, 3), seed=0, step=3):
        assert slot.name in finding.evidence


def test_single_steps_without_finite_gradients_are_skipped_and_five_in_a_row_are_not() -> None:
    taken = Taken(1.0, float("inf"), torch.zeros(0), torch.zeros(0), stepped=False)
    assert not is_broken(Record(100, 4, skipped=[1, 5, 7, 8, 9]), taken)
    assert is_broken(Record(100, 4, skipped=[1, 5, 6, 7, 8, 9]), taken)
    assert is_broken(Record(100, 4), replace(taken, loss=float("nan")))


def test_the_first_layer_with_an_infinite_output_is_named_and_the_network_is_unchanged() -> None:
    net = SmallNet()
    with torch.no_grad():
        net.norm.weight[2] = float("inf")
    assert net.norm.running_mean is not None
    running = net.norm.running_mean.clone()
    assert first_not_finite(net, torch.randn(2, 3, 8, 8)) == "norm"
    assert torch.equal(net.norm.running_mean, running)
    assert first_not_finite(SmallNet(), torch.randn(2, 3, 8, 8)) == ""
