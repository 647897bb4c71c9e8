"""convert writes what is read, says what is lost, and never into a folder that holds files."""

import shutil
from pathlib import Path

import pytest

from maskwright.cli.arguments import FORMATS
from maskwright.datasets.converting import WRITERS
from maskwright.datasets.opening import open_dataset
from tests.support.commands import call
from tests.support.truths import named_pixels


def test_the_formats_of_the_help_are_those_that_are_written() -> None:
    assert tuple(WRITERS) == FORMATS


def test_a_via_folder_becomes_coco_and_what_was_read_is_said(
    discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("convert", discs, "--to", "coco", "--out", tmp_path / "coco") == 0
    said = capsys.readouterr().out
    assert "read as VIA csv" in said
    assert "7 files written" in said
    before, after = open_dataset(discs), open_dataset(tmp_path / "coco")
    for ours, theirs in zip(before.samples, after.samples, strict=True):
        assert (named_pixels(before, ours) == named_pixels(after, theirs)).all()


def test_a_folder_that_holds_files_is_refused(discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("mine")
    assert call("convert", discs, "--to", "yolo", "--out", tmp_path) == 2
    assert "holds files already" in capsys.readouterr().err


def test_a_copy_inside_the_data_is_refused(discs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("convert", discs, "--to", "coco", "--out", discs / "coco") == 2
    assert "its pictures would count as data" in capsys.readouterr().err
    assert not (discs / "coco").exists()


def test_annotations_alone_are_written_without_photos(discs: Path, tmp_path: Path) -> None:
    assert call("convert", discs, "--to", "via", "--out", tmp_path / "out", "--no-photos") == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["via.json"]


def test_annotations_alone_may_be_written_beside_the_photos(discs: Path, tmp_path: Path) -> None:
    shutil.copytree(discs, tmp_path / "photos")
    out = tmp_path / "photos" / "annotations"
    assert call("convert", tmp_path / "photos", "--to", "coco", "--out", out, "--no-photos") == 0
    assert call("convert", tmp_path / "photos", "--to", "masks", "--out", out / "masks", "--no-photos") == 2


def test_predicted_regions_are_written_for_another_tool(
    disc_run: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("predict", disc_run, discs, "--out", tmp_path, "--regions", "coco") == 0
    assert "regions as coco: 1 file in " in capsys.readouterr().out
    assert (tmp_path / "regions" / "_annotations.coco.json").is_file()
