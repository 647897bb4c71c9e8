import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import maskwright.workflows.video.predict_video as module
from maskwright.classes import class_table
from maskwright.errors import DataError, OutputError
from maskwright.imaging.video.reader import video_facts
from maskwright.inference.segmenter import Segmenter
from maskwright.planning.plan import PredictPlan
from maskwright.runs.confidence import Correction
from maskwright.workflows.video.predict_video import VideoRequest, predict_video
from tests.support.drawn_videos import damaged_film, frames_of, square_frame, write_film, write_film_with_sound

CLASSES = class_table(("background", "square"))
COUNT = 23


class Bright(nn.Module):
    """Bright pixels are object; a model that flickers is weakly for the opposite in every third frame."""

    def __init__(self, *, flickers: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.flickers, self.frames = flickers, 0

    def forward(self, photos: Tensor) -> Tensor:
        self.frames += 1
        weak = self.flickers and self.frames % 3 == 0
        return (photos[:, :1] - 127) * self.weight * (-0.002 if weak else 0.02)


def segmenter(*, flickers: bool = False) -> Segmenter:
    return Segmenter(Bright(flickers=flickers), CLASSES, PredictPlan((1.0,), False, False), 64, 512)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_film_with_sound(tmp_path / "clip.mp4", [square_frame(index)[0] for index in range(COUNT)])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_film_becomes_an_overlay_film_with_sound_and_a_row_a_frame(video: Path, tmp_path: Path) -> None:
    result = predict_video(segmenter(), VideoRequest(video, tmp_path / "out"))
    overlay, source = video_facts(result.outputs.overlay), video_facts(video)
    assert (overlay.frames, overlay.size_hw, overlay.has_sound) == (COUNT, source.size_hw, True)
    assert abs(float(overlay.rate) - float(source.rate)) < 1
    rows = rows_of(result.outputs.table)
    assert [row["frame"] for row in rows] == [str(index) for index in range(COUNT)]
    assert all(abs(int(row["square_px"]) - 16 * 16) < 16 for row in rows)
    assert {row["square_objects"] for row in rows} == {"1"}
    assert rows[0]["flicker"] == ""
    assert not result.smoothed
    assert not result.outputs.parts.exists()
    summary = json.loads(result.outputs.summary.read_text())
    assert (summary["frames"], summary["broken_frames"]) == (COUNT, 0)


def test_files_of_others_in_the_folder_of_the_parts_stay(video: Path, tmp_path: Path) -> None:
    (tmp_path / "out/clip.parts").mkdir(parents=True)
    (tmp_path / "out/clip.parts/notes.txt").write_text("mine")
    result = predict_video(segmenter(), VideoRequest(video, tmp_path / "out"))
    assert [path.name for path in result.outputs.parts.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("kind", ["png", "film"])
def test_masks_are_those_of_the_frames_one_by_one(video: Path, tmp_path: Path, kind: module.FrameMasks) -> None:
    outputs = predict_video(segmenter(), VideoRequest(video, tmp_path / "out", "off", kind)).outputs
    if kind == "film":
        masks = frames_of(outputs.masks_video)
    else:
        masks = [np.asarray(Image.open(path)) for path in sorted(outputs.masks_png.iterdir())]
    truths = [square_frame(index)[1] for index in range(COUNT)]
    assert len(masks) == COUNT
    for mask, truth in zip(masks, truths, strict=True):
        assert np.mean(mask != truth) < 0.01


def test_a_model_that_flickers_is_smoothed_and_no_frame_is_inside_out(video: Path, tmp_path: Path) -> None:
    raw = predict_video(segmenter(flickers=True), VideoRequest(video, tmp_path / "off", "off"))
    smoothed = predict_video(segmenter(flickers=True), VideoRequest(video, tmp_path / "auto", "auto"))
    assert raw.flicker > 0.01
    assert smoothed.smoothed
    assert smoothed.flicker < raw.flicker / 2
    assert max(int(row["square_px"]) for row in rows_of(raw.outputs.table)) > 2000
    assert all(60 < int(row["square_px"]) < 500 for row in rows_of(smoothed.outputs.table))


@pytest.mark.parametrize("stop_at", [3, 12])
def test_a_stopped_prediction_goes_on_and_gives_the_same(
    video: Path, tmp_path: Path, stop_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FRAMES_A_PART", 5)
    request = VideoRequest(video, tmp_path / "stopped", "on", "film")

    def stop(done: int, _: int) -> None:
        if done == stop_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_video(segmenter(), request, on_frame=stop)
    resumed = predict_video(segmenter(), request)
    assert resumed.resumed_at == stop_at // 5 * 5
    whole = predict_video(segmenter(), replace(request, out=tmp_path / "whole"))
    assert resumed.outputs.table.read_text() == whole.outputs.table.read_text()
    assert np.array_equal(frames_of(resumed.outputs.masks_video), frames_of(whole.outputs.masks_video))


def test_the_table_has_corrected_probabilities(video: Path, tmp_path: Path) -> None:
    shifted = replace(segmenter(), correction=Correction((1.0, 1.0), (0.0, 2.0)))
    tables = [
        rows_of(predict_video(s, VideoRequest(video, tmp_path / n)).outputs.table)
        for n, s in (("plain", segmenter()), ("shifted", shifted))
    ]
    for plain, corrected in zip(*tables, strict=True):
        assert plain["square_px"] == corrected["square_px"]
        assert float(corrected["square_confidence"]) < float(plain["square_confidence"]) - 0.1


def test_a_finished_film_is_not_predicted_again_and_not_replaced_by_another(video: Path, tmp_path: Path) -> None:
    request = VideoRequest(video, tmp_path / "out")
    first = predict_video(segmenter(), request)
    before = first.outputs.overlay.stat().st_mtime_ns
    assert predict_video(segmenter(), request).frames == first.frames
    with pytest.raises(OutputError, match="another film, run or setting"):
        predict_video(segmenter(), replace(request, smooth="on"))
    assert first.outputs.overlay.stat().st_mtime_ns == before


def test_broken_frames_are_counted_and_named_in_the_table(tmp_path: Path) -> None:
    video = damaged_film(tmp_path / "a.avi", [square_frame(index)[0] for index in range(8)], broken=2)
    result = predict_video(segmenter(), VideoRequest(video, tmp_path / "out"))
    assert (result.frames, result.broken) == (7, 1)
    assert [row["frame"] for row in rows_of(result.outputs.table) if row["status"] == "broken"] == ["2"]


def test_a_refused_film_leaves_nothing_behind(tmp_path: Path) -> None:
    video = damaged_film(tmp_path / "a.avi", [square_frame(0)[0]], broken=0)
    with pytest.raises(DataError, match="no frame that can be decoded"):
        predict_video(segmenter(), VideoRequest(video, tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_an_unwritable_place_is_one_line(video: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(OutputError, match="cannot create the folder"):
        predict_video(segmenter(), VideoRequest(video, tmp_path / "file" / "out"))


def test_a_film_without_sound_has_none_afterwards(tmp_path: Path) -> None:
    video = write_film(tmp_path / "mute.mkv", [square_frame(index)[0] for index in range(4)])
    result = predict_video(segmenter(), VideoRequest(video, tmp_path / "out"))
    assert not video_facts(result.outputs.overlay).has_sound
