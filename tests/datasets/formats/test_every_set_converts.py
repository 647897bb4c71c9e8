"""Every real set, and every file that a tool wrote, is written in every format and read back with the same pixels."""

import pytest

from benchmarks.conversions import SETS, differing
from maskwright.datasets.converting import WRITERS
from tests.support.real_data import SHARED_DATA, shared_data

LARGE = "futoshiki"
"""Its photos of 12 megapixels take a minute: `python -m benchmarks.conversions` converts them."""
FILES = sorted(path.name for path in (SHARED_DATA / "formats").glob("*/")) if SHARED_DATA.exists() else []


@pytest.mark.parametrize("name", [name for name in SETS if name != LARGE])
def test_real_sets_convert_into_each_format_and_back(name: str) -> None:
    shares = differing(shared_data(name), photos=1)
    assert set(shares) == set(WRITERS)
    assert max(shares.values()) <= 0.0005


@pytest.mark.parametrize("name", FILES)
def test_files_of_tools_convert_into_each_format_and_back(name: str) -> None:
    source = shared_data("formats") / name
    source = source / "project" if (source / "project").is_dir() else source
    shares = differing(source, photos=1)
    assert max(shares.values(), default=0.0) <= 0.0005
