"""The verb diagnose, from the user's side."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from commands import call, refusal
from drawn_pairs import chances, jittered, one_object


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Return folders of truth and of mirrored predictions."""
    truth, pred = tmp_path / "truth", tmp_path / "pred"
    truth.mkdir()
    pred.mkdir()
    for index, (mask, guess) in enumerate(zip(one_object(6), jittered(one_object(6)), strict=True)):
        Image.fromarray(mask).save(truth / f"{index}.png")
        Image.fromarray(guess[:, ::-1].copy()).save(pred / f"{index}.png")
    return truth, pred


def test_a_fault_is_told_in_text_json_and_a_page_with_a_picture(
    tmp_path: Path, folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files = ("--json", tmp_path / "f.json", "--out", tmp_path / "page.html")
    assert call("diagnose", "--truth", folders[0], "--pred", folders[1], *files) == 1
    out = capsys.readouterr().out
    assert "error   pred-flipped: Predictions are mirrored" in out
    assert "why: " in out
    first = json.loads((tmp_path / "f.json").read_text())[0]
    assert first["code"] == "pred-flipped"
    assert first["recovered_iou"] > 0.3
    assert (tmp_path / first["picture"]).stat().st_size > 1000
    page = (tmp_path / "page.html").read_text()
    assert "<h1>Predictions are mirrored</h1>" in page
    assert "data:image/jpeg;base64," in page
    assert "<script" not in page
    assert "prefers-color-scheme: dark" in page


def test_learnt_photos_tell_overfitting(
    tmp_path: Path, folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    truth, _ = folders
    rough = tmp_path / "rough"
    rough.mkdir()
    for index, chance in enumerate(chances(jittered(one_object(6), px=9, seed=3))):
        np.save(rough / f"{index}.npy", chance)
    given = ("--truth", truth, "--pred", rough, "--train-truth", truth, "--train-pred", truth)
    call("diagnose", *given)
    assert "overfitting: The model learnt its photos by heart" in capsys.readouterr().out


def test_a_run_of_ours_is_predicted_again(disc_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("diagnose", disc_run) in (0, 1)
    out = capsys.readouterr().out
    assert "not-checked" not in out or "--history" not in out
    assert "--train-truth" not in out


def test_half_of_a_pair_of_folders_and_nothing_at_all_are_refused(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--truth and --pred belong together" in refusal(capsys, "diagnose", "--truth", folders[0])
    assert "nothing to diagnose" in refusal(capsys, "diagnose")
