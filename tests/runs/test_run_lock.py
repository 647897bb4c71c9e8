import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from maskwright.errors import OutputError, RunError
from maskwright.files import TEMPORARY
from maskwright.runs.run_lock import LOCK, claimed

HOLD = """
import sys, time
from pathlib import Path
from maskwright.runs.run_lock import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(folder: Path) -> "subprocess.Popen[str]":
    """Return a process that holds the folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_folder_is_held_by_one_process_at_a_time_and_the_second_names_the_first(tmp_path: Path) -> None:
    process = holder(tmp_path / "run")
    with (
        pytest.raises(RunError, match=f"is in use by process {process.pid} on .*choose another --out"),
        claimed(tmp_path / "run"),
    ):
        pass
    process.kill()
    process.communicate()


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    process = holder(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert (tmp_path / LOCK).exists()
    with claimed(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_no_temporary_files_behind(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    for name in (f"{TEMPORARY}abc.pt", f"pictures/{TEMPORARY}def.jpg", "model.pt"):
        (tmp_path / name).write_text("half")
    with claimed(tmp_path):
        assert sorted(path.name for path in tmp_path.rglob("*.*")) == [LOCK, "model.pt"]


def test_what_another_process_writes_in_a_run_below_is_left_alone(tmp_path: Path) -> None:
    process = holder(tmp_path / "runs" / "other")
    for name in ("runs/other/folds/0", "runs"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / name / f"{TEMPORARY}abc.pt").write_text("half")
    with claimed(tmp_path):
        assert [path.parent.name for path in tmp_path.rglob(f"{TEMPORARY}*")] == ["0"]
    process.kill()
    process.communicate()
    with claimed(tmp_path / "runs" / "other"):
        assert not list(tmp_path.rglob(f"{TEMPORARY}*"))


def test_a_folder_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="oops"), claimed(tmp_path):
        raise ValueError("oops")
    with claimed(tmp_path), claimed(tmp_path, lock="other.lock"):
        pass


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose another place"), claimed(tmp_path / "file" / "run"):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_in_the_place_of_the_lock_is_not_written_through(tmp_path: Path) -> None:
    precious, folder = tmp_path / "precious.txt", tmp_path / "run"
    precious.write_text("precious")
    folder.mkdir()
    (folder / LOCK).symlink_to(precious)
    with pytest.raises(OutputError, match="choose another place"), claimed(folder):
        pass
    assert precious.read_text() == "precious"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
def test_a_pipe_in_the_place_of_the_lock_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / LOCK)
    with pytest.raises(OutputError, match="not a plain file"), claimed(tmp_path):
        pass
