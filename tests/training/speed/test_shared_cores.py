"""Threads of a training beside other programs."""

import subprocess
import sys
import time

import pytest
import torch

from maskwright.training.speed.shared_cores import SharedCores, Usage, others_cores, shared_cores, threads_beside, usage

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells who uses the cores")


def test_what_this_process_used_is_not_the_others() -> None:
    before, after = (
        Usage(clock_s=10.0, anyone_s=100.0, own_s=7.0, cores=2),
        Usage(clock_s=12.0, anyone_s=104.0, own_s=9.5, cores=2),
    )
    assert others_cores(before, after) == pytest.approx(0.75)
    assert others_cores(before, Usage(clock_s=12.0, anyone_s=101.0, own_s=9.5, cores=2)) == 0.0  # clocks tick at 10 ms


@pytest.mark.parametrize(
    ("others", "cores", "most", "threads"),
    [
        (0.0, 2, 2, 2),
        (0.1, 2, 2, 2),
        (0.3, 2, 2, 1),
        (2.0, 2, 2, 1),
        (1.0, 16, 16, 15),
        (9.5, 16, 16, 6),
        (40.0, 16, 16, 1),
        (12.0, 16, 4, 4),  # four trainings of four threads each
        (13.0, 16, 4, 3),
    ],
)
def test_threads_are_given_up_for_the_cores_that_others_use(others: float, cores: int, most: int, threads: int) -> None:
    assert threads_beside(others, cores=cores, most=most) == threads


@on_linux
def test_another_program_is_seen_and_the_threads_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with shared_cores(watched=True) as cores, subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
            _busy_seconds_pass(cores)
            busy.kill()
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def _busy_seconds_pass(cores: SharedCores) -> None:
    """Two measurements: the program may begin within the first."""
    for _ in range(2):
        time.sleep(1.1)
        cores.give_way()


@on_linux
def test_own_computing_is_no_reason_to_give_way() -> None:
    before = usage()
    ends = time.monotonic() + 1.0
    while time.monotonic() < ends:
        pass
    after = usage()
    assert before is not None
    assert after is not None
    assert after.own_s - before.own_s > 0.3
    assert after.anyone_s - before.anyone_s > after.own_s - before.own_s - 0.1


def test_threads_that_the_user_has_set_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with shared_cores(watched=True) as cores:
        assert cores.since is None
    monkeypatch.delenv("OMP_NUM_THREADS")
    with shared_cores(watched=False) as cores:
        assert cores.since is None
