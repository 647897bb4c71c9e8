from dataclasses import replace
from pathlib import Path

import pytest

from maskwright.errors import ConfigError
from maskwright.training.distributed.broadcast import Task, hand_out
from maskwright.training.distributed.ranks import Ranks
from tests.support.drawn import disc_photos
from tests.support.plans import parts_of, small_plan


def test_a_batch_with_fewer_crops_than_devices_is_refused_with_both_ways_out(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path, count=3)
    task = Task(parts_of(dataset, test=0, inner=0), small_plan(dataset), tmp_path, 0, begun=False)
    with pytest.raises(ConfigError, match=r"2 crops, fewer than the 3 devices: give at most 2 .* optim\.batch=3"):
        hand_out(task, Ranks(0, 3, 3))
    hand_out(task, Ranks())


def test_activation_checkpointing_is_refused_on_several_devices(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path, count=3)
    plan = small_plan(dataset)
    plan = replace(plan, net=replace(plan.net, checkpointing=True))
    task = Task(parts_of(dataset, test=0, inner=0), plan, tmp_path, 0, begun=False)
    with pytest.raises(ConfigError, match=r"--set net\.checkpointing=false"):
        hand_out(task, Ranks(0, 2, 2))
    hand_out(task, Ranks())


def test_only_the_first_process_begins_a_training() -> None:
    with pytest.raises(ConfigError, match="process 2 of 2 cannot begin a training"):
        hand_out(None, Ranks(1, 2, 2))
