from pathlib import Path

import pytest

from maskwright.concurrency.usable_cores import usable_cores
from maskwright.errors import ConfigError
from maskwright.training.distributed.ranks import Ranks, ranks_of, threads_each
from tests.support.commands import in_own_process, refusal

SECOND = {
    "RANK": "3",
    "WORLD_SIZE": "4",
    "LOCAL_RANK": "1",
    "LOCAL_WORLD_SIZE": "2",
    "MASTER_ADDR": "10.0.0.1",
    "MASTER_PORT": "29500",
}


def test_the_environment_of_torchrun_says_where_a_process_stands() -> None:
    ranks = ranks_of(SECOND)
    assert ranks == Ranks(3, 4, 2)
    assert (ranks.local_rank, ranks.nodes, ranks.is_first, ranks.name) == (1, 2, False, "process 4 of 4")
    assert ranks_of({"RANK": "3"}) is None
    assert ranks_of({"WORLD_SIZE": "1"}) is None  # as some clusters set it for every process


@pytest.mark.parametrize("name", ["RANK", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"])
def test_an_incomplete_environment_names_what_is_missing(name: str) -> None:
    environment = {key: value for key, value in SECOND.items() if key != name}
    with pytest.raises(ConfigError, match=f"WORLD_SIZE is 4, but {name} is not set: start with `torchrun"):
        ranks_of(environment)


def test_an_environment_that_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigError, match="RANK is 'x', not a number"):
        ranks_of({**SECOND, "RANK": "x"})
    with pytest.raises(ConfigError, match="the same number of processes on each machine"):
        ranks_of({**SECOND, "LOCAL_WORLD_SIZE": "3"})


@pytest.mark.parametrize(("count", "total"), [(1, 4), (2, 4), (2, 5), (3, 7), (4, 2)])
def test_each_item_belongs_to_one_process(count: int, total: int) -> None:
    shares = [Ranks(rank, count, count).share(total) for rank in range(count)]
    assert sorted(item for share in shares for item in share) == list(range(total))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_the_cores_are_divided_unless_the_threads_are_set() -> None:
    cores = usable_cores()
    assert threads_each(1, {}) == str(cores)
    assert threads_each(10 * cores, {}) == "1"
    assert threads_each(2, {"OMP_NUM_THREADS": "3"}) == "3"


def test_more_devices_than_the_machine_has_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    line = refusal(capsys, "train", tmp_path, "--devices", 5000)
    assert "5000 devices are asked for, but this machine has" in line
    assert "give --devices" in line
    assert "leave one out" in refusal(capsys, "train", tmp_path, "--devices", 2, "--on", "ray")
    assert "not a number of devices" in refusal(capsys, "train", tmp_path, "--devices", "0")


def test_devices_that_torchrun_did_not_start_are_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECOND.items():
        monkeypatch.setenv(name, value)
    assert "--devices 3, but torchrun started 2 here" in refusal(capsys, "train", tmp_path, "--devices", 3)
    monkeypatch.delenv("MASTER_ADDR")
    assert "MASTER_ADDR is not set" in refusal(capsys, "train", tmp_path)


def test_devices_are_counted_before_torch_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom maskwright.cli.main import main\n"
        "code = main(['train', sys.argv[1], '--devices', '5000'])\nassert 'torch' not in sys.modules\nsys.exit(code)"
    )
    refused = in_own_process(code, tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith("maskwright: 5000 devices are asked for")
