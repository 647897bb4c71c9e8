"""The examples in docstrings run as they stand, in a folder that holds photos and a run."""

import doctest
import importlib
import shutil
from pathlib import Path

import numpy as np
import pytest

import maskwright

SOURCE = Path(maskwright.__file__).parent
MODULES = [
    ".".join(("maskwright", *path.relative_to(SOURCE).with_suffix("").parts))
    for path in sorted(SOURCE.rglob("*.py"))
    if ">>>" in path.read_text("utf-8")
]
WITHOUT = {"LearningCurve", "Progress", "Run", "learning_curve"}
"""Public names whose example would train for minutes, and values that are only handed out."""


@pytest.fixture(scope="module")
def folder(discs: Path, disc_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with `photos` and the run `runs/photos-1`."""
    root = tmp_path_factory.mktemp("examples")
    shutil.copytree(discs, root / "photos")
    shutil.copytree(disc_run, root / "runs" / "photos-1")
    return root


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_show(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    module = importlib.import_module(name)
    names = {"mw": maskwright, "np": np}
    result = doctest.testmod(module, extraglobs=names, optionflags=doctest.ELLIPSIS)
    assert result.failed == 0
    assert result.attempted > 0


def test_every_public_name_has_an_example() -> None:
    documented = set(maskwright.__all__) - {"__version__", *WITHOUT}
    assert not {name for name in documented if ">>>" not in (getattr(maskwright, name).__doc__ or "")}
