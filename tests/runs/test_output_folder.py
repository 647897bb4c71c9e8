"""Where a command may write: not among photos and masks."""

from pathlib import Path

import pytest

from maskwright.errors import OutputError
from maskwright.runs.output_folder import require_no_other_pictures, require_not_among_data


@pytest.mark.parametrize("beside", ["0.png", "plan.toml"])
def test_the_folder_of_the_data_is_refused(tmp_path: Path, beside: str) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / beside).touch()
    with pytest.raises(OutputError, match=r"is the folder of the data.*choose another --out"):
        require_not_among_data(tmp_path, tmp_path / "images" / "..")


def test_a_folder_of_pictures_in_the_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "0.PNG").touch()
    with pytest.raises(OutputError, match=r"holds other pictures, such as 0\.PNG"):
        require_not_among_data(tmp_path / "masks", tmp_path)
    with pytest.raises(OutputError, match=r"holds other pictures, such as 0\.PNG"):
        require_no_other_pictures(tmp_path / "masks")


@pytest.mark.parametrize("name", ["plan.toml", "asked.json", "compare.json", "design.json"])
def test_a_folder_that_an_earlier_command_made_may_be_used_again(tmp_path: Path, name: str) -> None:
    run = tmp_path / "runs"
    run.mkdir()
    (run / "contact_sheet.png").touch()
    (run / name).touch()
    require_not_among_data(run, tmp_path)
    require_no_other_pictures(run)


def test_folders_elsewhere_are_taken_whatever_pictures_they_hold(tmp_path: Path) -> None:
    for folder in ("photos", "results"):
        (tmp_path / folder).mkdir()
    (tmp_path / "results" / "sheet.png").touch()
    require_not_among_data(tmp_path / "results", tmp_path / "photos")
    require_not_among_data(tmp_path / "new", tmp_path / "photos")
