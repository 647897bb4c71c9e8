import socket
import sys
from pathlib import Path

import pytest

from tests.support.commands import refusal


def test_without_its_packages_one_line_says_what_to_install(
    disc_run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    assert "pip install 'maskwright[serve]'" in refusal(capsys, "serve", disc_run)
    assert "pip install 'maskwright[serve]'" in refusal(capsys, "live", disc_run)


def test_what_cannot_be_served_is_refused_in_one_line(
    disc_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "token").write_text("\n")
    assert "is no run folder" in refusal(capsys, "serve", tmp_path / "none")
    assert "two runs are called" in refusal(capsys, "serve", disc_run, f"{disc_run.name}={disc_run}")
    assert "is empty" in refusal(capsys, "serve", disc_run, "--token-file", tmp_path / "token")
    assert "is no film" in refusal(capsys, "live", disc_run, "--source", tmp_path / "none.mp4", "--port", 8399)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "choose another --port" in refusal(capsys, "serve", disc_run, "--port", taken.getsockname()[1])
