"""Standard output that closes, is full, or is not there; errors that nobody expected."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from maskwright.cli.verbs.reference import nets
from tests.support.commands import FAST, call

MAIN = "import sys; from maskwright.cli.main import main; sys.exit(main(sys.argv[1:]))"


def run(words: tuple[object, ...], *, shell: str = '"$@"') -> "subprocess.CompletedProcess[str]":
    """Return what `maskwright WORDS` did in a shell; `"$@"` in `shell` is the command."""
    command = ["bash", "-c", shell, "bash", sys.executable, "-c", MAIN, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_a_closed_pipe_ends_the_printing_and_not_the_training(tmp_path: Path, discs: Path) -> None:
    words = ("train", discs, "--out", tmp_path / "run", *FAST)
    done = run(words, shell='"$@" | head -1; exit ${PIPESTATUS[0]}')
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    assert (tmp_path / "run" / "report.html").exists()


def test_a_pipe_that_nobody_reads_is_not_an_error(discs: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    words = [sys.executable, "-c", MAIN, "check", str(discs)]
    done = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, timeout=120, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_standard_output_is_one_line() -> None:
    done = run(("settings",), shell='"$@" > /dev/full')
    assert done.returncode == 2
    assert done.stderr == "maskwright: cannot write to standard output: No space left on device\n"


def test_a_closed_standard_output_is_not_an_error() -> None:
    assert run(("settings",), shell='"$@" >&-').returncode == 0
    assert run(("settings",), shell='"$@" >&- 2>&-').returncode == 0


def test_an_unexpected_error_is_one_line_with_a_report_and_exit_code_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskwright.models.catalogue.require_network", {}.__getitem__)
    assert call("nets", "unet") == 3
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    found = re.search(r"^maskwright: unexpected error \(KeyError: 'unet'\); the report is (\S+): please", line)
    assert found is not None
    report = Path(found.group(1))
    assert "Traceback" in report.read_text()
    assert "command: maskwright nets unet" in report.read_text()
    report.unlink()
    assert call("nets", "unet", "-v") == 3
    assert f"{nets.__file__}" in capsys.readouterr().err
