"""People with their own photos: what each types first, and what is said."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import maskwright as mw
from tests.support.commands import FAST, call, refusal
from tests.support.drawn import disc_photos, mask_folder, via_csv
from tests.support.drawn_videos import square_frame, write_film_with_sound
from tests.support.rotated_photos import save_rotated

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Type in an empty folder, where `runs/` appears."""
    monkeypatch.chdir(tmp_path)


def test_a_folder_of_photos_and_masks_is_checked_and_then_trained(tmp_path: Path, capsys: Captured) -> None:
    mask_folder(disc_photos(tmp_path / "drawn", count=4), tmp_path / "coils")
    assert call("check", "coils") == 0
    out = capsys.readouterr().out
    assert out.startswith("reading coils\n")
    assert "4 photos, classes: " in out
    assert call("train", "coils", *FAST) == 0
    out = capsys.readouterr().out
    assert "run folder: runs/coils-1" in out
    assert "report: runs/coils-1/report.html" in out
    assert out.splitlines()[-1].startswith("Next: maskwright ")


def test_a_grid_in_via_trains_from_the_folder_and_from_the_file(tmp_path: Path, capsys: Captured) -> None:
    via_csv(disc_photos(tmp_path / "grid"))
    assert call("train", "grid", "--set", "split.test=0.34", *FAST) == 0
    out = capsys.readouterr().out
    assert "6 annotated photos, classes: background, disc" in out
    assert "2 of 6 photos are held out for the score" in out
    assert "Poor: does not find disc" in out
    assert call("plan", "grid/via.csv", *FAST) == 0
    assert "crop_px           64" in capsys.readouterr().out


def test_slices_of_sixteen_bits_are_read_and_their_classes_named(tmp_path: Path, capsys: Captured) -> None:
    rng = np.random.default_rng(0)
    for folder in ("images", "masks"):
        (tmp_path / "slices" / folder).mkdir(parents=True)
    for index in range(4):
        mask = np.zeros((64, 64), np.uint8)
        mask[10 + 4 * index : 40 + 4 * index, 20:50] = 1
        slice_ = (rng.integers(100, 400, mask.shape) + 3000 * mask.astype(np.int64)).astype(np.uint16)
        Image.fromarray(slice_).save(tmp_path / "slices" / "images" / f"slice_{index:03}.png")
        Image.fromarray(mask).save(tmp_path / "slices" / "masks" / f"slice_{index:03}.png")
    call("check", "slices")
    out = capsys.readouterr().out
    assert "4 photos, classes: " in out
    assert "unexpected" not in out


def test_a_keras_history_and_stacks_of_arrays_are_diagnosed(tmp_path: Path, capsys: Captured) -> None:
    truth = np.zeros((6, 64, 64), np.uint8)
    truth[:, 16:48, 16:48] = 1
    np.save(tmp_path / "masks.npy", truth)
    np.save(tmp_path / "preds.npy", np.zeros((6, 64, 64, 1), np.float32))
    losses = [0.9 * 0.8**epoch for epoch in range(12)]
    history = {"loss": losses, "val_loss": [loss + 0.1 for loss in losses], "accuracy": [0.75] * 12}
    (tmp_path / "history.json").write_text(json.dumps(history))
    code = call("diagnose", "--truth", "masks.npy", "--pred", "preds.npy", "--history", "history.json")
    assert code == 1
    assert "error   score-collapse: The model predicts only one class" in capsys.readouterr().out


def test_an_engineer_predicts_from_python_what_the_command_line_predicts(disc_run: Path, discs: Path) -> None:
    segmenter = mw.load(disc_run)
    with Image.open(discs / "disc00.png") as image:
        from_image = segmenter.mask(image)
    assert np.array_equal(from_image, segmenter.mask(discs / "disc00.png"))
    assert call("predict", disc_run, discs / "disc00.png", "--out", "out", "-q") == 0
    with Image.open("out/masks/disc00.png") as stored:
        assert np.array_equal(np.asarray(stored), from_image)


def test_a_film_is_predicted(disc_run: Path, tmp_path: Path, capsys: Captured) -> None:
    pytest.importorskip("av")
    write_film_with_sound(tmp_path / "clip.mp4", [square_frame(index)[0] for index in range(4)])
    assert call("predict", disc_run, "clip.mp4") == 0
    out = capsys.readouterr().out
    assert "clip" in out
    assert list(Path("runs").rglob("*.csv"))


def test_foreign_labels_are_read_where_they_lie(discs: Path, capsys: Captured) -> None:
    for name in ("coco", "yolo", "labelme"):
        assert call("convert", discs, "--to", name, "--out", name) == 0
        capsys.readouterr()
        assert call("check", name) == 0
        assert "6 photos, classes: " in capsys.readouterr().out, name


def test_phone_photos_are_turned_and_their_masks_fit_what_the_phone_shows(disc_run: Path, capsys: Captured) -> None:
    photo = Image.fromarray(np.zeros((40, 60, 3), np.uint8))
    Path("phone").mkdir()
    save_rotated(Path("phone/IMG 1.JPG"), photo)
    assert call("predict", disc_run, "phone") == 0
    assert "1 photo predicted: runs/phone-predictions-1/masks" in capsys.readouterr().out
    with Image.open("runs/phone-predictions-1/masks/IMG 1.png") as mask:
        assert mask.size == (40, 60)
    assert "names no photo" in refusal(capsys, "predict", disc_run, "fone")
