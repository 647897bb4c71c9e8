import sys
from pathlib import Path

import pytest

from tests.support.commands import call, refusal
from tests.support.drawn_videos import square_frame, write_film, write_sound


def drawn(path: Path) -> Path:
    return write_film(path, [square_frame(index)[0] for index in range(5)])


def test_predict_takes_a_film(disc_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        call("predict", disc_run, drawn(tmp_path / "clip.mp4"), "--out", tmp_path / "out", "--frame-masks", "png") == 0
    )
    said = capsys.readouterr().out
    assert "5 frames predicted" in said
    assert f"table:   {tmp_path / 'out' / 'clip.frames.csv'}" in said
    assert len(list((tmp_path / "out" / "clip.masks").iterdir())) == 5


def test_films_that_cannot_be_predicted_are_refused_in_one_line(
    disc_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video, sound = drawn(tmp_path / "clip.mp4"), write_sound(tmp_path / "sound.mp4")
    assert "does not exist" in refusal(capsys, "predict", disc_run, tmp_path / "none.mp4")
    assert "sound and no pictures" in refusal(capsys, "predict", disc_run, sound)
    assert "one after the other" in refusal(capsys, "predict", disc_run, video, tmp_path)


def test_without_pyav_one_line_says_what_to_install(
    disc_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    video = drawn(tmp_path / "clip.mp4")
    monkeypatch.setitem(sys.modules, "av", None)
    assert "pip install 'maskwright[video]'" in refusal(capsys, "predict", disc_run, video)
