"""Paths on the command line: what a result must not be written over."""

import argparse
from pathlib import Path

import pytest

from maskwright.cli.paths import path, require_exists, require_not_inside, result_file
from maskwright.errors import ConfigError
from tests.support.commands import refusal


def test_a_new_file_and_an_older_result_are_taken(tmp_path: Path) -> None:
    (tmp_path / "scores.json").write_text("{}")
    assert result_file(str(tmp_path / "scores.json")) == tmp_path / "scores.json"
    assert result_file(str(tmp_path / "model.onnx")) == tmp_path / "model.onnx"
    assert result_file("/dev/null") == Path("/dev/null")


@pytest.mark.parametrize("name", ["photo.PNG", "model.safetensors", "model.pt", "masks.npz"])
def test_data_and_weights_are_not_written_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(
        argparse.ArgumentTypeError, match=f"{name} exists and would be overwritten: choose another name"
    ):
        result_file(str(tmp_path / name))


@pytest.mark.parametrize("name", ["run.json", "evaluation.json", "plan.toml"])
def test_files_of_a_run_are_not_written_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert result_file(str(tmp_path / name)) == tmp_path / name, "not in a run"
    (tmp_path / "asked.json").touch()
    with pytest.raises(argparse.ArgumentTypeError, match="would be overwritten"):
        result_file(str(tmp_path / name))


def test_a_folder_is_no_result_file(tmp_path: Path) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is a folder: give a file in it"):
        result_file(str(tmp_path))


def test_copies_of_photos_do_not_go_into_their_own_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"its pictures would count as data: try --out .*b"):
        require_not_inside(tmp_path / "a" / "b", tmp_path)
    require_not_inside(tmp_path.parent / "b", tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"), [("n" * 300, "File name too long"), ("~nobody-of-that-name/x", "home directory")]
)
def test_a_name_that_the_system_refuses_is_refused_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"is not a path: .*{reason}"):
        path(text)


def test_a_folder_here_whose_name_begins_with_a_tilde_is_no_user() -> None:
    assert path("./~tilde/photos") == Path("~tilde") / "photos"
    assert path("~") == Path.home()


def test_a_link_that_leads_to_itself_is_no_path(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for text in (str(loop), str(loop / "photos")):
        with pytest.raises(argparse.ArgumentTypeError, match=r"is not a path: .*(?i:loop|levels)"):
            path(text)


def test_a_run_in_place_of_photos_and_photos_in_place_of_a_run_are_refused_with_what_to_give(
    disc_run: Path, discs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "is a run, and DATA is photos with annotations" in refusal(capsys, "check", disc_run)
    assert "RUN comes before photos" in refusal(capsys, "evaluate", discs, discs)
    assert f"give its folder, {disc_run}" in refusal(capsys, "predict", disc_run / "model.safetensors", discs)
    assert f"such as {disc_run}" in refusal(capsys, "report", disc_run.parent)


def test_a_plan_among_photos_does_not_make_them_a_run(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("")
    require_exists(tmp_path)
