"""What is loaded is said before it is, once, and a terminal sees something move."""

import io
import subprocess
import sys

import pytest

from maskwright.workflows.progress.torch_import import load_torch, moving

FIRST = """
import sys
from maskwright.workflows.progress.torch_import import load_torch
assert "torch" not in sys.modules
lines = []
load_torch(lambda line: lines.append((line, "torch" in sys.modules)))
load_torch(lines.append)
print(lines)
"""


def test_pytorch_is_announced_once_and_before_it_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[('loading PyTorch: this takes a few seconds', False)]"


def test_nothing_is_said_of_what_is_there() -> None:
    import torch  # noqa: F401 - it is there now

    lines: list[str] = []
    load_torch(lines.append)
    assert lines == []


def test_a_terminal_sees_what_is_loaded_and_a_file_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, terminal = io.StringIO(), Terminal()
    for stream in (plain, terminal):
        monkeypatch.setattr(sys, "stderr", stream)
        with moving("loading runs/a"):
            pass
    assert plain.getvalue() == ""
    assert "loading runs/a" in terminal.getvalue()


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True
