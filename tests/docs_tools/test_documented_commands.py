import re
import shlex
from pathlib import Path

import pytest

from maskwright.cli.parser import parser
from maskwright.planning.overrides import SHORT
from maskwright.planning.setting_list import setting_list

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("", "how-to", "explanation", "reference", "findings")
PAGES = [ROOT / "README.md", *(page for folder in FOLDERS for page in sorted((ROOT / "docs" / folder).glob("*.md")))]
SETTING = re.compile(r"--set[ =]'?([a-z_.]+)=")
COMMAND = re.compile(r"^(?: {4,}|\t)(maskwright [^\n]*)$", re.MULTILINE)


def commands() -> list[str]:
    found = [line for page in PAGES for line in COMMAND.findall(page.read_text(encoding="utf-8"))]
    return sorted({re.split(r"\s#\s|\s&&\s", line)[0].strip() for line in found})


@pytest.mark.parametrize("command", commands())
def test_every_documented_command_is_understood_by_the_parser(command: str) -> None:
    words = shlex.split(command.replace("...", "word"))[1:]
    parser().parse_args(words)


def settings() -> list[str]:
    return sorted({key for page in PAGES for key in SETTING.findall(page.read_text(encoding="utf-8"))})


@pytest.mark.parametrize("key", settings())
def test_every_documented_setting_exists(key: str) -> None:
    assert key in {row.key for row in setting_list()} | {*SHORT, "augment"}  # `augment=none` sets many at once


def test_the_pages_hold_commands_at_all() -> None:
    assert len(commands()) > 15
    assert len(settings()) > 10
