from pathlib import Path

import pytest

from maskwright.errors import DataError
from maskwright.output_file_names import LOG_FILE
from maskwright.planning.settings import read_settings
from maskwright.runs.folder import read_run_facts
from maskwright.workflows.progress.run_log import RunLog
from maskwright.workflows.progress.screen import silent_screen
from maskwright.workflows.training.job import run_job
from maskwright.workflows.training.prepare import Job
from tests.support.commands import SMALL


def test_a_run_keeps_what_was_said_the_losses_and_the_verdict(discs: Path, tmp_path: Path) -> None:
    result = run_job(Job(discs, tmp_path / "run", read_settings(SMALL)), silent_screen())
    text = (tmp_path / "run" / LOG_FILE).read_text()
    assert "6 annotated photos, classes: background, disc" in text
    assert "checking: 6 photos" in text
    assert "training: step 3/3  loss " in text
    assert result.verdict.sentence in text
    assert read_run_facts(result.out).version in text


def test_what_stopped_a_run_is_in_its_log_with_the_traceback(discs: Path, tmp_path: Path) -> None:
    def stop(*_: object) -> None:
        raise ValueError("the callback failed")

    with pytest.raises(ValueError, match="the callback failed"):
        run_job(Job(discs, tmp_path / "run", read_settings(SMALL)), silent_screen(), listeners=[stop])
    text = (tmp_path / "run" / LOG_FILE).read_text()
    assert "stopped by ValueError: the callback failed" in text
    assert "test_run_log.py" in text


def test_lines_wait_until_the_folder_is_there_and_a_resumed_run_appends(tmp_path: Path) -> None:
    log = RunLog()
    log.write("first")
    assert not list(tmp_path.iterdir())
    log.open(tmp_path)
    log.write("second")
    again = RunLog()
    again.open(tmp_path)
    again.write("third")
    lines = (tmp_path / LOG_FILE).read_text().splitlines()
    assert [line.split("  ")[1] for line in lines if "maskwright" not in line] == ["first", "second", "third"]


def test_a_job_that_never_began_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        run_job(Job(tmp_path, tmp_path / "run", read_settings(())), silent_screen())
    assert not (tmp_path / "run").exists()
