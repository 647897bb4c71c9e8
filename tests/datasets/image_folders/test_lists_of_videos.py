"""Lists of the parts of a split that name the folders of videos."""

from pathlib import Path

import pytest

from maskwright.datasets.opening import open_dataset
from tests.support.drawn_layouts import COUNT, ids, photo, save, text


def test_a_list_names_the_folders_of_videos_around_those_of_frames(tmp_path: Path) -> None:
    for k in range(COUNT):
        save(tmp_path / f"data/{k // 3}_video/origin/{k % 3:08}.jpg", photo(k))
        save(tmp_path / f"data/{k // 3}_video/mask/{k % 3:08}.png", ids(k))
    text(tmp_path / "train.txt", "0_video\n1_video\n")
    text(tmp_path / "val.txt", "2_video\n")
    parts = {sample.name.split("/")[1]: sample.part for sample in open_dataset(tmp_path).samples}
    assert parts == {"0_video": "train", "1_video": "train", "2_video": "val"}


@pytest.mark.parametrize("clips", [("a", "b"), ("01", "02")])
def test_lists_of_videos_name_folders_of_one_level(tmp_path: Path, clips: tuple[str, str]) -> None:
    """Where folders of two levels have the listed names, each photo stays in one part and is named."""
    for k in range(12):
        name = tmp_path / f"data/{'01' if k < 6 else '02'}/{clips[k // 3 % 2]}/frame{k}"
        save(name.with_suffix(".jpg"), photo(k))
        save(name.with_name(f"frame{k}_mask.png"), ids(k))
    text(tmp_path / "train.txt", "01\n")
    text(tmp_path / "val.txt", "02\n")
    data = open_dataset(tmp_path)
    named = [remark for remark in data.facts.remarks if remark.kind == "two-parts"]
    if clips == ("a", "b"):
        assert {sample.name.split("/")[1]: sample.part for sample in data.samples} == {"01": "train", "02": "val"}
        assert not named
    else:
        assert {tuple(sample.name.split("/")[1:3]) for sample in data.samples if sample.part == "train"} == {
            ("01", "01")
        }
        assert named


def test_lists_name_the_level_that_has_all_of_their_videos(tmp_path: Path) -> None:
    for k in range(12):
        name = tmp_path / f"data/{k // 4:02}/{1 + k % 2:02}/frame{k}"
        save(name.with_suffix(".jpg"), photo(k))
        save(name.with_name(f"frame{k}_mask.png"), ids(k))
    text(tmp_path / "train.txt", "00\n01\n")
    text(tmp_path / "val.txt", "02\n")
    parts = {(sample.name.split("/")[1], sample.part) for sample in open_dataset(tmp_path).samples}
    assert parts == {("00", "train"), ("01", "train"), ("02", "val")}
