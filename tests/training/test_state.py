from dataclasses import replace
from pathlib import Path

import pytest
import torch

from maskwright.errors import MaskwrightError
from maskwright.training import state
from tests.support.drawn import disc_photos
from tests.support.plans import parts_of, small_plan


def test_dropout_differs_between_seeds_and_steps_and_is_the_same_again(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    plan = small_plan(dataset)
    plan = replace(plan, net=replace(plan.net, name="unet2015-padded", encoder="", width=0.05, frozen_stages=0))
    losses = {}
    for turn, seed, step in ((0, 0, 3), (1, 0, 3), (0, 1, 3), (0, 0, 4)):
        made = state.set_up(parts_of(dataset, inner=0), plan, 0)
        batch = next(iter(state.batches(made, range(1))))  # the same photos and weights for all
        losses[turn, seed, step] = state.one_step(replace(made, seed=seed), batch, step).loss
    assert losses[0, 0, 3] == losses[1, 0, 3]
    assert len(set(losses.values())) == 3


def test_a_gpu_that_is_too_small_is_told_in_one_line_with_the_way_out(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    made = state.set_up(parts_of(dataset, inner=0), small_plan(dataset), 0)

    def too_much(module: torch.nn.Module, given: object) -> None:  # noqa: ARG001 - the form of a hook
        raise torch.OutOfMemoryError("CUDA out of memory")

    made.net.register_forward_pre_hook(too_much)
    batch = next(iter(state.batches(made, range(1))))
    with pytest.raises(MaskwrightError, match=r"does not hold 2 crops of 64 px: --set optim.batch=1"):
        state.one_step(made, batch, 0)
