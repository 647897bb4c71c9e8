import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from maskwright.datasets.dataset import Dataset, usable
from maskwright.datasets.splitting.groups import photo_groups
from maskwright.datasets.splitting.split import split
from maskwright.errors import DataError
from maskwright.imaging.photos import Photo
from maskwright.planning.machine import _may_have_gpu, this_machine
from maskwright.planning.settings import Settings
from maskwright.workflows.open_and_check import checked_and_compared, open_data
from maskwright.workflows.watching.display_interface import Screen, ignore
from tests.support.commands import in_own_process

CHECK = "import sys; from maskwright.cli.main import main; code = main(sys.argv[1:]); assert 'torch' not in sys.modules"


@pytest.mark.skipif(_may_have_gpu(), reason="torch is asked for the GPU that may be here")
def test_a_check_loads_no_torch_where_no_gpu_can_be(discs: Path) -> None:
    done = in_own_process(CHECK, "check", discs)
    assert done.returncode == 0, done.stderr
    assert "photos" in done.stdout


def test_a_machine_without_a_gpu_has_no_memory_on_it() -> None:
    machine = this_machine()
    assert (machine.gpu is None) == (machine.gpu_memory_gb == 0)
    assert machine.cores >= 1
    assert "torch" in machine.system


class Counter:
    """What was counted: the name of each work, how many files it has, and how many are done."""

    def __init__(self) -> None:
        self.works: list[list[object]] = []
        self.screen = Screen(ignore, lambda _: ignore, self.count)

    def count(self, name: str, total: int) -> Callable[..., None]:
        work: list[object] = [name, total, 0]
        self.works.append(work)

        def step(*_: object) -> None:
            work[2] = int(str(work[2])) + 1

        return step


def test_reading_and_checking_are_counted_to_their_end(discs: Path) -> None:
    counter = Counter()
    dataset = open_data(discs, Settings(), only=None, screen=counter.screen)
    checked_and_compared(dataset, Settings(), screen=counter.screen)
    assert [name for name, _, _ in counter.works] == ["reading photos", "measuring", "checking", "comparing"]
    assert all(total == done == len(dataset) for _, total, done in counter.works)


def test_a_split_of_checked_photos_decodes_none_again_and_divides_them_alike(
    discs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_data(discs, Settings(), only=None)
    findings, compared = checked_and_compared(opened, Settings())
    whole, few = usable(compared, findings), replace(compared, samples=compared.samples[:4])
    expected = split(opened, test=0.3), photo_groups(replace(opened, samples=opened.samples[:4]))

    def refuse(*_: object, **__: object) -> Photo:
        raise DataError("decoded again")

    monkeypatch.setattr(Dataset, "photo", refuse)
    divided = split(whole, test=0.3)
    assert (divided.train, divided.test, divided.why) == (expected[0].train, expected[0].test, expected[0].why)
    assert photo_groups(few) == expected[1]


def test_thumbnails_do_not_travel_to_other_processes(discs: Path) -> None:
    _, compared = checked_and_compared(open_data(discs, Settings(), only=None), Settings())
    assert compared.compared is not None
    sent = pickle.loads(pickle.dumps(compared))
    assert sent.compared is None
    assert sent == compared
