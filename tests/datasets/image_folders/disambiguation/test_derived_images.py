"""Predictions and augmented copies that lie among photos are left out, and said."""

from collections.abc import Callable
from pathlib import Path

import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from tests.support.tiny_images import mask, photo

Drawing = Callable[[Path], None]


def labelled(data: Dataset) -> list[str]:
    return [sample.name for sample in data.samples if sample.truth is not None]


def pairs_in(folder: Path, *, count: int = 4) -> None:
    for k in range(count):
        photo(folder / "image" / f"{k}.png")
        mask(folder / "label" / f"{k}.png", top=k)


@pytest.mark.parametrize("draw", [photo, mask])
@pytest.mark.parametrize("ending", ["_predict", "-pred"])
def test_a_prediction_beside_its_photo_is_neither_photo_nor_mask(tmp_path: Path, draw: Drawing, ending: str) -> None:
    pairs_in(tmp_path / "train")
    for k in range(4):
        photo(tmp_path / "test" / f"{k}.png")
        draw(tmp_path / "test" / f"{k}{ending}.png")
    data = open_dataset(tmp_path)
    assert len(data.samples) == 8
    assert labelled(data) == [f"train/image/{k}.png" for k in range(4)]
    assert "predictions for the photos beside them" in str(file_findings(data))


def test_predictions_that_are_the_only_masks_are_read(tmp_path: Path) -> None:
    for k in range(4):
        photo(tmp_path / f"{k}.png")
        mask(tmp_path / f"{k}_pred.png", top=k)
    assert len(labelled(open_dataset(tmp_path))) == 4


def test_a_photo_whose_name_ends_so_without_another_stays(tmp_path: Path) -> None:
    pairs_in(tmp_path)
    photo(tmp_path / "image" / "to_predict.png")
    assert len(open_dataset(tmp_path).samples) == 5


def test_augmented_pairs_beside_others_are_left_out(tmp_path: Path) -> None:
    pairs_in(tmp_path / "train")
    for k in range(4):
        photo(tmp_path / "train" / "aug" / f"image_{k}_77.png")
        mask(tmp_path / "train" / "aug" / f"mask_{k}_77.png", top=k)
    data = open_dataset(tmp_path)
    assert labelled(data) == [f"train/image/{k}.png" for k in range(4)]
    assert "made of the other photos" in str(file_findings(data))
    named = [name for remark in data.facts.remarks if remark.kind == "file-unused" for name in remark.samples]
    assert sorted(named) == sorted(f"train/aug/{kind}_{k}_77.png" for kind in ("image", "mask") for k in range(4))


@pytest.mark.parametrize("folders", [("aug",), ("aug", "2023_jul"), ("2023_aug", "plain"), ("Juli", "Aug")])
def test_augmented_pairs_alone_and_months_are_read(tmp_path: Path, folders: tuple[str, ...]) -> None:
    for number, folder in enumerate(folders):
        for k in range(4 * number, 4 * number + 4):
            photo(tmp_path / folder / "image" / f"{k}.png")
            mask(tmp_path / folder / "label" / f"{k}.png", top=k)
    assert len(labelled(open_dataset(tmp_path))) == 4 * len(folders)


@pytest.mark.parametrize("folder", ["augmented", "train_augmented"])
def test_augmented_pairs_that_are_all_there_is_to_train_on_are_read(tmp_path: Path, folder: str) -> None:
    for k in range(8):
        place = tmp_path / (folder if k < 5 else "test")
        photo(place / "images" / f"{k}.png")
        mask(place / "masks" / f"{k}.png", top=k % 4)
    assert len(labelled(open_dataset(tmp_path))) == 8


def test_a_photo_called_pred_that_has_a_mask_of_its_name_is_a_photo(tmp_path: Path) -> None:
    for name in ("plot1", "plot1_pred", "plot2", "plot2_pred", "plot3"):
        photo(tmp_path / "images" / f"{name}.png")
        mask(tmp_path / "masks" / f"{name}.png", top=len(name) % 4)
    assert len(labelled(open_dataset(tmp_path))) == 5


def test_corrected_predictions_are_read_where_a_person_chooses_them(tmp_path: Path) -> None:
    for k in range(6):
        photo(tmp_path / f"{k}.png")
        mask(tmp_path / f"{k}_{'mask' if k < 2 else 'pred'}.png", top=k % 4)
    assert labelled(open_dataset(tmp_path)) == ["0.png", "1.png"]
    chosen = open_dataset(tmp_path, options=ReadOptions(masks="pred"))
    assert labelled(chosen) == [f"{k}.png" for k in range(2, 6)]


@pytest.mark.parametrize(("name", "is_chart"), [("results.png", True), ("17.png", False), ("leaf_mask.png", False)])
def test_a_chart_beside_the_folders_is_no_lost_mask(tmp_path: Path, name: str, is_chart: bool) -> None:
    pairs_in(tmp_path)
    mask(tmp_path / name)
    found = file_findings(open_dataset(tmp_path))
    assert ("mask-missing" in {finding.code for finding in found}) != is_chart
    assert name in str(found)
