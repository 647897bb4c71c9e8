import os
from pathlib import Path

import pytest

from tests.support.commands import call


def test_a_current_folder_that_was_removed_is_said_in_one_line(
    disc_run: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    try:
        assert (
            call("predict", disc_run, next(discs.rglob("*.png"))) == 2
        )  # its results would go below the current folder
    finally:
        os.chdir(tmp_path)
    assert "the current folder was removed or moved" in capsys.readouterr().err
