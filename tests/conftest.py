"""What several tests share: drawn photos with their annotation, and one small run trained on them."""

import os
from pathlib import Path

import pytest

from tests.support.commands import FAST, call
from tests.support.drawn import disc_photos, via_csv

os.environ.setdefault("OMP_NUM_THREADS", "1")  # networks this small: two threads mostly wait for one another


@pytest.fixture(scope="session")
def discs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of six drawn photos with a VIA csv."""
    dataset = disc_photos(tmp_path_factory.mktemp("data") / "discs")
    via_csv(dataset)
    return dataset.root


@pytest.fixture(scope="session")
def disc_run(discs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run trained for three steps on four of the discs; the two others are held out."""
    run = tmp_path_factory.mktemp("runs") / "discs"
    assert call("train", discs, "--out", run, *FAST, "--set", "split.test=0.34") == 0
    return run
