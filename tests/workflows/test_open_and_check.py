import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from maskwright.datasets.dataset import Dataset, usable
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.splitting.groups import photo_groups
from maskwright.datasets.splitting.split import split
from maskwright.errors import ConfigError, DataError
from maskwright.imaging.photos import Photo, read_photo
from maskwright.planning.machine import _may_have_gpu, this_machine
from maskwright.planning.settings import DataSettings, Settings
from maskwright.workflows.open_and_check import checked_and_compared, open_data, read_options
from maskwright.workflows.progress.screen import Screen, ignore
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


@pytest.mark.parametrize("text", ["4,3", "4,3,0", "red", "4,3,2,1", "4;3;2"])
def test_bands_that_are_no_three_numbers_from_1_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match=r"data\.bands=4,3,2"):
        read_options(DataSettings(bands=text))


def test_bands_are_counted_from_1_and_are_those_of_each_photo(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(3):
        bands = rng.integers(60, 190, (24, 32, 4), dtype=np.uint8)
        for folder, pixels in (("images", bands), ("masks", (bands[:, :, 0] > 120).astype(np.uint8))):
            (tmp_path / folder).mkdir(exist_ok=True)
            tifffile.imwrite(tmp_path / folder / f"{number}.tif", pixels)
    data = open_dataset(tmp_path, options=read_options(DataSettings(bands="4,3,2")))
    stored = tifffile.imread(data.samples[0].photo)
    assert np.array_equal(data.photo(data.samples[0]), stored[:, :, [3, 2, 1]])


def test_a_band_that_photos_have_not_is_an_error(tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (24, 32, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match="band"):
        read_photo(tmp_path / "a.png", bands=(3, 1, 0))
