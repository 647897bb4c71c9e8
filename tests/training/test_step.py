from dataclasses import replace
from pathlib import Path

import pytest
import torch

from maskwright.errors import MaskwrightError
from maskwright.training.state import batches, set_up
from maskwright.training.step import take_step
from tests.support.drawn import disc_photos
from tests.support.plans import parts_of, small_plan


def test_dropout_follows_from_seed_and_step(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    plan = small_plan(dataset)
    plan = replace(plan, net=replace(plan.net, name="unet2015-padded", encoder="", width=0.05, frozen_stages=0))
    losses = {}
    for turn, seed, step in ((0, 0, 3), (1, 0, 3), (0, 1, 3), (0, 0, 4)):
        state = set_up(parts_of(dataset, inner=0), plan, 0)
        batch = next(iter(batches(state, range(1))))  # the same photos and weights for all
        losses[turn, seed, step] = take_step(replace(state, seed=seed), batch, step).loss
    assert losses[0, 0, 3] == losses[1, 0, 3]
    assert len(set(losses.values())) == 3


def test_a_gpu_whose_memory_is_too_small_is_reported_in_one_line_with_the_setting(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    state = set_up(parts_of(dataset, inner=0), small_plan(dataset), 0)

    def too_much(module: torch.nn.Module, given: object) -> None:  # noqa: ARG001 - the form of a hook
        raise torch.OutOfMemoryError("CUDA out of memory")

    state.net.register_forward_pre_hook(too_much)
    batch = next(iter(batches(state, range(1))))
    with pytest.raises(MaskwrightError, match=r"does not hold 2 crops of 64 px: --set optim.batch=1"):
        take_step(state, batch, 0)
