import signal

import pytest
from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

from maskwright.errors import DevicesError
from maskwright.training.distributed.launch import LOST_CODE, RUN_ID, code_of, is_launched


def ended(*codes: int) -> dict[int, ProcessFailure]:
    """Return the failures of processes that ended with these codes, 0 for none."""
    return {
        rank: ProcessFailure(local_rank=rank, pid=1000 + rank, exitcode=code, error_file="none")
        for rank, code in enumerate(codes)
        if code
    }


def test_the_code_of_the_process_that_reported_its_error_counts() -> None:
    assert code_of(ended(2, LOST_CODE), 2) == 2
    assert code_of(ended(LOST_CODE, 3), 2) == 3
    assert code_of(ended(2, -signal.SIGTERM), 2) == 2
    assert code_of(ended(130, 130), 2) == 130


@pytest.mark.parametrize("codes", [(-signal.SIGTERM, -signal.SIGKILL), (LOST_CODE, -signal.SIGKILL), (0, -9)])
def test_the_process_that_was_killed_is_named_and_not_those_that_were_ended_after_it(codes: tuple[int, ...]) -> None:
    with pytest.raises(DevicesError, match="process 2 of 2 was killed by SIGKILL, and the others were ended"):
        code_of(ended(*codes), 2)


def test_processes_that_only_lost_each_other_are_reported() -> None:
    with pytest.raises(DevicesError, match="lost each other"):
        code_of(ended(LOST_CODE, LOST_CODE), 2)
    with pytest.raises(DevicesError, match="process 1 of 2 was killed by SIGTERM"):
        code_of(ended(-signal.SIGTERM), 2)


def test_a_process_knows_whether_the_command_started_it() -> None:
    assert is_launched({"TORCHELASTIC_RUN_ID": RUN_ID})
    assert not is_launched({"TORCHELASTIC_RUN_ID": "none"})
    assert not is_launched({})
