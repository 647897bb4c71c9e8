"""Where a command may write: not among photos and masks."""

from pathlib import Path

import pytest

from maskwright.errors import OutputError
from maskwright.runs.own_folder import require_own_folder


def test_the_folder_of_the_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    with pytest.raises(OutputError, match=r"is the folder of the data.*choose another --out"):
        require_own_folder(tmp_path, tmp_path / "images" / "..")


def test_a_folder_that_holds_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0.PNG").touch()
    with pytest.raises(OutputError, match=r"pictures that no command of maskwright made, such as 0\.PNG"):
        require_own_folder(tmp_path)


@pytest.mark.parametrize("name", ["plan.toml", "asked.json", "compare.json", "design.json"])
def test_a_folder_that_an_earlier_command_made_may_be_used_again(tmp_path: Path, name: str) -> None:
    (tmp_path / "contact_sheet.png").touch()
    (tmp_path / name).touch()
    require_own_folder(tmp_path, tmp_path)


def test_new_folders_and_folders_of_other_files_are_taken(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    require_own_folder(tmp_path / "new", tmp_path)
    require_own_folder(tmp_path)
