from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

pytest.importorskip("albumentations")  # the bench extra

from benchmarks.methods import expert_recipe, wnet_vessels
from benchmarks.methods.task import Task
from tests.support.drawn import disc_photos
from tests.support.plans import parts_of

SQUARE = np.zeros((400, 600), dtype=np.uint8)
SQUARE[30:50, 500:520] = 1


def test_the_expert_s_crops_see_a_small_object_far_more_often_than_by_chance() -> None:
    rng = np.random.default_rng(0)
    photo = np.zeros((400, 600, 3), dtype=np.uint8)
    crops = [expert_recipe._crop((photo, SQUARE), (1,), rng) for _ in range(60)]
    assert {(p.shape, m.shape) for p, m in crops} == {((320, 320, 3), (320, 320))}
    assert 0.6 < np.mean([(mask == 1).any() for _, mask in crops]) < 1
    assert {int(v) for _, mask in crops for v in np.unique(mask)} == {0, 1, 255}


def test_photo_and_mask_of_a_crop_stay_together() -> None:
    rng = np.random.default_rng(1)
    photo = np.repeat(SQUARE[..., None] * 200, 3, axis=2)
    for _ in range(20):
        seen, mask = expert_recipe._crop((photo, SQUARE), (1,), rng)
        if (mask == 1).sum() > 100:
            inside, outside = seen[mask == 1].mean(), seen[mask == 0].mean()
            assert inside > outside + 60


def test_the_expert_s_rates_rise_then_fall_and_the_decoder_has_ten_times_the_encoder_s() -> None:
    optimiser = expert_recipe._optimiser(expert_recipe._network(2))
    rates = []
    for share in (0.0, 0.1, 0.2, 0.6, 1.0):
        expert_recipe._set_rates(optimiser, share)
        rates.append([group["lr"] for group in optimiser.param_groups])
    encoder, decoder = (list(column) for column in zip(*rates, strict=True))
    assert encoder[0] < encoder[1] < encoder[2] == pytest.approx(3e-4)
    assert encoder[2] > encoder[3] > encoder[4] == pytest.approx(0)
    assert decoder[2] == pytest.approx(3e-3)


def test_the_w_net_has_about_70_000_parameters_and_sees_its_first_answer() -> None:
    net = wnet_vessels.WNet()
    assert 60_000 < sum(parameter.numel() for parameter in net.parameters()) < 80_000
    first, second = net(torch.zeros(1, 3, 32, 48))
    assert first.shape == second.shape == (1, 1, 32, 48)
    second.sum().backward()
    assert all(parameter.grad is not None for parameter in net.first.parameters())


def test_pixels_outside_the_field_of_view_have_no_loss() -> None:
    truth = np.zeros((1, 4, 4), dtype=np.uint8)
    truth[0, 2:] = 255
    right = torch.full((1, 1, 4, 4), -20.0)
    right[0, 0, 2:] = 20.0  # wrong, were they counted
    assert float(wnet_vessels._loss((right, right), truth)) == pytest.approx(0, abs=1e-6)


class TwoSteps:
    """A clock that does not depend on the machine: two steps fill the budget."""

    def __init__(self, budget_s: float) -> None:
        self.budget_s, self.laps = budget_s, 0

    @property
    def seconds(self) -> float:
        return self.budget_s * self.laps / 2

    def has_time(self) -> bool:
        self.laps += 1
        return self.laps <= 2


@pytest.mark.parametrize("method", [expert_recipe, wnet_vessels])
def test_a_peer_trains_and_paints_masks_of_the_photo_s_size(
    method: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(method, "Stopwatch", TwoSteps)
    parts = parts_of(disc_photos(tmp_path / "data", count=6, size_hw=(96, 130)))
    trained = method.fit(Task(parts, 75.0, 0, tmp_path))
    assert trained.steps == 2
    photo = parts.train[0].photo
    mask = trained.segment(photo)
    assert mask.shape == photo.shape[:2]
    assert mask.dtype == np.uint8
    assert set(np.unique(mask)) <= {0, 1}
