import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maskwright.datasets.opening import open_dataset
from maskwright.runs.folder import read_history, read_run_facts
from maskwright.training.loop import train
from maskwright.training.progress import Progress
from tests.support.commands import FAST, call, left_over
from tests.support.drawn import disc_photos, via_csv
from tests.support.plans import parts_of
from tests.support.two_processes import environment_of_tests, measure, plan_of

Both = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    via_csv(disc_photos(folder, count=8))
    return folder


@pytest.fixture(scope="module")
def begun(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder in which one process was interrupted after seven steps."""
    run = tmp_path_factory.mktemp("runs") / "begun"
    with pytest.raises(KeyboardInterrupt):
        train(parts_of(open_dataset(photos), inner=3), plan_of(photos), out=run, on_progress=interrupt)
    return run


def interrupt(progress: Progress) -> None:
    if progress.step == 7:
        raise KeyboardInterrupt


@pytest.fixture(scope="module")
def both(photos: Path, begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Return what one process sees of a training, and what two see that share each of its batches."""
    file = tmp_path_factory.mktemp("out") / "two.json"
    words = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "tests.support.two_processes"]
    done = subprocess.run(
        [sys.executable, "-m", *words, str(photos), str(file), str(begun)],
        capture_output=True,
        text=True,
        timeout=1500,
        env=environment_of_tests(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return measure(photos), json.loads(file.read_text())


def test_two_processes_cut_the_crops_of_one(both: Both) -> None:
    one, two = both
    assert one["crops"] == two["crops"]


def test_two_processes_have_the_losses_of_one_for_twenty_steps(both: Both) -> None:
    one, two = both
    assert len(one["losses"]) == 20
    np.testing.assert_allclose(two["losses"], one["losses"], rtol=1e-8)
    np.testing.assert_allclose(two["losses"][:2], one["losses"][:2], rtol=1e-12)
    assert one["losses"][-1] < 0.9 * one["losses"][0]


def test_both_processes_end_with_the_same_weights_to_the_last_bit(both: Both) -> None:
    _, two = both
    assert len(two["weights"]) == 2
    assert two["weights"][0] == two["weights"][1]


def test_validation_over_two_processes_gives_one_count_a_photo_in_the_order_of_the_photos(both: Both) -> None:
    one, two = both
    assert one["names"] == two["names"]
    assert np.array(two["counts"]).shape == (3, 2, 2)
    assert one["counts"] == two["counts"]


def test_batchnorm_over_two_processes_is_that_of_the_whole_batch(both: Both) -> None:
    for name in ("output", "gradients", "buffers"):
        for one, two in zip(both[0]["norm"][name], both[1]["norm"][name], strict=True):
            np.testing.assert_allclose(two, one, rtol=1e-9, atol=1e-12)


def test_values_come_from_the_first_process_and_errors_from_the_one_that_fails(both: Both) -> None:
    values = both[1]["exchanges"]
    assert values["ranks"] == [0, 1]
    assert values["first"] == "made by 0"
    assert values["alone"] == [
        "DataError: process 2 of 2: bad photo at 1",
        "DevicesError: a process of this training failed",
    ]
    assert values["everywhere"] == ["DataError: bad photo at 0", "DevicesError: a process of this training failed"]
    assert values["nowhere"] == ["", ""]


def test_the_clock_of_the_first_process_gives_both_the_same_number_of_steps(both: Both) -> None:
    one, two = both
    assert two["budget"][0] == two["budget"][1]
    assert abs(two["budget"][0] - one["budget"][0]) < 20  # its own clock would give the second 250 fewer
    assert 850 < one["budget"][0] < 950


def test_machines_with_other_photos_are_refused(both: Both) -> None:
    assert "holds other photos or masks for process 2 of 2 than for process 1" in both[1]["other data"]


@pytest.mark.usefixtures("both")
def test_what_one_process_began_two_continue_to_the_same_end(photos: Path, begun: Path, tmp_path: Path) -> None:
    whole = train(parts_of(open_dataset(photos), inner=3), plan_of(photos), out=tmp_path / "whole")
    assert read_run_facts(begun).steps == whole.facts.steps
    assert read_run_facts(begun).train_digests == whole.facts.train_digests
    one, two = read_history(whole.folder), read_history(begun)
    assert [row.step for row in one] == [row.step for row in two]
    np.testing.assert_allclose([row.loss for row in two], [row.loss for row in one], rtol=0.1)  # float32 drifts
    np.testing.assert_allclose([row.loss for row in two][:4], [row.loss for row in one][:4], rtol=1e-3)
    assert left_over(begun) == []


def started(photos: Path, run: Path, *words: str) -> "subprocess.Popen[str]":
    """Return `maskwright train` on two devices, as it starts."""
    command = [sys.executable, "-m", "maskwright", "train", str(photos), "--out", str(run), "--devices", "2", *FAST]
    return subprocess.Popen(
        [*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment_of_tests()
    )


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_rank(pid: int, rank: int) -> bool:
    return f"RANK={rank}" in Path(f"/proc/{pid}/environ").read_text().split("\0")


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
def test_a_killed_process_ends_the_training_in_one_line_and_one_device_continues_it(
    photos: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    process = started(photos, run, "--set", "optim.steps=60")
    while not (run / "checkpoint.pt").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    ranks = children(process.pid)
    os.kill(next(pid for pid in ranks if is_rank(pid, 1)), signal.SIGKILL)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 2
    assert errors.startswith("maskwright: process 2 of 2 was killed by SIGKILL")
    assert "--resume continues" in errors
    assert errors.count("\n") == 1
    assert not any(Path(f"/proc/{pid}").exists() for pid in ranks)
    assert not (run / "run.json").exists()
    assert call("train", photos, "--out", run, "--resume", "--quiet") == 0
    assert read_run_facts(run).steps == 60
    assert len(read_history(run)) == 12
    assert left_over(run) == []
