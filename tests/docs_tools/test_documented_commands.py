import re
import shlex
from pathlib import Path

import pytest

from maskwright.cli.parser import parser

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "how-to").glob("*.md"))]
COMMAND = re.compile(r"^(?: {4,}|\t)(maskwright [^\n]*)$", re.MULTILINE)


def commands() -> list[str]:
    found = [line for page in PAGES for line in COMMAND.findall(page.read_text(encoding="utf-8"))]
    return sorted({re.split(r"\s#\s|\s&&\s", line)[0].strip() for line in found})


@pytest.mark.parametrize("command", commands())
def test_every_documented_command_is_understood_by_the_parser(command: str) -> None:
    words = shlex.split(command.replace("...", "word"))[1:]
    parser().parse_args(words)


def test_the_pages_hold_commands_at_all() -> None:
    assert len(commands()) > 15
