"""Calling the command line as a script would, in this process or in one of its own."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from maskwright.cli.main import main

SMALL = (
    "net.weights=random",
    "net.decoder_channels=[32,16,16,8,8]",
    "optim.steps=3",
    "optim.batch=2",
    "optim.precision=32-true",
    "scale.crop_px=64",
    "scale.long_side_px=96",
)
FAST = tuple(word for setting in SMALL for word in ("--set", setting))
"""Settings with which a training takes a second."""


def call(*arguments: object) -> int:
    """Return the exit code of `maskwright ARGUMENTS`, run in this process."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as left:
        return int(left.code or 0)


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Return the one line on stderr with which `maskwright ARGUMENTS` is refused; its form is checked."""
    capsys.readouterr()
    code = call(*arguments)
    line = capsys.readouterr().err
    assert code == 2, line
    assert line.startswith("maskwright: ")
    assert line.count("\n") == 1
    assert line.endswith("\n")
    return line


def in_own_process(
    code: str, *arguments: object, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Return what a fresh Python did with `code`; `sys.argv[1:]` are the arguments."""
    words = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, env=environment, check=False)


def left_over(folder: Path) -> list[Path]:
    """Return the temporary files that were left anywhere below the folder."""
    return [path for path in folder.rglob("*") if path.name.startswith(".")]
