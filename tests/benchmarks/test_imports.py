from pathlib import Path

import pytest

from benchmarks.faults.keys import BY_KIND, training_code, trial_code
from benchmarks.imports import ROOT, code_of, imported_files


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with a small package."""
    texts = {
        "a": "from maskwright import b\nimport numpy\n",
        "b": "def f():\n    from maskwright.inner.c import x\n",
        "inner/c": "from typing import TYPE_CHECKING\nx = 1\nif TYPE_CHECKING:\n    from maskwright import d\n",
        "d": "from maskwright import a\n",
        "inner/__init__": "",
        "__init__": "",
    }
    for name, text in texts.items():
        file = tmp_path / "src" / "maskwright" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "src" / "maskwright" / "inner" / "words.toml").write_text("")
    return tmp_path


def names(files: list[Path], root: Path) -> set[str]:
    return {file.relative_to(root / "src" / "maskwright").as_posix() for file in files}


def test_imports_are_followed_into_functions_and_not_into_type_checking(root: Path) -> None:
    everything = {"__init__.py", "a.py", "b.py", "inner/__init__.py", "inner/c.py", "inner/words.toml"}
    assert names(imported_files(["maskwright.a"], root=root), root) == everything


def test_modules_can_be_left_out_and_imports_stopped(root: Path) -> None:
    stopped = imported_files(["maskwright.a"], root=root, stop=["maskwright.b"])
    assert names(stopped, root) == {"__init__.py", "a.py", "b.py"}
    without = imported_files(["maskwright.d"], root=root, without=["maskwright.inner"])
    assert names(without, root) == {"__init__.py", "a.py", "b.py", "d.py"}


def test_the_hash_changes_with_a_file_and_not_with_a_file_that_is_not_imported(root: Path) -> None:
    before = code_of(["maskwright.a"], root=root)
    (root / "src" / "maskwright" / "d.py").write_text("x = 2\n")
    assert code_of(["maskwright.a"], root=root) == before
    (root / "src" / "maskwright" / "inner" / "words.toml").write_text("x = 1\n")
    assert code_of(["maskwright.a"], root=root) != before


def test_faults_are_answered_by_the_code_of_their_kind() -> None:
    files = {kind: imported_files(BY_KIND[kind], stop=("benchmarks.faults.trials",)) for kind in BY_KIND}
    assert all(file.exists() for kind in files for file in files[kind])
    diagnosis = ROOT / "src" / "maskwright" / "diagnosis" / "diagnose.py"
    assert diagnosis in files["prediction"]
    assert diagnosis not in imported_files(["benchmarks.faults.trainings"], without=["maskwright.diagnosis"])
    assert len({trial_code(kind) for kind in ("prediction", "mask", "serving", "training")}) == 4
    assert training_code() not in {trial_code(kind) for kind in BY_KIND}
