"""Threads that networks are computed with."""

from collections.abc import Iterator

import pytest
import torch

from maskwright.concurrency.usable_cores import usable_cores
from maskwright.models.threads import keep_threads_to_cores


@pytest.fixture
def many_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    before = torch.get_num_threads()
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    torch.set_num_threads(usable_cores() + 3)
    yield usable_cores() + 3
    torch.set_num_threads(before)


def test_threads_beyond_the_cores_are_given_up(many_threads: int) -> None:
    keep_threads_to_cores()
    assert torch.get_num_threads() == usable_cores() < many_threads
    torch.set_num_threads(1)
    keep_threads_to_cores()
    assert torch.get_num_threads() == 1


def test_threads_that_the_user_has_set_stay(many_threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", str(many_threads))
    keep_threads_to_cores()
    assert torch.get_num_threads() == many_threads
